"""The Web API: who may call what, and what it answers."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import Human, MovableClock, Sandbox
from bot.trial.sandbox.tickets import new_trigger

from .genuine_bot import modal, section, text_input

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def client(slack: Sandbox) -> "AsyncIterator[AsyncWebClient]":
    async with ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)


@pytest.fixture
def kari(slack: Sandbox) -> Human:
    return slack.person("Kari", "Nordmann", email="kari@example.no", display_name="kari")


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def kinds(slack: Sandbox) -> list[str]:
    return [violation.kind for violation in slack.workspace.violations]


# Tokens and scopes


async def test_auth_test_says_who_the_bot_is_and_what_it_may(
    slack: Sandbox, client: AsyncWebClient
) -> None:
    answer = await client.auth_test()

    assert answer["user_id"] == slack.workspace.installation.bot_user_id
    assert answer["team_id"] == "T0ORG"
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("", "not_authed"),
        ("xoxb-other", "invalid_auth"),
        ("xapp-sandbox", "not_allowed_token_type"),
    ],
)
async def test_a_wrong_token_is_refused(slack: Sandbox, token: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        ClientSession() as session,
        session.post(f"{slack.api_url}auth.test", headers=headers) as response,
    ):
        assert await response.json() == {"ok": False, "error": error}
    assert kinds(slack) == [error]


async def test_a_token_may_come_in_the_form(slack: Sandbox) -> None:
    form = {"token": slack.bot_token}
    async with (
        ClientSession() as session,
        session.post(f"{slack.api_url}auth.test", data=form) as response,
    ):
        assert (await response.json())["ok"]


async def test_a_missing_scope_says_which_one(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.workspace.installation.scopes = {"commands"}

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C1", text="x")

    answer = caught.value.response
    assert answer["error"] == "missing_scope"
    assert (answer["needed"], answer["provided"]) == ("chat:write", "commands")


async def test_an_unknown_method_is_named(client: AsyncWebClient, slack: Sandbox) -> None:
    assert await error_of(client.api_call("chat.shout")) == "unknown_method"
    assert kinds(slack) == ["unknown_method"]


async def test_removing_the_app_ends_the_token(slack: Sandbox, client: AsyncWebClient) -> None:
    await slack.removes_app()

    assert await error_of(client.auth_test()) == "account_inactive"
    assert kinds(slack) == []


async def test_every_call_is_written_down(slack: Sandbox, client: AsyncWebClient) -> None:
    await client.auth_test()
    await error_of(client.users_info(user="U404"))

    first, second = slack.workspace.calls
    assert (first.method, first.outcome, first.token) == ("auth.test", "ok", slack.bot_token)
    assert (second.body, second.outcome) == ({"user": "U404"}, "user_not_found")


# Messages


async def test_a_message_to_a_person_goes_to_their_direct_messages(
    client: AsyncWebClient, kari: Human
) -> None:
    posted = await client.chat_postMessage(channel=kari.id, text="Hei *du*")

    assert posted["channel"] == kari.direct_messages.id
    assert [message.text() for message in kari.messages()] == ["Hei du"]


async def test_blocks_without_a_text_for_notifications_are_refused(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    with pytest.warns(UserWarning, match="text"):
        error = await error_of(client.chat_postMessage(channel=kari.id, blocks=[section("x")]))

    assert error == "no_text"


async def test_a_text_too_long_is_refused(client: AsyncWebClient, kari: Human) -> None:
    assert await error_of(client.chat_postMessage(channel=kari.id, text="a" * 40_001)) == (
        "msg_too_long"
    )


async def test_a_message_too_long_to_change_is_refused(client: AsyncWebClient, kari: Human) -> None:
    posted = await client.chat_postMessage(channel=kari.id, text="x")
    place: Any = {"channel": posted["channel"], "ts": posted["ts"]}

    assert await error_of(client.chat_update(**place, text="a" * 4_001)) == "msg_too_long"


async def test_what_calls_everybody_up_is_noted(client: AsyncWebClient, kari: Human) -> None:
    await client.chat_postMessage(channel=kari.id, text="<!channel> and <!here|here>")
    await client.chat_postMessage(channel=kari.id, text="&lt;!channel&gt; @channel")
    plain = {"type": "section", "text": {"type": "plain_text", "text": "<!everyone>"}}
    await client.chat_postMessage(channel=kari.id, text="x", blocks=[plain])

    notified = [message.record.notifies for message in kari.messages()]
    assert notified == [("channel", "here"), (), ()]


async def test_timestamps_rise_even_when_the_clock_stands_still() -> None:
    async with Sandbox(clock=MovableClock()) as slack:
        kari = slack.person("Kari")
        stamps = [(await kari.says(str(n))).ts for n in range(3)]

    assert stamps == sorted(set(stamps))


async def test_messages_are_changed_and_deleted_by_their_timestamp(
    client: AsyncWebClient, kari: Human
) -> None:
    posted = await client.chat_postMessage(channel=kari.id, text="one")
    place = {"channel": posted["channel"], "ts": posted["ts"]}

    await client.chat_update(**place, text="two")
    assert [message.text() for message in kari.messages()] == ["two"]
    await client.chat_delete(**place)
    assert kari.messages() == []
    assert await error_of(client.chat_update(**place, text="three")) == "message_not_found"


async def test_blocks_stay_in_an_update_that_does_not_mention_them(
    client: AsyncWebClient, kari: Human
) -> None:
    posted = await client.chat_postMessage(channel=kari.id, text="one", blocks=[section("One")])
    place: Any = {"channel": posted["channel"], "ts": posted["ts"]}

    await client.chat_update(**place, text="two")
    assert [message.text() for message in kari.messages()] == ["One"]
    await client.chat_update(**place, text="two", blocks=[])
    assert [message.text() for message in kari.messages()] == ["two"]


async def test_only_its_own_messages_are_the_bots_to_change(
    client: AsyncWebClient, kari: Human
) -> None:
    said = await kari.says("mine")
    place: Any = {"channel": said.channel_id, "ts": said.ts}

    assert await error_of(client.chat_update(**place, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(**place)) == "cant_delete_message"


async def test_an_ephemeral_message_is_for_one_person(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    ola = slack.person("Ola")
    channel = slack.channel("styret", kari, ola)

    await client.chat_postEphemeral(channel=channel.id, user=kari.id, text="psst")

    await kari.sees("psst", timeout=0)
    ola.sees_nothing_like("psst")


async def test_an_ephemeral_message_cannot_be_changed(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    channel = slack.channel("styret", kari)
    posted = await client.chat_postEphemeral(channel=channel.id, user=kari.id, text="psst")
    place = {"channel": channel.id, "ts": posted["message_ts"]}

    assert await error_of(client.chat_update(**place, text="x")) == "message_not_found"


async def test_somebody_who_left_is_found_no_more(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    found = await client.users_lookupByEmail(email="KARI@example.no")
    assert found["user"]["id"] == kari.id

    await slack.deactivates(kari)

    lookup = client.users_lookupByEmail(email="kari@example.no")
    assert await error_of(lookup) == "users_not_found"
    assert await error_of(client.conversations_open(users=kari.id)) == "user_disabled"
    assert (await client.users_info(user=kari.id))["user"]["deleted"] is True
    assert (await client.chat_postMessage(channel=kari.id, text="anybody there?"))["ok"]
    assert kinds(slack) == []


async def test_places_that_do_not_exist_are_refused(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    outside = slack.channel("elsewhere", kari, with_bot=False)

    assert await error_of(client.chat_postMessage(channel="C404", text="x")) == "channel_not_found"
    assert await error_of(client.chat_postMessage(channel=outside.id, text="x")) == "not_in_channel"
    assert await error_of(client.conversations_open(users=slack.mention[2:-1])) == "cannot_dm_bot"
    assert await error_of(client.conversations_open(users="U404")) == "user_not_found"


async def test_history_comes_newest_first_and_needs_its_scope(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    await kari.says("one")
    await client.chat_postMessage(channel=kari.id, text="two")

    history = await client.conversations_history(channel=kari.direct_messages.id)
    assert [message["text"] for message in history["messages"]] == ["two", "one"]

    slack.workspace.installation.scopes.discard("im:history")
    refused = await error_of(client.conversations_history(channel=kari.direct_messages.id))
    assert refused == "missing_scope"


async def test_an_address_is_seen_only_with_its_scope(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    seen = await client.users_info(user=kari.id)
    slack.workspace.installation.scopes.discard("users:read.email")
    unseen = await client.users_info(user=kari.id)

    assert seen["user"]["profile"]["email"] == "kari@example.no"
    assert "email" not in unseen["user"]["profile"]


async def test_whoever_runs_the_workspace_is_known_by_their_flags(
    client: AsyncWebClient, kari: Human
) -> None:
    """An owner is an administrator too, as users.info has it."""

    async def flags() -> tuple[bool, bool]:
        user: Any = (await client.users_info(user=kari.id))["user"]
        return user["is_admin"], user["is_owner"]

    assert await flags() == (False, False)
    kari.record.is_admin = True
    assert await flags() == (True, False)
    kari.record.is_admin, kari.record.is_owner = False, True
    assert await flags() == (True, True)


async def test_members_come_in_pages(client: AsyncWebClient, kari: Human) -> None:
    first = await client.users_list(limit=1)
    second = await client.users_list(limit=1, cursor=first["response_metadata"]["next_cursor"])

    assert [m["id"] for m in second["members"]] == [kari.id]
    assert second["response_metadata"]["next_cursor"] == ""


# Views


async def test_a_trigger_works_once(slack: Sandbox, client: AsyncWebClient, kari: Human) -> None:
    trigger = new_trigger(slack.workspace, kari.id)
    await client.views_open(trigger_id=trigger, view=modal("One"))

    again = client.views_open(trigger_id=trigger, view=modal("Two"))
    assert await error_of(again) == "exchanged_trigger_id"
    invented = client.views_open(trigger_id="1.2.a", view=modal("Two"))
    assert await error_of(invented) == "invalid_trigger_id"


async def test_a_trigger_lives_three_seconds() -> None:
    clock = MovableClock()
    async with Sandbox(clock=clock) as slack, ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        trigger = new_trigger(slack.workspace, slack.person("Kari").id)
        clock.moves_on(timedelta(seconds=3, milliseconds=1))
        late = client.views_open(trigger_id=trigger, view=modal("Late"))
        assert await error_of(late) == "expired_trigger_id"


async def test_at_most_three_views_lie_on_each_other(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    opened = await client.views_open(
        trigger_id=new_trigger(slack.workspace, kari.id), view=modal("1")
    )
    below = opened["view"]["id"]
    for title in ("2", "3"):
        trigger = new_trigger(slack.workspace, kari.id, below)
        pushed = await client.views_push(trigger_id=trigger, view=modal(title))
        assert pushed["view"]["root_view_id"] == opened["view"]["id"]
        assert pushed["view"]["previous_view_id"] == below
        below = pushed["view"]["id"]

    trigger = new_trigger(slack.workspace, kari.id, below)
    refused = client.views_push(trigger_id=trigger, view=modal("4"))
    assert await error_of(refused) == "push_limit_reached"
    assert kinds(slack) == ["push_limit_reached"]


async def test_a_click_on_what_is_covered_by_now_is_not_the_bots_fault(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    trigger = new_trigger(slack.workspace, kari.id)
    list_view = (await client.views_open(trigger_id=trigger, view=modal("List")))["view"]["id"]
    clicks = [new_trigger(slack.workspace, kari.id, list_view) for _ in range(3)]
    for click in clicks[:2]:
        await client.views_push(trigger_id=click, view=modal("Opened"))
    refused = client.views_push(trigger_id=clicks[2], view=modal("Opened"))
    assert await error_of(refused) == "push_limit_reached"
    assert kinds(slack) == []


async def test_a_view_changed_meanwhile_is_a_conflict(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    trigger = new_trigger(slack.workspace, kari.id)
    view = (await client.views_open(trigger_id=trigger, view=modal("One")))["view"]
    place = {"view_id": view["id"], "hash": view["hash"]}

    await client.views_update(**place, view=modal("Two"))
    assert await error_of(client.views_update(**place, view=modal("Three"))) == "hash_conflict"
    assert kinds(slack) == []


async def test_a_view_that_was_closed_is_not_found(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    trigger = new_trigger(slack.workspace, kari.id)
    view = (await client.views_open(trigger_id=trigger, view=modal("One")))["view"]
    await kari.closes()

    assert await error_of(client.views_update(view_id=view["id"], view=modal("2"))) == "not_found"


async def test_what_was_typed_survives_an_update_where_the_ids_stay(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    first = modal("One", text_input("A", "a"), text_input("B", "b"), external_id="form")
    await client.views_open(trigger_id=new_trigger(slack.workspace, kari.id), view=first)
    await kari.fills({"A": "typed", "B": "typed too"})

    second = modal(
        "Two",
        text_input("A renamed", "a", initial_value="not used"),
        text_input("B", "other", initial_value="used"),
        external_id="form",
    )
    await client.views_update(external_id="form", view=second)

    view = await kari.sees_view("Two")
    assert {label: field.value for label, field in view.fields().items()} == {
        "A renamed": "typed",
        "B": "used",
    }


async def test_an_external_id_is_used_once_at_a_time(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    ola = slack.person("Ola")
    view = modal("One", external_id="form")
    await client.views_open(trigger_id=new_trigger(slack.workspace, kari.id), view=view)

    again = client.views_open(trigger_id=new_trigger(slack.workspace, ola.id), view=view)
    assert await error_of(again) == "duplicate_external_id"


async def test_home_is_published_for_one_person(client: AsyncWebClient, kari: Human) -> None:
    await client.views_publish(user_id=kari.id, view={"type": "home", "blocks": [section("Hei")]})

    home = await kari.sees_home("Hei")
    stale = client.views_publish(
        user_id=kari.id, view={"type": "home", "blocks": []}, hash=home.record.hash + "x"
    )
    assert await error_of(stale) == "hash_conflict"
