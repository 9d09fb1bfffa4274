"""How the databases find what is asked for: by an index, however much there is."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import ForeignKeyConstraint, Select, Table, TextClause, UniqueConstraint
from sqlalchemy.sql.selectable import TextualSelect

from storage import (
    claiming,
    code_lists,
    due,
    forgetting,
    installations,
    installing,
    leaving,
    mirroring,
    needed_keys,
    outbox,
    recognising,
    register,
    requests,
    retention,
    uses,
    using,
    webhooks,
)
from storage.addresses import sqlite_path
from storage.compiling import DATABASES, compiled, of_ledger
from storage.indexes import metadata
from storage.opening import open_database
from storage.recorded import replayed
from storage.records import Turn
from storage.row_security import SEES_ALL
from storage.sql import Statement
from storage.sql_text import Insert
from storage.statements import Prepared, Statements
from tests.conftest import TravellingClock, migrated_on_server
from tests.migrated import migrated_at_once
from tests.unit.storage.cast import TEAM, Office
from tests.unit.storage.filling import (
    fill_asked,
    fill_deliveries,
    fill_installations,
    fill_ledger,
    fill_people,
    fill_uses,
)

FILLED = (
    *("codes", "code_requests", "deliveries", "idempotency_keys", "installations", "misses"),
    *("organisations", "outbox", "people", "uses"),
)
"""Where thousands of rows are."""

Values = dict[str, object]

OLDEST: Values = {"before": None, "most": 100}

NEXT: Values = {
    "of_organisation": "O1",
    "of_kind": "request_asked",
    "of_recipient": "U1",
    "since": datetime(2020, 1, 1, tzinfo=UTC),
}

LISTED: Values = {"of_organisation": "O1", "now": None}

CHECKED: tuple[tuple[str, Mapping[int, Statement], Callable[[int], object], str], ...] = (
    ("checked", recognising.FOUND, lambda number: b"folded%d" % number, "ix_codes_folded"),
    ("used_before", using.USED_BEFORE, "P1:O-{}".format, "uses"),
    ("used_so", using.USED, "U{}".format, "uses"),
    ("asked_before", using.ASKED_BEFORE, str, "idempotency_keys"),
)
"""What is looked for of a partner's questions: of one, and of many at a time."""

AT_DESKS = ("code_requests", "codes", "withdrawn_words", "passed_words", "given_words")
PLANS: dict[str, tuple[Statement, Values, str]] = {
    "codes_counted": (code_lists._VALID.count, LISTED, "ix_codes_listed"),
    "codes_listed": (
        code_lists._VALID.page,
        {**LISTED, "most": 10, "skip": 2_000},
        "ix_codes_listed",
    ),
    "ended_codes_listed": (
        code_lists._REPLACED.page,
        {"of_organisation": "O1", "most": 10, "skip": 2_000},
        "ix_codes_listed",
    ),
    "codes": (due.DUE_CODES, {"now": None, "most": 250}, "ix_codes_due"),
    "requests": (due.ORGANISATIONS_DUE, {"now": None, "most": 250}, "ix_code_requests_due"),
    "outbox": (claiming.NEXT_DUE, {"teams": [TEAM], "which_turn": Turn.TIME}, "ix_outbox_due"),
    "teams_due": (
        claiming.TEAMS_DUE,
        {"which_turn": Turn.TIME, "now": None, "but": ["T0"], "most": 64},
        "ix_outbox_due",
    ),
    "depth": (claiming.HOW_MUCH_WAITS, {"teams": [TEAM], "now": None}, "ix_outbox_due"),
    "parked": (claiming.HOW_MUCH_IS_PARKED, {"teams": [TEAM]}, "ix_outbox_parked"),
    "claim": (
        claiming.CLAIM,
        {
            "teams": [TEAM],
            "which_turn": Turn.TIME,
            "now": None,
            "most": 8,
            "lease_ends_at": None,
            "new_claim": "x",
        },
        "ix_outbox_due",
    ),
    "key": (needed_keys.NEXT_NAME["codes"], {"after": ""}, "ix_codes_key_name"),
    "key of an installation": (
        needed_keys.NEXT_NAME["installations"],
        {"after": ""},
        "ix_installations_key_name",
    ),
    "tokens_running_out": (
        installations.CLAIM_RENEWAL,
        {"before": None, "now": None, "most": 10, "lease_ends_at": None},
        "ix_installations_token_expires_at",
    ),
    "served_by": (leaving.SERVED_BY["team_id"], {"which": "T1"}, "organisations"),
    "served_by_grid": (
        leaving.SERVED_BY["enterprise_id"],
        {"which": "E1"},
        "ix_organisations_enterprise_id",
    ),
    "of_a_grid": (
        installations.IN_GRID,
        {"grid": "E0GRID"},
        "ix_installations_enterprise_id",
    ),
    "next_notice": (installations.NEXT_NOTICE, {}, "ix_installations_next_notice_at"),
    "next_roll_call": (installations.NEXT_ROLL_CALL, {}, "ix_installations_next_roll_call_at"),
    "welcomes_due": (
        installations.CLAIM_WELCOME,
        {"now": None, "most": 10, "lease_ends_at": None},
        "ix_installations_next_notice_at",
    ),
    "roll_calls_due": (
        installations.CLAIM_ROLL_CALL,
        {"now": None, "most": 10, "lease_ends_at": None},
        "ix_installations_next_roll_call_at",
    ),
    "under_way": (installing.LAST_OF_MOST, {"now": None, "but": 9}, "ix_installing_forget_at"),
    "code without a key": (needed_keys.ANY_UNNAMED, {}, "ix_codes_key_name"),
    "forget_requests": (forgetting.DECIDED_REQUESTS, OLDEST, "ix_code_requests_decided"),
    "forget_codes": (forgetting.ENDED_CODES, OLDEST, "ix_codes_ended"),
    "not_folded": (needed_keys._NOT_FOLDED_AFTER, {"after": ""}, "ix_codes_folded"),
    **{
        f"{what}_{size}": (
            statement,
            {f"value_{number}": value(number) for number in range(size)},
            index,
        )
        for what, statements, value, index in CHECKED
        for size, statement in statements.items()
    },
    "people_counted": (register.COUNT, {"of_organisation": "O1"}, "ix_people_listed"),
    "people_listed": (
        register.PAGE,
        {"of_organisation": "O1", "most": 10, "skip": 2_000},
        "ix_people_listed",
    ),
    **{
        f"forget_{kept.what}": (kept.due, OLDEST, index)
        for kept, index in zip(
            (each for each in retention.KEPT if each.what not in AT_DESKS),
            (
                "ix_events_forget_at",
                "ix_questions_forget_at",
                "ix_forwarded_questions_forget_at",
                "ix_installing_forget_at",
                "ix_idempotency_keys_forget_at",
                "ix_misses_forget_at",
                "ix_choices_chosen_at",
                "ix_outbox_created",
                "ix_deliveries_made_at",
                "webhooks",
                "lockouts",
                "ix_installations_ended_at",
                "ix_organisations_left_at",
                "ix_people_named",
                "ix_people_named",
                "ix_outbox_created",
            ),
            strict=True,
        )
    },
    "of_code": (forgetting.FORGET_CODE[0], {"row_id": "C1"}, "ix_outbox_code"),
    "replaced": (forgetting.FORGET_CODE[1], {"row_id": "C1"}, "replaces_id"),
    "asked": (forgetting.FORGET_CODE[2], {"row_id": "C1"}, "ix_code_requests_code"),
    "used": (forgetting.FORGET_CODE[3], {"row_id": "C1"}, "ix_uses_code"),
    "of_request": (forgetting.FORGET_REQUEST[0], {"row_id": "R1"}, "ix_outbox_request"),
    "next_of_request": (
        outbox.NEXT_OF_REQUEST,
        {**NEXT, "of_request": "R1"},
        "ix_outbox_request",
    ),
    "next_reminder": (
        outbox.NEXT_OF_LIST[outbox.REQUESTS_WAITING],
        {**NEXT, "of_kind": "requests_waiting"},
        "ix_outbox_reminders",
    ),
    "reminders": (
        mirroring.MIRROR_REMINDERS,
        {"of_organisation": "O1", "now": None},
        "ix_outbox_reminders",
    ),
    "mirror_of_codes": (
        mirroring.MIRROR_OF_CODES,
        {"of_organisation": "O1", "now": None, "since": None},
        "ix_outbox_code",
    ),
    "mirror": (
        mirroring.MIRROR_REQUEST,
        {"of_organisation": "O1", "of_request": "R1", "kinds": ["request_sent"], "now": None},
        "ix_outbox_request",
    ),
    "uses_of_codes": (
        uses.OF_CODES[uses.FEW],
        {"of_organisation": "O1", "codes": ["C1", "C2"], "most": 3},
        "ix_uses_code",
    ),
    "first_use": (
        uses.FIRST_OF_CODE,
        {"of_organisation": "O1", "code_id": "C1"},
        "ix_uses_code",
    ),
    "seen_code": (webhooks.SEEN_CODE, {"code_id": "C1"}, "ix_uses_code"),
    "seen_organisation": (
        webhooks.SEEN_ORGANISATION,
        {"of_organisation": "O1"},
        "ix_uses_code",
    ),
    "deliveries_due": (
        webhooks.CLAIM,
        {"moment": None, "most": 20, "lease_ends_at": None, "new_claim": "x"},
        "ix_deliveries_due",
    ),
    "next_delivery": (webhooks.NEXT_DUE, {}, "ix_deliveries_due"),
    "latest_deliveries": (
        webhooks.LATEST,
        {"of_partner": "P0", "most": 20},
        "ix_deliveries_partner",
    ),
    "parked_deliveries": (webhooks.PARKED, {}, "ix_deliveries_parked"),
    "person": (
        forgetting.FORGET_PERSON[1],
        {"person_id": "P1", "before": None, "given_before": None},
        "ix_codes_person",
    ),
}


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _filled(migrated_at_once(tmp_path_factory.mktemp("filled") / "ledger.sqlite3"))


@pytest.fixture(scope="session")
def filled_postgres(postgres_server: str, worker_id: str) -> str:
    return _filled(migrated_on_server(postgres_server, f"filled_{worker_id}"))


@pytest.fixture(params=["sqlite", "postgres"])
def filled_url(request: pytest.FixtureRequest) -> str:
    """The address of a filled ledger, of each kind in turn, that nobody changes: a planner that has
    little to read may rightly read it all. Each is filled once, in whichever order they come."""
    url: str = request.getfixturevalue(f"filled_{request.param}")
    return url


def _filled(url: str) -> str:
    asyncio.run(_fill(url))
    return url


async def _fill(url: str) -> None:
    database = await open_database(url, TravellingClock())
    office = await Office.begin(database)
    for fill in (
        *(fill_ledger, fill_people, fill_asked, fill_installations, fill_uses),
        fill_deliveries,
    ):
        await fill(database, office.standing, 3_000)
    await database.close()
    if sqlite_path(url) is None:
        connection = await asyncpg.connect(url)
        await connection.execute("ANALYZE")
        await connection.close()


@pytest.mark.parametrize("name", PLANS)
async def test_what_is_due_or_has_had_its_time_is_found_by_index(
    filled_url: str, clock: TravellingClock, name: str
) -> None:
    statement, values, index = PLANS[name]
    values = {key: clock.now if value is None else value for key, value in values.items()}
    plan = await (explain_on_sqlite if "sqlite" in filled_url else explain_on_postgres)(
        filled_url, statement, values
    )
    assert index in plan, plan
    for table in FILLED:
        assert f"SCAN {table}\n" not in f"{plan}\n"
        assert f"Seq Scan on {table}" not in plan


async def explain_on_sqlite(url: str, statement: Statement, values: Values) -> str:
    prepared = Statements("sqlite").prepare(statement, values)
    path = sqlite_path(url)
    assert path
    connection = sqlite3.connect(path)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", prepared.bind(values))
    plan = "\n".join(str(row[3]) for row in rows)
    connection.close()
    return plan


async def explain_on_postgres(url: str, statement: Statement, values: Values) -> str:
    prepared = Statements("postgresql").prepare(statement, values)
    connection = await asyncpg.connect(url, server_settings=SEES_ALL)
    rows = await connection.fetch(f"EXPLAIN {prepared.sql}", *prepared.bind(values))
    await connection.close()
    return "\n".join(row[0] for row in rows)


PARTS = {
    "authority._OF_ORGANISATION",
    "code_lists.SELECT",
    "codes.SELECT",
    "audit.EVENT",
    "history.EVENT",
    "history._about_codes",
    "history._about_people",
    "history._newest_first",
    "history._seqs",
    "history._their_codes",
    "history._their_requests",
    "history._their_holdings",
    "history._its_requests",
    "outbox._NEXT_ONE",
    "register._SELECT",
    "overview.SELECT",
    "requests._SELECT",
    "retention._UNNAME",
    "standing._STANDING",
    "recognising.CODES",
    "uses._RANKING",
    "using._USED",
    "webhooks._SEEN",
    "webhooks._first_due",
    "webhooks._has_webhook",
    "webhooks._its_codes",
}
"""What statements are made of, and is not run itself."""

FOUND_FIRST = {"first_due", "ids", "newest_uses", "oldest_due", "runs_out_first"}
"""What a statement finds for itself, with a limit."""

FEW = {
    *("alembic_version", "lockouts", "partners", "partner_keys", "statement_keys", "webhooks"),
}
"""Tables of a few rows."""

OF_ALL = {
    "desk._ORGANISATION",
    "installations._ALL",
    "installations._COUNT",
    "installations._LIVING",
    "leaving.WHOLE",
    "organisations._ALL",
    "registering.AWAITING",
    "verifying._HEADS",
}
"""What is asked of all organisations at the start, or by the operator; what is done once, when one
has left; and what other statements are made of."""


def all_statements() -> Iterator[tuple[str, Statement]]:
    for name, statement in of_ledger():
        is_text = isinstance(replayed(statement), TextClause | TextualSelect)
        if name not in PARTS and not is_text:  # of one database alone
            yield name, statement


def prepared(statement: Statement, database: str) -> Prepared:
    """As it is run; an INSERT with every column."""
    made = compiled(statement, database)
    is_insert = isinstance(made, Insert)
    return Prepared(made.of(cell.name for cell in made.cells) if is_insert else made, database)


def plan_of(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    found = prepared(statement, "sqlite")
    values = found.bind(dict.fromkeys(found.names))
    rows = connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", values)
    return [row[3] for row in rows]


def test_no_statement_of_the_ledger_reads_a_whole_table(tmp_path: Path) -> None:
    """Nor a whole index of one, unless it stops after a few rows or the index has few."""
    migrated_at_once(tmp_path / "ledger.sqlite3")
    connection = sqlite3.connect(tmp_path / "ledger.sqlite3")
    partial = partial_indexes(connection)
    found = list(all_statements())
    reads = {
        (name, step)
        for name, statement in found
        for step in plan_of(connection, statement)
        if step.startswith("SCAN ") and not is_short(step, statement, partial)
        if name not in OF_ALL
    }
    connection.close()
    assert len(found) > 60
    assert reads == set()


FEW_OF_EACH = {"audit_heads", "account_holders"}
"""Tables of which an organisation has a few rows."""

READ_IN_FULL = {
    "audit._OF_ORGANISATION",
    "codes._COUNT",
    "due._NEXT_MOMENTS",
    "webhooks.SEEN_ORGANISATION",
}
"""What is about all that an organisation has."""


def test_no_statement_goes_through_all_that_an_organisation_has(tmp_path: Path) -> None:
    """As SQLite does for either of two columns at once, though each has an index."""
    migrated_at_once(tmp_path / "ledger.sqlite3")
    connection = sqlite3.connect(tmp_path / "ledger.sqlite3")
    partial = partial_indexes(connection)
    found = {
        name
        for name, statement in all_statements()
        for number, step in enumerate(plan_of(connection, statement))
        if step.endswith("(organisation_id=?)")
        and not FEW_OF_EACH & set(step.split())
        and not partial & set(step.split())
        and not (number == 0 and stops(statement))
    }
    connection.close()
    assert found == READ_IN_FULL


def partial_indexes(connection: sqlite3.Connection) -> set[str]:
    found = connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE '% WHERE %'")
    return {row[0] for row in found}


def test_a_state_that_is_looked_for_stands_in_the_statement() -> None:
    """As a parameter, whether an index fits is looked at anew each time a value is bound to it."""
    for database in DATABASES:
        assert "code_requests.state = 'pending'" in compiled(requests._PENDING, database).text


def is_short(step: str, statement: Statement, partial: set[str]) -> bool:
    _, table, *rest = step.split()
    is_found_first = table in FOUND_FIRST or table.startswith("(subquery-")
    if table in FEW or "VIRTUAL" in rest or is_found_first:
        return True
    return "INDEX" in rest and (rest[-1] in partial or stops(statement))


def stops(statement: Statement) -> bool:
    """After a few rows, of those that it goes through first."""
    said = replayed(statement)
    return isinstance(said, Select) and said._limit_clause is not None


def leading_columns(table: Table) -> set[str]:
    """The first column of each index that every row is in."""
    indexes = [index.columns.values() for index in table.indexes
               if index.dialect_options["sqlite"]["where"] is None]  # fmt: skip
    keys = [each.columns.values() for each in table.constraints
            if isinstance(each, UniqueConstraint) or each is table.primary_key]  # fmt: skip
    return {columns[0].name for columns in (*indexes, *keys)}


def test_what_refers_to_a_row_that_is_forgotten_is_found_by_index() -> None:
    """Both databases look for it themselves, whenever a row goes to which others might refer."""
    forgotten = {"codes", "code_requests", "confirmations", "people"}
    for table in metadata.tables.values():
        for key in table.constraints:
            if isinstance(key, ForeignKeyConstraint) and key.referred_table.name in forgotten:
                referring = {column.name for column in key.columns} - {"organisation_id"}
                assert referring & leading_columns(table), (table.name, referring)
