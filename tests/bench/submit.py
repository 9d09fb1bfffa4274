"""How fast a form is acknowledged whose request has been committed durably."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from storage.statements import Row
from tests.bench import ledgers
from tests.bench.ledgers import Counts, Ledgers, PostgresLedgers, SqliteLedgers, postgres_server
from tests.bench.load import ABOUT_OTHERS, HEADING, Load, medians
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.report import Part, Target, ratio
from tests.bench.servers import BOT, Contender, Server, serving
from tests.bench.signed import Signed, submission
from tests.bench.slack import Slack, slack

AT_ONCE = 32
MOST_PER_SECOND = 5_000
"""No contender is as fast: so many requests are made out for each second."""

BURST = 100
"""Notices that the bot sends at once before it falls into Slack's pace (`bot.app.BURST`)."""

SETTLE_SECONDS = 20.0


@dataclass(frozen=True)
class Way:
    """A contender on a database, with a Slack that takes what the bot sends or does not."""

    contender: Contender
    ledgers: Ledgers
    slack: Slack
    is_settled: Callable[[str], bool] = lambda url: True
    may_fail: bool = False
    """Whether failures are part of the result rather than the end of the measurement."""

    @property
    def name(self) -> str:
        return self.contender.name


class Bench:
    """Runs the ways in turn, each on a fresh ledger, and holds them to the same rows."""

    def __init__(self, plan: Plan, signed: Signed, folder: Path) -> None:
        self._plan = plan
        self._signed = signed
        self._folder = folder
        self._expected: dict[str, list[Row]] | None = None
        self.loads: dict[str, list[Load]] = defaultdict(list)

    def alternate(self, ways: Iterable[Way]) -> None:
        for _ in range(self._plan.rounds):
            for way in ways:
                self.loads[way.name].append(self._run(way))

    def _run(self, way: Way) -> Load:
        url = way.ledgers.fresh()
        before = ledgers.counts(url)
        environment = {**way.slack.environment(), **way.ledgers.environment(url)}
        warm_up, requests = self._requests()
        with serving(way.contender, environment, self._signed, self._folder) as server:
            self._require_same_rows(way, url)
            first = self._replay(way, server, warm_up, self._plan.warm_up)
            _settle(way, url)
            load = self._replay(way, server, requests, self._plan.load)
        _require_written(way, before, ledgers.counts(url), first, load)
        _require_empty_answers(load, server)
        return load

    def _replay(self, way: Way, server: Server, requests: Path, seconds: float) -> Load:
        return server.replay(requests, connections=AT_ONCE, seconds=seconds, may_fail=way.may_fail)

    def _requests(self) -> tuple[Path, Path]:
        """Different people in each request; signed anew, since a signature grows old."""
        numbers = self._plan.warm_up * MOST_PER_SECOND
        last = numbers + self._plan.load * MOST_PER_SECOND
        return (
            self._signed.write(self._folder / "warm-up", range(1, numbers)),
            self._signed.write(self._folder / "requests", range(numbers, last)),
        )

    def _require_same_rows(self, way: Way, url: str) -> None:
        """The first submission has left the same rows whoever wrote them."""
        written = ledgers.written(url)
        for rows in written.values():
            for row in rows:
                row.pop("organisation_id")
        if self._expected is None:
            self._expected = written
        if written != self._expected:
            raise CannotMeasure(f"{way.name} writes other rows:\n{written}\n{self._expected}")


def _settle(way: Way, url: str) -> None:
    """Wait until the dispatcher does no more than it does all day."""
    until = time.monotonic() + SETTLE_SECONDS
    while not way.is_settled(url):
        if time.monotonic() > until:
            raise CannotMeasure(f"{way.name}: the dispatcher does not come to rest.")
        time.sleep(0.1)


def _require_written(way: Way, before: Counts, after: Counts, *loads: Load) -> None:
    """Every success has its rows. wrk hangs up on what is under way when its time is over."""
    least = 1 + sum(load.successes for load in loads)
    most = least + sum(load.failures + AT_ONCE for load in loads)
    for table, each in ledgers.WRITTEN.items():
        submissions = (after[table] - before[table]) / each
        if not least <= submissions <= most:
            raise CannotMeasure(f"{way.name}: {least} successes, {submissions} in {table}.")


def _require_empty_answers(load: Load, server: Server) -> None:
    """An empty answer closes the form; a refusal of the ledger's would have a body."""
    most = (load.requests + AT_ONCE) * server.first.size
    if server.first.body or (load.bytes > most and not load.refused):
        raise CannotMeasure(f"{server.url} does not accept the form.")


def _is_in_pace(url: str) -> bool:
    return ledgers.notices_told(url) >= BURST


def _is_put_off(url: str) -> bool:
    return ledgers.notices_put_off(url) > 0


OURS, SILENT = "Godkjenningsbot", "Godkjenningsbot, dispatcher at rest"
RAW, ORM = "bare Bolt, raw aiosqlite", "Bolt on defaults, SQLAlchemy ORM, default pool"
OURS_PG, SILENT_PG = f"{OURS}, PostgreSQL", f"{SILENT}, PostgreSQL"
RAW_PG = "bare Bolt, raw asyncpg, PostgreSQL"


def measure(plan: Plan, folder: Path) -> Part:
    with ExitStack() as stack:
        told = stack.enter_context(slack())
        silent = stack.enter_context(slack(silent=True))
        postgres = PostgresLedgers(stack.enter_context(postgres_server(folder / "postgres")))
        bench = Bench(plan, submission(told.signing_secret), folder)
        sqlite = SqliteLedgers(folder)
        bench.alternate(
            [
                Way(Contender(OURS, BOT), sqlite, told, _is_in_pace),
                Way(Contender(SILENT, BOT), sqlite, silent, _is_put_off),
                Way(Contender.baseline(RAW, "bare_bolt_aiosqlite"), sqlite, told),
                Way(Contender.baseline(ORM, "stock_bolt_orm"), sqlite, told, may_fail=True),
            ]
        )
        bench.alternate(
            [
                Way(Contender(OURS_PG, BOT), postgres, told, _is_in_pace),
                Way(Contender(SILENT_PG, BOT), postgres, silent, _is_put_off),
                Way(Contender.baseline(RAW_PG, "bare_bolt_asyncpg"), postgres, told),
            ]
        )
    return _part(plan, bench.loads)


def _part(plan: Plan, loads: dict[str, list[Load]]) -> Part:
    rates = {name: [load.rate for load in each] for name, each in loads.items()}
    p99 = statistics.median(load.p99 for load in loads[OURS])
    return Part(
        title="submit: the request form over HTTP, committed durably before it is acknowledged",
        notes=(
            f"{AT_ONCE} at a time, every form another person's; medians of {plan.rounds} "
            "alternating runs, each on a fresh ledger.",
            "Six rows in one transaction: people, code_requests, audit, outbox × 3. The bot also "
            "reads who the",
            "account holders are and checks the fields; the baselines write and nothing else.",
            "SQLite: WAL, synchronous=FULL. PostgreSQL: fsync on; its processes share the load's "
            "core.",
            "The dispatcher is included as in production, at Slack's pace (5 notices/s) once its "
            "burst of 100 is over;",
            "at rest: Slack has asked it to wait.",
            *ABOUT_OTHERS,
        ),
        heading=("", *HEADING, "failed"),
        rows=[_row(name, each) for name, each in loads.items()],
        targets=[
            Target("÷ raw aiosqlite", ratio(rates[OURS], rates[RAW]), 0.6),
            Target("the same, dispatcher at rest", ratio(rates[SILENT], rates[RAW]), 0.6),
            Target("÷ Bolt on defaults with the ORM", ratio(rates[OURS], rates[ORM]), 1.5),
            Target(f"p99 with {AT_ONCE} at a time", p99, 60, at_most=True, unit=" ms"),
            Target("÷ raw asyncpg", ratio(rates[OURS_PG], rates[RAW_PG]), 0.5),
            Target("the same, dispatcher at rest", ratio(rates[SILENT_PG], rates[RAW_PG]), 0.5),
        ],
    )


def _row(name: str, loads: list[Load]) -> list[str]:
    return [name, *medians(loads), str(sum(load.failures for load in loads))]
