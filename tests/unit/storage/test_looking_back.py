"""What the operator sees of an organisation: requests, codes, what happened; the newest first."""

from collections.abc import Iterable

from storage import audit, codes, decisions, making, meeting, members, requests
from storage.audit import Event
from storage.database import Database
from storage.records import Action, CodeState, Reason, RequestState
from tests.conftest import TravellingClock
from tests.unit.storage.cast import KARI, OLA, PER, Office, details

ALL_STATES = tuple(CodeState)


async def seen_codes(office: Office, states: Iterable[CodeState], most: int = 9) -> list[str]:
    async with office.looking() as desk:
        return [code.id for code in await codes.latest(desk, states, most=most)]


async def seen_requests(office: Office, states: Iterable[RequestState]) -> list[str]:
    async with office.looking() as desk:
        return [request.id for request in await requests.latest(desk, states, most=9)]


async def happened(
    office: Office, *, who: str | None = None, code_id: str | None = None, most: int = 50
) -> list[Event]:
    async with office.looking() as desk:
        return await audit.happened(desk, most=most, who=who, code_id=code_id)


def actions(events: list[Event]) -> list[Action]:
    return [event.action for event in events]


async def test_codes_are_seen_by_the_state_they_are_in_now(
    office: Office, clock: TravellingClock
) -> None:
    expired = await office.code()
    clock.forward(days=61)
    replaced = await office.code(submission="V2")
    clock.forward(minutes=1)
    async with office.deciding() as desk:
        good = await making.refresh(desk, replaced, OLA, None)
    clock.forward(minutes=1)
    revoked = await office.code(details("Nils"), submission="V3")
    async with office.deciding() as desk:
        await making.revoke(desk, revoked, OLA)
    assert await seen_codes(office, ALL_STATES) == [revoked, good, replaced, expired]
    assert await seen_codes(office, ALL_STATES, most=2) == [revoked, good]
    for state, code in (
        (CodeState.ACTIVE, good),
        (CodeState.EXPIRED, expired),
        (CodeState.REPLACED, replaced),
        (CodeState.REVOKED, revoked),
    ):
        assert await seen_codes(office, [state]) == [code], state


async def test_requests_are_seen_by_their_state(office: Office, clock: TravellingClock) -> None:
    declined = await office.ask()
    clock.forward(minutes=1)
    waiting = await office.ask(details("Nils"), submission="V2")
    assert declined
    async with office.deciding() as desk:
        await decisions.decline(desk, declined, OLA, Reason.OTHER, "Nei")
    assert await seen_requests(office, RequestState) == [waiting, declined]
    assert await seen_requests(office, [RequestState.PENDING]) == [waiting]
    assert await seen_requests(office, [RequestState.DECLINED]) == [declined]
    assert await seen_requests(office, [RequestState.LAPSED]) == []


async def test_another_organisations_are_not_seen(office: Office, database: Database) -> None:
    code = await office.code()
    neighbour = await Office.begin(database, team="T0NEXT", name="Naboen")
    assert await seen_codes(neighbour, ALL_STATES) == []
    assert await seen_requests(neighbour, RequestState) == []
    assert await happened(neighbour, code_id=code) == []
    assert Action.CODE_MADE not in actions(await happened(neighbour))


async def test_what_happened_to_one_code_is_found(office: Office, clock: TravellingClock) -> None:
    code = await office.code()
    other = await office.code(details("Nils"), submission="V2")
    clock.forward(minutes=1)
    async with office.deciding() as desk:
        await codes.show(desk, code, OLA)
    events = await happened(office, code_id=code)
    assert actions(events) == [Action.CODE_SHOWN, Action.CODE_MADE]
    assert {(event.person, event.code_id) for event in events} == {("Kari Nordmann", code)}
    assert actions(await happened(office, code_id=other)) == [Action.CODE_MADE]


async def test_what_one_person_did_and_what_was_done_to_theirs_is_found(
    office: Office, clock: TravellingClock
) -> None:
    code = await office.code()
    await office.ask(details("Nils"), by=PER, submission="V2")
    assert [event.actor for event in await happened(office, who=PER)] == [PER]
    by_address = await happened(office, who="KARI@example.org")
    assert set(actions(by_address)) == {
        Action.REQUEST_ASKED,
        Action.REQUEST_APPROVED,
        Action.CODE_MADE,
    }
    clock.forward(minutes=1)
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, (await codes.find(desk, code)).person.id, KARI)
    clock.forward(minutes=1)
    async with office.deciding() as desk:
        await making.revoke(desk, code, OLA)
    assert actions(await happened(office, who=KARI))[0] is Action.CODE_REVOKED
    assert actions(await happened(office, who=KARI, code_id=code, most=1)) == [Action.CODE_REVOKED]
    assert await happened(office, who="UNOBODY") == []


async def test_an_address_is_found_however_its_letters_are_written(office: Office) -> None:
    await office.ask(details("Åse", email="Åse.Ødegård@example.org"))
    await office.ask(details("Nils"), by=PER, submission="V2")
    for typed in ("åse.ødegård@example.org", "A\u030aSE.ØDEGA\u030aRD@EXAMPLE.ORG"):
        assert [event.person for event in await happened(office, who=typed)] == ["Åse Nordmann"]
    assert await happened(office, who="ødegård@example.org") == []
    assert await happened(office, who="åse.ødegård@example") == []


async def test_a_code_stays_its_holders_when_the_address_becomes_somebody_elses(
    office: Office, clock: TravellingClock
) -> None:
    code = await office.code()
    clock.forward(minutes=1)
    async with office.deciding() as desk:
        person = (await codes.find(desk, code)).person
        await meeting.note_lookup(desk, person.id, KARI)
        await meeting.note_lookup(desk, person.id, PER)
    assert Action.CODE_MADE in actions(await happened(office, who=KARI))


async def test_what_happened_is_found_from_a_moment_on(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    moment = clock.forward(hours=1)
    await office.ask(details("Nils"), by=PER, submission="V2")
    async with office.looking() as desk:
        events = await audit.happened(desk, most=9, since=moment)
    assert [event.actor for event in events] == [PER]


async def test_members_are_called_as_in_slack_and_else_as_they_were_typed(office: Office) -> None:
    code = await office.code()
    async with office.asking() as desk:
        person = (await codes.find(desk, code)).person
        assert await members.names(desk) == {}
        await meeting.note_lookup(desk, person.id, KARI)
        assert await members.names(desk) == {KARI: "Kari Nordmann"}
        await meeting.note_lookup(desk, person.id, KARI, "Kari N.")
        assert await members.names(desk) == {KARI: "Kari N."}
