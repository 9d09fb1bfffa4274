"""Decisions that cross each other, on both databases: one after the other, and no deadlock."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from storage import audit, authority, codes, decisions, due, making, organisations, requests
from storage.database import Database, Transaction
from storage.organisations import Standing
from storage.records import Reason, RequestState
from storage.refusals import Refusal
from tests.unit.storage.cast import ANNE, KARI, OLA, TEAM, Ledger, details

Step = Callable[[Transaction, Standing], Awaitable[object]]
ROUNDS = 12


@pytest.fixture
async def ledger(database: Database) -> Ledger:
    return await Ledger.begin(database)


async def take(ledger: Ledger, step: Step) -> object:
    """As a handler does it; a refusal is an answer like any other, a deadlock is not."""
    try:
        async with ledger.database.transaction() as transaction:
            standing = await organisations.standing_to_decide(transaction, TEAM)
            return await step(transaction, standing)
    except Refusal as refusal:
        return refusal


async def refresh_asked(ledger: Ledger, number: int) -> tuple[str, str]:
    """A code of Kari's, and her request to have it refreshed."""
    code_id = await ledger.code(details(f"Kari{number}"), submission=f"V{number}")
    async with ledger.database.transaction() as transaction:
        code = await codes.find(transaction, ledger.organisation_id, code_id)
        await authority.note_lookup(transaction, code.person.id, KARI)
        await codes.hand_over(transaction, code_id)
        request_id = await requests.ask_refresh(transaction, ledger.standing, code_id, KARI)
    return code_id, request_id


async def test_approving_a_refresh_against_revoking_the_code(ledger: Ledger) -> None:
    for number in range(ROUNDS):
        code_id, request_id = await refresh_asked(ledger, number)
        approved, revoked = await asyncio.gather(
            take(
                ledger,
                lambda t, s, r=request_id: decisions.approve(t, s, ledger.keyring, r, OLA),  # type: ignore[misc]
            ),
            take(ledger, lambda t, s, c=code_id: making.revoke(t, s, c, ANNE)),  # type: ignore[misc]
        )
        assert isinstance(approved, Refusal) != isinstance(revoked, Refusal)


async def test_approving_against_the_removal_of_who_approves(ledger: Ledger) -> None:
    async def remove(transaction: Transaction, standing: Standing) -> None:
        await organisations.remove_account_holder(
            transaction, standing.organisation.id, OLA, audit.OPERATOR
        )

    for number in range(ROUNDS):
        request_id = await ledger.ask(submission=f"V{number}")
        assert request_id
        approved, _ = await asyncio.gather(
            take(
                ledger,
                lambda t, s, r=request_id: decisions.approve(t, s, ledger.keyring, r, OLA),  # type: ignore[misc]
            ),
            take(ledger, remove),
        )
        state = (await ledger.request(request_id)).state
        assert (state is RequestState.APPROVED) == isinstance(approved, str)
        async with ledger.database.transaction() as transaction:
            await organisations.add_account_holder(
                transaction, ledger.organisation_id, OLA, audit.OPERATOR
            )


async def test_everything_at_once_and_no_deadlock(ledger: Ledger) -> None:
    async def leave(transaction: Transaction, standing: Standing) -> None:
        await decisions.withdraw_all(transaction, standing, KARI)
        await authority.person_left(transaction, standing.organisation.id, KARI)

    for number in range(ROUNDS):
        code_id, request_id = await refresh_asked(ledger, number)
        other = await ledger.ask(details(f"Kari{number}"), submission=f"W{number}")
        assert other

        async def sweep() -> None:
            await due.sweep(ledger.database)

        await asyncio.gather(
            take(ledger, leave),
            take(ledger, lambda t, s, r=other: decisions.approve(t, s, ledger.keyring, r, ANNE)),  # type: ignore[misc]
            take(
                ledger,
                lambda t, s, r=request_id: decisions.decline(  # type: ignore[misc]
                    t, s, r, OLA, Reason.NO_AUTHORITY, ""
                ),
            ),
            take(
                ledger,
                lambda t, s, c=code_id: making.refresh(t, s, ledger.keyring, c, ANNE),  # type: ignore[misc]
            ),
            ledger.ask(details("Ny", str(number)), submission=f"X{number}"),
            sweep(),
        )
