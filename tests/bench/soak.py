"""What the bot keeps while it works: memory, files, threads and rows, after much and after more.

A request is a command, a question, a click, an event or nothing that Slack sends, each by somebody
else. A whole way: somebody asks for a code, an account holder approves, it is told that the code is
ready, it is shown, refreshed, told of anew and shown again. The bot is the real one, in a process
of its own; only its pace is lifted (`hasty`).
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

import aiohttp
import psutil

from templates import ids
from tests.bench import ledgers
from tests.bench.acts import HOLDER, WHO, Acts, Request
from tests.bench.forgetful_slack import ForgetfulSlack, forgetful_slack
from tests.bench.ledgers import Counts, Ledgers, PostgresLedgers, SqliteLedgers, postgres_server
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.report import Part, Target
from tests.bench.servers import Contender, Server, serving
from tests.bench.signed import Signed, command, submission

BOT = Contender("Godkjenningsbot, in a hurry", ("tests.bench.hasty", "run"))
ROUNDS = 10
AT_ONCE = 16
SEED = 20261129
SETTLE_SECONDS = 120.0
REST_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.1
MOST_GROWTH = 1.2

OF_WAYS = frozenset({"people", "confirmations", "code_requests", "codes"})
"""A request that is no step of a way leaves nothing here."""

MAY_GROW = OF_WAYS | {"events", "outbox", "questions", "forwarded_questions", "audit"}
"""What is done leaves rows here, for as long as the README says. Every other table, also one that
is new, stays as it is."""

T = TypeVar("T")


@dataclass(frozen=True)
class Kept:
    """What the bot's process holds when all has come to rest, and what its ledger does."""

    mebibytes: float
    files: int
    threads: int
    rows: Counts


@dataclass(frozen=True)
class Soaked:
    kept: list[Kept]
    """After each round."""

    left: Counts
    """Rows that requests alone have left, in all rounds."""

    parked: int
    """Notices that were given up."""


class Soak:
    """One bot under load."""

    def __init__(self, server: Server, url: str, acts: Acts, slack: ForgetfulSlack) -> None:
        self._server = server
        self._url = url
        self._acts = acts
        self._slack = slack
        self._process = psutil.Process(server.process.pid)
        self._numbers = count(1)
        self._chance = random.Random(SEED)
        self._asks = submission(slack.told.signing_secret, WHO)
        self._approves = acts.approval()
        self._shows = acts.click(WHO, ids.SHOW_CODE)
        self._refreshes = acts.click(HOLDER, ids.REFRESH_CODE)

    async def run(self, plan: Plan) -> Soaked:
        """
        Raises:
            CannotMeasure: an answer is not as it should be, or somebody is not told what they wait
                for, or shown no code.
        """
        kept: list[Kept] = []
        left: Counts = dict.fromkeys(OF_WAYS, 0)
        for _ in range(ROUNDS):
            before = await self._rows()
            await self._at_once(self._make_request, self._acts.mixed(plan.requests, self._chance))
            await self._settle()
            after = await self._rows()
            left = {table: left[table] + after[table] - before[table] for table in OF_WAYS}
            await self._at_once(self._go_whole_way, range(plan.ways))
            await self._settle()
            kept.append(await self._look())
        return Soaked(kept, left, await asyncio.to_thread(ledgers.notices_parked, self._url))

    # What is done

    async def _at_once(
        self, act: Callable[[aiohttp.ClientSession, T], Awaitable[None]], each: Iterable[T]
    ) -> None:
        """So many at a time, until all is done."""
        rest = iter(each)
        async with aiohttp.ClientSession() as session:

            async def work() -> None:
                for one in rest:
                    await act(session, one)

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    async def _make_request(self, session: aiohttp.ClientSession, request: Request) -> None:
        await self._send(session, request, next(self._numbers))

    async def _go_whole_way(self, session: aiohttp.ClientSession, _: int) -> None:
        number = next(self._numbers)
        who = f"U{number:08d}"
        await self._send(session, self._asks, number)
        request_id = await self._slack.sees(who, ids.APPROVE)
        await self._send(session, self._approves, number, request_id)
        first = await self._show(session, who, number)
        await self._send(session, self._refreshes, number, first)
        if first == await self._show(session, who, number):
            raise CannotMeasure("A code that was refreshed is the one that it was.")
        self._slack.forget(who)

    async def _show(self, session: aiohttp.ClientSession, who: str, number: int) -> str:
        """The code of which somebody is told, as they are shown it; its id."""
        code_id = await self._slack.sees(who, ids.SHOW_CODE)
        await self._send(session, self._shows, number, code_id)
        if "@RodeKors" not in await self._slack.sees(who, ids.VIEW_CODE):
            raise CannotMeasure("Somebody was shown no code.")
        return code_id

    async def _send(
        self, session: aiohttp.ClientSession, request: Request, number: int, record: str = ""
    ) -> None:
        headers, body = request.headers_and_body(number, record)
        async with session.post(self._server.url, data=body, headers=headers) as answer:
            await answer.read()
        if answer.status >= 500 or (isinstance(request, Signed) and answer.status != 200):
            raise CannotMeasure(f"{answer.status} for {body[:500]!r}")

    # What is kept

    async def _settle(self) -> None:
        """Wait until all that is to be told has been told."""
        until = time.monotonic() + SETTLE_SECONDS
        while await asyncio.to_thread(ledgers.notices_left, self._url):
            if time.monotonic() > until:
                raise CannotMeasure("The dispatcher does not come to rest.")
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _rows(self) -> Counts:
        return await asyncio.to_thread(ledgers.all_counts, self._url)

    async def _look(self) -> Kept:
        """When it has come to rest, and nobody has a connection to it."""
        self._slack.hang_up()
        await asyncio.sleep(REST_SECONDS)
        process = self._process
        return Kept(
            self._server.memory_mib(), process.num_fds(), process.num_threads(), await self._rows()
        )


async def _soak(plan: Plan, own: Ledgers, url: str, folder: Path) -> Soaked:
    async with forgetful_slack() as slack:
        environment = {**slack.told.environment(), **own.environment(url)}
        first = command(slack.told.signing_secret)
        with ExitStack() as stack:
            started = serving(BOT, environment, first, folder)
            server = await asyncio.to_thread(stack.enter_context, started)
            acts = Acts(slack.told.signing_secret, slack.url)
            return await Soak(server, url, acts, slack).run(plan)


def measure(plan: Plan, folder: Path) -> Part:
    found = {}
    with postgres_server(folder / "postgres") as address:
        both = {"SQLite": SqliteLedgers(folder), "PostgreSQL": PostgresLedgers(address)}
        for name, own in both.items():
            found[name] = asyncio.run(_soak(plan, own, own.fresh(), folder))
    requests, ways = ROUNDS * plan.requests, ROUNDS * plan.ways
    return Part(
        title=f"soak: what the bot keeps after {requests:,} requests and {ways:,} whole ways",
        notes=(
            "Resident memory in MiB, open files and threads of the bot's own process, and rows.",
            "Each request is somebody else's, a fifth of them malformed; Slack's pace is lifted.",
            f"May grow, by what is done: {', '.join(sorted(MAY_GROW))}.",
        ),
        heading=("after", "memory", "files", "threads", "requests", "codes", "outbox"),
        rows=[
            _row(f"{name}, {number * plan.requests:,} and {number * plan.ways:,}", kept)
            for name, soaked in found.items()
            for number, kept in enumerate(soaked.kept, 1)
        ],
        targets=[
            target for name, soaked in found.items() for target in _targets(name, plan, soaked)
        ],
    )


def _row(name: str, kept: Kept) -> list[str]:
    rows = (f"{kept.rows[table]:,}" for table in ("code_requests", "codes", "outbox"))
    return [name, f"{kept.mebibytes:.1f}", str(kept.files), str(kept.threads), *rows]


def _targets(name: str, plan: Plan, soaked: Soaked) -> list[Target]:
    first, last = soaked.kept[0], soaked.kept[-1]
    ratio = last.mebibytes / first.mebibytes
    grown = {table: last.rows[table] - rows for table, rows in first.rows.items()}
    not_to_grow = sum(abs(rows) for table, rows in grown.items() if table not in MAY_GROW)
    figures = {
        "more open files": last.files - first.files,
        "more threads": last.threads - first.threads,
        "more rows where none are to be": not_to_grow,
        "people, requests and codes by requests alone": sum(soaked.left.values()),
        "notices given up": soaked.parked,
    }
    return [
        Target(f"{name}: memory ÷ that after {plan.requests:,}", ratio, MOST_GROWTH, at_most=True),
        *(Target(f"{name}: {what}", found, 0, at_most=True) for what, found in figures.items()),
    ]
