"""Slack does not take the bot: its token, a scope, the app itself. What waits goes out rightly when
that is over, and nothing is given up meanwhile."""

from pathlib import Path

import pytest

from bot.trial.sandbox import SlackError
from storage import outbox
from storage.records import NoticeState
from tests.faults.health import is_green, is_red, readiness, until
from tests.slack.stage import Stage, stage

OURS = ["account_inactive", "invalid_auth", "missing_scope", "token_revoked"]


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.ties.LOOK_AGAIN_SECONDS", 0.05)


async def none_is_parked(play: Stage) -> None:
    async with play.database.reading() as transaction:
        waiting = await outbox.undelivered(transaction)
    assert {notice.state for notice in waiting} <= {NoticeState.WAITING}


async def test_what_falls_due_while_the_token_is_revoked_goes_out_when_it_is_back(
    play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "handlers.ties")
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.slack.revokes_tokens()
    await is_red(play)
    _, parts = await readiness(play.bot.port)
    assert parts["installation"] is False
    assert parts["reasons"] == {"installation": "token_revoked"}
    await play.per.says("Hvor lenge varer koden?")
    play.travel(days=4)  # a reminder falls due as well
    await none_is_parked(play)
    play.slack.workspace.installation.tokens_revoked = False
    await is_green(play)
    await play.per.sees("60 dager")
    await play.ola.sees("1 forespørsel venter")
    await none_is_parked(play)
    said = [record.message for record in caplog.records if "slack_" in record.message]
    assert said == ["slack_refuses_the_bot", "slack_takes_the_bot_again"]
    play.slack.workspace.violations.clear()


async def test_whoever_types_the_command_is_told_that_nothing_can_be_shown(play: Stage) -> None:
    """In answer to the command, which takes no token."""
    await play.slack.revokes_tokens()
    await is_red(play)
    await play.kari.types("/godkjenningskode")
    await play.kari.sees("Jeg fikk ikke vist det som skulle stå her")
    play.slack.workspace.violations.clear()


async def test_a_bot_that_was_removed_says_so_until_it_is_there_again(play: Stage) -> None:
    await is_green(play)
    await play.slack.removes_app()
    await is_red(play, installation="account_inactive")
    play.slack.workspace.installation.uninstalled = False
    await is_green(play)
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    play.slack.workspace.violations.clear()


@pytest.mark.parametrize("error", OURS)
async def test_a_refusal_that_is_ours_parks_nothing(play: Stage, error: str) -> None:
    """Found out by the notice itself, with nobody to tell of it."""
    play.slack.workspace.fail("auth.test", SlackError(error), times=3)
    play.slack.workspace.fail("chat.postMessage", SlackError(error), times=1)
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.anne.sees("ber om")
    await play.kari.sees("sendt")
    await none_is_parked(play)
    everybody = (play.kari, play.ola, play.anne)
    assert [len(person.messages()) for person in everybody] == [1, 1, 1]


@pytest.mark.parametrize("error", ["missing_scope", "token_revoked"])
async def test_whom_slack_would_not_look_up_is_looked_up_again(play: Stage, error: str) -> None:
    """No answer is no "nobody": the code goes to the person, by the right way."""
    for method in ("users.lookupByEmail", "auth.test"):
        play.slack.workspace.fail(method, SlackError(error), times=999)
    await play.asks(
        play.kari,
        Fornavn="Per",
        Etternavn="Nordmann",
        **{"E-post": "per@example.org"},
    )
    await is_red(play, installation=error)
    play.slack.workspace.faults.clear()
    await play.ola.sees("ber om")
    await play.approves(play.ola)
    await play.per.sees("Koden din er klar")


async def test_why_slack_lets_socket_mode_connect_no_more_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOOK_SECONDS", "PING_SECONDS"):
        monkeypatch.setattr(f"bot.slack.socket_mode.{name}", 0.1)
    async with stage(tmp_path, mode="socket_mode") as play:
        await is_green(play)
        play.slack.workspace.fail("apps.connections.open", SlackError("invalid_auth"), times=99)
        play.slack.socket_mode.break_connection()
        await is_red(play, socket_mode="invalid_auth")
        play.slack.workspace.faults.clear()
        await until(play.bot.port, 200)
    said = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert said == ["slack_refuses_socket_mode"]
