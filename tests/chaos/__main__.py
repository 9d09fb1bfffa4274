"""`make chaos`: the bot in a world where everything fails, and what was found when it was over."""

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.on_postgresql import postgres_database
from tests.chaos.on_sqlite import sqlite_database
from tests.chaos.plans import Plan, long
from tests.chaos.report import is_well, report
from tests.chaos.run import Run, played

DATABASES = ("sqlite", "postgresql")


def main() -> int:
    given = _arguments()
    on = DATABASES if given.database == "both" else (given.database,)
    seconds = 60 * given.minutes / len(on)
    well = [_run(name, seconds, given.seed, socket_mode=name != "sqlite") for name in on]
    return 0 if all(well) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of trouble, in all")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1_000_000), help="draws the same plan again"
    )
    return parser.parse_args()


def _run(database: str, seconds: float, seed: int, *, socket_mode: bool) -> bool:
    print(f"{database}, {seconds / 60:.1f} minutes, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="godkjenningsbot-chaos-") as folder:
        plan = long(seconds, seed, socket_mode=socket_mode)
        run = asyncio.run(_play(database, plan, Path(folder)))
    print(report(run))
    if not is_well(run):
        kept = Path(tempfile.gettempdir(), f"godkjenningsbot-chaos-{database}-{seed}.txt")
        kept.write_text(run.record, encoding="utf-8")
        print(f"What was asked of Slack, and the log: {kept}")
    return is_well(run)


async def _play(database: str, plan: Plan, folder: Path) -> Run:
    ledger = sqlite_database(folder) if database == "sqlite" else postgres_database()
    async with ledger as opened:
        return await played(plan, opened, folder)


if __name__ == "__main__":
    sys.exit(main())
