"""`python -m tests.faults.flood [--requests 5000] [--seed 1]`

Sends a real bot malformed requests, signed and unsigned, and then a crowd of slow ones, while
somebody else goes on using it. Prints what came of it, and ends in failure when a figure is
missed.
"""

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psutil

from bot.trial.sandbox import Sandbox
from bot.trial.sandbox.http_delivery import signed_headers
from tests.bench.report import Target
from tests.commands import GENUINE
from tests.faults.malformed import Malformed, Request
from tests.faults.process import BotProcess, bot_process
from tests.faults.sending import ON_PURPOSE, Unanswered, malformed, send
from tests.slack.stage import BOT_SCOPES, COMMAND, Stage

AT_ONCE = 8
SLOW = 500
SLOW_SECONDS = 5.0
ASKED_EVERY = 0.1


@dataclass
class Flood:
    play: Stage
    bot: BotProcess
    port: int
    statuses: Counter[int | str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    """Seconds until somebody else was answered."""

    def memory_mib(self) -> float:
        size: int = psutil.Process(self.bot.pid).memory_info().rss
        return size / 2**20

    async def malformed(self, requests: Malformed, number: int) -> None:
        left = itertools.islice(requests, number)

        async def send_some() -> None:
            for request in left:
                try:
                    self.statuses[await send(self.port, request)] += 1
                except Unanswered:
                    self.statuses["none"] += 1

        await asyncio.gather(*(send_some() for _ in range(AT_ONCE)))

    async def slow(self, start: bytes) -> None:
        """Five hundred that send this and no more."""
        request, sending = Request(start, is_whole=True), []
        for _ in range(SLOW):
            sending.append(asyncio.create_task(send(self.port, request)))
            await asyncio.sleep(SLOW_SECONDS / SLOW)  # else it is the sender who is slow
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)

    async def meanwhile(self, flood: Awaitable[None]) -> tuple[float, float]:
        """Memory at most, and the longest wait of whoever uses the bot while it lasts."""
        flooding, most = asyncio.ensure_future(flood), 0.0
        first = len(self.waits)
        while not flooding.done():
            began = time.perf_counter()
            await self.play.per.types(f"{COMMAND} hjelp")
            self.waits.append(time.perf_counter() - began)
            most = max(most, self.memory_mib())
            await asyncio.sleep(ASKED_EVERY)
        await flooding
        return most, max(self.waits[first:])


@asynccontextmanager
async def flooded() -> AsyncIterator[Flood]:
    with tempfile.TemporaryDirectory() as folder:
        async with Sandbox(scopes=BOT_SCOPES, retry_delays=(0, 0, 0)) as slack:
            cast_of = [
                slack.person(name, "Nordmann", email=f"{name.lower()}@example.org")
                for name in ("Kari", "Ola", "Anne", "Per")
            ]
            async with bot_process(slack, Path(folder), cast_of[1:3]) as bot:
                bot.command = (*GENUINE, "run")
                port = await bot.start()
                await slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
                not_here = cast("Any", None)  # the bot is another process
                yield Flood(Stage(slack, *[not_here] * 4, *cast_of), bot, port)


def claimed(length: int) -> bytes:
    """The start of a body that could be Slack's, for all that its head shows."""
    headers = {"Content-Length": str(length), **signed_headers("x", "application/json", b"")}
    lines = [f"{name}: {text}\r\n" for name, text in headers.items()]
    start = f"POST /slack/events HTTP/1.1\r\n{''.join(lines)}\r\n"
    return start.encode() + b"x" * (length // 2)


async def measured(number: int, seed: int) -> list[Target]:
    async with flooded() as flood:
        requests = await malformed(flood.play, seed)
        await flood.meanwhile(flood.malformed(requests, number // 10))
        before = flood.memory_mib()
        kinds = {
            "malformed requests": flood.malformed(requests, number),
            "500 slow heads": flood.slow(b"POST / HTTP/1.1\r\nX: " + b"x" * 60_000),
            "500 slow bodies": flood.slow(claimed(950_000)),
        }
        targets = []
        for name, sending in kinds.items():
            memory, wait = await flood.meanwhile(sending)
            targets += [
                Target(f"{name}: memory, as a ratio", memory / before, 1.5, at_most=True),
                Target(f"{name}: somebody else waits", wait, 1.0, at_most=True, unit=" s"),
            ]
        print({str(status): count for status, count in sorted(flood.statuses.items(), key=str)})
        print(f"{before:.0f} MiB before")
        return [*targets, *_failures(flood)]


def _failures(flood: Flood) -> list[Target]:
    bad = sum(
        count
        for status, count in flood.statuses.items()
        if status == "none" or (int(status) >= 500 and status != 503)
    )
    failed = [line for line in flood.bot.written.decode().splitlines() if _tells_of_failure(line)]
    print(*failed[:10], sep="\n")
    return [
        Target("answers that tell of a failure, or none", bad, 0, at_most=True),
        Target("failures in the log", len(failed), 0, at_most=True),
    ]


def _tells_of_failure(line: str) -> bool:
    """What Slack refuses, as a trigger that is none, is no failure of the bot's."""
    if not line.startswith("{"):
        return True
    said = json.loads(line)
    is_error = said["level"] in ("error", "critical") and said["event"] not in ON_PURPOSE
    return is_error and said.get("exception") != "SlackApiError"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.flood")
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    targets = asyncio.run(measured(chosen.requests, chosen.seed))
    for target in targets:
        print(target.line())
    sys.exit(0 if all(target.is_met for target in targets) else 1)


if __name__ == "__main__":
    main()
