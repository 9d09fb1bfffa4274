"""Requests: one decision each, by an account holder of an approved organisation."""

import pytest

from storage import audit, authority, decisions, organisations, outbox
from storage.records import Action, NoticeKind, Reason, RequestState
from storage.refusals import (
    AlreadyDecided,
    NoAccountHolder,
    NotAccountHolder,
    NotFound,
    NotYours,
    OrganisationNotApproved,
)
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Ledger, details


async def kinds(ledger: Ledger) -> list[tuple[NoticeKind, str | None]]:
    async with ledger.database.reading() as transaction:
        return [(each.kind, each.recipient) for each in await outbox.undelivered(transaction)]


async def test_asking_tells_the_asker_and_every_account_holder(ledger: Ledger) -> None:
    await ledger.ask()
    assert sorted(await kinds(ledger)) == [
        (NoticeKind.REQUEST_ASKED, ANNE),
        (NoticeKind.REQUEST_ASKED, OLA),
        (NoticeKind.REQUEST_SENT, KARI),
    ]


async def test_the_same_form_sent_twice_is_one_request(ledger: Ledger) -> None:
    assert await ledger.ask(submission="V1")
    assert await ledger.ask(submission="V1") is None
    assert len(await kinds(ledger)) == 3


async def test_approving_confirms_authority_with_who_and_when(ledger: Ledger) -> None:
    request_id = await ledger.ask()
    assert request_id
    await ledger.approve(request_id, by=ANNE)
    request = await ledger.request(request_id)
    async with ledger.database.reading() as transaction:
        confirmation = await authority.latest_confirmation(
            transaction, ledger.organisation_id, request.person.id
        )
        now = transaction.now
    assert request.state is RequestState.APPROVED
    assert confirmation
    assert (confirmation.confirmed_by, confirmation.confirmed_at) == (ANNE, now)


async def test_the_second_decision_is_told_who_made_the_first(ledger: Ledger) -> None:
    request_id = await ledger.ask()
    assert request_id
    await ledger.approve(request_id, by=OLA)
    with pytest.raises(AlreadyDecided) as refusal:
        await ledger.approve(request_id, by=ANNE)
    assert refusal.value.request.decided_by == OLA


async def test_only_an_account_holder_approves_or_declines(ledger: Ledger) -> None:
    request_id = await ledger.ask()
    assert request_id
    with pytest.raises(NotAccountHolder):
        await ledger.approve(request_id, by=KARI)
    with pytest.raises(NotAccountHolder):
        async with ledger.database.transaction() as transaction:
            await decisions.decline(
                transaction, ledger.standing, request_id, PER, Reason.OTHER, "nei"
            )
    assert (await ledger.request(request_id)).state is RequestState.PENDING


async def test_an_account_holder_of_another_organisation_finds_no_request(ledger: Ledger) -> None:
    other = await Ledger.begin(ledger.database, team="T0OTHER", name="Andre", holders=("UEVE",))
    request_id = await ledger.ask()
    assert request_id
    with pytest.raises(NotFound):
        await other.approve(request_id, by="UEVE")
    with pytest.raises(NotAccountHolder):
        await ledger.approve(request_id, by="UEVE")


async def test_an_organisation_that_is_not_approved_takes_no_requests(ledger: Ledger) -> None:
    async with ledger.database.transaction() as transaction:
        await organisations.suspend(transaction, ledger.organisation_id)
    await ledger.look()
    with pytest.raises(OrganisationNotApproved):
        await ledger.ask()
    assert await kinds(ledger) == []


async def test_without_an_account_holder_nothing_can_be_asked(ledger: Ledger) -> None:
    empty = await Ledger.begin(ledger.database, team="T0EMPTY", name="Tom", holders=())
    with pytest.raises(NoAccountHolder):
        await empty.ask()


async def test_declining_for_lack_of_authority_ends_what_was_confirmed(ledger: Ledger) -> None:
    await ledger.code(submission="V1")
    request_id = await ledger.ask(submission="V2")
    assert request_id
    async with ledger.database.transaction() as transaction:
        await decisions.decline(
            transaction, ledger.standing, request_id, ANNE, Reason.NO_AUTHORITY, ""
        )
    request = await ledger.request(request_id)
    async with ledger.database.reading() as transaction:
        confirmation = await authority.latest_confirmation(
            transaction, ledger.organisation_id, request.person.id
        )
    assert (request.state, request.reason) == (RequestState.DECLINED, Reason.NO_AUTHORITY)
    assert confirmation
    assert confirmation.withdrawn_at is not None


async def test_only_the_asker_withdraws_a_request(ledger: Ledger) -> None:
    request_id = await ledger.ask()
    assert request_id
    with pytest.raises(NotYours):
        async with ledger.database.transaction() as transaction:
            await decisions.withdraw(transaction, ledger.standing, request_id, OLA)
    async with ledger.database.transaction() as transaction:
        await decisions.withdraw(transaction, ledger.standing, request_id, KARI)
    with pytest.raises(AlreadyDecided):
        await ledger.approve(request_id)
    assert (await ledger.request(request_id)).state is RequestState.WITHDRAWN


async def test_a_refusal_leaves_nothing_behind(ledger: Ledger) -> None:
    request_id = await ledger.ask()
    assert request_id
    with pytest.raises(NotAccountHolder):
        await ledger.approve(request_id, by=PER)
    async with ledger.database.reading() as transaction:
        events = await audit.history(transaction, ledger.organisation_id)
    assert [event["action"] for event in events if event["request_id"]] == [Action.REQUEST_ASKED]


async def test_same_address_under_another_name_is_another_person(ledger: Ledger) -> None:
    await ledger.code(details("Kari", "Nordmann"), submission="V1")
    request_id = await ledger.ask(
        details("Eva", "Hansen", email="kari@example.org"), submission="V2"
    )
    assert request_id
    request = await ledger.request(request_id)
    async with ledger.database.reading() as transaction:
        confirmation = await authority.latest_confirmation(
            transaction, ledger.organisation_id, request.person.id
        )
    assert confirmation is None
