"""The machine: one core for the server and one for all the rest, so that neither slows the other.

Whatever is started inherits the core of the benchmark itself, the load's; only what is measured
is put on the other one.
"""

import os
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


class CannotMeasure(Exception):  # noqa: N818 - says what is, like the refusals
    """Something needed is missing, or what was measured did other work than it should."""


@cache
def cores() -> tuple[int, int]:
    """The load's core and the server's; asked before anything is pinned, and kept.

    Raises:
        CannotMeasure: there is only one, or this is no Linux.
    """
    if not hasattr(os, "sched_getaffinity"):
        raise CannotMeasure("Processes are pinned to cores, which takes Linux.")
    found = sorted(os.sched_getaffinity(0))
    if len(found) < 2:
        raise CannotMeasure("Two cores are needed: one for the server and one for the load.")
    return found[0], found[1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This thread, and the threads and processes it starts, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def require_wrk() -> None:
    """
    Raises:
        CannotMeasure: wrk is not installed.
    """
    if shutil.which("wrk") is None:
        raise CannotMeasure("wrk makes the load; get it with: apt-get install wrk")


def fsync_milliseconds(folder: Path) -> float:
    """What one durable write costs here, at the median."""
    times = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
