"""How fast a partner is answered whether a code is good, once its use has been kept durably."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from storage import partners
from storage.keys import Keyring
from storage.opening import open_database
from storage.records import PartnerScope
from tests.bench import ledgers
from tests.bench.ledgers import Ledgers, PostgresLedgers, SqliteLedgers, begin, postgres_server
from tests.bench.load import ABOUT_OTHERS, HEADING, Load, medians
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.report import Part, Target, ratio
from tests.bench.servers import Contender, serving
from tests.bench.signed import Verification
from tests.unit.storage.filling import fill_known, text_of

AT_ONCE = 32
CODES = 10_000
MOST_PER_SECOND = 10_000
OURS = "Godkjenningsbot"
OURS_PG = f"{OURS}, PostgreSQL"
EMPTY = "an empty FastAPI route"
BOT = ("tests.bench.without_limits", "api")


@dataclass(frozen=True)
class Way:
    contender: Contender
    ledgers: Ledgers | None

    @property
    def name(self) -> str:
        return self.contender.name


class Bench:
    """Runs the ways in turn, each on a fresh ledger."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder
        self.loads: dict[str, list[Load]] = defaultdict(list)

    def alternate(self, ways: Iterable[Way]) -> None:
        for _ in range(self._plan.rounds):
            for way in ways:
                self.loads[way.name].append(self._run(way))

    def _run(self, way: Way) -> Load:
        environment, url, asked = {}, "", Verification("none", ["123a4567@RodeKors"])
        if way.ledgers is not None:
            url = way.ledgers.empty()
            environment = way.ledgers.environment(url)
            asked = asyncio.run(with_codes(way.ledgers, url))
        warm, last = (
            (self._plan.warm_up + seconds) * MOST_PER_SECOND for seconds in (0, self._plan.load)
        )
        warm_up = asked.write(self._folder / "warm-up", range(1, warm))
        requests = asked.write(self._folder / "requests", range(warm, last))
        with serving(way.contender, environment, asked, self._folder) as server:
            first = server.replay(warm_up, connections=AT_ONCE, seconds=self._plan.warm_up)
            load = server.replay(requests, connections=AT_ONCE, seconds=self._plan.load)
        if url:
            _require_kept(url, 1 + first.successes + load.successes)
        return load


async def with_codes(ledgers: Ledgers, url: str) -> Verification:
    """What is asked about codes that are there now, of which each has been used before."""
    keyring = Keyring([ledgers.environment(url)["SECRET_KEY"]])
    standing = await begin(url)
    database = await open_database(url)
    try:
        await fill_known(database, [standing], keyring, CODES)
        async with database.transaction() as transaction:
            scope = PartnerScope.HOLDER
            _, partner_key = await partners.add(transaction, "Butikken", scope, is_test=False)
    finally:
        await database.close()
    await ledgers.tidy(url)
    return Verification(partner_key, [text_of(number) for number in range(CODES)])


def _require_kept(url: str, least: int) -> None:
    """Each success is a use. wrk hangs up on what is under way when its time is over."""
    kept = ledgers.all_counts(url)["uses"] - CODES
    if not least <= kept <= least + 2 * AT_ONCE:
        raise CannotMeasure(f"{least} successes, {kept} uses.")


def measure(plan: Plan, folder: Path) -> Part:
    bench = Bench(plan, folder)
    with postgres_server(folder / "postgres") as address:
        sqlite, postgres = SqliteLedgers(folder), PostgresLedgers(address)
        bench.alternate(
            [
                Way(Contender(OURS, BOT), sqlite),
                Way(Contender(OURS_PG, BOT), postgres),
                Way(Contender.baseline(EMPTY, "empty_fastapi"), None),
            ]
        )
    return _part(plan, bench.loads)


def _part(plan: Plan, loads: dict[str, list[Load]]) -> Part:
    rates = {name: [load.rate for load in each] for name, each in loads.items()}
    return Part(
        title="verify: a partner asks about a code; its use is kept durably before the answer",
        notes=(
            f"{AT_ONCE} connections, each question under a reference of its own, about {CODES:,} "
            f"codes in turn; medians of {plan.rounds} alternating runs.",
            "Kept: a use, and an event of the chained audit. The answer is signed (Ed25519).",
            "SQLite: WAL, synchronous=FULL. PostgreSQL: fsync on; its processes share the load's "
            "core.",
            *ABOUT_OTHERS,
        ),
        heading=("", *HEADING),
        rows=[[name, *medians(each)] for name, each in loads.items()],
        targets=[
            Target("÷ an empty FastAPI route", ratio(rates[OURS], rates[EMPTY]), 0.6),
            Target("the same, PostgreSQL", ratio(rates[OURS_PG], rates[EMPTY]), 0.5),
        ],
    )
