"""A person who waits comes first, whatever else is to be sent."""

from datetime import timedelta

from bot.trial.sandbox import Silence
from storage import outbox
from storage.notice_times import CODE_EXPIRES
from storage.records import CODE_LIFETIME
from tests.slack.stage import Stage
from tests.unit.storage.filling import fill_ledger

MANY = 150
"""More than go at once."""


async def bring_many_due(play: Stage) -> None:
    """Codes that run out or have run out: the account holders are to hear of each."""
    await fill_ledger(play.database, await play.standing(), MANY, requests_too=False)
    play.travel(days=(CODE_LIFETIME - timedelta(days=14)).days)


def told_of_expiry(play: Stage) -> int:
    calls = play.slack.workspace.calls
    return sum(c.method == "chat.postMessage" and c.body["text"].startswith("Koden") for c in calls)


async def many_told(play: Stage) -> None:
    await play.slack.workspace.changes.until(lambda: told_of_expiry(play) >= 15 or None, 20.0)


async def left(play: Stage) -> int:
    async with play.database.reading() as transaction:
        return len(await outbox.undelivered(transaction))


async def test_a_question_is_answered_before_what_time_has_brought(play: Stage) -> None:
    await bring_many_due(play)
    await many_told(play)
    await play.per.says("Hvor lenge er en kode gyldig?")
    await play.per.sees("60 dager")
    assert await left(play) > 0, "there was nothing that it could have come before"


async def test_whoever_asks_for_a_code_is_heard_before_what_time_has_brought(play: Stage) -> None:
    await bring_many_due(play)
    await many_told(play)
    await play.asks(play.kari)
    await play.kari.sees("sendt til")
    await play.ola.sees("Kari Nordmann ber om")
    assert await left(play) > 0, "there was nothing that it could have come before"


async def test_what_slack_is_slow_to_take_leaves_a_place_for_an_answer(http_play: Stage) -> None:
    play = http_play
    play.slack.workspace.fail(
        "chat.postMessage",
        Silence(4.0),
        times=99,
        when=lambda body: body["text"].startswith("Koden"),
    )
    await bring_many_due(play)
    assert await play.slack.workspace.changes.until(lambda: told_of_expiry(play) >= 6 or None, 10.0)
    await play.slack.workspace.changes.until(lambda: None, 0.3)  # there are no more
    await play.per.says("Hvor lenge er en kode gyldig?")
    await play.per.sees("60 dager", timeout=3.5)
    play.slack.workspace.faults.end()


async def test_a_sweep_is_not_kept_from_its_work_by_a_backlog(play: Stage) -> None:
    """What falls due meanwhile is in the outbox while the backlog still waits."""
    await bring_many_due(play)
    await many_told(play)
    play.travel(days=7)

    async def is_swept() -> bool:
        async with play.looking() as desk:
            kinds = {notice.kind for notice in await outbox.latest(desk, MANY)}
        return CODE_EXPIRES[7] in kinds

    await play.until(is_swept, "nothing was swept")
    assert await left(play) > MANY / 2
