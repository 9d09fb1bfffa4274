"""Whom a notice goes to when it cannot go to whom it was written for."""

from bot.trial.sandbox import SlackError
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
