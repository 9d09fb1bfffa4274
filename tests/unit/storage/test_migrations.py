"""Migrations: one that has landed stays as it is, and every ledger that any state of them has made
comes to be what the tables say."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from storage import audit, schema, sql
from storage import migrate as migrations
from storage.database import Database
from storage.desk import Ledger
from storage.migrate import DifferentShape, is_current, migrate, opened
from storage.opening import open_database
from storage.shape import difference, shape, shape_file
from storage.verifying import verify
from tests.commands import ROOT
from tests.conftest import database_on_server, migrated_on_server
from tests.migrated import migrated_at_once

if TYPE_CHECKING:
    from sqlalchemy import Connection

MIGRATIONS = Path(migrations.__file__).parent / "migrations"

LANDED = {
    "0001_ledger.py": "40f43d6a87379cda80a9837fc873fa28205df7c88b4d0aae7a6239253637cf12",
    "0002_questions.py": "93f6d9118d6f34c30b9485d477d1e482d417ce1a523ff78549a70aea04d085f5",
    "0003_turns.py": "9fa1ab8bcae773b65c0f9439f681c571ee043110befe1d8aee8130af3dabb572",
    "0004_retention.py": "d5ca79bf8b53506bcb802fbbdfcb57cadc5cba7b72d5d60313f3c69cb44afe6e",
    "0005_key_names.py": "66f6a98d46cdb5943bc57c18bbd6d0d9344a06994520f818df455df52fb3a734",
    "0006_pulse.py": "9d5d5d0a3730df3d9ab5090ab4a1b5925996bd5a962caf652b84c98fcbab5ad3",
    "0007_nudged_and_sent.py": "1b3db14fb05d3f9bd3f672d59b693e977bccc39dde7cc5979236cdd0cd72f281",
    "0008_answers.py": "ccab2b61945101f467fd167666448bfc58eb029c0ec6ed05f9b4488a30d78aca",
    "0009_deputies.py": "4967ed2aa3d37f4e13c35c39aa02b265b9883cde6b98b3a620684f08862c451c",
    "0010_code_lists.py": "4470f0210ea0484d81b7c0ffb974047a58d0148918afd363ab7c0c9088f36e13",
    "0011_terms_of_authority.py": (
        "9e08ecf26aa9100e7589da1e55a4dceaaa642ea3863b47173fae7f4f1aa58b2d"
    ),
    "0012_chained_audit.py": "e40bd5c599699b9126585498b2cd595658ade1aa1dede6fcefdf0b8cfdfe38dc",
    "0013_registration.py": "884b84e49f7f4557c4b8116c70f15d22619e769bc26d9854b9008c1018904532",
    "0014_installations.py": "09f83a58a846633b2a3c5bc22f248de632e1e83ac85bbb6af3b4aa87185f520c",
    "0015_several.py": "571496ab0040ee5887edf5ca55f6d983c03d2a25bbc3dd5d7bbba0bdc93abd45",
    "0016_row_security.py": "506539f04921ddc38995641f76412300d2d783d38355c4bc017e3d2a0a7565ce",
    "0017_partners.py": "a985d41194b2a7964b9689eced27a408b600f33ef11425df528aa29878c772c6",
    "0018_webhooks.py": "8557035552ba9ff7d96212844a2be08764b549fff8f599bd52471ebd5446d143",
    "0019_lockouts.py": "34070602f5abd188a138961fff1858604adf48e0f5da7639d155086343707def",
}
"""A migration that is on the main branch is never changed: it has run somewhere already. What is
to be otherwise is a new one."""

Edits = dict[str, str]

NARROW: Edits = {
    'sa.Column("submission_id", sa.Text(), nullable=True)': (
        'sa.Column("submission_id", sa.String(length=64), nullable=True)'
    )
}
NAMELESS: Edits = {'        sa.Column("slack_name", sa.Text(), nullable=True),\n': ""}
ORDERED: Edits = {
    '        sa.Column("picked", sa.String(length=32), nullable=True),\n': "",
    "        sqlite_with_rowid=False,\n": "",
}
OLDER_STATES = {
    "the first": NARROW | NAMELESS | ORDERED,
    "the second": NAMELESS | ORDERED,
    "the third": ORDERED,
    "as landed": {},
}
"""How the files differed, before they had settled, from what they are."""

NOW = "'2026-03-01 12:00:00+00:00'"
KEPT = (
    f"INSERT INTO organisations VALUES ('O1', 'T1', 'Laget', 'Laget', 'bot', 'approved', {NOW})",
    "INSERT INTO people (id, organisation_id, first_name, last_name, email, identity)"
    " VALUES ('P1', 'O1', 'Kari', 'Nordmann', 'kari@example.org', 'kari')",
    "INSERT INTO code_requests (id, organisation_id, person_id, asked_by, kind, role, purpose,"
    " submission_id, state, asked_at, message)"
    f" VALUES ('R1', 'O1', 'P1', 'U1', 'new', 'volunteer', '', 'V1', 'pending', {NOW}, '')",
    "INSERT INTO audit (id, organisation_id, at, actor, action, request_id)"
    f" VALUES ('A1', 'O1', {NOW}, 'U1', 'slack:request:ask', 'R1')",
)
ASKED = (
    "INSERT INTO questions (id, organisation_id, asked_on, text, verdict, forget_at)"
    f" VALUES ('Q1', 'O1', {NOW}, 'Hva koster det?', 'refused', {NOW})"
)


def test_a_migration_that_has_landed_stays_as_it_is() -> None:
    found = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in sorted((MIGRATIONS / "versions").glob("0*.py"))
    }
    assert found == LANDED


async def test_the_schema_is_what_the_tables_say(database_url: str, tmp_path: Path) -> None:
    """All of it: made from the tables themselves, there is no difference either."""
    # In a process of its own: what was once created on PostgreSQL, SQLAlchemy leaves out on SQLite
    # (`findings/sqlalchemy_use_alter_on_two_databases.sh`).
    command = [sys.executable, "-c", CREATE, database_url]
    await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=True)
    database = await open_database(database_url)
    assert not await difference(database)
    await database.close()


CREATE = """
import asyncio, sys
from storage.indexes import metadata
from storage.migrate import with_connection
asyncio.run(with_connection(sys.argv[1], metadata.create_all))
"""


async def test_what_migrations_make_is_what_is_written_down(database_url: str) -> None:
    await migrate(database_url)
    database = await open_database(database_url)
    assert await is_current(database)
    written = shape_file(database).read_text(encoding="utf-8").splitlines()
    found = await shape(database)
    await database.close()
    assert found == written, "make shape"


@pytest.mark.parametrize("revision", ["0001", "0002"])
@pytest.mark.parametrize("state", OLDER_STATES)
async def test_a_ledger_of_every_older_state_becomes_what_the_tables_say(
    database_url: str, tmp_path: Path, revision: str, state: str
) -> None:
    await made_by(database_url, _as_they_were(tmp_path, OLDER_STATES[state]), revision)
    async with opened(database_url) as database:
        assert await is_current(database)
        assert not await difference(database)
        assert await _counted(database) == [1, 1, 1, 1, int(revision == "0002")]
        (chained,) = await verify(database)
        assert (chained.broken, chained.head.seq) == (None, 1)


async def test_what_happened_before_is_chained_in_its_order(database_url: str) -> None:
    """More than goes in one batch, and much of it in one moment."""
    events = [{"id": f"A{number:06}", "code_id": f"C{number:06}"} for number in range(5_100)]

    moment = NOW.replace(":", r"\:")

    def fill(connection: "Connection") -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        connection.execute(
            sa.text(
                "INSERT INTO organisations"
                " (id, team_id, name, short_name, issuer, state, created_at) VALUES"
                f" ('O1', 'T1', 'Laget', 'Laget', 'bot', 'approved', {moment})"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO audit (id, organisation_id, at, actor, action, code_id)"
                f" VALUES (:id, 'O1', {moment}, 'U1', 'slack\\:code\\:show', :code_id)"
            ),
            events,
        )

    await migrations.with_connection(database_url, fill)
    async with opened(database_url) as database:
        (chained,) = await verify(database)
        assert (chained.broken, chained.head.seq) == (None, len(events))
        async with Ledger(database).looking("T1") as desk:
            assert [row["code_id"] for row in await audit.history(desk)] == [
                each["code_id"] for each in events
            ]


def _as_they_were(folder: Path, edits: Edits) -> Path:
    """The migrations in a folder of their own, with these edits undone."""
    versions = folder / "versions"
    versions.mkdir()
    folder.joinpath("env.py").write_bytes((MIGRATIONS / "env.py").read_bytes())
    names = list(LANDED)[:2]
    texts = {name: (MIGRATIONS / "versions" / name).read_text(encoding="utf-8") for name in names}
    for now, then in edits.items():
        assert sum(text.count(now) for text in texts.values()) == 1
        texts = {name: text.replace(now, then) for name, text in texts.items()}
    for name, text in texts.items():
        (versions / name).write_text(text, encoding="utf-8")
    return folder


async def made_by(url: str, folder: Path, revision: str) -> None:
    """A ledger, with something in it, as those migrations make it."""

    def make(connection: "Connection") -> None:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        rows = (*KEPT, *([ASKED] if revision == "0002" else []))
        for row in rows:
            connection.execute(sa.text(row.replace(":", r"\:")))

    await migrations.with_connection(url, make)


async def _counted(database: Database) -> list[int]:
    tables = ("organisations", "people", "code_requests", "audit", "questions")
    async with database.reading() as transaction:
        counts = [
            await transaction.rows(
                sql.select(sql.func.count().label("n")).select_from(schema.metadata.tables[name])
            )
            for name in tables
        ]
    return [rows[0]["n"] for rows in counts]


DIFFERENCES = {
    "a column is missing": ["ALTER TABLE questions DROP COLUMN picked"],
    "a column is there that nobody knows": ["ALTER TABLE people ADD COLUMN shoe_size TEXT"],
    "an index is missing": ["DROP INDEX ix_outbox_due"],
    "an index is of other rows": [
        "DROP INDEX ix_outbox_parked",
        "CREATE INDEX ix_outbox_parked ON outbox (created_at) WHERE state = 'waiting'",
    ],
    "an index is no more unique": [
        "DROP INDEX ix_account_holders_active",
        "CREATE INDEX ix_account_holders_active ON account_holders (organisation_id, user_id)"
        " WHERE removed_at IS NULL",
    ],
}
ON_POSTGRESQL = {
    "a key is missing": ["ALTER TABLE codes DROP CONSTRAINT uq_codes_digest"],
    "a reference is missing": [
        "ALTER TABLE codes DROP CONSTRAINT fk_codes_confirmation_id_organisation_id_person_id"
    ],
    "a check is missing": ["ALTER TABLE outbox DROP CONSTRAINT ck_outbox_waiting_is_due"],
    "a column may be empty": ["ALTER TABLE codes ALTER COLUMN digest DROP NOT NULL"],
    "a column is of another type": ["ALTER TABLE codes ALTER COLUMN purpose TYPE varchar(9)"],
}
REWRITTEN = {
    "a key is missing": (", CONSTRAINT uq_codes_digest UNIQUE (digest)", ""),
    "a check is missing": (
        ", CONSTRAINT ck_outbox_waiting_is_due CHECK (state <> 'waiting' OR due_at IS NOT NULL)", ""
    ),
    "a reference is missing": (
        ", CONSTRAINT fk_people_organisation_id FOREIGN KEY(organisation_id)"
        " REFERENCES organisations (id)", ""
    ),
    "a column may be empty": ("digest BLOB NOT NULL", "digest BLOB"),
    "rows are in order": (") WITHOUT ROWID", ")"),
}  # fmt: skip
"""What SQLite has no statement for: another text of its schema."""


@pytest.fixture(scope="module")
def template_postgres(postgres_server: str, worker_id: str) -> str:
    """The name of a database with the ledger's tables, to which nobody is connected: to copy."""
    name = f"template_{worker_id}"
    migrated_on_server(postgres_server, name)
    return name


@pytest.fixture
async def copied_postgres_url(postgres_server: str, template_postgres: str) -> AsyncIterator[str]:
    """A database of the test's own with the ledger's tables, which it may change."""
    async with database_on_server(postgres_server, template_postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def own_migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same, of each kind in turn."""
    if request.param == "sqlite":
        return migrated_at_once(tmp_path / "ledger.sqlite3")
    url: str = request.getfixturevalue("copied_postgres_url")
    return url


@pytest.mark.parametrize("what", DIFFERENCES)
async def test_tables_that_are_not_what_they_ought_to_be_are_refused(
    own_migrated_url: str, what: str
) -> None:
    await changed(own_migrated_url, DIFFERENCES[what])
    await is_refused(own_migrated_url)


@pytest.mark.parametrize("what", ON_POSTGRESQL)
async def test_so_are_constraints_that_postgresql_has_lost(
    copied_postgres_url: str, what: str
) -> None:
    await changed(copied_postgres_url, ON_POSTGRESQL[what])
    await is_refused(copied_postgres_url)


@pytest.mark.parametrize("what", REWRITTEN)
async def test_so_are_constraints_that_sqlite_has_lost(tmp_path: Path, what: str) -> None:
    path = tmp_path / "ledger.sqlite3"
    url = migrated_at_once(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        texts = {name: " ".join(sql.split()) for name, sql in tables}
        now, then = REWRITTEN[what]
        name, text = next((name, text) for name, text in texts.items() if now in text)
        on_it = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql <> ''"
        indexes = connection.execute(on_it, [name]).fetchall()
        connection.execute(f"DROP TABLE {name}")
        for statement in (text.replace(now, then), *(sql for (sql,) in indexes)):
            connection.execute(statement)
    await is_refused(url, lines=2 if "may be empty" in what else 1)


async def test_tables_of_somebody_else_do_not_count(migrated_url: str) -> None:
    await changed(migrated_url, ["CREATE TABLE of_somebody_else (id TEXT)"])
    async with opened(migrated_url):
        pass
    await changed(migrated_url, ["DROP TABLE of_somebody_else"])


async def changed(url: str, statements: list[str]) -> None:
    def change(connection: "Connection") -> None:
        for statement in statements:
            connection.execute(sa.text(statement))

    await migrations.with_connection(url, change)


async def is_refused(url: str, lines: int = 0) -> None:
    with pytest.raises(DifferentShape) as refused:
        async with opened(url):
            pass
    found = refused.value.difference
    assert lines in (0, len(found.missing + found.unknown))
