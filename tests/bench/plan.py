"""How long to measure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How many alternating runs of each kind, seconds of load, and codes in the large ledger."""

    rounds: int
    sweeps: int
    unmeasured_starts: int
    warm_up: int
    load: int
    alone: int
    codes: int
    requests: int
    """In each of the ten rounds of a soak, and so many whole ways:"""

    ways: int
    installed: int
    """Workspaces that have installed the bot."""

    outages: int
    """How often codes run out with all at Slack well, and how often with two workspaces not."""

    groups: int
    """Of codes that are looked up together, of each kind in each ledger."""

    questions: int
    """Of each kind that a partner asks one after the other."""


FULL = Plan(
    rounds=5,
    sweeps=7,
    unmeasured_starts=1,
    warm_up=1,
    load=3,
    alone=1,
    codes=1_000_000,
    requests=2_000,
    ways=300,
    installed=10_000,
    outages=3,
    groups=500,
    questions=10_000,
)
QUICK = Plan(
    rounds=1,
    sweeps=3,
    unmeasured_starts=0,
    warm_up=1,
    load=1,
    alone=1,
    codes=100_000,
    requests=200,
    ways=30,
    installed=2_000,
    outages=1,
    groups=100,
    questions=1_000,
)
