"""What it costs that many have installed the bot: to answer one of them, to wake one, to start, and
in memory; beside the bot of one workspace whose token stands in its settings."""

import asyncio
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.acknowledge import AT_ONCE
from tests.bench.baselines import stock_bolt_installed
from tests.bench.counted import Asked
from tests.bench.ledgers import PostgresLedgers, postgres_server
from tests.bench.load import ABOUT_OTHERS, HEADING, Load, medians
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.report import Part, Target, ratio
from tests.bench.servers import BOT, START_SECONDS, Contender, Server, post, serving
from tests.bench.signed import NUMBER, Signed, command
from tests.bench.slack import TEAM
from tests.bench.slack_everywhere import Everywhere, slack_everywhere
from tests.bench.workspaces import Workspaces, team_of

AWAKE = 500
"""Workspaces from which somebody calls: as many as the bot keeps awake."""

DIFFERENT = 2_000
REST_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.002

MANY = Contender("many workspaces", BOT)
ONE = Contender("one workspace", BOT)
STOCK = Contender.baseline("Bolt on defaults, slack-sdk's store", "stock_bolt_installed")
COUNTED = Contender("many workspaces, counted", ("tests.bench.counted", "run"))


@dataclass(frozen=True)
class Run:
    """What one process was like."""

    ready: float
    """Milliseconds to the line in the log that says so; to the first answer where there is none."""

    first: float
    """Milliseconds, at the median, to the answer to whoever calls first in a workspace."""

    second: float
    load: Load
    auth_tests: int
    """Times that Slack was asked who the bot is, under load."""

    mebibytes: float


@dataclass(frozen=True)
class Way:
    """A contender, and how it is called: its workspaces all have the same secret."""

    contender: Contender
    environment: dict[str, str]
    everybody: Signed
    """Each number is somebody in a workspace of their own; where there is one, in that."""

    somebody: Signed
    """In the workspace of which the load is."""


class Bench:
    """Runs the ways in turn."""

    def __init__(self, plan: Plan, slack: Everywhere, folder: Path) -> None:
        self._plan = plan
        self._slack = slack
        self._folder = folder
        self.runs: dict[str, list[Run]] = defaultdict(list)

    def alternate(self, *ways: Way) -> None:
        for _ in range(self._plan.rounds):
            for way in ways:
                self.run(way)

    def run(self, way: Way) -> None:
        self.runs[way.contender.name].append(self._run(way))

    def _run(self, way: Way) -> Run:
        with self._timed(way) as (server, ready):
            first, second = _calls(server, way.everybody), _calls(server, way.everybody)
            requests = way.somebody.write(self._folder / "requests", range(1, DIFFERENT))
            self._slack.begin_anew()
            load = server.replay(requests, connections=AT_ONCE, seconds=self._plan.load)
            auth_tests = self._slack.seen().calls.get("auth.test", 0)
            time.sleep(REST_SECONDS)
            return Run(ready(), first, second, load, auth_tests, server.memory_mib())

    @contextmanager
    def _timed(self, way: Way) -> Iterator[tuple[Server, Callable[[], float]]]:
        """The server, and when it was ready, in milliseconds from before it was there."""
        log = self._folder / "server.log"
        log.unlink(missing_ok=True)
        with ThreadPoolExecutor(1) as watching:
            ready = watching.submit(_milliseconds_to_ready, log)
            with serving(way.contender, way.environment, way.everybody, self._folder) as server:
                answered = server.seconds_to_first * 1000
                yield server, lambda: answered if way.contender is STOCK else ready.result()

    def counted(self, way: Way) -> list[Asked]:
        """What the requests took of the database: the first of each workspace, and the second."""
        counts = self._folder / "counts.json"
        environment = {**way.environment, "COUNTED": str(counts)}
        with serving(COUNTED, environment, way.everybody, self._folder) as server:
            for _ in range(2):
                _calls(server, way.everybody)
        return [Asked(**each) for each in json.loads(counts.read_text())]


def _milliseconds_to_ready(log: Path) -> float:
    """From now; 0 when it never says so."""
    began = time.perf_counter()
    while time.perf_counter() < began + START_SECONDS:
        if log.exists() and b" ready " in log.read_bytes():
            return (time.perf_counter() - began) * 1000
        time.sleep(LOOK_AGAIN_SECONDS)
    return 0.0


def _calls(server: Server, everybody: Signed) -> float:
    """Of everybody, one after the other.

    Raises:
        CannotMeasure: an answer is another one than the first was.
    """
    milliseconds = []
    for number in range(1, AWAKE):  # number 0 has called already
        headers, body = everybody.headers_and_body(number)
        began = time.perf_counter()
        answered = post(server.port, headers, body)
        milliseconds.append((time.perf_counter() - began) * 1000)
        if answered.body != server.first.body:
            raise CannotMeasure(f"{server.url} answers {answered.status}, and not as before.")
    return statistics.median(milliseconds)


def measure(plan: Plan, folder: Path) -> Part:
    with postgres_server(folder / "postgres") as address, slack_everywhere() as slack:
        ledgers = PostgresLedgers(address)
        bench = Bench(plan, slack, folder)
        many, one = _ways(plan, ledgers, slack)
        with serving(ONE, one.environment, one.everybody, folder) as server:
            message = server.first.body.decode()
        bench.alternate(many, one)
        bench.run(_stock(plan, ledgers, many, message))
        return _part(plan, bench.runs, bench.counted(many))


def _ways(plan: Plan, ledgers: PostgresLedgers, slack: Everywhere) -> tuple[Way, Way]:
    workspaces, here = Workspaces(ledgers, plan.installed), slack.of(TEAM)
    everybody, somebody, alone = (
        command(here.signing_secret, team_id) for team_id in (f"T{NUMBER}", team_of(1), TEAM)
    )
    environment = workspaces.environment(workspaces.url, here)
    alone_in = {**here.environment(), **ledgers.environment(ledgers.fresh())}
    return Way(MANY, environment, everybody, somebody), Way(ONE, alone_in, alone, alone)


def _stock(plan: Plan, ledgers: PostgresLedgers, many: Way, message: str) -> Way:
    """Called as the bot is."""
    url = ledgers.empty()
    asyncio.run(stock_bolt_installed.install(url, plan.installed))
    environment = {**many.environment, "DATABASE_URL": url, "HELP_MESSAGE": message}
    return Way(STOCK, environment, many.everybody, many.somebody)


def _part(plan: Plan, runs: dict[str, list[Run]], counted: list[Asked]) -> Part:
    many, one = runs[MANY.name], runs[ONE.name]
    first, second = counted[:AWAKE], counted[AWAKE:]
    return Part(
        title=f"installed: {plan.installed:,} workspaces, of which somebody calls from {AWAKE}",
        notes=(
            f"Medians of {plan.rounds} alternating runs, each in a new process. PostgreSQL, whose "
            "processes share the load's core.",
            f"Calls: /godkjenningskode hjelp, one after the other; then {AT_ONCE} connections, all "
            "of one workspace.",
            "Statements in all, at the median: for a first call "
            f"{_in_all(first)}, for a second {_in_all(second)}; help reads who decides.",
            "Memory: resident, a second after all of that. auth.test: asked of Slack under load.",
            "Bolt on its defaults, once, for comparison: it looks up whose token it is with each "
            "request, and asks Slack.",
            *ABOUT_OTHERS,
        ),
        heading=("", *HEADING, "auth.test", "first, ms", "second, ms", "ready, ms", "MiB"),
        rows=[_row(name, each) for name, each in runs.items()],
        targets=[
            Target("a warm request ÷ one workspace", ratio(_rates(many), _rates(one)), 0.95),
            _none("auth.test under load", max(run.auth_tests for run in many)),
            _none("statements to authorise it", max(each.to_authorise for each in second)),
            _none("more than one to authorise a first", _most(first) - 1),
            Target("memory ÷ one workspace", _ratio(many, one, _memory), 1.15, at_most=True),
            Target("start ÷ one workspace", _ratio(many, one, _ready), 1.1, at_most=True),
        ],
    )


def _none(name: str, found: int) -> Target:
    return Target(name, found, 0, at_most=True)


def _most(asked: list[Asked]) -> int:
    return max(each.to_authorise for each in asked)


def _in_all(asked: list[Asked]) -> int:
    return round(statistics.median(each.in_all for each in asked))


def _rates(runs: list[Run]) -> list[float]:
    return [run.load.rate for run in runs]


def _memory(run: Run) -> float:
    return run.mebibytes


def _ready(run: Run) -> float:
    return run.ready


def _ratio(of: list[Run], to: list[Run], what: Callable[[Run], float]) -> float:
    return ratio([what(run) for run in of], [what(run) for run in to])


def _row(name: str, runs: list[Run]) -> list[str]:
    median = statistics.median
    return [
        name,
        *medians([run.load for run in runs]),
        f"{median(run.auth_tests for run in runs):,.0f}",
        f"{median(run.first for run in runs):.2f}",
        f"{median(run.second for run in runs):.2f}",
        f"{median(run.ready for run in runs):.0f}",
        f"{median(run.mebibytes for run in runs):.1f}",
    ]
