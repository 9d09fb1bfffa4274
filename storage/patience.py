"""How long a piece of work waits for a database that others hold: one deadline for all of it.

    with waiting_at_most(2.0):
        async with ledger.asking(team_id) as desk:      # raises DatabaseBusy when it is late
            ...

Queues inside this process count as well. Without a deadline the database's own limits hold.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from time import monotonic

LOCK_WAIT_SECONDS = 10.0
"""How long a statement waits for another process that holds the database, where nobody waits for
the answer."""

_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """For all that is done in the block, taken together."""
    token = _ends_at.set(monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_left() -> float | None:
    """Of the deadline; 0 when it has passed, None when there is none."""
    ends_at = _ends_at.get()
    return None if ends_at is None else max(0.0, ends_at - monotonic())


def longest_wait() -> float:
    """How many seconds a statement may wait."""
    left = seconds_left()
    return LOCK_WAIT_SECONDS if left is None else left


class Wait(StrEnum):
    """What somebody waits for who wants the database."""

    QUEUE = "queue"
    """For others in this process, where only one writes at a time."""

    CONNECTION = "connection"
    """For one of this process's connections to be free."""

    LOCK = "lock"
    """For another process, or another transaction, that holds what is wanted."""


Waited = Callable[[Wait, float], object]
"""Told what was waited for, and for how many seconds; in vain, too."""


@contextmanager
def waiting_for(what: Wait, waited: Waited) -> Iterator[None]:
    """What is done in the block is to wait."""
    began = monotonic()
    try:
        yield
    finally:
        waited(what, monotonic() - began)
