"""How fast a command is acknowledged that changes nothing."""

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.bench.ledgers import SqliteLedgers
from tests.bench.load import ABOUT_OTHERS, HEADING, Load, medians
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.report import Part, Target, ratio
from tests.bench.servers import BOT, Contender, Server, serving
from tests.bench.signed import Signed, command
from tests.bench.slack import Slack, slack

AT_ONCE = 32
DIFFERENT = 2_000
"""Requests that are cycled through, each with a trigger of its own."""

OURS = Contender("Godkjenningsbot", BOT)
BARE = Contender.baseline("bare Bolt, one listener", "bare_bolt")
STOCK = Contender.baseline("Bolt on defaults, as many listeners as we have routes", "stock_bolt")
FLOOR = Contender.baseline("signature checked, nothing else", "signature_only")


@dataclass(frozen=True)
class Bench:
    """What every run has in common."""

    plan: Plan
    slack: Slack
    signed: Signed
    environment: dict[str, str]
    folder: Path

    def run(self, contender: Contender) -> tuple[Load, Load]:
        """One run: many at once, and alone."""
        requests = self.signed.write(self.folder / "requests", range(1, DIFFERENT))
        with serving(contender, self.environment, self.signed, self.folder) as server:
            self._require_message(server)
            server.replay(requests, connections=AT_ONCE, seconds=self.plan.warm_up)
            many = server.replay(requests, connections=AT_ONCE, seconds=self.plan.load)
            alone = server.replay(requests, connections=1, seconds=self.plan.alone)
        for load in (many, alone):
            _require_size(load, server)
        return many, alone

    def _require_message(self, server: Server) -> None:
        if json.loads(server.first.body) != json.loads(self.environment["HELP_MESSAGE"]):
            raise CannotMeasure(f"{server.url} answers another message than the bot does.")


def _require_size(load: Load, server: Server) -> None:
    """Every answer was the one expected: their sizes add up."""
    expected = load.requests * server.first.size
    if abs(load.bytes - expected) > 0.01 * expected + AT_ONCE * server.first.size:
        raise CannotMeasure(f"{server.url}: {load.bytes} bytes, where {expected} were expected.")


def measure(plan: Plan, folder: Path) -> Part:
    ledgers = SqliteLedgers(folder)
    runs: dict[Contender, list[tuple[Load, Load]]] = defaultdict(list)
    with slack() as told:
        signed = command(told.signing_secret)
        environment = {**told.environment(), **ledgers.environment(ledgers.fresh())}
        with serving(OURS, environment, signed, folder) as server:
            environment["HELP_MESSAGE"] = server.first.body.decode()
        bench = Bench(plan, told, signed, environment, folder)
        for _ in range(plan.rounds):
            for contender in (OURS, BARE, STOCK, FLOOR):
                runs[contender].append(bench.run(contender))
    return _part(plan, runs)


def _part(plan: Plan, runs: dict[Contender, list[tuple[Load, Load]]]) -> Part:
    rates = {each: [many.rate for many, _ in loads] for each, loads in runs.items()}
    alone = statistics.median(load.p50 for _, load in runs[OURS])
    ours = rates[OURS]
    return Part(
        title="acknowledge: /godkjenningskode hjelp over HTTP",
        notes=(
            f"{AT_ONCE} connections, then one; medians of {plan.rounds} alternating runs, each in "
            "a new process.",
            "All acknowledge with the same message, made once.",
            *ABOUT_OTHERS,
        ),
        heading=("", *HEADING, "alone, p50"),
        rows=[_row(contender, loads) for contender, loads in runs.items()],
        targets=[
            Target("÷ bare Bolt", ratio(ours, rates[BARE]), 1.1),
            Target("÷ Bolt on defaults", ratio(ours, rates[STOCK]), 3),
            Target("÷ the signature alone", ratio(ours, rates[FLOOR]), 0.65),
            Target("alone, at the median", alone, 0.5, at_most=True, unit=" ms"),
        ],
    )


def _row(contender: Contender, loads: list[tuple[Load, Load]]) -> list[str]:
    alone = statistics.median(load.p50 for _, load in loads)
    return [contender.name, *medians([many for many, _ in loads]), f"{alone:.3f}"]
