"""Whoever guesses is slower, and then locked out for a minute: by key, and by address."""

from typing import Any

import pytest

from bot.api import problems
from bot.api.gate import Gate, Pace
from bot.api.problems import Problem
from storage import lockouts
from storage.database import DatabaseFailed
from storage.lockouts import STRANGERS, Lockout
from storage.partner_keys import new_partner_key
from tests.api.conftest import WITHOUT_END, Counter, counter_of
from tests.api.test_problems import is_problem
from tests.unit.storage.cast import Office


async def guess(counter: Counter, times: int, **how: str) -> list[int]:
    return [(await counter.verifies(f"{n:08}@RodeKors", **how)).status for n in range(times)]


async def test_ten_misses_in_a_minute_lock_the_key_for_one(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    assert await guess(counter, 10) == [200] * 10
    told = await counter.verifies()
    assert is_problem(told, problems.TOO_MANY)
    assert 0 < int(told.headers["retry-after"]) <= 60
    assert [each.message for each in caplog.records if each.message == "locked_out"]
    await counter.waits(61)
    assert (await counter.verifies()).status == 200


async def test_misses_that_lie_far_apart_lock_nobody(counter: Counter) -> None:
    for _ in range(3):
        assert await guess(counter, 9) == [200] * 9
        await counter.waits(61)


async def test_keys_that_open_nothing_lock_the_address(counter: Counter) -> None:
    for _ in range(10):
        told = await counter.verifies(key=new_partner_key(is_test=False))
        assert told.status == 401
    assert is_problem(await counter.verifies(), problems.TOO_MANY)
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    assert (await counter.verifies(headers=elsewhere)).status == 200


async def test_another_process_knows_of_it_a_moment_later(office: Office) -> None:
    async with counter_of(office) as counter:
        await guess(counter, 10)
        await counter.waits(2)
        another = Gate(office.ledger)
        with pytest.raises(Problem) as refused:
            await another.admit(f"Bearer {counter.key}", "203.0.113.9")
        assert refused.value.kind is problems.TOO_MANY


async def test_another_process_knows_of_it_also_where_the_ledgers_minute_is_another(
    office: Office,
) -> None:
    async with counter_of(office) as counter:
        for times, seconds in ((1, 50), (5, 15), (5, 0)):
            await guess(counter, times)
            await counter.waits(seconds)
        assert is_problem(await counter.verifies(), problems.TOO_MANY)
        with pytest.raises(Problem) as refused:
            await Gate(office.ledger).admit(f"Bearer {counter.key}", "203.0.113.9")
        assert refused.value.kind is problems.TOO_MANY


async def test_the_operator_is_to_be_told_of_the_partner_and_of_no_address(office: Office) -> None:
    async with counter_of(office) as counter:
        await guess(counter, 10)
        await counter.waits(1)
        (told,) = await to_be_told(office)
        assert told.partner
        assert told.partner.name == "Nettbutikken"


@pytest.mark.parametrize("key", ["", new_partner_key(is_test=False)], ids=["none", "unknown"])
async def test_the_operator_is_to_be_told_of_whoever_has_no_key_and_not_from_where(
    office: Office, key: str
) -> None:
    async with counter_of(office) as counter:
        for address in ("203.0.113.9", "203.0.113.10"):
            for _ in range(10):
                headers = {"X-Forwarded-For": address}
                assert (await counter.verifies(key=key, headers=headers)).status == 401
        await counter.waits(1)
        (told,) = await to_be_told(office)
        assert (told.id, told.partner) == (STRANGERS, None)


async def test_the_operator_is_to_be_told_of_an_address_that_is_locked_out_whoever_asked_there(
    office: Office,
) -> None:
    async with counter_of(office) as counter:
        for _ in range(9):
            assert (await counter.verifies(key=new_partner_key(is_test=False))).status == 401
        assert await guess(counter, 1) == [200]
        await counter.waits(1)
        assert is_problem(await counter.verifies(), problems.TOO_MANY)
        (told,) = await to_be_told(office)
        assert told.id == STRANGERS


async def test_what_could_not_be_told_to_the_ledger_is_told_with_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter_of(office) as counter:
        transaction = office.database.transaction

        def fails() -> Any:
            raise DatabaseFailed("away")

        monkeypatch.setattr(office.database, "transaction", fails)
        for _ in range(9):
            counter.interface.gate.missed("address:aaaa")
        await counter.interface.gate.finish()
        monkeypatch.setattr(office.database, "transaction", transaction)
        counter.interface.gate.missed("address:aaaa")
        await counter.interface.gate.finish()
        (told,) = await to_be_told(office)
        assert told.id == STRANGERS


async def to_be_told(office: Office) -> list[Lockout]:
    async with office.database.transaction() as transaction:
        return await lockouts.claim(transaction, 9)


async def test_a_minute_is_a_minute_also_for_whoever_asks_right_after_it(counter: Counter) -> None:
    await guess(counter, 10)
    await counter.waits(61)
    assert (await counter.verifies()).status == 200
    await counter.waits(1)
    assert (await counter.verifies()).status == 200


async def test_whoever_asks_too_fast_is_told_when_to_ask_again(office: Office) -> None:
    async with counter_of(office, pace=Pace(3, 0.5)) as counter:
        statuses = [(await counter.asks("GET", "/api/v1/me")).status for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        told = await counter.asks("GET", "/api/v1/me")
        assert told.headers["retry-after"] == "2"
        counter.monotonic.now += 2
        assert (await counter.asks("GET", "/api/v1/me")).status == 200


async def test_a_miss_costs_more_than_a_hit(office: Office) -> None:
    async with counter_of(office, pace=Pace(12, 0.01), address_pace=WITHOUT_END) as counter:
        assert await guess(counter, 4) == [200, 200, 200, 429]
