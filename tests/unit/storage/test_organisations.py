"""Organisations and account holders: what the settings, the operator and a restart may do."""

import asyncio

import pytest
from msgspec.structs import replace

from storage import (
    audit,
    authority,
    holding,
    meeting,
    organisations,
    outbox,
    registering,
    requests,
    schema,
)
from storage import sql as sa
from storage.authority import CODE_LEFT
from storage.database import Database
from storage.desk import Ledger
from storage.outbox import REQUESTS_WAITING
from storage.records import OPERATOR, Issuer, OrganisationState
from storage.refusals import LastAccountHolder, NoOrganisation, NotAccountHolder
from storage.requests import REQUEST_UNATTENDED
from storage.standing import Standing
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, TEAM, Office, details


async def follow(database: Database, *holders: str) -> Standing:
    ledger = Ledger(database)
    return await organisations.follow_settings(ledger, TEAM, "Røde Kors", Issuer.BOT, holders)


async def remove(office: Office, user_id: str, *, even_the_last: bool = False) -> None:
    async with office.deciding() as desk:
        await holding.remove(
            desk,
            user_id,
            OPERATOR,
            even_the_last=even_the_last,
        )


async def test_a_self_hosted_bots_organisation_is_approved_at_start(office: Office) -> None:
    assert office.standing.organisation.state is OrganisationState.APPROVED
    assert office.standing.holders == (ANNE, OLA)


async def test_an_added_organisation_waits_until_the_operator_approves(database: Database) -> None:
    async with database.transaction() as transaction:
        assert await organisations.add(transaction, "T0NEW", "Ny forening")
        assert not await organisations.add(transaction, "T0NEW", "En gang til")
    async with Ledger(database).deciding("T0NEW") as desk:
        assert desk.organisation.state is OrganisationState.AWAITING
        await registering.approve(desk)
        desk.standing.require_approved()
    async with Ledger(database).looking("T0NEW") as desk:
        assert desk.organisation.state is OrganisationState.APPROVED


async def test_a_restart_changes_nothing(office: Office) -> None:
    again = await follow(office.database, OLA, ANNE)
    assert again == office.standing


async def test_whom_the_settings_no_longer_name_is_removed(office: Office) -> None:
    assert (await follow(office.database, ANNE)).holders == (ANNE,)
    assert set((await follow(office.database, ANNE, OLA)).holders) == {ANNE, OLA}


async def test_whom_the_operator_removed_does_not_come_back_by_a_restart(office: Office) -> None:
    await remove(office, OLA)
    assert (await follow(office.database, OLA, ANNE)).holders == (ANNE,)


async def test_whom_the_operator_added_stays_whatever_the_settings_name(office: Office) -> None:
    async with office.deciding() as desk:
        await holding.add(desk, "ULIV", OPERATOR)
    assert set((await follow(office.database, OLA)).holders) == {OLA, "ULIV"}


async def test_settings_that_name_nobody_leave_the_account_holders(office: Office) -> None:
    standing = await organisations.follow_settings(
        office.ledger, TEAM, "Nytt navn", Issuer.TECHSOUP, None
    )
    assert standing.holders == (ANNE, OLA)
    assert (standing.organisation.name, standing.organisation.issuer) == ("Nytt navn", "techsoup")


async def test_the_last_account_holder_is_not_removed_by_accident(office: Office) -> None:
    await remove(office, OLA)
    with pytest.raises(LastAccountHolder):
        await remove(office, ANNE)
    await remove(office, ANNE, even_the_last=True)
    assert (await office.look()).holders == ()


async def test_only_an_account_holder_can_be_removed(office: Office) -> None:
    with pytest.raises(NotAccountHolder):
        await remove(office, "UNOBODY")


async def test_somebody_removed_can_be_added_again(office: Office) -> None:
    await remove(office, OLA)
    async with office.deciding() as desk:
        add = holding.add
        assert await add(desk, OLA, OPERATOR)
        assert not await add(desk, OLA, OPERATOR)
    assert (await office.look()).holders == (ANNE, OLA)


async def test_an_unknown_workspace_has_no_organisation(office: Office) -> None:
    for opened in (office.ledger.looking, office.ledger.asking, office.ledger.deciding):
        with pytest.raises(NoOrganisation):
            async with opened("T0NOBODY"):
                pass


async def test_a_new_account_holder_is_told_of_what_waits(office: Office) -> None:
    await office.ask()
    async with office.deciding() as desk:
        await holding.add(desk, "ULIV", OPERATOR)
    async with office.database.reading() as transaction:
        told = await outbox.undelivered(transaction)
    assert "ULIV" in {each.recipient for each in told if each.kind == "requests_waiting"}


async def test_of_a_stranger_who_leaves_nothing_is_kept(office: Office) -> None:
    async with office.deciding() as desk:
        before = await audit.history(desk)
        await authority.person_left(desk, "USTRANGER")
        assert await audit.history(desk) == before


async def test_other_settings_leave_nobody_with_nobody_to_decide(office: Office) -> None:
    """All account holders are others at the next start: who waits hears of no gap."""
    await office.ask()
    await follow(office.database, PER)
    async with office.database.reading() as transaction:
        kinds = [notice.kind for notice in await outbox.undelivered(transaction)]
    assert REQUEST_UNATTENDED not in kinds
    assert REQUESTS_WAITING in kinds


async def test_who_waits_hears_when_the_last_account_holder_goes(office: Office) -> None:
    request_id = await office.ask()
    await remove(office, ANNE)
    await remove(office, OLA, even_the_last=True)
    async with office.database.reading() as transaction:
        told = [
            (notice.recipient, notice.request_id)
            for notice in await outbox.undelivered(transaction)
            if notice.kind == REQUEST_UNATTENDED
        ]
    assert told == [(KARI, request_id)]


async def test_who_becomes_account_holder_while_somebody_asks_is_told(office: Office) -> None:
    """By the operator's command, in another process, before the asking has been committed."""
    form = requests.NewRequest(KARI, details(), "Nettside", "V1")

    async def add() -> None:
        async with office.deciding() as desk:
            await holding.add(desk, PER, OPERATOR)

    async with office.asking() as desk:
        await requests.ask(desk, form)
        adding = asyncio.create_task(add())
        await asyncio.sleep(0.05)
        assert not adding.done()
    await adding
    async with office.database.reading() as transaction:
        told = [n.recipient for n in await outbox.undelivered(transaction)]
    assert PER in told


async def test_of_a_form_that_comes_again_nobody_is_entered(office: Office) -> None:
    """Whose name and address nothing would ever take away again."""
    for email in ("kari@exmaple.org", "kari@example.org"):
        async with office.asking() as desk:
            person = details(email=email)
            await requests.ask(desk, requests.NewRequest(KARI, person, "Nettside", "V1"))
    async with office.database.reading() as transaction:
        entered = await transaction.rows(sa.select(schema.people.c.email))
    assert [row["email"] for row in entered] == ["kari@exmaple.org"]


async def test_what_the_settings_do_not_say_stays_as_it_is(database: Database) -> None:
    async with database.transaction() as transaction:
        await organisations.add(transaction, TEAM, "Røde Kors", issuer=Issuer.TECHSOUP)
    standing = await organisations.follow_settings(
        Ledger(database), TEAM, None, None, ("U0OLA",), new_name="Arbeidsområdet"
    )
    found = standing.organisation
    assert (found.name, found.short_name, found.issuer) == (
        "Røde Kors",
        "RodeKors",
        Issuer.TECHSOUP,
    )
    assert standing.holders == ("U0OLA",)


async def test_a_new_organisation_is_called_as_its_workspace_where_nobody_says_otherwise(
    database: Database,
) -> None:
    standing = await organisations.follow_settings(
        Ledger(database), TEAM, None, None, (), new_name="Arbeidsområdet"
    )
    found = standing.organisation
    assert (found.name, found.issuer) == ("Arbeidsområdet", Issuer.BOT)


IN_THE_OFFICE = schema.codes.c.organisation_id == sa.bindparam("of_organisation")
OF_THE_OFFICE = schema.people.c.organisation_id == sa.bindparam("of_organisation")


async def test_a_code_that_nobody_held_yet_is_told_of_when_its_person_leaves(
    office: Office,
) -> None:
    """It was made before anybody had looked up who its person is."""
    code_id = await office.code()
    async with office.asking() as desk:
        await desk.run(sa.update(schema.codes).values(user_id=None).where(IN_THE_OFFICE))
        (person,) = await desk.rows(sa.select(schema.people.c.id).where(OF_THE_OFFICE))
        await meeting.note_lookup(desk, person["id"], KARI)
        await desk.run(sa.update(schema.codes).values(user_id=None).where(IN_THE_OFFICE))
    async with office.deciding() as desk:
        await authority.person_left(desk, KARI)
    async with office.database.reading() as transaction:
        told = [n for n in await outbox.undelivered(transaction) if n.kind == CODE_LEFT]
    assert {(each.recipient, each.code_id) for each in told} == {(OLA, code_id), (ANNE, code_id)}


async def test_on_the_command_line_each_is_called_by_what_tells_it_from_the_others(
    office: Office,
) -> None:
    one = replace(office.standing.organisation, id="1", team_id="T0ONE", short_name="Nabo")
    there = [
        one,
        replace(one, id="2", team_id="T0TWO"),
        replace(one, id="3", team_id="T0TWO", short_name="Lag"),
        replace(one, id="4", team_id="T0SAME"),
        replace(one, id="5", team_id="T0SAME"),
    ]
    called = ["T0ONE", "T0TWO/Nabo", "T0TWO/Lag", "T0SAME/4", "T0SAME/5"]
    assert list(organisations.called(there).values()) == called
