"""Requests: one decision each, by an account holder of an approved organisation."""

import pytest

from storage import audit, authority, decisions, outbox, registering
from storage.outbox import ORGANISATION_DECIDED
from storage.records import Action, NoticeKind, Reason, RequestState
from storage.refusals import (
    AlreadyDecided,
    NoAccountHolder,
    NotAccountHolder,
    NotFound,
    NotYours,
    OrganisationNotApproved,
)
from storage.requests import REQUEST_ASKED, REQUEST_SENT
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Office, details


async def kinds(office: Office) -> list[tuple[NoticeKind, str | None]]:
    async with office.database.reading() as transaction:
        return [(each.kind, each.recipient) for each in await outbox.undelivered(transaction)]


async def test_asking_tells_the_asker_and_every_account_holder(office: Office) -> None:
    await office.ask()
    assert sorted(await kinds(office)) == [
        (REQUEST_ASKED, ANNE),
        (REQUEST_ASKED, OLA),
        (REQUEST_SENT, KARI),
    ]


async def test_the_same_form_sent_twice_is_one_request(office: Office) -> None:
    assert await office.ask(submission="V1")
    assert await office.ask(submission="V1") is None
    assert len(await kinds(office)) == 3


async def test_approving_confirms_authority_with_who_and_when(office: Office) -> None:
    request_id = await office.ask()
    assert request_id
    await office.approve(request_id, by=ANNE)
    request = await office.request(request_id)
    async with office.looking() as desk:
        confirmation = await authority.latest_confirmation(desk, request.person.id)
        now = desk.now
    assert request.state is RequestState.APPROVED
    assert confirmation
    assert (confirmation.confirmed_by, confirmation.confirmed_at) == (ANNE, now)


async def test_the_second_decision_is_told_who_made_the_first(office: Office) -> None:
    request_id = await office.ask()
    assert request_id
    await office.approve(request_id, by=OLA)
    with pytest.raises(AlreadyDecided) as refusal:
        await office.approve(request_id, by=ANNE)
    assert refusal.value.request.decided_by == OLA


async def test_only_an_account_holder_approves_or_declines(office: Office) -> None:
    request_id = await office.ask()
    assert request_id
    with pytest.raises(NotAccountHolder):
        await office.approve(request_id, by=KARI)
    with pytest.raises(NotAccountHolder):
        async with office.deciding() as desk:
            await decisions.decline(desk, request_id, PER, Reason.OTHER, "nei")
    assert (await office.request(request_id)).state is RequestState.PENDING


async def test_an_account_holder_of_another_organisation_finds_no_request(office: Office) -> None:
    other = await Office.begin(office.database, team="T0OTHER", name="Andre", holders=("UEVE",))
    request_id = await office.ask()
    assert request_id
    with pytest.raises(NotFound):
        await other.approve(request_id, by="UEVE")
    with pytest.raises(NotAccountHolder):
        await office.approve(request_id, by="UEVE")


async def test_an_organisation_that_is_not_approved_takes_no_requests(office: Office) -> None:
    async with office.deciding() as desk:
        await registering.suspend(desk)
    await office.look()
    with pytest.raises(OrganisationNotApproved):
        await office.ask()
    assert {kind for kind, _ in await kinds(office)} == {ORGANISATION_DECIDED}


async def test_without_an_account_holder_nothing_can_be_asked(office: Office) -> None:
    empty = await Office.begin(office.database, team="T0EMPTY", name="Tom", holders=())
    with pytest.raises(NoAccountHolder):
        await empty.ask()


async def test_declining_for_lack_of_authority_ends_what_was_confirmed(office: Office) -> None:
    await office.code(submission="V1")
    request_id = await office.ask(submission="V2")
    assert request_id
    async with office.deciding() as desk:
        await decisions.decline(desk, request_id, ANNE, Reason.NO_AUTHORITY, "")
    request = await office.request(request_id)
    async with office.looking() as desk:
        confirmation = await authority.latest_confirmation(desk, request.person.id)
    assert (request.state, request.reason) == (RequestState.DECLINED, Reason.NO_AUTHORITY)
    assert confirmation
    assert confirmation.withdrawn_at is not None


async def test_only_the_asker_withdraws_a_request(office: Office) -> None:
    request_id = await office.ask()
    assert request_id
    with pytest.raises(NotYours):
        async with office.deciding() as desk:
            await decisions.withdraw(desk, request_id, OLA)
    async with office.deciding() as desk:
        await decisions.withdraw(desk, request_id, KARI)
    with pytest.raises(AlreadyDecided):
        await office.approve(request_id)
    assert (await office.request(request_id)).state is RequestState.WITHDRAWN


async def test_a_refusal_leaves_nothing_behind(office: Office) -> None:
    request_id = await office.ask()
    assert request_id
    with pytest.raises(NotAccountHolder):
        await office.approve(request_id, by=PER)
    async with office.looking() as desk:
        events = await audit.history(desk)
    assert [event["action"] for event in events if event["request_id"]] == [Action.REQUEST_ASKED]


async def test_same_address_under_another_name_is_another_person(office: Office) -> None:
    await office.code(details("Kari", "Nordmann"), submission="V1")
    request_id = await office.ask(
        details("Eva", "Hansen", email="kari@example.org"), submission="V2"
    )
    assert request_id
    request = await office.request(request_id)
    async with office.looking() as desk:
        confirmation = await authority.latest_confirmation(desk, request.person.id)
    assert confirmation is None
