"""Servers under measurement: each a process of its own, on the server's core."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.bench.load import Load, replay
from tests.bench.machine import CannotMeasure, cores, on_core
from tests.bench.signed import Numbered

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 15.0
LOOK_AGAIN_SECONDS = 0.002

BOT = ("bot", "run")
"""The module that is run, and its arguments: the real bot, as `make run` starts it."""


@dataclass(frozen=True)
class Contender:
    """One way to do the work: the name it has in the table, and how it is started."""

    name: str
    command: tuple[str, ...]

    @classmethod
    def baseline(cls, name: str, module: str) -> "Contender":
        return cls(name, (f"tests.bench.baselines.{module}",))


@dataclass(frozen=True)
class Answered:
    status: int
    body: bytes
    size: int
    """Bytes over the wire, headers and all."""


@dataclass(frozen=True)
class Server:
    process: "subprocess.Popen[bytes]"
    port: int
    first: Answered
    seconds_to_first: float
    """From before the process was there to its first success."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/slack/events"

    def replay(
        self, requests: Path, *, connections: int, seconds: float, may_fail: bool = False
    ) -> Load:
        """Put load on the server, and tell what it cost.

        Raises:
            CannotMeasure: see `load.replay`.
        """
        own, core = self.cpu_seconds(), core_seconds()
        load = replay(
            self.url, requests, connections=connections, seconds=seconds, may_fail=may_fail
        )
        own, core = self.cpu_seconds() - own, core_seconds() - core
        return replace(load, cpu_seconds=own, others=max(0.0, core - own) / load.seconds)

    def cpu_seconds(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def memory_mib(self) -> float:
        size: int = psutil.Process(self.process.pid).memory_info().rss
        return size / 2**20


def core_seconds() -> float:
    """How long the server's core has been busy, whoever kept it so."""
    times = psutil.cpu_times(percpu=True)[cores()[1]]
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


@contextmanager
def serving(
    contender: Contender, environment: Mapping[str, str], first: Numbered, folder: Path
) -> Iterator[Server]:
    """A server that has answered its first request (number 0), stopped at the end.

    Raises:
        CannotMeasure: it never answered with success.
    """
    port = _free_port()
    log = folder / "server.log"
    began = time.perf_counter()
    process = _spawn(contender, {**environment, "PORT": str(port)}, folder, log)
    try:
        answered = _wait(process, port, first)
        if answered is None:
            raise CannotMeasure(f"{contender.name} does not answer:\n{_tail(log)}")
        yield Server(process, port, answered, time.perf_counter() - began)
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _spawn(
    contender: Contender, environment: Mapping[str, str], folder: Path, log: Path
) -> "subprocess.Popen[bytes]":
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with on_core(cores()[1]), log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *contender.command],
            cwd=folder,  # where there is no .env
            env={**own, "PYTHONPATH": str(ROOT), **environment},
            stdout=output,
            stderr=output,
        )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, first: Numbered) -> Answered | None:
    headers, body = first.headers_and_body(0)
    until = time.perf_counter() + START_SECONDS
    while time.perf_counter() < until and process.poll() is None:
        try:
            answered = post(port, headers, body, first.path)
        except (OSError, http.client.HTTPException):
            answered = None
        if answered is not None and answered.status == 200:
            return answered
        time.sleep(LOOK_AGAIN_SECONDS)
    return None


def post(
    port: int, headers: Mapping[str, str], body: bytes, path: str = "/slack/events"
) -> Answered:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        lines = [f"{name}: {text}\r\n" for name, text in response.getheaders()]
        answer = response.read()
        return Answered(
            response.status,
            answer,
            len(f"HTTP/1.1 {response.status} {response.reason}\r\n{''.join(lines)}\r\n")
            + len(answer),
        )
    finally:
        connection.close()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
