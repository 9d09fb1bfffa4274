"""A click is about what was on the screen when it was made, whatever has become of it since."""

from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.trial.sandbox import Human, NotOnScreen, Sandbox, SeenMessage, SeenView
from bot.trial.sandbox.versions import MOST_EARLIER

from .genuine_bot import Json, button, modal, plain, section, text_input

MENU = {
    "type": "static_select",
    "action_id": "role",
    "options": [{"text": plain(role), "value": role.lower()} for role in ("Member", "Guest")],
}
SURE = {name: plain(name) for name in ("title", "text", "confirm", "deny")}


@pytest.fixture
def kari(slack: Sandbox) -> Human:
    return slack.person("Kari")


class Bot:
    """Takes whatever is done, and notes what came with it."""

    def __init__(self, app: AsyncApp) -> None:
        self.client = app.client
        self.bodies: list[Json] = []
        self.acknowledgement: Json = {}
        app.action("go")(self.note)
        app.action("role")(self.note)
        app.view("form")(self.note)
        app.command("/form")(self.open)

    async def note(self, ack: Any, body: Json) -> None:
        self.bodies.append(body)
        await ack(**self.acknowledgement)

    async def open(self, ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=a_form("first"))

    async def publishes(self, who: Human, number: str, *blocks: Json) -> None:
        view = {"type": "home", "private_metadata": number, "blocks": list(blocks)}
        await self.client.views_publish(user_id=who.id, view=view)

    async def posts(self, who: Human, *blocks: Json) -> SeenMessage:
        await self.client.chat_postMessage(channel=who.id, text="one", blocks=list(blocks))
        return who.messages()[-1]

    async def changes(self, message: SeenMessage, text: str, *blocks: Json) -> None:
        await self.client.chat_update(
            channel=message.channel_id, ts=message.ts, text=text, blocks=list(blocks)
        )


@pytest.fixture
def bot(app: AsyncApp) -> Bot:
    return Bot(app)


def a_form(number: str, *more: Json) -> Json:
    name = text_input("Name", "name")
    return modal("Form", name, *more, callback_id="form", private_metadata=number)


def row(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "row", "elements": list(elements)}


async def test_a_click_on_a_message_carries_it_as_it_was_seen(bot: Bot, kari: Human) -> None:
    message = await bot.posts(kari, row(button("Go", "go", value="1")))
    await bot.changes(message, "two", row(button("Go", "go", value="2")))

    await kari.presses(message.button("Go"), message)
    await kari.clicks("Go")

    seen = [(b["message"]["text"], b["actions"][0]["value"]) for b in bot.bodies]
    assert seen == [("one", "1"), ("two", "2")]
    old, new = (body["message"] for body in bot.bodies)
    assert old["blocks"][0]["elements"][0]["value"] == "1"
    assert ("edited" in old, "edited" in new) == (False, True)


async def test_what_has_been_seen_stays_as_it_was_seen(bot: Bot, kari: Human) -> None:
    message = await bot.posts(kari, section("Asked"))
    await bot.changes(message, "two", section("Answered"))

    assert message.text() == "Asked"
    assert kari.messages()[-1].text() == "Answered"


async def test_a_click_on_home_carries_it_as_it_was_seen(bot: Bot, kari: Human) -> None:
    await bot.publishes(kari, "first", row(button("Go", "go", value="1")))
    home = await kari.sees_home("Go")
    await bot.publishes(kari, "second", section("Nothing to click"))

    await kari.presses(home.button("Go"), home)

    view = bot.bodies[0]["view"]
    assert (view["private_metadata"], view["hash"]) == ("first", home.version)
    assert view["blocks"][0]["elements"][0]["value"] == "1"
    assert home.record.hash != home.version


async def test_a_dialog_answered_late_is_about_what_it_asked(bot: Bot, kari: Human) -> None:
    await bot.publishes(kari, "first", row(button("Go", "go", value="1", confirm=SURE)))
    home = await kari.sees_home("Go")
    await bot.publishes(kari, "second", row(button("Go", "go", value="2", confirm=SURE)))

    await kari.presses(home.button("Go"), home)

    assert bot.bodies[0]["view"]["private_metadata"] == "first"
    assert bot.bodies[0]["actions"][0]["value"] == "1"


async def test_a_choice_in_what_was_changed_is_taken_and_stays(bot: Bot, kari: Human) -> None:
    message = await bot.posts(kari, row(MENU))
    await bot.changes(message, "two", row(MENU), section("More"))

    await kari.chooses("Guest", where=message)

    assert bot.bodies[0]["message"]["text"] == "one"
    for state in (bot.bodies[0]["state"]["values"], kari.messages()[-1].state):
        assert state["row"]["role"]["selected_option"]["value"] == "guest"


async def a_form_seen_before_it_was_changed(bot: Bot, kari: Human) -> SeenView:
    await kari.types("/form")
    seen = await kari.sees_view("Form")
    await bot.client.views_update(view_id=seen.id, view=modal("Form", callback_id="form"))
    return seen


async def test_a_submission_carries_the_view_as_it_was_seen(
    slack: Sandbox, bot: Bot, kari: Human
) -> None:
    seen = await a_form_seen_before_it_was_changed(bot, kari)
    await kari.fills({"Name": "Ola"}, where=seen)
    bot.acknowledgement = {"response_action": "errors", "errors": {"name": "Another one"}}

    outcome = await kari.submits(where=seen)

    view = bot.bodies[0]["view"]
    assert (view["private_metadata"], view["hash"]) == ("first", seen.version)
    assert view["state"]["values"]["name"]["value"]["value"] == "Ola"
    assert outcome.errors == {"Name": "Another one"}
    bot.acknowledgement = {}
    assert (await kari.submits(where=seen)).closed
    assert kari.view() is None
    assert slack.workspace.violations == []


async def test_a_bot_that_updates_by_the_hash_of_a_click_is_told_that_it_is_late(
    bot: Bot, kari: Human
) -> None:
    seen = await a_form_seen_before_it_was_changed(bot, kari)
    await kari.fills({"Name": "Ola"}, where=seen)
    bot.acknowledgement = {"response_action": "errors", "errors": {"name": "Another one"}}
    await kari.submits(where=seen)

    sent = bot.bodies[0]["view"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await bot.client.views_update(view_id=sent["id"], hash=sent["hash"], view=a_form("third"))


async def test_what_is_typed_in_what_was_changed_stays_where_the_field_stays(
    bot: Bot, kari: Human
) -> None:
    await kari.types("/form")
    seen = await kari.sees_view("Form")
    await bot.client.views_update(view_id=seen.id, view=a_form("second", section("More")))

    await kari.fills({"Name": "Ola"}, where=seen)

    view = await kari.sees_view("Form")
    assert (view.version == seen.version, view.field("Name").value) == (False, "Ola")


async def test_in_a_view_that_has_been_closed_nothing_can_be_done(bot: Bot, kari: Human) -> None:
    await kari.types("/form")
    seen = await kari.sees_view("Form")
    go = button("Go", "go", value="1")
    await bot.client.views_update(view_id=seen.id, view=a_form("second", row(go)))
    newer = await kari.sees_view("Form")
    await kari.closes(where=seen)

    for doing in (
        kari.presses(newer.button("Go"), newer),
        kari.submits(where=seen),
        kari.closes(where=newer),
    ):
        with pytest.raises(NotOnScreen, match="has been closed"):
            await doing
    assert bot.bodies == []


async def test_closing_what_was_seen_on_top_takes_what_has_come_over_it(
    bot: Bot, kari: Human, app: AsyncApp
) -> None:
    await kari.types("/form")
    below = await kari.sees_view("Form")
    bot.acknowledgement = {"response_action": "push", "view": modal("Over", section("x"))}
    await kari.fills({"Name": "Ola"})
    await kari.submits()
    await kari.sees_view("Over")

    await kari.closes(where=below)

    assert kari.view() is None


async def test_an_answer_to_a_click_on_an_old_message_changes_the_message(
    app: AsyncApp, bot: Bot, kari: Human
) -> None:
    @app.action("replace")
    async def replace(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="three", replace_original=True, blocks=[])

    message = await bot.posts(kari, row(button("Replace", "replace")))
    await bot.changes(message, "two", section("two"))

    await kari.presses(message.button("Replace"), message)

    await kari.sees("three")
    assert [each.text() for each in kari.messages()] == ["three"]


async def test_no_more_is_remembered_than_can_be_clicked(
    slack: Sandbox, bot: Bot, kari: Human
) -> None:
    await bot.publishes(kari, "0", section("x"))
    first = await kari.sees_home("x")
    for number in range(MOST_EARLIER + 10):
        await bot.publishes(kari, str(number), section("x"))
    assert len(first.record.earlier) == MOST_EARLIER
    assert not any(earlier.earlier for earlier in first.record.earlier)
    assert first.in_version(first.version) is None

    seen = await a_form_seen_before_it_was_changed(bot, kari)
    assert seen.in_version(seen.version) is not None
    await kari.closes()
    assert seen.record.earlier == ()
