"""What it costs to look up a code among many; and whether the time that an answer takes tells what
the answer does not: that a code which nobody knows any more was one of an organisation that has
left."""

import asyncio
import itertools
import random
import re
import secrets
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path

from storage import leaving, organisations, partners
from storage.checking import Checking
from storage.database import Database
from storage.desk import Ledger
from storage.keys import LETTERS, Keyring
from storage.once import Question
from storage.opening import open_database
from storage.records import CodeStatus, Issuer, Partner, PartnerScope
from tests.bench.ledgers import Ledgers, PostgresLedgers, SqliteLedgers, begin, postgres_server
from tests.bench.machine import CannotMeasure, cores, on_core
from tests.bench.plan import Plan
from tests.bench.report import Part, Target
from tests.bench.servers import Contender, serving
from tests.bench.signed import Verification
from tests.bench.slack import HOLDERS
from tests.bench.verify import BOT
from tests.unit.storage.filling import fill_known, text_of

SMALL = 10_000
TOGETHER = 32
WARM_UP = 20
"""Groups, and tens of questions of each kind, before any is measured."""

ONE_IN = 10
"""Codes are of an organisation that has left."""

LOOKED_AT, USED = "looked at", "used"
SQLITE, POSTGRES = "SQLite", "PostgreSQL"
KNOWN, UNKNOWN, MALFORMED, LEFT = "known", "unknown", "malformed", "left"
"""The last is of an organisation that has left."""

MISSES = (UNKNOWN, MALFORMED, LEFT)
STATUS = {KNOWN: CodeStatus.VALID, **dict.fromkeys(MISSES, CodeStatus.UNKNOWN)}

PATIENCE_SECONDS = 30.0
MOST_BYTES = 65_536
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)

MOST_APART = 0.05
"""Of the middle half, or what chance makes where that is more."""

SHUFFLES = 200
MOSTLY = 0.95

Groups = dict[tuple[str, int], list[float]]
"""Microseconds a question, by what is done and how many codes there are."""


@dataclass(frozen=True)
class Timed:
    """Microseconds of each question of a kind, and of the known one that was asked next."""

    own: list[float]
    next: list[float]


@dataclass(frozen=True)
class Found:
    """On one kind of database."""

    groups: Groups
    alone: dict[int, list[float]]
    """Microseconds of each question about a known code, over HTTP, by how many codes there are."""

    timed: dict[str, Timed]
    by_chance: float
    """How far apart two kinds of misses are at most, 19 times out of 20, where it is drawn by lot
    which is which."""


@dataclass(frozen=True)
class Filled:
    """A ledger with `size` codes, and who asks about them."""

    url: str
    size: int
    partner: Partner
    key: str


async def fill(ledgers: Ledgers, url: str, size: int) -> Filled:
    keyring = Keyring([ledgers.environment(url)["SECRET_KEY"]])
    stays = await begin(url)
    database = await open_database(url)
    try:
        leaves = await organisations.follow_settings(
            Ledger(database), "T0LEFT", "Avholdslaget", Issuer.BOT, HOLDERS
        )
        await fill_known(database, [*[stays] * (ONE_IN - 1), leaves], keyring, size)
        async with database.transaction() as transaction:
            await leaving.leave(transaction, leaves.organisation.id)
            scope = PartnerScope.HOLDER
            partner, key = await partners.add(transaction, "Butikken", scope, is_test=False)
    finally:
        await database.close()
    await ledgers.tidy(url)
    return Filled(url, size, partner, key)


def known(size: int) -> str:
    """Any of those that are found."""
    number = random.randrange(size)
    return text_of(number) if number % ONE_IN != ONE_IN - 1 else known(size)


def left(size: int) -> str:
    return text_of(random.randrange(size // ONE_IN) * ONE_IN + ONE_IN - 1)


def unknown(size: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(8)) + "@RodeKors"


def malformed(size: int) -> str:
    """As long as one, without what makes it one."""
    return unknown(size).replace("@", random.choice("-_/"))


TEXTS = {KNOWN: known, UNKNOWN: unknown, MALFORMED: malformed, LEFT: left}


class Opened:
    """Looks up codes in a ledger, many together."""

    def __init__(self, database: Database, keyring: Keyring, filled: Filled) -> None:
        self._checking = Checking(Ledger(database, keyring))
        self._filled = filled
        self.size = filled.size

    async def ask(self, what: str) -> float:
        """Microseconds a question.

        Raises:
            CannotMeasure: something else was done.
        """
        questions = [self._question(what) for _ in range(TOGETHER)]
        began = time.perf_counter()
        answers = await asyncio.gather(*(self._checking.check(each) for each in questions))
        took = time.perf_counter() - began
        if any((each.use_id is not None) != (what == USED) for each in answers):
            raise CannotMeasure(f"Codes that are valid were not {what}.")
        return took * 1e6 / TOGETHER

    def _question(self, what: str) -> Question:
        reference, is_dry_run = secrets.token_hex(8), what == LOOKED_AT
        code = known(self.size)
        return Question(self._filled.partner, code, "Kontorpakke", reference, is_dry_run=is_dry_run)


async def look_up(ledgers: Ledgers, filled: Sequence[Filled], count: int) -> Groups:
    """In the small ledger and in the large one, by turns."""
    times: Groups = defaultdict(list)
    async with AsyncExitStack() as stack:
        opened = []
        for each in filled:
            database = await open_database(each.url)
            stack.push_async_callback(database.close)
            keyring = Keyring([ledgers.environment(each.url)["SECRET_KEY"]])
            opened.append(Opened(database, keyring, each))
        for number in range(WARM_UP + count):
            for what in (LOOKED_AT, USED):
                for ledger in random.sample(opened, len(opened)):
                    took = await ledger.ask(what)
                    if number >= WARM_UP:
                        times[what, ledger.size].append(took)
    return times


class Connection:
    """One that stays open, over which one question after the other is asked."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, question: bytes) -> tuple[float, bytes]:
        """How many microseconds until all of the answer was there, and the answer.

        Raises:
            CannotMeasure: there is no whole one.
        """
        began = time.perf_counter()
        self._socket.sendall(question)
        answer = self._socket.recv(MOST_BYTES)
        while not _is_whole(answer):
            more = self._socket.recv(MOST_BYTES)
            if not more:
                raise CannotMeasure("The bot hung up.")
            answer += more
        return (time.perf_counter() - began) * 1e6, answer


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return length is not None and len(body) >= int(length[1])


def ask_in_turn(ledgers: Ledgers, filled: Filled, count: int, folder: Path) -> dict[str, Timed]:
    """Kinds in any order. After each question comes one about a known code: so all follow the same,
    and what a miss leaves to be written is written when the next is asked.

    Raises:
        CannotMeasure: something was answered otherwise than it should.
    """
    first = [*TEXTS] * (WARM_UP * 10)
    drawn = first + random.sample([*TEXTS] * count, len(TEXTS) * count)
    kinds = [each for kind in drawn for each in (kind, KNOWN)]
    texts = [TEXTS[kind](filled.size) for kind in kinds]
    questions = Verification(filled.key, texts, is_dry_run=True)
    environment = ledgers.environment(filled.url)
    took = []
    with (
        serving(Contender("Godkjenningsbot", BOT), environment, questions, folder) as server,
        Connection(server.port) as connection,
    ):
        for number, kind in enumerate(kinds):
            microseconds, answer = connection.ask(questions.raw(number))
            _require(answer, kind)
            took.append(microseconds)
    skipped = 2 * len(first)
    return _by_kind(kinds[skipped:], took[skipped:])


def ask_by_turns(
    ledgers: Ledgers, filled: Sequence[Filled], count: int, folder: Path
) -> dict[int, list[float]]:
    """About known codes, in the small ledger and in the large one, each with a bot of its own.

    Raises:
        CannotMeasure: something was answered otherwise than it should.
    """
    took: dict[int, list[float]] = {each.size: [] for each in filled}
    with ExitStack() as stack:
        asked = []
        for each in filled:
            texts = [known(each.size) for _ in range(WARM_UP * 10 + count)]
            questions = Verification(each.key, texts, is_dry_run=True)
            its_own = folder / f"among-{each.size}"
            its_own.mkdir()
            environment = ledgers.environment(each.url)
            contender = Contender("Godkjenningsbot", BOT)
            server = stack.enter_context(serving(contender, environment, questions, its_own))
            connection = stack.enter_context(Connection(server.port))
            asked.append((took[each.size], questions, connection))
        for number in range(WARM_UP * 10 + count):
            for times, questions, connection in random.sample(asked, len(asked)):
                microseconds, answer = connection.ask(questions.raw(number))
                _require(answer, KNOWN)
                times.append(microseconds)
    return {size: times[WARM_UP * 10 :] for size, times in took.items()}


def _require(answer: bytes, kind: str) -> None:
    if f'"status":"{STATUS[kind]}"'.encode() not in answer:
        raise CannotMeasure(f"A code that is {kind} was answered otherwise.")


def _by_kind(kinds: Sequence[str], took: Sequence[float]) -> dict[str, Timed]:
    timed = {kind: Timed([], []) for kind in TEXTS}
    for kind, own, after in zip(kinds[::2], took[::2], took[1::2], strict=True):
        timed[kind].own.append(own)
        timed[kind].next.append(after)
    return timed


def measure(plan: Plan, folder: Path) -> Part:
    with postgres_server(folder / "postgres") as address:
        found = {
            name: _measure(plan, ledgers, folder)
            for name, ledgers in (
                (SQLITE, SqliteLedgers(folder)),
                (POSTGRES, PostgresLedgers(address)),
            )
        }
    return _part(plan, found)


def _measure(plan: Plan, ledgers: Ledgers, folder: Path) -> Found:
    filled = [asyncio.run(fill(ledgers, ledgers.empty(), size)) for size in (SMALL, plan.codes)]
    with on_core(cores()[1]):
        groups = asyncio.run(look_up(ledgers, filled, plan.groups))
    alone = ask_by_turns(ledgers, filled, plan.questions, Path(tempfile.mkdtemp(dir=folder)))
    timed = ask_in_turn(ledgers, filled[-1], plan.questions, folder)
    return Found(groups, alone, timed, _by_chance(timed))


def _part(plan: Plan, found: dict[str, Found]) -> Part:
    return Part(
        title=f"looking_up: a code among {SMALL:,} and among {plan.codes:,}; known and unknown",
        notes=(
            f"Looked at, and used: {TOGETHER} known codes together in this process, drawn from all "
            "there are;",
            f"{plan.groups} such groups in each ledger by turns, microseconds a code.",
            f"Over HTTP: one question after the other, not to use it; {plan.questions:,} of each "
            "kind in any order, of the large ledger,",
            "each followed by one about a known code, which takes so long as stands under «next».",
            "Middle half: between the quickest quarter and the slowest. Behind: an unknown one.",
            "By chance alone misses (all but known) are apart by "
            + " or ".join(f"{each.by_chance:.3f} ({name})" for name, each in found.items())
            + " at most,",
            "19 times out of 20: less than that is not told apart here.",
        ),
        heading=("", "median, µs", "middle half", "behind", "next"),
        rows=[row for name, each in found.items() for row in _rows(plan, name, each)],
        targets=[target for name, each in found.items() for target in _targets(plan, name, each)],
    )


def _rows(plan: Plan, name: str, found: Found) -> list[list[str]]:
    together = [
        [f"{name}, {what} among {size:,}", *_figures(found.groups[what, size])]
        for what in (LOOKED_AT, USED)
        for size in (SMALL, plan.codes)
    ]
    by_turns = [
        [f"{name}, over HTTP, among {size:,}", *_figures(times)]
        for size, times in found.alone.items()
    ]
    unknown = statistics.median(found.timed[UNKNOWN].own)
    alone = [
        [
            f"{name}, over HTTP, {kind}",
            *_figures(timed.own),
            f"{statistics.median(timed.own) - unknown:+.1f}",
            f"{statistics.median(timed.next):.1f}",
        ]
        for kind, timed in found.timed.items()
    ]
    return together + by_turns + alone


def _figures(times: Sequence[float]) -> list[str]:
    return [f"{statistics.median(times):.1f}", f"{middle_half(times):.1f}"]


def middle_half(times: Sequence[float]) -> float:
    """The interquartile range."""
    lower, _, upper = statistics.quantiles(times, n=4)
    return upper - lower


def _targets(plan: Plan, name: str, found: Found) -> list[Target]:
    most = max(MOST_APART, round(found.by_chance, 2))
    return [
        Target(
            f"{name}, over HTTP: large ÷ small",
            statistics.median(found.alone[plan.codes]) / statistics.median(found.alone[SMALL]),
            1.1,
            at_most=True,
        ),
        *(_apart(name, found, *two, most) for two in itertools.combinations(MISSES, 2)),
        _apart(name, found, KNOWN, UNKNOWN, 1),
    ]


def _apart(name: str, found: Found, one: str, other: str, most: float) -> Target:
    return Target(
        f"{name}: {one}, and {other}: apart ÷ middle half",
        apart(found.timed[one].own, found.timed[other].own),
        most,
        at_most=True,
    )


def apart(times: Sequence[float], others: Sequence[float]) -> float:
    """How far the medians are from each other, where one is the middle half of both together."""
    return abs(statistics.median(times) - statistics.median(others)) / middle_half(
        [*times, *others]
    )


def _by_chance(timed: dict[str, Timed]) -> float:
    count = len(timed[UNKNOWN].own)
    drawn = [each for kind in MISSES for each in timed[kind].own]
    found = []
    for _ in range(SHUFFLES):
        random.shuffle(drawn)
        parts = [drawn[start : start + count] for start in range(0, len(drawn), count)]
        found.append(max(apart(*two) for two in itertools.combinations(parts, 2)))
    return sorted(found)[int(SHUFFLES * MOSTLY)]
