"""Whether the bot is an agent: what Slack has taken, and what it has said no to."""

from types import SimpleNamespace

import pytest
from slack_sdk.errors import SlackApiError

from handlers.agent import ASKED_AGAIN_SECONDS, Agent
from tests.unit.handlers.watch import Watch

UNKNOWN = "not_authorized"
"""What Slack says where the plan has no agents, and in no list of its errors."""


def no(name: str) -> SlackApiError:
    answer = {"ok": False, "error": name}
    response = SimpleNamespace(data=answer, status_code=200, headers={})
    return SlackApiError("", response)  # type: ignore[no-untyped-call]


def test_where_the_plan_has_no_agents_slack_is_asked_again_after_a_while() -> None:
    watch = Watch()
    agent = Agent(is_granted=True, monotonic=watch)
    agent.refused(no(UNKNOWN))
    shown = []
    for watch.now in (0.0, ASKED_AGAIN_SECONDS - 1, ASKED_AGAIN_SECONDS):
        shown.append(agent.is_shown)
    assert shown == [False, False, True]


def test_where_it_is_one_an_unknown_no_is_about_that_alone() -> None:
    agent = Agent(is_granted=True)
    agent.taken()
    agent.refused(no(UNKNOWN))
    assert agent.is_shown


@pytest.mark.parametrize(
    ("name", "is_shown"),
    [("missing_scope", False), ("thread_not_found", True), ("token_revoked", True)],
)
def test_a_scope_is_missed_for_good_and_all_else_is_not(name: str, is_shown: bool) -> None:
    watch = Watch()
    agent = Agent(is_granted=True, monotonic=watch)
    agent.taken()
    agent.refused(no(name))
    watch.now = 10 * ASKED_AGAIN_SECONDS
    assert agent.is_shown is is_shown
