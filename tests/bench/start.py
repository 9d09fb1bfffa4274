"""How long until the first answer, and how much memory at rest."""

import statistics
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.bench.acknowledge import BARE, OURS
from tests.bench.ledgers import SqliteLedgers
from tests.bench.plan import Plan
from tests.bench.report import Part, Target, ratio
from tests.bench.servers import Contender, serving
from tests.bench.signed import Signed, command
from tests.bench.slack import Slack, slack

REST_SECONDS = 1.0
FIRST_EVER = "Godkjenningsbot, its very first start (migrations)"


@dataclass(frozen=True)
class Started:
    milliseconds: float
    mebibytes: float


class Bench:
    """Starts servers in turn."""

    def __init__(self, told: Slack, signed: Signed, folder: Path) -> None:
        self._slack = told
        self._signed = signed
        self._folder = folder
        self._ledgers = SqliteLedgers(folder)
        self.starts: dict[str, list[Started]] = defaultdict(list)

    def round(self) -> None:
        self._start(OURS.name, OURS, self._ledgers.fresh())
        self._start(BARE.name, BARE, self._ledgers.fresh())
        self._start(FIRST_EVER, OURS, self._ledgers.empty())

    def _start(self, name: str, contender: Contender, url: str) -> None:
        environment = {
            **self._slack.environment(),
            **self._ledgers.environment(url),
            "HELP_MESSAGE": "{}",
        }
        with serving(contender, environment, self._signed, self._folder) as server:
            time.sleep(REST_SECONDS)
            self.starts[name].append(Started(server.seconds_to_first * 1000, server.memory_mib()))


def measure(plan: Plan, folder: Path) -> Part:
    with slack() as told:
        bench = Bench(told, command(told.signing_secret), folder)
        for _ in range(plan.unmeasured_starts):  # the disk's caches are filled now
            bench.round()
        bench.starts.clear()
        for _ in range(plan.rounds):
            bench.round()
    return _part(plan, bench.starts)


def _part(plan: Plan, starts: dict[str, list[Started]]) -> Part:
    times = {name: [each.milliseconds for each in found] for name, found in starts.items()}
    sizes = {name: [each.mebibytes for each in found] for name, found in starts.items()}
    return Part(
        title="start: from nothing to the first answer on POST /slack/events",
        notes=(
            f"Medians of {plan.rounds} alternating starts, all files read before; the ledger is "
            "there and migrated.",
            "The first answer includes the auth.test of both. Memory: resident, a second after "
            "the answer.",
        ),
        heading=("", "answers, ms", "memory, MiB"),
        rows=[
            [name, f"{statistics.median(times[name]):.0f}", f"{statistics.median(sizes[name]):.0f}"]
            for name in starts
        ],
        targets=[
            Target(
                "time ÷ bare Bolt", ratio(times[OURS.name], times[BARE.name]), 1.5, at_most=True
            ),
            Target(
                "memory ÷ bare Bolt", ratio(sizes[OURS.name], sizes[BARE.name]), 1.5, at_most=True
            ),
        ],
    )
