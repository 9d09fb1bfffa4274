"""How long to measure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Seconds of load, rounds of alternating runs, and codes in the large ledger."""

    rounds: int
    warm_up: int
    load: int
    alone: int
    codes: int


FULL = Plan(rounds=5, warm_up=1, load=3, alone=1, codes=1_000_000)
QUICK = Plan(rounds=1, warm_up=1, load=1, alone=1, codes=100_000)
