"""The load: wrk, which replays signed requests over so many connections."""

import json
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.machine import CannotMeasure

SCRIPT = Path(__file__).with_name("replay.lua")
ANSWER_SECONDS = 10
HEADING = ("answers/s", "p50 ms", "p99 ms", "CPU µs each", "others")
ABOUT_OTHERS = (
    "CPU: the server's own processor time for an answer. Others: the share of its core that other",
    "processes took; where that is not near zero, trust the processor time and measure again.",
)


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw. Latencies are in milliseconds."""

    requests: int
    """Answered, with success or not."""

    seconds: float
    bytes: int
    p50: float
    p99: float
    refused: int
    """Answered with no success."""

    lost: int
    """Not answered, or too late."""

    cpu_seconds: float = 0.0
    """The server's own processor time."""

    others: float = 0.0
    """The share of the server's core that others took meanwhile."""

    @property
    def successes(self) -> int:
        return self.requests - self.refused

    @property
    def failures(self) -> int:
        return self.refused + self.lost

    @property
    def rate(self) -> float:
        """Successes a second."""
        return self.successes / self.seconds

    @property
    def cpu_microseconds(self) -> float:
        """The server's processor time for one answer: what others on its core do not change."""
        return self.cpu_seconds / self.requests * 1e6


def medians(loads: Sequence[Load]) -> list[str]:
    """The cells under `HEADING`."""
    median = statistics.median
    return [
        f"{median(load.rate for load in loads):,.0f}",
        f"{median(load.p50 for load in loads):.2f}",
        f"{median(load.p99 for load in loads):.2f}",
        f"{median(load.cpu_microseconds for load in loads):,.0f}",
        f"{median(load.others for load in loads):.0%}",
    ]


def replay(
    url: str, requests: Path, *, connections: int, seconds: float, may_fail: bool = False
) -> Load:
    """
    Raises:
        CannotMeasure: an answer was none, late, or no success; or, where that may be, all were.
    """
    load = _wrk(url, requests, connections, seconds)
    if not load.successes or (load.failures and not may_fail):
        raise CannotMeasure(f"{load.failures} of {load.requests} requests failed at {url}.")
    return load


def _wrk(url: str, requests: Path, connections: int, seconds: float) -> Load:
    command = [
        "wrk", "--threads", "1", "--connections", str(connections),
        "--duration", f"{max(1, round(seconds))}s", "--timeout", f"{ANSWER_SECONDS}s",
        "--latency", "--script", str(SCRIPT), url, "--", str(requests),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    if done.returncode:
        raise CannotMeasure(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    return Load(**json.loads(done.stdout.splitlines()[-1]))
