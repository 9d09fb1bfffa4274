"""Whether finding what is due costs what is due, and not what there is."""

import asyncio
import random
import statistics
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from storage import due, schema
from storage.database import Database, utc_now
from storage.desk import Ledger
from storage.opening import open_database
from storage.records import CODE_LIFETIME, NOTICE_DAYS
from storage.sql import bindparam, delete, func, select, update
from storage.statements import Row
from tests.bench.ledgers import Ledgers, PostgresLedgers, SqliteLedgers, begin, postgres_server
from tests.bench.machine import CannotMeasure, cores, on_core
from tests.bench.plan import Plan
from tests.bench.report import Part, Target
from tests.unit.storage.filling import fill_ledger

DUE = 1_000
SMALL = 10_000
IDLE_SWEEPS = 50
"""With nothing due one takes a fraction of a millisecond: so many are timed together."""

OLDEST, SCATTERED, NOTHING = "the oldest 1,000 due", "1,000 due at random", "nothing due"
DATABASES = {"SQLite": 3.0, "PostgreSQL": 1.5}
"""How much slower a sweep may be with everything in the ledger than with little."""

_BEFORE_NOTICE = CODE_LIFETIME - timedelta(days=NOTICE_DAYS[0])
_codes = schema.codes.c
_TIMES = select(_codes.id, _codes.made_at, _codes.expires_at, _codes.next_notice_at)
_OLDEST = _TIMES.order_by(_codes.next_notice_at).limit(DUE)
_NUMBERED = _TIMES.where(_codes.id == bindparam("code_id"))
_SET_TIMES = (
    update(schema.codes)
    .where(_codes.id == bindparam("code_id"))
    .values(
        made_at=bindparam("new_made_at"),
        expires_at=bindparam("new_expires_at"),
        next_notice_at=bindparam("new_next_notice_at"),
    )
)
_COUNT_NOTICES = select(func.count().label("count")).select_from(schema.outbox)
_FORGET_NOTICES = delete(schema.outbox)

Times = dict[tuple[str, str, int], list[float]]
"""Milliseconds of a sweep, by database, what is due, and how many codes there are."""


class Clock:
    """Of a day's evening. What is due is told in the morning of its day: where the oldest of a
    small ledger have fallen due, or of a large one, it is never between midnight and then."""

    def __init__(self) -> None:
        self.now = utc_now().replace(hour=20, minute=30)

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Filled:
    """A ledger with `size` codes of which none is due, swept and set back again and again."""

    clock: Clock
    database: Database
    other: Database
    """Prepares and sets back, so that the one that is measured has nothing at hand beforehand."""

    size: int

    @classmethod
    async def with_codes(cls, ledgers: Ledgers, url: str, size: int) -> "Filled":
        clock = Clock()
        standing = await begin(url)
        other = await open_database(url, clock)
        await fill_ledger(other, standing, size, requests_too=False)
        await ledgers.tidy(url)
        return cls(clock, await open_database(url, clock), other, size)

    async def close(self) -> None:
        await self.database.close()
        await self.other.close()

    async def sweep_nothing(self) -> float:
        began = time.perf_counter()
        for _ in range(IDLE_SWEEPS):
            _require(await due.sweep(Ledger(self.database)), 0)
        return (time.perf_counter() - began) * 1000 / IDLE_SWEEPS

    async def sweep_oldest(self) -> float:
        """The clock moves until the oldest are due: they lie side by side, as they were made."""
        async with self.other.reading() as transaction:
            rows = await transaction.rows(_OLDEST)
        return await self._sweep(rows, rows[-1]["next_notice_at"])

    async def sweep_scattered(self) -> float:
        """Codes here and there are made older than all others."""
        async with self.other.transaction() as transaction:
            numbers = random.sample(range(self.size), DUE)
            rows = [
                row
                for number in numbers
                for row in await transaction.rows(_NUMBERED, code_id=f"C{number:025d}")
            ]
            made_at = transaction.now - _BEFORE_NOTICE
            older = _times(made_at, made_at + CODE_LIFETIME, transaction.now)
            await transaction.run_many(
                _SET_TIMES, [{"code_id": row["id"], **older} for row in rows]
            )
        return await self._sweep(rows, self.clock.now)

    async def _sweep(self, rows: list[Row], now: datetime) -> float:
        before, self.clock.now = self.clock.now, now
        began = time.perf_counter()
        count = await due.sweep(Ledger(self.database))
        took = time.perf_counter() - began
        _require(count, DUE)
        self.clock.now = before
        await self._set_back(rows)
        return took * 1000

    async def _set_back(self, rows: list[Row]) -> None:
        async with self.other.transaction() as transaction:
            notices = await transaction.row(_COUNT_NOTICES)
            assert notices is not None
            _require(notices["count"], DUE)
            await transaction.run(_FORGET_NOTICES)
            await transaction.run_many(
                _SET_TIMES,
                [
                    {
                        "code_id": row["id"],
                        **_times(row["made_at"], row["expires_at"], row["next_notice_at"]),
                    }
                    for row in rows
                ],
            )


def _times(made_at: datetime, expires_at: datetime, next_notice_at: datetime) -> Row:
    return {
        "new_made_at": made_at,
        "new_expires_at": expires_at,
        "new_next_notice_at": next_notice_at,
    }


def _require(count: int, expected: int) -> None:
    if count != expected:
        raise CannotMeasure(f"A sweep found {count} due, where {expected} were.")


def measure(plan: Plan, folder: Path) -> Part:
    times: Times = {}
    sizes = (SMALL, plan.codes)
    with postgres_server(folder / "postgres") as address, on_core(cores()[1]):
        for name, ledgers in (
            ("SQLite", SqliteLedgers(folder)),
            ("PostgreSQL", PostgresLedgers(address)),
        ):
            urls = {size: ledgers.empty() for size in sizes}
            for key, found in asyncio.run(_sweep(ledgers, urls, plan.sweeps)).items():
                times[name, *key] = found
    return _part(plan, times)


async def _sweep(
    ledgers: Ledgers, urls: dict[int, str], sweeps: int
) -> dict[tuple[str, int], list[float]]:
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        filled = [await Filled.with_codes(ledgers, url, size) for size, url in urls.items()]
        for each in filled:
            stack.push_async_callback(each.close)
            await each.sweep_oldest()  # the statements are prepared now
        for _ in range(sweeps):
            for each in filled:
                times[NOTHING, each.size].append(await each.sweep_nothing())
                times[OLDEST, each.size].append(await each.sweep_oldest())
                times[SCATTERED, each.size].append(await each.sweep_scattered())
    return times


def _part(plan: Plan, times: Times) -> Part:
    found = {key: statistics.median(each) for key, each in times.items()}
    cases = [(name, case) for name in DATABASES for case in (OLDEST, SCATTERED, NOTHING)]
    return Part(
        title=f"sweep: 1,000 due codes among {SMALL:,} and among {plan.codes:,}",
        notes=(
            f"Milliseconds, medians of {plan.sweeps} alternating sweeps in batches of {due.BATCH}; "
            "each writes 1,000 notices.",
            "Oldest: as in life, where codes that fall due together were made together.",
            "At random: their rows have just been written, so they are in the system's cache.",
        ),
        heading=("", f"{SMALL:,}", f"{plan.codes:,}"),
        rows=[
            [
                f"{name}, {case}",
                f"{found[name, case, SMALL]:.2f}",
                f"{found[name, case, plan.codes]:.2f}",
            ]
            for name, case in cases
        ],
        targets=[
            Target(
                f"{name}, {case}: large ÷ small",
                found[name, case, plan.codes] / found[name, case, SMALL],
                1.5 if case == NOTHING else DATABASES[name],
                at_most=True,
            )
            for name, case in cases
        ],
    )
