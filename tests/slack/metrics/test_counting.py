"""What people do, and what Slack does, as the metrics tell of it."""

import pytest

from bot.trial.sandbox import Dropped, RateLimited, ServerError, SlackError
from bot.trial.sandbox.faults import Fault
from storage import guessing, partners, webhooks
from storage.addresses import sqlite_path
from storage.guessing import MOST_MISSES, Misses
from storage.records import PartnerScope
from storage.webhooks import GIVEN_UP_AFTER, Event
from templates import ids
from tests.slack.metrics.scraping import until, value
from tests.slack.stage import COMMAND, Stage


async def test_a_whole_way_is_counted_whichever_way_it_comes(play: Stage) -> None:
    await play.has_code(play.kari)  # a command, a form; a click, a form
    await play.per.uses_shortcut(ids.SHORTCUT_ASK)
    await play.per.sees_view("Be om godkjenningskode")
    await play.per.says("Hvor lenge varer koden?")
    await play.per.sees("60 dager")
    for kind, count in {"command": 1, "action": 1, "submission": 2, "shortcut": 1}.items():
        assert await value(play, "acknowledgement_seconds_count", kind=kind) == count, kind
    assert await value(play, "acknowledgement_seconds_count", kind="event")
    assert await value(play, "acknowledgement_seconds_sum", kind="submission")
    assert await value(play, "not_acknowledged_total", kind="event") == 0
    await until(play, 0, "outbox_notices", state="due")
    assert await value(play, "deliveries_total", outcome="delivered")
    assert await value(play, "outbox_oldest_due_seconds", turn="answer") == 0
    assert await value(play, "sweep_seconds_count")
    of_this_database = "queue" if sqlite_path(play.settings.database_url) else "connection"
    assert await value(play, "database_wait_seconds_count", reason=of_this_database)
    assert await value(play, "database_up") == 1
    assert await value(play, "workspace_taken", team=play.slack.workspace.team_id) == 1


async def test_every_message_that_arrives_is_a_delivery(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.anne.sees("ber om")
    await http_play.kari.sees("sendt")
    await until(http_play, 3, "deliveries_total", outcome="delivered")


async def test_a_refused_token_is_seen_and_what_waits_is_held(
    play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.ties.LOOK_AGAIN_SECONDS", 0.05)
    team = play.slack.workspace.team_id
    await play.slack.revokes_tokens()
    await until(play, 0, "workspace_taken", team=team)
    assert await value(play, "slack_errors_total", kind="ours")
    await play.per.says("Hvor lenge varer koden?")
    play.clock.forward(minutes=6)
    await until(play, 360, "outbox_oldest_due_seconds", turn="answer")
    assert await value(play, "outbox_notices", state="due") == 1
    play.slack.workspace.installation.tokens_revoked = False
    await until(play, 1, "workspace_taken", team=team)
    await play.per.sees("60 dager")
    await until(play, 0, "outbox_notices", state="due")
    assert await value(play, "deliveries_total", outcome="parked") == 0
    play.slack.workspace.violations.clear()


async def test_a_notice_that_meets_a_refused_token_is_held(http_play: Stage) -> None:
    refusal = SlackError("token_revoked")
    http_play.slack.workspace.fail("auth.test", refusal, times=1)
    http_play.slack.workspace.fail("chat.postMessage", refusal, times=1)
    await http_play.per.says("Hvor lenge varer koden?")
    await until(http_play, 1, "deliveries_total", outcome="held")


async def test_being_asked_to_wait_is_counted_and_the_notice_is_tried_again(
    play: Stage,
) -> None:
    play.slack.workspace.fail("chat.postMessage", RateLimited(retry_after=0), times=1)
    await play.per.says("Hvor lenge varer koden?")
    await play.per.sees("60 dager")
    assert await value(play, "slack_rate_limited_total") == 1
    assert await value(play, "slack_errors_total", kind="passing") == 1
    assert await value(play, "deliveries_total", outcome="retried") == 1


async def test_being_asked_to_wait_is_counted_where_the_client_tries_again_by_itself(
    http_play: Stage,
) -> None:
    http_play.slack.workspace.fail("views.open", RateLimited(retry_after=0), times=1)
    await http_play.kari.types(COMMAND)
    await http_play.kari.sees_view("Be om godkjenningskode")
    assert await value(http_play, "slack_rate_limited_total") == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (SlackError("missing_scope"), "ours"),
        (SlackError("internal_error"), "passing"),
        (ServerError(503), "passing"),
        (SlackError("user_not_found"), "recipient"),
        (SlackError("invalid_blocks"), "content"),
        (SlackError("never_heard_of"), "other"),
    ],
)
async def test_slacks_errors_are_told_apart_by_kind(
    http_play: Stage, fault: Fault, kind: str
) -> None:
    http_play.slack.workspace.fail("users.info", fault, times=1)
    await http_play.kari.types(COMMAND)
    await http_play.kari.sees("Fornavn")
    assert await value(http_play, "slack_errors_total", kind=kind) == 1


async def test_a_call_that_slack_leaves_unanswered_is_counted(http_play: Stage) -> None:
    http_play.slack.workspace.fail("chat.postMessage", Dropped(before=True), times=1)
    await http_play.per.says("Hvor lenge varer koden?")
    await until(http_play, 1, "deliveries_total", outcome="retried")
    assert await value(http_play, "outbox_notices", state="later") == 1
    assert await value(http_play, "slack_errors_total", kind="passing") == 1
    assert await value(http_play, "slack_rate_limited_total") == 0


async def test_a_parked_notice_is_counted_and_lies_there_to_be_seen(play: Stage) -> None:
    play.slack.workspace.fail(
        "chat.postMessage",
        SlackError("user_disabled"),
        times=1,
        when=lambda body: body["channel"] == play.anne.id,
    )
    await play.asks(play.kari)
    await until(play, 1, "deliveries_total", outcome="parked")
    assert await value(play, "outbox_notices", state="parked") == 1
    assert await value(play, "slack_errors_total", kind="recipient") == 1
    await until(play, 2, "deliveries_total", outcome="delivered")


async def test_what_partners_were_to_be_told_and_was_given_up_is_counted(play: Stage) -> None:
    assert await value(play, "webhooks_parked") == 0
    organisation_id = (await play.standing()).organisation.id
    async with play.database.transaction() as transaction:
        scope = PartnerScope.ORGANISATION
        partner, _ = await partners.add(transaction, "Nettbutikken", scope, is_test=False)
        for _ in range(2):
            await webhooks.add(transaction, partner.id, organisation_id, Event.TEST, {})
        for each in await webhooks.claim(transaction, 9):
            await webhooks.attempted(
                transaction, each, status=503, error=None, again_after=2 * GIVEN_UP_AFTER
            )
    assert await value(play, "webhooks_parked") == 2


async def test_who_is_locked_out_now_is_counted(play: Stage) -> None:
    for who in ("partner", "address"):
        assert await value(play, "locked_out", who=who) == 0
    guessed = {who: Misses(MOST_MISSES) for who in ("partner:1", "address:aaaa", "address:bbbb")}
    async with play.database.transaction() as transaction:
        await guessing.note(transaction, {**guessed, "address:cccc": Misses(MOST_MISSES - 1)})
    assert await value(play, "locked_out", who="partner") == 1
    assert await value(play, "locked_out", who="address") == 2
    play.clock.now += guessing.LOCKED
    for who in ("partner", "address"):
        assert await value(play, "locked_out", who=who) == 0
