"""Decisions that cross each other, on both databases: one after the other, and no deadlock."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from storage import (
    authority,
    claiming,
    codes,
    decisions,
    due,
    holding,
    making,
    meeting,
    outbox,
    requests,
)
from storage.database import Database
from storage.desk import DecidingDesk
from storage.records import OPERATOR, Reason, RequestState, Turn
from storage.refusals import Refusal
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Office, details

Step = Callable[[DecidingDesk], Awaitable[object]]
ROUNDS = 12


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.begin(database)


async def take(office: Office, step: Step) -> object:
    """As a handler does it; a refusal is an answer like any other, a deadlock is not."""
    try:
        async with office.deciding() as desk:
            return await step(desk)
    except Refusal as refusal:
        return refusal


async def refresh_asked(office: Office, number: int) -> tuple[str, str]:
    """A code of Kari's, and her request to have it refreshed."""
    code_id = await office.code(details(f"Kari{number}"), submission=f"V{number}")
    async with office.deciding() as desk:
        code = await codes.find(desk, code_id)
        await meeting.note_lookup(desk, code.person.id, KARI)
        request_id = await requests.ask_refresh(desk, code_id, KARI)
    return code_id, request_id


async def test_approving_a_refresh_against_revoking_the_code(office: Office) -> None:
    for number in range(ROUNDS):
        code_id, request_id = await refresh_asked(office, number)
        approved, revoked = await asyncio.gather(
            take(
                office,
                lambda desk, r=request_id: decisions.approve(desk, r, OLA),  # type: ignore[misc]
            ),
            take(office, lambda desk, c=code_id: making.revoke(desk, c, ANNE)),  # type: ignore[misc]
        )
        assert isinstance(approved, Refusal) != isinstance(revoked, Refusal)


async def test_approving_against_the_removal_of_who_approves(office: Office) -> None:
    async def remove(desk: DecidingDesk) -> None:
        await holding.remove(desk, OLA, OPERATOR)

    for number in range(ROUNDS):
        request_id = await office.ask(submission=f"V{number}")
        assert request_id
        approved, _ = await asyncio.gather(
            take(
                office,
                lambda desk, r=request_id: decisions.approve(desk, r, OLA),  # type: ignore[misc]
            ),
            take(office, remove),
        )
        state = (await office.request(request_id)).state
        assert (state is RequestState.APPROVED) == isinstance(approved, str)
        async with office.deciding() as desk:
            await holding.add(desk, OLA, OPERATOR)


async def test_everything_at_once_and_no_deadlock(office: Office) -> None:
    async def leave(desk: DecidingDesk) -> None:
        await decisions.withdraw_all(desk, KARI)
        await authority.person_left(desk, KARI)

    for number in range(ROUNDS):
        code_id, request_id = await refresh_asked(office, number)
        other = await office.ask(details(f"Kari{number}"), submission=f"W{number}")
        assert other

        async def sweep() -> None:
            await due.sweep(office.ledger)

        await asyncio.gather(
            take(office, leave),
            take(office, lambda desk, r=other: decisions.approve(desk, r, ANNE)),  # type: ignore[misc]
            take(
                office,
                lambda desk, r=request_id: decisions.decline(  # type: ignore[misc]
                    desk, r, OLA, Reason.NO_AUTHORITY, ""
                ),
            ),
            take(
                office,
                lambda desk, c=code_id: making.refresh(desk, c, ANNE),  # type: ignore[misc]
            ),
            office.ask(details("Ny", str(number)), submission=f"X{number}"),
            sweep(),
        )


async def ask_for_kari(office: Office, name: str, submission: str) -> str | None:
    """By whom does not matter; Slack says that it is Kari, by whichever name."""
    form = requests.NewRequest(
        PER, details(name), "Nettside", submission, requests.SlackMember(KARI, "Kari Nordmann")
    )
    async with office.asking() as desk:
        return await requests.ask(desk, form)


async def test_asking_for_one_person_by_many_names_at_once(office: Office) -> None:
    """Each is shown beside all the others."""
    names = [f"Kari{number}" for number in range(8)]
    for name in names:
        await ask_for_kari(office, name, f"{name}, first")
    asked = await asyncio.gather(
        *(ask_for_kari(office, name, f"{name}, {number}") for number in range(5) for name in names)
    )
    assert len(set(asked) - {None}) == 40


async def test_asking_at_once_while_reminders_tell_of_what_waits(
    office: Office, clock: TravellingClock
) -> None:
    """Each is told of in all of them, and counts in all of them."""
    async with office.deciding() as desk:
        for number in range(10):
            await holding.add(desk, f"UHOLDER{number}", OPERATOR)
    await office.ask(submission="first")
    clock.forward(days=2)
    await due.sweep(office.ledger)
    await deliver_all(office)
    before = await revisions(office)
    assert len(before) == 12
    asked = await asyncio.gather(*(ask_for_somebody(office, number) for number in range(120)))
    assert len(set(asked) - {None}) == 120
    assert await revisions(office) == {each: count + 120 for each, count in before.items()}


async def ask_for_somebody(office: Office, number: int) -> str | None:
    return await office.ask(details(f"Nils{number}"), submission=f"V{number}")


async def deliver_all(office: Office) -> None:
    for turn in Turn:
        async with office.database.transaction() as transaction:
            claimed = await claiming.claim(
                transaction, [office.team], turn, most=100, lease=timedelta(minutes=1)
            )
            for each in claimed:
                await claiming.delivered(transaction, each, "D1", each.id)


async def revisions(office: Office) -> dict[str, int]:
    """How often what each reminder tells has changed."""
    async with office.looking() as desk:
        notices = await outbox.latest(desk, 10_000)
    return {
        notice.id: notice.revision for notice in notices if notice.kind == outbox.REQUESTS_WAITING
    }
