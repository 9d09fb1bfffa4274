"""What has happened, page by page: all of it, what is about people, and what is about a code."""

from collections.abc import Sequence

import pytest

from storage import audit, history, holding, meeting, vouching
from storage.audit import Event
from storage.records import Action
from storage.vouching import Term
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Office, details


async def found(office: Office, person: str = "", code: str = "") -> Sequence[Event]:
    async with office.looking() as desk:
        about = await history.looked_for(desk, person, code)
        count = await history.count(desk, about)
        events: list[Event] = []
        for skip in range(0, count + 3, 3):
            events += await history.page(desk, about, count, most=3, skip=skip)
        assert len(events) == count
        return events


async def everything(office: Office) -> Sequence[Event]:
    async with office.looking() as desk:
        return await audit.happened(desk, most=1_000)


async def in_slack(office: Office, person_id: str | None, user_id: str) -> None:
    assert person_id
    async with office.asking() as desk:
        await meeting.note_lookup(desk, person_id, user_id)


async def test_all_of_it_comes_page_by_page_the_newest_first(office: Office) -> None:
    await office.code()
    await office.code(details("Per"), submission="V2")
    assert await found(office) == await everything(office)


async def test_of_a_person_all_comes_that_they_did_or_that_was_done_to_theirs(
    office: Office,
) -> None:
    await office.code(details("Per"), submission="V1")
    code_id = await office.code(details("Kari"), submission="V2")
    (kari_id,) = {e.person_id for e in await everything(office) if e.first_name == "Kari"}
    await in_slack(office, kari_id, KARI)
    async with office.asking() as desk:
        await audit.record(desk, OLA, Action.CODE_EXPIRED, code_id=code_id)
        await audit.record(desk, KARI, Action.QUESTION_FORWARDED)
    async with office.deciding() as desk:
        await holding.add(desk, KARI, OLA)
    events = await found(office, "kari NORD")
    assert {event.action for event in events} >= {
        Action.REQUEST_ASKED,
        Action.CODE_MADE,
        Action.CODE_EXPIRED,
        Action.QUESTION_FORWARDED,
        Action.COLLEAGUE_ADDED,
    }
    assert "Per" not in {event.first_name for event in events if event.actor != KARI}
    assert await found(office, "finnes ikke") == []
    assert await found(office, "per@example.org")


async def test_of_a_code_all_comes_by_its_first_characters(office: Office) -> None:
    one = await office.code(submission="V1")
    other = await office.code(details("Per"), submission="V2")
    hints = {e.code_id: e.hint for e in await everything(office) if e.code_id}
    for code_id in (one, other):
        hint = hints[code_id]
        assert hint
        events = await found(office, code=f" {hint} ")
        assert {e.code_id for e in events if e.hint} >= {code_id}
        assert {event.action for event in events} >= {
            Action.REQUEST_ASKED,
            Action.REQUEST_APPROVED,
            Action.CODE_MADE,
        }
        assert all(e.hint in (hint, None) for e in events)
    assert await found(office, code="..") == []


async def test_that_more_have_it_than_are_in_it_is_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_MATCHES", 1)
    await office.code(submission="V1")
    await office.code(details("Per"), submission="V2")
    async with office.looking() as desk:
        assert (await history.looked_for(desk, "nordmann", "")).is_cut
        assert not (await history.looked_for(desk, "per", "")).is_cut
        assert not (await history.looked_for(desk, "", "")).is_cut


async def test_a_person_and_a_code_are_looked_for_together(office: Office) -> None:
    one = await office.code(submission="V1")
    await office.code(details("Per"), submission="V2")
    hint = next(e.hint for e in await everything(office) if e.code_id == one)
    assert hint
    both = await found(office, "kari", hint)
    assert [e for e in await found(office, "kari") if e in await found(office, code=hint)] == both
    assert both


@pytest.mark.parametrize("who", [ANNE, PER])
async def test_another_organisation_has_its_own(office: Office, who: str) -> None:
    neighbour = await Office.begin(office.database, team="T0NEXT", name="Naboen")
    async with neighbour.deciding() as desk:
        await vouching.enter(desk, details("Nabo"), Term(), ANNE)
    assert await found(office, "nabo") == []
    assert len(await found(neighbour, "nabo")) == 1
    assert len(await found(neighbour)) == len(await everything(neighbour))
