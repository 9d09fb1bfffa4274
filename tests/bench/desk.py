"""The account holder's desk in a large organisation: Home, and its lists from the first page to the
last, in this process; each beside itself, and the history of much beside that of little."""

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from handlers.situations import situation
from storage import chain, code_lists, codes, history, register, requests, schema, uses
from storage.database import Database
from storage.desk import Desk, Ledger
from storage.history import About
from storage.opening import open_database
from storage.overview import overview
from storage.records import (
    CODE_LIFETIME,
    Action,
    CodesListed,
    CodeState,
    RequestKind,
    RequestState,
    Role,
    small_letters,
    sort_key,
)
from storage.sql import bindparam, insert, update
from storage.standing import Standing
from storage.statements import Row
from templates import codes as code_screens
from templates import history as history_screens
from templates import people as people_screens
from templates.home import home_view
from templates.using import MOST_USES
from templates.words import Words
from tests.bench.ledgers import Ledgers, PostgresLedgers, SqliteLedgers, begin, postgres_server
from tests.bench.machine import cores, on_core
from tests.bench.plan import Plan
from tests.bench.report import Part, Target
from tests.bench.slack import HOLDERS

PEOPLE, CODES, USES, WAITING = 1_000, 5_000, 15_000, 200
LITTLE = 1_000
"""Events in the history that the large one is held beside."""

PAGE, HISTORY_PAGE = 10, 15
WORDS = Words.of("nb")
ROUNDS = 30
CHUNK = 10_000

Work = Callable[[Desk], Awaitable[object]]

_SET_HEAD = (
    update(schema.audit_heads)
    .where(schema.audit_heads.c.organisation_id == bindparam("of_organisation"))
    .values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
)


async def fill(database: Database, standing: Standing, events: int) -> None:
    """People with a word on each, their codes in every state, each used a few times, what waits,
    and what happened."""
    organisation_id, holder_id = standing.organisation.id, next(iter(standing.holder_ids.values()))
    of = {"organisation_id": organisation_id}
    async with database.transaction() as transaction:
        now = transaction.now
        await transaction.run_many(
            insert(schema.people), [{**of, **_person(n)} for n in range(PEOPLE)]
        )
        word = {**of, "account_holder_id": holder_id, "role": Role.OTHER, "confirmed_at": now}
        await transaction.run_many(
            insert(schema.confirmations),
            [{**word, "id": _id("W", n), "person_id": _id("P", n)} for n in range(PEOPLE)],
        )
        await transaction.run_many(
            insert(schema.codes), [{**of, **_code(n, transaction.now)} for n in range(CODES)]
        )
        used = {**of, "service": "Kontorpakke", "used_at": now, "is_first": False}
        await transaction.run_many(
            insert(schema.uses),
            [{**used, "id": _id("U", n), "code_id": _id("C", n % CODES)} for n in range(USES)],
        )
        asked = {**of, "kind": RequestKind.NEW, "role": Role.OTHER, "purpose": "", "message": ""}
        waits = {**asked, "asked_by": "UKARI", "state": RequestState.PENDING, "asked_at": now}
        await transaction.run_many(
            insert(schema.code_requests),
            [{**waits, "id": _id("R", n), "person_id": _id("P", n)} for n in range(WAITING)],
        )
    await _fill_history(database, organisation_id, events)


def _id(letter: str, number: int) -> str:
    return f"{letter}{number:025d}"


def _person(number: int) -> Row:
    name = f"Fornavn{number} Etternavn{number}"
    first, last = name.split()
    return {
        "id": _id("P", number),
        "first_name": first,
        "last_name": last,
        "email": f"person{number}@example.org",
        "identity": small_letters(f"person{number}@example.org\n{first}\n{last}"),
        "sort_key": sort_key(name),
        "confirmation_id": _id("W", number),
    }


def _code(number: int, now: object) -> Row:
    states = (CodeState.ACTIVE, CodeState.EXPIRED, CodeState.REPLACED, CodeState.REVOKED)
    state, person = states[number % len(states)], number % PEOPLE
    expires_at = now + timedelta(days=1 + number % 58) * (1 if state is states[0] else -1)  # type: ignore[operator]
    return {
        "id": _id("C", number),
        "person_id": _id("P", person),
        "confirmation_id": _id("W", person),
        "secret": b"s" * 120,
        "digest": b"digest" + number.to_bytes(26, "big"),
        "key_name": "k" * 16,
        "hint": "ab",
        "purpose": "Nettside",
        "state": state,
        "made_at": expires_at - CODE_LIFETIME,
        "made_by": HOLDERS[0],
        "expires_at": expires_at,
        "ended_at": None if state is states[0] else expires_at,
        "found_by": small_letters(
            f"Fornavn{person} Etternavn{person} person{person}@example.org Nettside"
        ),
    }


async def _fill_history(database: Database, organisation_id: str, events: int) -> None:
    async with database.transaction() as transaction:
        head = await transaction.row(
            schema.audit_heads.select().where(
                schema.audit_heads.c.organisation_id == bindparam("of_organisation")
            ),
            of_organisation=organisation_id,
        )
        assert head is not None
        seq, before = head["seq"], head["hash"]
        now = transaction.now
    salt = chain.new_salt()
    committed = chain.commitment(salt, "UKARI")
    for start in range(0, events, CHUNK):
        rows = []
        for number in range(start, min(events, start + CHUNK)):
            seq += 1
            row: Row = {
                "id": _id("E", number),
                "organisation_id": organisation_id,
                "at": now,
                "actor": "UKARI",
                "action": Action.CODE_SHOWN,
                "code_id": _id("C", number % CODES),
                "person_id": _id("P", number % PEOPLE),
                "request_id": None,
                "holder_id": None,
                "seq": seq,
                "salt": salt,
                "commitment": committed,
            }
            before = row["hash"] = chain.hash_of(row, before)
            rows.append(row)
        async with database.transaction() as transaction:
            await transaction.run_many(insert(schema.audit), rows)
            await transaction.run(
                _SET_HEAD, of_organisation=organisation_id, new_seq=seq, new_hash=before
            )


# What a click does, but for Slack


async def home(desk: Desk) -> object:
    seen = situation(desk.standing, desk.now, HOLDERS[0])
    mine = await codes.list_codes(desk, of_user=HOLDERS[0], most=6)
    asked = await requests.all_pending_of(desk, HOLDERS[0], most=3)
    refreshes = await requests.refreshes_asked(desk)
    known = await overview(desk, most_ending=10, most_waiting=5)
    used = await uses.of_codes(desk, (code.id for code in mine), most=1)
    view = home_view(
        WORDS, seen, codes=mine, asked=asked, refreshes=refreshes, overview=known, used=used
    )
    return view.to_dict()


def codes_page(text: str, *, last: bool = False) -> Work:
    async def work(desk: Desk) -> object:
        counted = await code_lists.counts(desk, CodesListed.ALL, text)
        skip = (sum(counted) - 1) // PAGE * PAGE if last else 0
        found = await code_lists.page(desk, CodesListed.ALL, text, counted, most=PAGE, skip=skip)
        used = await uses.of_codes(desk, (code.id for code in found), most=MOST_USES)
        seen = situation(desk.standing, desk.now, HOLDERS[0])
        searched = code_screens.Searched(CodesListed.ALL, text, sum(counted))
        view = code_screens.codes_view(
            WORDS,
            found,
            seen,
            whole_organisation=True,
            page=0,
            pages=9,
            searched=searched,
            used=used,
        )
        return view.to_dict()

    return work


def people_page(text: str, *, last: bool = False) -> Work:
    async def work(desk: Desk) -> object:
        count = await register.count(desk, text)
        skip = (count - 1) // PAGE * PAGE if last else 0
        listed = await register.page(desk, text, most=PAGE, skip=skip)
        found = people_screens.Found(text, count)
        return people_screens.people_view(
            WORDS, listed, desk.now, found=found, page=0, pages=9
        ).to_dict()

    return work


def history_page(*, last: bool = False) -> Work:
    async def work(desk: Desk) -> object:
        count = await history.count(desk, About())
        skip = (count - 1) // HISTORY_PAGE * HISTORY_PAGE - HISTORY_PAGE if last else 0
        events = await history.page(desk, About(), count, most=HISTORY_PAGE, skip=skip)
        searched = history_screens.Searched(count=count)
        return history_screens.history_view(
            WORDS, events, searched=searched, page=0, pages=9
        ).to_dict()

    return work


WORKS: dict[str, Work] = {
    "Home": home,
    "codes, first page": codes_page(""),
    "codes, last page": codes_page("", last=True),
    "codes, search": codes_page("fornavn77"),
    "people, first page": people_page(""),
    "people, last page": people_page("", last=True),
    "people, search": people_page("fornavn77"),
    "history, first page": history_page(),
    "history, last page": history_page(last=True),
}
RATIOS = (
    ("codes, last page", "codes, first page", 1.5),
    ("codes, search", "codes, first page", 3.0),
    ("people, last page", "people, first page", 1.5),
    ("people, search", "people, first page", 3.0),
    ("history, last page", "history, first page", 1.5),
)


def measure(plan: Plan, folder: Path) -> Part:
    times: dict[tuple[str, str, str], float] = {}
    sizes = {"little": LITTLE, "much": plan.codes}
    with postgres_server(folder / "postgres") as address, on_core(cores()[1]):
        for name, ledgers in (
            ("SQLite", SqliteLedgers(folder)),
            ("PostgreSQL", PostgresLedgers(address)),
        ):
            for size, events in sizes.items():
                found = asyncio.run(_measured(ledgers, ledgers.empty(), events))
                times |= {(name, size, work): took for work, took in found.items()}
    return _part(plan, times)


async def _measured(ledgers: Ledgers, url: str, events: int) -> dict[str, float]:
    """Milliseconds, in turn."""
    standing = await begin(url)
    database = await open_database(url)
    await fill(database, standing, events)
    await ledgers.tidy(url)
    ledger, times = Ledger(database), defaultdict(list)
    for _ in range(ROUNDS):
        for name, work in WORKS.items():
            began = time.perf_counter()
            async with ledger.looking(standing.organisation.team_id) as desk:
                await work(desk)
            times[name].append((time.perf_counter() - began) * 1000)
    await database.close()
    return {name: statistics.median(found) for name, found in times.items()}


def _part(plan: Plan, times: dict[tuple[str, str, str], float]) -> Part:
    databases = ("SQLite", "PostgreSQL")
    return Part(
        title=f"desk: {PEOPLE:,} people, {CODES:,} codes, {WAITING} waiting requests",
        notes=(
            f"Milliseconds of the process, medians of {ROUNDS} in turn, with the view that is "
            "drawn; Slack is not in it.",
            f"The history has {LITTLE:,} events, and {plan.codes:,}.",
        ),
        heading=("", f"{LITTLE:,}", f"{plan.codes:,}"),
        rows=[
            [
                f"{name}, {work}",
                *(f"{times[name, size, work]:.2f}" for size in ("little", "much")),
            ]
            for name in databases
            for work in WORKS
        ],
        targets=[
            *(
                Target(
                    f"{name}, {one} ÷ {other}",
                    times[name, "much", one] / times[name, "much", other],
                    wanted,
                    at_most=True,
                )
                for name in databases
                for one, other, wanted in RATIOS
            ),
            *(
                Target(
                    f"{name}, a page of much history ÷ of little",
                    times[name, "much", work] / times[name, "little", work],
                    1.5,
                    at_most=True,
                )
                for name in databases
                for work in ("history, first page", "history, last page")
            ),
            *(
                Target(f"{name}, Home", times[name, "much", "Home"], 20, at_most=True, unit=" ms")
                for name in databases
            ),
        ],
    )
