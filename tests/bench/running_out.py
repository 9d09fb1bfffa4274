"""How soon all are told whose codes run out in the same minute, each in another workspace; and
whether two of these keep others waiting: one asks the bot to wait, and one says nothing.

What the paces allow: of a workspace's own pace, a burst of 100 and then 5 a second (`lanes`), what
time has brought leaves 80 to those who wait for something. So the one notice that each workspace
has may go at once. All together may have `MOST_UNDER_WAY` of time's turn on their way: 150. Each is
on its way for two calls, whether its reader is here still and to say it, and here Slack takes
`SLACK_SECONDS` for each. So the paces together allow `MOST_UNDER_WAY / (2 * SLACK_SECONDS)` notices
a second.

This Slack is slow, so that the paces are measured and not the machine; what the bot's own processor
time allows is printed beside.
"""

import asyncio
import itertools
import signal
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.delivering.dispatcher import MOST_UNDER_WAY
from bot.delivering.lanes import BURST, BURST_KEPT
from storage.database import utc_now
from storage.records import Turn
from tests.bench.ledgers import PostgresLedgers, postgres_server
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.report import Part, Target
from tests.bench.servers import Contender, core_seconds, serving
from tests.bench.signed import NUMBER, command
from tests.bench.slack import TEAM
from tests.bench.slack_everywhere import RETRY_AFTER, Everywhere, slack_everywhere
from tests.bench.travelling import MOVES
from tests.bench.workspaces import Workspaces, team_of

BOT = Contender("Godkjenningsbot, whose clock is moved", ("tests.bench.travelling",))
CODES = 1_000
SLACK_SECONDS = 1.0
CALLS = 2
UNDER_WAY = MOST_UNDER_WAY[Turn.TIME]
ALLOWED = UNDER_WAY / (CALLS * SLACK_SECONDS)
"""Notices a second."""

REFUSED, SILENT = team_of(30), team_of(50)
"""Among the first that are due: whoever they keep waiting waits long."""

WELL = "all at Slack is well"
NOT_WELL = f"one workspace refused for {RETRY_AFTER} s, one silent"
REST_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.1
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Run:
    told: dict[str, float]
    """How many seconds after the clock was moved, by workspace."""

    cpu_seconds: float
    """The bot's own processor time."""

    others: float
    """The share of its core that others took meanwhile."""

    @property
    def last(self) -> float:
        return max(self.told.values())

    @property
    def rate(self) -> float:
        return len(self.told) / self.last


class Bench:
    """Lets the codes of a fresh ledger run out, once and again."""

    def __init__(self, plan: Plan, workspaces: Workspaces, slack: Everywhere, folder: Path) -> None:
        self._plan = plan
        self._workspaces = workspaces
        self._slack = slack
        self._folder = folder
        self.runs: dict[str, list[Run]] = defaultdict(list)

    def alternate(self) -> None:
        for _ in range(self._plan.outages):
            self.runs[WELL].append(self._run(CODES))
            two = {"rate_limited": REFUSED, "silent": SILENT}
            self.runs[NOT_WELL].append(self._run(CODES - len(two), **two))

    def _run(self, expected: int, **unwell: str) -> Run:
        environment = self._with_codes()
        first = command(self._slack.of(TEAM).signing_secret, f"T{NUMBER}")
        with serving(BOT, environment, first, self._folder) as server:
            time.sleep(REST_SECONDS)
            self._slack.begin_anew(**unwell)
            began, own, core = time.monotonic(), server.cpu_seconds(), core_seconds()
            server.process.send_signal(signal.SIGUSR1)
            self._until_told(expected)
            seconds, own = time.monotonic() - began, server.cpu_seconds() - own
            others = max(0.0, core_seconds() - core - own) / seconds
        seen = self._slack.seen()
        return Run({team: at - began for team, at in seen.told.items()}, own, others)

    def _with_codes(self) -> dict[str, str]:
        """A ledger in which they run out in the minute before the clock's new time."""
        url, ends_at = self._workspaces.copy(), utc_now() + MOVES
        ends = [ends_at - timedelta(minutes=1) * (1 - n / CODES) for n in range(CODES)]
        asyncio.run(self._workspaces.make_codes(url, ends))
        return self._workspaces.environment(url, self._slack.of(TEAM))

    def _until_told(self, expected: int) -> None:
        """
        Raises:
            CannotMeasure: some are not told at all.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        while (told := self._slack.workspaces_told()) < expected:
            if time.monotonic() > until:
                raise CannotMeasure(f"After {PATIENCE_SECONDS:.0f} seconds {told} are told.")
            time.sleep(LOOK_AGAIN_SECONDS)


def measure(plan: Plan, folder: Path) -> Part:
    assert BURST_KEPT[Turn.TIME] < BURST  # or else the paces would allow nothing at once
    with postgres_server(folder / "postgres") as address, slack_everywhere(SLACK_SECONDS) as slack:
        bench = Bench(plan, Workspaces(PostgresLedgers(address), CODES), slack, folder)
        bench.alternate()
    return _part(plan, bench.runs)


def _part(plan: Plan, runs: dict[str, list[Run]]) -> Part:
    well = runs[WELL]
    return Part(
        title=f"running_out: {CODES:,} codes in {CODES:,} workspaces, in the same minute",
        notes=(
            f"Medians of {plan.outages} alternating runs, each in a new process on a fresh ledger "
            "on PostgreSQL, from when the clock is moved.",
            "What the paces allow: each workspace's lets its one notice go at once; together they "
            f"have {UNDER_WAY} under way.",
            f"A notice takes {CALLS} calls, and this Slack {SLACK_SECONDS:g} s for each: "
            f"{ALLOWED:.0f} notices a second.",
            "CPU: the bot's own processor time for a notice. Others: the share of its core that "
            "others took;",
            "where that is not near zero, it may be the machine that is measured: measure again.",
            _about_noise(well),
        ),
        heading=("", "told", "a second", "median, s", "last, s", "CPU ms each", "others"),
        rows=[_row(name, each) for name, each in runs.items()],
        targets=[
            Target("told at all", min(len(run.told) for run in well), CODES),
            Target("÷ what the paces allow", _median(run.rate for run in well) / ALLOWED, 0.8),
            Target(
                "another workspace later for the two, at its soonest",
                _latest(_times(runs[NOT_WELL]), _times(well)),
                1,
                at_most=True,
                unit=" s",
            ),
        ],
    )


def _times(runs: Sequence[Run]) -> dict[str, float]:
    """When each workspace was told, in the run in which it was soonest: whatever else this machine
    does makes it later alone, and what holds it up each time is seen in that one, too."""
    teams = runs[0].told.keys() - {REFUSED, SILENT}
    return {team: min(run.told[team] for run in runs) for team in teams}


def _latest(times: dict[str, float], others: dict[str, float]) -> float:
    """By how many seconds a workspace was told later than by the others, at most."""
    return max(seconds - others[team] for team, seconds in times.items())


def _about_noise(well: Sequence[Run]) -> str:
    """Of the last figure."""
    pairs = list(itertools.permutations(well, 2))
    if not pairs:
        return "One run of each kind alone does not tell how much of the last figure is chance."
    chance = statistics.median(_latest(_times([one]), _times([other])) for one, other in pairs)
    return f"Of two runs in which all was well, a workspace was later in one by {chance:.2f} s."


def _row(name: str, runs: Sequence[Run]) -> list[str]:
    return [
        name,
        f"{min(len(run.told) for run in runs):,}",
        f"{_median(run.rate for run in runs):.0f}",
        f"{_median(statistics.median(run.told.values()) for run in runs):.2f}",
        f"{_median(run.last for run in runs):.2f}",
        f"{_median(run.cpu_seconds / len(run.told) * 1000 for run in runs):.1f}",
        f"{_median(run.others for run in runs):.0%}",
    ]


def _median(figures: Iterable[float]) -> float:
    return statistics.median(figures)
