"""What Slack refuses in calls, case by case, with its error's name and the page that says so.

What it refuses in blocks and views is in `test_block_kit`.
"""
# ruff: noqa: E501 - a row of a table reads best as one line

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import Human, MovableClock, Sandbox
from bot.trial.sandbox.refusals import ANSWERS_OF_THE_WORLD
from bot.trial.sandbox.tickets import new_trigger

from .genuine_bot import Json, button, modal, section

METHODS = "https://docs.slack.dev/reference/methods"
LIMITS = "https://docs.slack.dev/surfaces/modals"
SCOPES = "https://docs.slack.dev/authentication/tokens"


@dataclass
class Circumstances:
    slack: Sandbox
    client: AsyncWebClient
    clock: MovableClock
    kari: Human

    def trigger(self, view_id: str | None = None) -> str:
        return new_trigger(self.slack.workspace, self.kari.id, view_id)

    async def opened(self, **view: Any) -> Json:
        answer = await self.client.views_open(trigger_id=self.trigger(), view=modal("x", **view))
        found: Json = answer["view"]
        return found

    async def posted(self, text: str = "hei") -> Json:
        answer = await self.client.chat_postMessage(channel=self.kari.id, text=text)
        return {"channel": answer["channel"], "ts": answer["ts"]}


@pytest.fixture
async def here() -> AsyncIterator[Circumstances]:
    clock = MovableClock()
    async with Sandbox(clock=clock) as slack, ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        yield Circumstances(slack, client, clock, slack.person("Kari", "Nordmann"))


ApiCall = Callable[[Circumstances], Awaitable[Any]]

# Triggers and views


async def used_trigger(here: Circumstances) -> Any:
    trigger = here.trigger()
    await here.client.views_open(trigger_id=trigger, view=modal("x"))
    return await here.client.views_open(trigger_id=trigger, view=modal("x"))


async def trigger_used_for_a_push(here: Circumstances) -> Any:
    trigger = here.trigger((await here.opened())["id"])
    await here.client.views_push(trigger_id=trigger, view=modal("x"))
    return await here.client.views_push(trigger_id=trigger, view=modal("x"))


async def expired_trigger(here: Circumstances) -> Any:
    trigger = here.trigger()
    here.clock.moves_on(timedelta(seconds=3, milliseconds=1))
    return await here.client.views_open(trigger_id=trigger, view=modal("x"))


async def expired_trigger_of_a_push(here: Circumstances) -> Any:
    trigger = here.trigger((await here.opened())["id"])
    here.clock.moves_on(timedelta(seconds=4))
    return await here.client.views_push(trigger_id=trigger, view=modal("x"))


async def invented_trigger(here: Circumstances) -> Any:
    return await here.client.views_open(trigger_id="1.2.invented", view=modal("x"))


async def no_trigger(here: Circumstances) -> Any:
    return await here.client.views_open(trigger_id="", view=modal("x"))


async def no_view(here: Circumstances) -> Any:
    return await here.client.api_call("views.open", json={"trigger_id": here.trigger()})


async def view_that_is_no_object(here: Circumstances) -> Any:
    call = {"trigger_id": here.trigger(), "view": "[]"}
    return await here.client.api_call("views.open", params=call)


async def view_too_large(here: Circumstances) -> Any:
    blocks = [section("a" * 3_000) for _ in range(90)]
    return await here.client.views_open(trigger_id=here.trigger(), view=modal("x", *blocks))


async def fourth_view(here: Circumstances) -> Any:
    view = await here.opened()
    for _ in range(3):
        answer = await here.client.views_push(trigger_id=here.trigger(view["id"]), view=modal("x"))
        view = answer["view"]
    return None


async def push_over_nothing(here: Circumstances) -> Any:
    return await here.client.views_push(trigger_id=here.trigger(), view=modal("x"))


async def external_id_twice(here: Circumstances) -> Any:
    ola = here.slack.person("Ola")
    await here.opened(external_id="same")
    trigger = new_trigger(here.slack.workspace, ola.id)
    return await here.client.views_open(trigger_id=trigger, view=modal("x", external_id="same"))


async def stale_hash(here: Circumstances) -> Any:
    view = await here.opened()
    await here.client.views_update(view_id=view["id"], view=modal("y"))
    return await here.client.views_update(view_id=view["id"], hash=view["hash"], view=modal("z"))


async def stale_hash_of_home(here: Circumstances) -> Any:
    home = {"type": "home", "blocks": []}
    first = await here.client.views_publish(user_id=here.kari.id, view=home)
    await here.client.views_publish(user_id=here.kari.id, view=home)
    stale = first["view"]["hash"]
    return await here.client.views_publish(user_id=here.kari.id, view=home, hash=stale)


async def closed_view(here: Circumstances) -> Any:
    view = await here.opened()
    await here.kari.closes()
    return await here.client.views_update(view_id=view["id"], view=modal("y"))


async def replaced_view(here: Circumstances) -> Any:
    """A modal that is opened takes the place of the whole stack."""
    view = await here.opened()
    await here.opened()
    return await here.client.views_update(view_id=view["id"], view=modal("y"))


async def update_of_no_view(here: Circumstances) -> Any:
    return await here.client.api_call("views.update", json={"view": modal("x")})


async def home_as_a_modal(here: Circumstances) -> Any:
    view = {"type": "home", "blocks": []}
    return await here.client.views_open(trigger_id=here.trigger(), view=view)


async def modal_as_home(here: Circumstances) -> Any:
    return await here.client.views_publish(user_id=here.kari.id, view=modal("x"))


async def modal_updated_to_home(here: Circumstances) -> Any:
    view = await here.opened()
    return await here.client.views_update(view_id=view["id"], view={"type": "home", "blocks": []})


async def home_of_nobody(here: Circumstances) -> Any:
    return await here.client.views_publish(user_id="U404", view={"type": "home", "blocks": []})


# Messages


def post(**fields: Any) -> ApiCall:
    async def call(here: Circumstances) -> Any:
        return await here.client.api_call(
            "chat.postMessage", json={"channel": here.kari.id, **fields}
        )

    return call


def update(**fields: Any) -> ApiCall:
    async def call(here: Circumstances) -> Any:
        return await here.client.api_call("chat.update", json={**await here.posted(), **fields})

    return call


async def post_to_nowhere(here: Circumstances) -> Any:
    return await here.client.chat_postMessage(channel="C404", text="x")


async def post_without_a_channel(here: Circumstances) -> Any:
    return await here.client.api_call("chat.postMessage", json={"text": "x"})


async def post_outside(here: Circumstances) -> Any:
    outside = here.slack.channel("utenfor", here.kari, with_bot=False)
    return await here.client.chat_postMessage(channel=outside.id, text="x")


async def post_in_an_archive(here: Circumstances) -> Any:
    channel = here.slack.channel("arkiv", here.kari)
    channel.is_archived = True
    return await here.client.chat_postMessage(channel=channel.id, text="x")


async def post_to_itself(here: Circumstances) -> Any:
    return await here.client.chat_postMessage(channel="U0SANDBOX", text="x")


async def post_to_a_stranger(here: Circumstances) -> Any:
    stranger = here.slack.stranger("Xenia", "T0OTHER")
    return await here.client.chat_postMessage(channel=stranger.id, text="x")


async def ephemeral_to_somebody_else(here: Circumstances) -> Any:
    channel = here.slack.channel("styret", here.kari)
    ola = here.slack.person("Ola")
    return await here.client.chat_postEphemeral(channel=channel.id, user=ola.id, text="x")


async def update_of_a_message_that_is_gone(here: Circumstances) -> Any:
    place = await here.posted()
    await here.client.chat_delete(**place)
    return await here.client.chat_update(**place, text="x")


async def update_of_an_ephemeral_message(here: Circumstances) -> Any:
    place = await here.posted()
    answer = await here.client.chat_postEphemeral(
        channel=place["channel"], user=here.kari.id, text="x"
    )
    return await here.client.chat_update(
        channel=place["channel"], ts=answer["message_ts"], text="y"
    )


async def update_of_somebodys_message(here: Circumstances) -> Any:
    said = await here.kari.says("hei")
    return await here.client.chat_update(channel=said.channel_id, ts=said.ts, text="x")


async def deletion_of_somebodys_message(here: Circumstances) -> Any:
    said = await here.kari.says("hei")
    return await here.client.chat_delete(channel=said.channel_id, ts=said.ts)


# People and places, tokens and scopes


async def direct_message_with_nobody(here: Circumstances) -> Any:
    return await here.client.api_call("conversations.open", json={})


async def direct_message_with_somebody_unknown(here: Circumstances) -> Any:
    return await here.client.conversations_open(users="U404")


async def direct_message_with_somebody_who_left(here: Circumstances) -> Any:
    here.kari.record.deleted = True
    return await here.client.conversations_open(users=here.kari.id)


async def direct_message_with_itself(here: Circumstances) -> Any:
    return await here.client.conversations_open(users="U0SANDBOX")


async def profile_of_nobody(here: Circumstances) -> Any:
    return await here.client.users_info(user="U404")


async def address_of_nobody(here: Circumstances) -> Any:
    return await here.client.users_lookupByEmail(email="nobody@example.org")


async def history_of_nowhere(here: Circumstances) -> Any:
    return await here.client.conversations_history(channel="C404")


async def history_by_an_invented_cursor(here: Circumstances) -> Any:
    channel = here.kari.direct_messages.id
    return await here.client.conversations_history(channel=channel, cursor="invented")


async def history_without_its_scope(here: Circumstances) -> Any:
    channel = here.slack.channel("styret", here.kari)
    return await here.client.conversations_history(channel=channel.id)


async def address_without_its_scope(here: Circumstances) -> Any:
    here.slack.workspace.installation.scopes.discard("users:read.email")
    return await here.client.users_lookupByEmail(email="kari@example.org")


def with_token(token: str) -> ApiCall:
    async def call(here: Circumstances) -> Any:
        here.client.token = token
        return await here.client.auth_test()

    return call


# An app that is shown as an agent


def as_agent(method: str, **arguments: Any) -> ApiCall:
    """A call about a thread with Kari, by an app that is an agent and granted what that takes."""

    async def call(here: Circumstances) -> Any:
        here.slack.workspace.installation.is_agent = True
        here.slack.workspace.installation.scopes.add("assistant:write")
        posted = await here.posted()
        place = {"channel_id": posted["channel"], "thread_ts": posted["ts"]}
        return await here.client.api_call(method, json={**place, **arguments})

    return call


SET_STATUS = "agents.sessions.setStatus"
SUGGEST = "assistant.threads.setSuggestedPrompts"
PROMPT = {"title": "x", "message": "x"}


async def session_of_an_app_that_is_no_agent(here: Circumstances) -> Any:
    posted = await here.posted()
    return await here.client.agents_sessions_setStatus(
        channel_id=posted["channel"], thread_ts=posted["ts"], status="processing"
    )


async def prompts_without_their_scope(here: Circumstances) -> Any:
    posted = await here.posted()
    return await here.client.assistant_threads_setSuggestedPrompts(
        channel_id=posted["channel"], prompts=[PROMPT]
    )


async def thread_that_does_not_exist(here: Circumstances) -> Any:
    posted = await here.posted()
    return await here.client.conversations_replies(channel=posted["channel"], ts="1.2")


# Tokens


async def with_a_revoked_token(here: Circumstances) -> Any:
    here.slack.workspace.installation.tokens_revoked = True
    return await here.client.auth_test()


async def after_it_was_uninstalled(here: Circumstances) -> Any:
    here.slack.workspace.installation.uninstalled = True
    return await here.client.auth_test()


async def connection_with_the_bots_token(here: Circumstances) -> Any:
    return await here.client.apps_connections_open(app_token=here.slack.bot_token)


async def post_with_the_apps_token(here: Circumstances) -> Any:
    here.client.token = here.slack.app_token
    return await here.client.chat_postMessage(channel=here.kari.id, text="x")


async def method_that_does_not_exist(here: Circumstances) -> Any:
    return await here.client.api_call("chat.shout", json={})


CASES: list[tuple[str, ApiCall, str, str]] = [
    ("a trigger used twice", used_trigger, "exchanged_trigger_id", f"{METHODS}/views.open"),
    ("a trigger used twice to push", trigger_used_for_a_push, "exchanged_trigger_id", f"{METHODS}/views.push"),
    ("a trigger older than three seconds", expired_trigger, "expired_trigger_id", f"{METHODS}/views.open"),
    ("an old trigger to push", expired_trigger_of_a_push, "expired_trigger_id", f"{METHODS}/views.push"),
    ("an invented trigger", invented_trigger, "invalid_trigger_id", f"{METHODS}/views.open"),
    ("no trigger", no_trigger, "invalid_arguments", f"{METHODS}/views.open"),
    ("no view", no_view, "invalid_arguments", f"{METHODS}/views.open"),
    ("a view that is no object", view_that_is_no_object, "invalid_arguments", f"{METHODS}/views.open"),
    ("a view larger than 250 kB", view_too_large, "view_too_large", f"{METHODS}/views.open"),
    ("a fourth view on the stack", fourth_view, "push_limit_reached", f"{METHODS}/views.push"),
    ("a push over nothing", push_over_nothing, "not_found", f"{METHODS}/views.push"),
    ("one external id twice", external_id_twice, "duplicate_external_id", f"{METHODS}/views.open"),
    ("a stale hash", stale_hash, "hash_conflict", f"{METHODS}/views.update"),
    ("a stale hash of Home", stale_hash_of_home, "hash_conflict", f"{METHODS}/views.publish"),
    ("an update of a closed view", closed_view, "not_found", f"{METHODS}/views.update"),
    ("an update of a replaced view", replaced_view, "not_found", f"{METHODS}/views.update"),
    ("an update of no view", update_of_no_view, "invalid_arguments", f"{METHODS}/views.update"),
    ("a Home tab opened as a modal", home_as_a_modal, "invalid_arguments", LIMITS),
    ("a modal published as Home", modal_as_home, "invalid_arguments", f"{METHODS}/views.publish"),
    ("a modal updated to a Home tab", modal_updated_to_home, "invalid_arguments", f"{METHODS}/views.update"),
    ("Home for nobody", home_of_nobody, "user_not_found", f"{METHODS}/views.publish"),
    ("a message that says nothing", post(), "no_text", f"{METHODS}/chat.postMessage"),
    ("blocks without a text beside them", post(blocks=[section("x")]), "no_text", f"{METHODS}/chat.postMessage#text-blocks-attachments"),
    ("a text too long", post(text="a" * 40_001), "msg_too_long", f"{METHODS}/chat.postMessage"),
    ("blocks that are no array", post(text="x", blocks={"type": "divider"}), "invalid_blocks_format", f"{METHODS}/chat.postMessage"),
    ("fifty-one blocks", post(text="x", blocks=[{"type": "divider"}] * 51), "invalid_blocks", f"{METHODS}/chat.postMessage"),
    ("one block id twice", post(text="x", blocks=[{"type": "divider", "block_id": "b"}] * 2), "invalid_blocks", f"{METHODS}/chat.postMessage"),
    ("a button without an end", post(text="x", blocks=[{"type": "actions", "elements": [button("a" * 76, "a")]}]), "invalid_blocks", f"{METHODS}/chat.postMessage"),
    ("an answer to no message", post(text="x", thread_ts="1.2"), "thread_not_found", f"{METHODS}/chat.postMessage"),
    ("a channel that does not exist", post_to_nowhere, "channel_not_found", f"{METHODS}/chat.postMessage"),
    ("no channel", post_without_a_channel, "invalid_arguments", f"{METHODS}/chat.postMessage"),
    ("a channel the bot is not in", post_outside, "not_in_channel", f"{METHODS}/chat.postMessage"),
    ("an archived channel", post_in_an_archive, "is_archived", f"{METHODS}/chat.postMessage"),
    ("a message to itself", post_to_itself, "cannot_dm_bot", f"{METHODS}/conversations.open"),
    ("a message to a stranger", post_to_a_stranger, "channel_not_found", f"{METHODS}/chat.postMessage"),
    ("an ephemeral message to one who is not there", ephemeral_to_somebody_else, "user_not_in_channel", f"{METHODS}/chat.postEphemeral"),
    ("an updated text too long", update(text="a" * 4_001), "msg_too_long", f"{METHODS}/chat.update"),
    ("an update with a broken block", update(text="x", blocks=[{"type": "sparkles"}]), "invalid_blocks", f"{METHODS}/chat.update"),
    ("an update that says nothing", update(), "no_text", f"{METHODS}/chat.update"),
    ("an update of what is gone", update_of_a_message_that_is_gone, "message_not_found", f"{METHODS}/chat.update"),
    ("an update of an ephemeral message", update_of_an_ephemeral_message, "message_not_found", f"{METHODS}/chat.postEphemeral"),
    ("an update of somebody's message", update_of_somebodys_message, "cant_update_message", f"{METHODS}/chat.update"),
    ("a deletion of somebody's message", deletion_of_somebodys_message, "cant_delete_message", f"{METHODS}/chat.delete"),
    ("a direct message with nobody", direct_message_with_nobody, "users_list_not_supplied", f"{METHODS}/conversations.open"),
    ("a direct message with somebody unknown", direct_message_with_somebody_unknown, "user_not_found", f"{METHODS}/conversations.open"),
    ("a direct message with somebody who left", direct_message_with_somebody_who_left, "user_disabled", f"{METHODS}/conversations.open"),
    ("a direct message with itself", direct_message_with_itself, "cannot_dm_bot", f"{METHODS}/conversations.open"),
    ("the profile of nobody", profile_of_nobody, "user_not_found", f"{METHODS}/users.info"),
    ("an address nobody has", address_of_nobody, "users_not_found", f"{METHODS}/users.lookupByEmail"),
    ("the history of nowhere", history_of_nowhere, "channel_not_found", f"{METHODS}/conversations.history"),
    ("a history by an invented cursor", history_by_an_invented_cursor, "invalid_cursor", f"{METHODS}/conversations.history"),
    ("a history without its scope", history_without_its_scope, "missing_scope", f"{METHODS}/conversations.history"),
    ("an address without its scope", address_without_its_scope, "missing_scope", f"{METHODS}/users.lookupByEmail"),
    ("a thread that does not exist", thread_that_does_not_exist, "thread_not_found", f"{METHODS}/conversations.replies"),
    ("a session of an app that is no agent", session_of_an_app_that_is_no_agent, "not_authorized", f"{METHODS}/{SET_STATUS}"),
    ("a status that is none", as_agent(SET_STATUS, status="is thinking"), "invalid_arguments", f"{METHODS}/{SET_STATUS}"),
    ("a session of no thread", as_agent(SET_STATUS, status="active", thread_ts="1.2"), "thread_not_found", f"{METHODS}/{SET_STATUS}"),
    ("a session without a thread", as_agent(SET_STATUS, status="active", thread_ts=""), "invalid_arguments", f"{METHODS}/{SET_STATUS}"),
    ("a session's title too long", as_agent(SET_STATUS, status="active", title="a" * 201), "invalid_arguments", f"{METHODS}/{SET_STATUS}"),
    ("a title for no session", as_agent("agents.sessions.rename", title="x"), "session_not_found", f"{METHODS}/agents.sessions.rename"),
    ("five suggestions", as_agent(SUGGEST, prompts=[PROMPT] * 5), "invalid_arguments", f"{METHODS}/{SUGGEST}"),
    ("a suggestion that asks nothing", as_agent(SUGGEST, prompts=[{"title": "x"}]), "invalid_arguments", f"{METHODS}/{SUGGEST}"),
    ("suggestions without their scope", prompts_without_their_scope, "missing_scope", f"{METHODS}/{SUGGEST}"),
    ("an invented token", with_token("xoxb-invented"), "invalid_auth", f"{METHODS}/auth.test"),
    ("a revoked token", with_a_revoked_token, "token_revoked", f"{METHODS}/auth.test"),
    ("a token of an app that was removed", after_it_was_uninstalled, "account_inactive", f"{METHODS}/auth.test"),
    ("a connection by the bot's token", connection_with_the_bots_token, "not_allowed_token_type", SCOPES),
    ("a message by the app's token", post_with_the_apps_token, "not_allowed_token_type", SCOPES),
    ("a method that does not exist", method_that_does_not_exist, "unknown_method", METHODS),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "error", "page"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
async def test_such_a_call_is_refused(
    here: Circumstances, call: ApiCall, error: str, page: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await call(here)
    assert refused.value.response["error"] == error, page
    held = [violation.kind for violation in here.slack.workspace.violations]
    assert held == ([] if error in {*ANSWERS_OF_THE_WORLD, "not_authorized"} else [error])
