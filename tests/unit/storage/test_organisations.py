"""Organisations and account holders: what the settings, the operator and a restart may do."""

import pytest

from storage import audit, authority, organisations, outbox
from storage.database import Database
from storage.organisations import Standing
from storage.records import Issuer, OrganisationState
from storage.refusals import LastAccountHolder, NotAccountHolder, NotFound
from tests.unit.storage.cast import ANNE, OLA, TEAM, Ledger


async def follow(database: Database, *holders: str) -> Standing:
    async with database.transaction() as transaction:
        return await organisations.follow_settings(
            transaction, TEAM, "Røde Kors", Issuer.BOT, holders
        )


async def remove(ledger: Ledger, user_id: str, *, even_the_last: bool = False) -> None:
    async with ledger.database.transaction() as transaction:
        await organisations.remove_account_holder(
            transaction,
            ledger.organisation_id,
            user_id,
            audit.OPERATOR,
            even_the_last=even_the_last,
        )


async def test_a_self_hosted_bots_organisation_is_approved_at_start(ledger: Ledger) -> None:
    assert ledger.standing.organisation.state is OrganisationState.APPROVED
    assert ledger.standing.holders == (ANNE, OLA)


async def test_an_added_organisation_waits_until_the_operator_approves(database: Database) -> None:
    async with database.transaction() as transaction:
        assert await organisations.add(transaction, "T0NEW", "Ny forening")
        assert not await organisations.add(transaction, "T0NEW", "En gang til")
        standing = await organisations.standing_of_team(transaction, "T0NEW")
        assert standing.organisation.state is OrganisationState.AWAITING
        await organisations.approve(transaction, standing.organisation.id)
    async with database.reading() as transaction:
        standing = await organisations.standing_of_team(transaction, "T0NEW")
    assert standing.organisation.state is OrganisationState.APPROVED


async def test_a_restart_changes_nothing(ledger: Ledger) -> None:
    again = await follow(ledger.database, OLA, ANNE)
    assert again == ledger.standing


async def test_whom_the_settings_no_longer_name_is_removed(ledger: Ledger) -> None:
    assert (await follow(ledger.database, ANNE)).holders == (ANNE,)
    assert set((await follow(ledger.database, ANNE, OLA)).holders) == {ANNE, OLA}


async def test_whom_the_operator_removed_does_not_come_back_by_a_restart(ledger: Ledger) -> None:
    await remove(ledger, OLA)
    assert (await follow(ledger.database, OLA, ANNE)).holders == (ANNE,)


async def test_whom_the_operator_added_stays_whatever_the_settings_name(ledger: Ledger) -> None:
    async with ledger.database.transaction() as transaction:
        await organisations.add_account_holder(
            transaction, ledger.organisation_id, "ULIV", audit.OPERATOR
        )
    assert set((await follow(ledger.database, OLA)).holders) == {OLA, "ULIV"}


async def test_settings_that_name_nobody_leave_the_account_holders(ledger: Ledger) -> None:
    async with ledger.database.transaction() as transaction:
        standing = await organisations.follow_settings(
            transaction, TEAM, "Nytt navn", Issuer.TECHSOUP, None
        )
    assert standing.holders == (ANNE, OLA)
    assert (standing.organisation.name, standing.organisation.issuer) == ("Nytt navn", "techsoup")


async def test_the_last_account_holder_is_not_removed_by_accident(ledger: Ledger) -> None:
    await remove(ledger, OLA)
    with pytest.raises(LastAccountHolder):
        await remove(ledger, ANNE)
    await remove(ledger, ANNE, even_the_last=True)
    assert (await ledger.look()).holders == ()


async def test_only_an_account_holder_can_be_removed(ledger: Ledger) -> None:
    with pytest.raises(NotAccountHolder):
        await remove(ledger, "UNOBODY")


async def test_somebody_removed_can_be_added_again(ledger: Ledger) -> None:
    await remove(ledger, OLA)
    async with ledger.database.transaction() as transaction:
        organisation_id = ledger.organisation_id
        add = organisations.add_account_holder
        assert await add(transaction, organisation_id, OLA, audit.OPERATOR)
        assert not await add(transaction, organisation_id, OLA, audit.OPERATOR)
    assert (await ledger.look()).holders == (ANNE, OLA)


async def test_an_unknown_workspace_has_no_organisation(ledger: Ledger) -> None:
    with pytest.raises(NotFound):
        async with ledger.database.reading() as transaction:
            await organisations.standing_of_team(transaction, "T0NOBODY")


async def test_a_new_account_holder_is_told_of_what_waits(ledger: Ledger) -> None:
    await ledger.ask()
    async with ledger.database.transaction() as transaction:
        await organisations.add_account_holder(
            transaction, ledger.organisation_id, "ULIV", audit.OPERATOR
        )
    async with ledger.database.reading() as transaction:
        told = await outbox.undelivered(transaction)
    assert "ULIV" in {each.recipient for each in told if each.kind == "requests_waiting"}


async def test_of_a_stranger_who_leaves_nothing_is_kept(ledger: Ledger) -> None:
    async with ledger.database.transaction() as transaction:
        before = await audit.history(transaction, ledger.organisation_id)
        await authority.person_left(transaction, ledger.organisation_id, "USTRANGER")
        assert await audit.history(transaction, ledger.organisation_id) == before
