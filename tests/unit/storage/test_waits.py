"""Whoever waits for the database: it is told what for, in vain or not."""

from collections import Counter

import pytest

from storage.database import DatabaseBusy
from storage.desk import Ledger
from storage.opening import open_database
from storage.patience import Wait, waiting_at_most
from tests.unit.storage.cast import Office


@pytest.fixture
def waits(office: Office) -> Counter[Wait]:
    told: Counter[Wait] = Counter()

    def waited(what: Wait, seconds: float) -> None:
        assert seconds >= 0
        told[what] += 1

    office.database.tell_of_waits(waited)
    return told


async def test_a_decision_waits_for_its_turn_and_for_its_lock(
    office: Office, waits: Counter[Wait], migrated_url: str
) -> None:
    async with office.deciding():
        pass
    turn = Wait.QUEUE if "sqlite" in migrated_url else Wait.CONNECTION
    assert waits == {turn: 1, Wait.LOCK: 1}


async def test_a_wait_in_vain_is_told_of_too(
    office: Office, waits: Counter[Wait], migrated_url: str
) -> None:
    """Another process decides, for longer than there is patience."""
    other = await open_database(migrated_url)
    try:
        async with Ledger(other).deciding(office.team):
            with waiting_at_most(0.05), pytest.raises(DatabaseBusy):
                async with office.deciding():
                    raise AssertionError("both decide")
            assert waits[Wait.LOCK] == 1
    finally:
        await other.close()
