"""How long it lasts, how many there are, how often something happens: drawn by a seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random


@dataclass(frozen=True, slots=True)
class Plan:
    seconds: float
    """How long there is trouble; afterwards it takes a while to settle and look."""

    seed: int
    account_holders: int
    members: int
    pause: tuple[float, float]
    """Seconds between what somebody does and what they do next."""

    lasting: tuple[float, float]
    """Seconds that a trouble lasts."""

    rest: tuple[float, float]
    """Seconds between one trouble and the next of its sort."""

    long_leaps: tuple[float, float]
    """Seconds between two leaps over many days."""

    comings: tuple[float, float]
    """Seconds between somebody who leaves and the next."""

    afterwards: Sequence[timedelta]
    """How far time is moved on when all is calm, step by step."""

    past_a_lease: bool
    """Whether there is time to stop a process for so long."""

    socket_mode: bool = False
    """The way in that it begins with."""

    least_asked: int = 0
    """How many codes are to be asked for, on a slow machine too: so long the trouble goes on."""

    def random(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")


def short(seed: int, *, socket_mode: bool) -> Plan:
    """Half a minute in all."""
    return Plan(
        seconds=14,
        seed=seed,
        account_holders=2,
        members=6,
        pause=(0.1, 0.6),
        lasting=(0.3, 1.5),
        rest=(0.5, 2),
        long_leaps=(4, 6),
        comings=(2, 3),
        past_a_lease=False,
        afterwards=[timedelta(days=days) for days in (1.1, 45)],
        socket_mode=socket_mode,
        least_asked=6,
    )


def long(seconds: float, seed: int, *, socket_mode: bool) -> Plan:
    steps = (1.1, 3, 26, 7, 7, 7, 7, 7, 7, 7, 1, 1)
    return Plan(
        seconds=seconds,
        seed=seed,
        account_holders=4,
        members=10,
        pause=(0.2, 1.5),
        lasting=(0.5, 5),
        rest=(1, 6),
        long_leaps=(20, 50),
        comings=(15, 40),
        past_a_lease=True,
        afterwards=[timedelta(days=days) for days in steps],
        socket_mode=socket_mode,
    )
