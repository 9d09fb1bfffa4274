"""`app.yaml` declares what the code registers and calls, and nothing more."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.operating.examining.slack import SCOPES
from bot.slack.installing import AGENT_SCOPE
from handlers.routes import ROUTES
from storage.records import Topic
from templates import ids, prompts
from templates.topics import titles
from templates.words import Words

ROOT = Path(__file__).parents[3]
FAMILIES = "agents|apps|assistant|auth|bots|chat|conversations|files|reactions|team|users|views"
SCOPE_OF_METHOD = {
    "apps_connections_open": None,  # by the app's own token
    "auth_test": None,
    "views_open": None,
    "views_push": None,
    "views_update": None,
    "views_publish": None,
    "chat_postEphemeral": "chat:write",
    "chat_postMessage": "chat:write",
    "chat_delete": "chat:write",
    "chat_update": "chat:write",
    "conversations_open": "im:write",
    "conversations_history": "im:history",
    "conversations_replies": "im:history",
    "agents_sessions_setStatus": "chat:write",
    "assistant_threads_setSuggestedPrompts": AGENT_SCOPE,
    "files_upload_v2": "files:write",
    "users_info": "users:read",
    "users_lookupByEmail": "users:read.email",
}
SCOPE_OF_EVENT = {
    "agent_session_stopped": None,
    "app_context_changed": None,
    "app_mention": "app_mentions:read",
    "app_home_opened": None,
    "app_uninstalled": None,
    "tokens_revoked": None,
    "message.im": "im:history",
    "team_join": "users:read",
    "user_change": "users:read",
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "app.yaml").read_text(encoding="utf-8"))
    return found


def routed(kind: str) -> set[str]:
    return {call_id for each, call_id, _ in ROUTES if each == kind}


def called() -> set[str]:
    """Every method of the Web API that the code calls, by name."""
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("handlers", "bot")
        for path in (ROOT / folder).rglob("*.py")
        if "trial" not in path.parts  # the stand-in calls nobody
    )
    return set(re.findall(rf"client\.((?:{FAMILIES})_[a-zA-Z_0-9]+)\b", source))


def test_the_command_and_the_shortcut(manifest: dict[str, Any]) -> None:
    features = manifest["features"]
    assert {each["command"] for each in features["slash_commands"]} == routed("command")
    assert {each["callback_id"] for each in features["shortcuts"]} == routed("shortcut")
    assert manifest["settings"]["interactivity"]["is_enabled"]


def test_the_events(manifest: dict[str, Any]) -> None:
    declared = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    assert {name.split(".")[0] for name in declared} == routed("event")
    assert declared == set(SCOPE_OF_EVENT)


def test_the_fewest_scopes_that_work(manifest: dict[str, Any]) -> None:
    assert called() <= set(SCOPE_OF_METHOD)
    needed = {SCOPE_OF_METHOD[method] for method in called()} | set(SCOPE_OF_EVENT.values())
    declared = set(manifest["oauth_config"]["scopes"]["bot"])
    assert declared == (needed - {None}) | {"commands"}
    assert declared == SCOPES | {AGENT_SCOPE}


def test_people_can_write_to_the_bot(manifest: dict[str, Any]) -> None:
    home = manifest["features"]["app_home"]
    assert home["home_tab_enabled"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]


def test_slack_shows_the_bot_as_an_agent_in_the_current_way(manifest: dict[str, Any]) -> None:
    agent = manifest["features"]["agent_view"]
    assert "assistant_view" not in manifest["features"]
    assert len(agent["agent_description"]) <= 300
    assert 1 <= len(agent["suggested_prompts"]) <= prompts.MOST
    asked = set(titles(Words.of("nb")).values())
    for prompt in agent["suggested_prompts"]:
        assert set(prompt) == {"title", "message"}
    assert {each["message"] for each in agent["suggested_prompts"]} & asked


def test_slacks_limits_for_a_manifest(manifest: dict[str, Any]) -> None:
    about = manifest["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4_000
    for shortcut in manifest["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
    for command in manifest["features"]["slash_commands"]:
        assert len(command["description"]) <= 2_000


def test_every_button_and_form_has_a_handler() -> None:
    buttons = {
        value
        for name, value in vars(ids).items()
        if name.isupper() and isinstance(value, str) and not name.startswith(("VIEW_", "SHORTCUT_"))
    }
    fields = {ids.FIRST_NAME, ids.LAST_NAME, ids.EMAIL, ids.ROLE, ids.PURPOSE, ids.AUTHORITY,
              ids.PASTED_CODE, ids.PASTED_MADE_ON, ids.USED_SERVICE, ids.USED_ON,
              ids.REASON, ids.MESSAGE, ids.QUESTION,
              ids.REPLY_TEXT, ids.NEW_HOLDER, ids.DEPUTY_WHO, ids.DEPUTY_FROM, ids.DEPUTY_UNTIL,
              ids.VALID_UNTIL, ids.NO_END, ids.CODES_THEN, ids.REQUESTS_THEN,
              ids.HISTORY_PERSON, ids.HISTORY_CODE, ids.ORGANISATION_NAME,
              ids.ORGANISATION_NUMBER, ids.SHORT_NAME, ids.FIRST_HOLDERS, ids.AT_TECHSOUP,
              ids.MADE_BY, ids.VERDICT, ids.WHICH_ORGANISATION, ids.COMMAND}  # fmt: skip
    topics = {ids.topic(topic) for topic in Topic}
    assert (buttons - fields) | topics == routed("action")
    only_shown = {ids.VIEW_WAITING, ids.VIEW_CODE, ids.VIEW_TOLD, ids.VIEW_ANSWER,
                  ids.VIEW_QUESTION_SENT, ids.VIEW_UNANSWERED, ids.VIEW_EXPORT,
                  ids.VIEW_QUESTIONS, ids.VIEW_HOLDERS, ids.VIEW_FILE}  # fmt: skip
    views = {value for name, value in vars(ids).items() if name.startswith("VIEW_")}
    assert views - only_shown == routed("submission")
