"""Whom a notice goes to when it cannot go to whom it was written for."""

import pytest

from bot.trial.sandbox import SlackError
from storage import due, outbox
from storage.outbox import NewNotice
from storage.records import NoticeKind, NoticeState
from tests.faults.health import is_green, is_red
from tests.slack.stage import COMMAND, FORM, Stage

OUTSIDER = {"Fornavn": "Nils", "Etternavn": "Lie", "E-post": "nils@example.org"}


async def settled(play: Stage) -> None:
    """Nothing waits to be told."""

    async def nothing_waits() -> bool:
        play.travel(minutes=1)
        async with play.database.reading() as transaction:
            left = await outbox.undelivered(transaction)
        return not [each for each in left if each.state is not NoticeState.PARKED]

    await play.until(nothing_waits, "something waits")


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


# Answers that Slack does not take where it was asked

CHANNEL_ERRORS = ("not_in_channel", "is_archived", "channel_not_found", "restricted_action")
THREAD_ERRORS = ("thread_not_found", "invalid_thread_ts", "cannot_reply_to_message")


@pytest.mark.parametrize("error", CHANNEL_ERRORS)
async def test_what_a_channel_does_not_take_comes_to_the_asker(
    http_play: Stage, error: str
) -> None:
    channel = http_play.slack.channel("styret", http_play.per)
    http_play.slack.workspace.fail(
        "chat.postMessage",
        SlackError(error),
        times=9,
        when=lambda body: body["channel"] == channel.id,
    )
    await http_play.per.says(f"{http_play.slack.mention} hva er en godkjenningskode?", channel)
    answer = await http_play.per.sees_message("Hva er en godkjenningskode?")
    assert answer.channel_id != channel.id


@pytest.mark.parametrize("error", THREAD_ERRORS)
async def test_what_a_thread_does_not_take_comes_beside_it(http_play: Stage, error: str) -> None:
    root = await http_play.kari.says("hei")
    await http_play.kari.sees_message("Jeg hjelper med")
    http_play.slack.workspace.fail(
        "chat.postMessage", SlackError(error), times=9, when=lambda body: "thread_ts" in body
    )
    await http_play.kari.says("hva er en godkjenningskode?", thread=root)
    answer = await http_play.kari.sees_message("viser en leverandør")
    assert not answer.record.thread_ts


async def test_what_was_told_in_private_already_is_not_told_twice(http_play: Stage) -> None:
    await http_play.has_code(http_play.kari)
    channel = http_play.slack.channel("styret", http_play.kari)
    http_play.slack.workspace.fail(
        "chat.postMessage",
        SlackError("not_in_channel"),
        times=9,
        when=lambda body: body["channel"] == channel.id,
    )
    await http_play.kari.says(f"{http_play.slack.mention} når går koden min ut?", channel)
    await http_play.kari.sees_message("Når går koden ut?")
    await settled(http_play)
    assert http_play.kari.text_on_screen().count("Når går koden ut?") == 1


# After an outage


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.ties.LOOK_AGAIN_SECONDS", 0.05)


async def over(play: Stage) -> None:
    """The token is good again, and what waited goes out."""
    play.slack.workspace.installation.tokens_revoked = False
    await is_green(play)
    await settled(play)
    play.slack.workspace.violations.clear()


@pytest.mark.usefixtures("looks_often")
async def test_one_reminder_is_told_after_an_outage(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.slack.revokes_tokens()
    await is_red(http_play)
    for _ in range(5):
        http_play.travel(days=3, hours=2)
        await has_swept(http_play)
    await over(http_play)
    assert http_play.ola.text_on_screen().count("1 forespørsel venter på svar") == 1


async def has_swept(play: Stage) -> None:
    async def has() -> bool:
        async with play.looking() as desk:
            moment = await due.next_moment(desk)
            return moment is None or moment > desk.now

    await play.until(has, "it is not swept")


@pytest.mark.usefixtures("looks_often")
async def test_a_code_that_ran_out_in_an_outage_is_not_said_to_be_ready(http_play: Stage) -> None:
    await http_play.ola.types(COMMAND)
    await http_play.ola.sees("Fornavn")
    await http_play.ola.fills({**FORM, **OUTSIDER})
    await http_play.slack.revokes_tokens()
    await is_red(http_play)
    assert (await http_play.ola.submits()).updated
    http_play.travel(days=61)
    await has_swept(http_play)
    await over(http_play)
    assert "Koden er gått ut" in http_play.ola.text_on_screen()
    assert "Send koden til" not in http_play.ola.text_on_screen()


# Trouble that passes


async def test_a_copy_that_slack_fails_to_update_is_updated_later(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.anne.sees("ber om")
    http_play.slack.workspace.fail("chat.update", SlackError("update_failed"), times=6)
    await http_play.approves(http_play.ola)

    async def is_shown() -> bool:
        http_play.travel(minutes=1)
        return "godkjent av @Ola" in http_play.anne.text_on_screen()

    await http_play.until(is_shown, "Anne does not see it")


async def test_a_request_does_not_wait_for_ever_for_who_it_is_about(http_play: Stage) -> None:
    refused = SlackError("team_access_not_granted")
    http_play.slack.workspace.fail("users.lookupByEmail", refused, times=9_999)
    await http_play.asks(http_play.kari)

    async def has_come() -> bool:
        http_play.travel(minutes=5)
        return "ber om" in http_play.ola.text_on_screen()

    await http_play.until(has_come, "Ola is not asked")
    await http_play.kari.sees("Forespørselen er sendt")


async def test_what_a_holder_cannot_be_told_the_account_holders_are(http_play: Stage) -> None:
    await http_play.has_code(http_play.kari)
    http_play.slack.workspace.fail(
        "chat.postMessage",
        SlackError("messages_tab_disabled"),
        times=99,
        when=lambda body: body["channel"] == http_play.kari.id,
    )
    http_play.travel(days=46)
    told = await http_play.ola.sees_message("Koden går ut om 14 dager")
    assert "Slack tar ikke imot meldinger til personen" in told.text()


async def test_a_code_whose_holder_left_meanwhile_is_not_to_be_sent(http_play: Stage) -> None:
    http_play.slack.workspace.fail(
        "chat.postMessage",
        SlackError("internal_error"),
        times=99,
        when=lambda body: body["channel"] == http_play.kari.id,
    )
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.approves(http_play.ola)
    await http_play.slack.deactivates(http_play.kari)
    http_play.travel(minutes=1)
    await http_play.ola.sees("er ikke lenger i Slack")
    await settled(http_play)
    assert "Send koden til" not in http_play.ola.text_on_screen()
