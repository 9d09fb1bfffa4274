"""How long whoever asks a question waits while 1,000 notices are due, beside an idle bot."""

import asyncio
import statistics
import time
from datetime import timedelta
from pathlib import Path

from storage import outbox, schema
from storage.records import CODE_LIFETIME, NOTICE_DAYS
from storage.sql import bindparam, update
from tests.bench.machine import CannotMeasure, cores, on_core
from tests.bench.plan import Plan
from tests.bench.report import Part, Target
from tests.slack.stage import Mode, Stage, stage
from tests.unit.storage.filling import fill_ledger

DUE = 1_000
QUESTIONS = 20
QUESTION = "Hvor lenge er en kode gyldig?"

_AGED = (
    update(schema.codes)
    .where(schema.codes.c.organisation_id == bindparam("which"))
    .values(
        user_id=bindparam("new_user_id"),
        made_at=bindparam("new_made_at"),
        expires_at=bindparam("new_expires_at"),
        next_notice_at=bindparam("new_next_notice_at"),
    )
)


def measure(plan: Plan, folder: Path) -> Part:
    found = {}
    with on_core(cores()[1]):
        for mode in ("http", "socket_mode"):
            place = folder / mode
            place.mkdir()
            found[mode] = asyncio.run(_waits(place, mode))
    return Part(
        title=f"waiting: from a question to its answer, with {DUE:,} notices due",
        notes=(
            f"Milliseconds, medians and the slowest of {QUESTIONS} questions one after the other, "
            "from Slack's event to Slack's message.",
            f"Due: {DUE:,} codes run out at once and are swept while the first question comes in.",
        ),
        heading=("", "idle", "slowest", "due", "slowest"),
        rows=[
            [mode, *(f"{number:.1f}" for waits in pair for number in _summary(waits))]
            for mode, pair in found.items()
        ],
        targets=[
            Target(
                f"{mode}: with {DUE:,} due ÷ idle",
                statistics.median(busy) / statistics.median(idle),
                3,
                at_most=True,
            )
            for mode, (idle, busy) in found.items()
        ],
    )


def _summary(waits: list[float]) -> tuple[float, float]:
    return statistics.median(waits), max(waits)


async def _waits(folder: Path, mode: Mode) -> tuple[list[float], list[float]]:
    async with stage(folder, mode=mode, strict=False) as play:
        await _ask(play)
        idle = [await _ask(play) for _ in range(QUESTIONS)]
        await _bring_due(play)
        busy = [await _ask(play) for _ in range(QUESTIONS)]
        if not await _left(play):
            raise CannotMeasure("All notices were delivered before the questions were asked.")
        return idle, busy


async def _ask(play: Stage) -> float:
    before = len(_answers(play))
    began = time.perf_counter()
    await play.per.says(QUESTION)
    if not await play.slack.workspace.changes.until(
        lambda: len(_answers(play)) > before or None, 60.0
    ):
        raise CannotMeasure("A question was not answered within a minute.")
    return (time.perf_counter() - began) * 1_000


def _answers(play: Stage) -> list[object]:
    return [m for m in play.per.messages() if "60 dager" in m.text()]


async def _bring_due(play: Stage) -> None:
    """Codes of Kari's, all made so long ago that their first notice is due now."""
    standing = await play.standing()
    await fill_ledger(play.database, standing, DUE, requests_too=False)
    made_at = play.clock.now - (CODE_LIFETIME - timedelta(days=NOTICE_DAYS[0]))
    async with play.database.transaction() as transaction:
        await transaction.run(
            _AGED,
            which=standing.organisation.id,
            new_user_id=play.kari.id,
            new_made_at=made_at,
            new_expires_at=made_at + CODE_LIFETIME,
            new_next_notice_at=play.clock.now,
        )
    play.bot.wake()


async def _left(play: Stage) -> int:
    async with play.database.reading() as transaction:
        return len(await outbox.undelivered(transaction))
