"""Whoever guesses is slower, and then locked out for a minute: by key, and by address."""

from datetime import timedelta
from typing import Any

import pytest

from bot.api import problems
from bot.api.gate import Gate, Pace
from bot.api.problems import Problem
from storage import lockouts, partners
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
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    told = await counter.verifies(headers=elsewhere)
    assert told.body["detail"].startswith("Unknown codes: with your keys 10 ")
    assert [each.message for each in caplog.records if each.message == "locked_out"]
    await counter.waits(61)
    assert (await counter.verifies()).status == 200


async def test_misses_that_lie_far_apart_lock_nobody(counter: Counter) -> None:
    for _ in range(3):
        assert await guess(counter, 9) == [200] * 9
        await counter.waits(61)


async def test_keys_that_open_nothing_lock_out_whoever_has_none_at_the_address(
    counter: Counter,
) -> None:
    unknown = new_partner_key(is_test=False)
    for _ in range(10):
        assert (await counter.verifies(key=unknown)).status == 401
    for key in (unknown, new_partner_key(is_test=True), "none"):
        told = await counter.verifies(key=key)
        assert is_problem(told, problems.TOO_MANY)
        assert told.body["detail"].startswith("Unknown keys: from your address 10 ")
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    assert (await counter.verifies(key=unknown, headers=elsewhere)).status == 401


async def test_a_key_that_has_ended_shuts_out_nobody_else_at_the_address(
    counter: Counter,
) -> None:
    async with counter.office.database.transaction() as transaction:
        partner = await partners.find(transaction, "Nettbutikken")
        new = await partners.rotate(transaction, partner, timedelta(0))
    counter.looks_again()
    assert await guess(counter, 12) == [401] * 10 + [429] * 2
    assert await statuses_there(counter, new) == [200, 200, 202]


async def test_whoever_rehearses_shuts_out_themselves_alone(counter: Counter) -> None:
    test_key = await counter.partner("Prøveren", is_test=True)
    assert await guess(counter, 12, key=test_key) == [200] * 10 + [429] * 2
    assert await statuses_there(counter, counter.key) == [200, 200, 202]


async def statuses_there(counter: Counter, key: str) -> list[int]:
    """Of all ways to ask."""
    code = {"code": "123a4567@RodeKors"}
    answers = [
        await counter.verifies(key=key),
        await counter.asks("GET", "/api/v1/keys"),
        await counter.asks("POST", "/api/v1/codes/found", json=code),
    ]
    return [each.status for each in answers]


async def test_whoever_guesses_in_earnest_is_shut_out_with_all_who_ask_from_there(
    counter: Counter,
) -> None:
    other = await counter.partner("Skyen")
    for key in (counter.key, other):
        assert await guess(counter, 5, key=key) == [200] * 5
    assert await statuses_there(counter, counter.key) == [429] * 3
    told = await counter.verifies(key=other)
    assert told.body["detail"].startswith("Unknown codes: from your address 10 ")
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
        other = await counter.partner("Skyen")
        assert await guess(counter, 9, key=other) == [200] * 9
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
        assert told.body["detail"].startswith("The pace: with your keys 3 questions")
        counter.monotonic.now += 2
        assert (await counter.asks("GET", "/api/v1/me")).status == 200


async def test_a_miss_costs_more_than_a_hit(office: Office) -> None:
    async with counter_of(office, pace=Pace(12, 0.01), address_pace=WITHOUT_END) as counter:
        assert await guess(counter, 4) == [200, 200, 200, 429]
