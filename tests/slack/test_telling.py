"""Whom a notice goes to when it cannot go to whom it was written for."""

from bot.trial.sandbox import SlackError
from storage import outbox
from storage.outbox import NewNotice
from storage.records import NoticeKind, NoticeState
from tests.slack.stage import Stage


async def test_what_a_holder_who_leaves_had_coming_goes_to_the_account_holders(
    http_play: Stage,
) -> None:
    await http_play.has_code(http_play.kari)
    http_play.slack.workspace.fail(
        "chat.postMessage",
        SlackError("internal_error"),
        times=99,
        when=lambda body: body["channel"] == http_play.kari.id,
    )
    http_play.travel(days=46)
    await http_play.slack.workspace.changes.until(lambda: None, 0.3)
    await http_play.slack.deactivates(http_play.kari)
    http_play.travel(hours=1)
    for holder in (http_play.ola, http_play.anne):
        told = await holder.sees_message("Koden går ut om 14 dager")
        assert "Personen er ikke her i Slack" in told.text()
    assert not [m for m in http_play.kari.messages() if "Koden går ut" in m.text()]


async def test_a_kind_that_another_version_has_written_is_parked_and_not_tried_for_ever(
    http_play: Stage,
) -> None:
    async with http_play.deciding() as desk:
        await outbox.tell(desk, NewNotice(NoticeKind("of_tomorrow"), http_play.kari.id, about="x"))

    async def is_parked() -> bool:
        http_play.bot.wake()
        async with http_play.database.reading() as transaction:
            (left,) = await outbox.undelivered(transaction)
        return (left.state, left.error) == (NoticeState.PARKED, "unknown_kind")

    await http_play.until(is_parked, "it is not parked")
