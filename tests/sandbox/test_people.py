"""What people do and see: forms, buttons, Home, and Slack's own refusals beside the fields."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncApp

from bot.trial.sandbox import (
    Human,
    MovableClock,
    NotOnScreen,
    Sandbox,
    SeenMessage,
    SeenView,
)
from bot.trial.sandbox.tickets import new_response_url
from tests.conftest import TravellingClock

from .genuine_bot import Json, button, modal, over_http, plain, section, text_input

ROLES = [{"text": plain(role), "value": role.lower()} for role in ("Member", "Volunteer")]
CONFIRMED = [
    {"text": {"type": "mrkdwn", "text": "I *confirm*"}, "value": "yes"},
    {"text": plain("I also agree"), "value": "also"},
]


def element(kind: str, **rest: Any) -> Json:
    return {"type": kind, "action_id": "value", **rest}


def labelled(label: str, block_id: str, element: Json, **rest: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        **rest,
    }


FORM = modal(
    "Form",
    text_input("Name", "name", max_length=5),
    labelled("E-mail", "email", element("email_text_input"), optional=True),
    labelled("Role", "role", element("static_select", options=ROLES)),
    labelled("Who", "who", element("users_select"), optional=True),
    labelled("Sure", "sure", element("checkboxes", options=CONFIRMED)),
    labelled("Number", "number", element("number_input", is_decimal_allowed=False), optional=True),
    callback_id="form",
)


@pytest.fixture
def kari(slack: Sandbox) -> Human:
    return slack.person("Kari", "Nordmann", display_name="kari")


class Answering:
    """Answers submissions of the form with whatever it was last told to."""

    def __init__(self, app: AsyncApp) -> None:
        self.acknowledgement: Json = {}
        self.submitted: list[Json] = []
        self.closed: list[Json] = []
        app.command("/form")(self.open)
        app.view("form")(self.submit)
        app.view_closed("form")(self.close)

    async def open(self, ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def submit(self, ack: Any, body: Json) -> None:
        self.submitted.append(body["view"]["state"]["values"])
        await ack(**self.acknowledgement)

    async def close(self, ack: Any, body: Json) -> None:
        self.closed.append(body)
        await ack()


@pytest.fixture
async def form(slack: Sandbox, either_app: AsyncApp, kari: Human) -> Answering:
    bot = Answering(either_app)
    await kari.types("/form")
    await kari.sees_view("Form")
    return bot


GOOD: dict[str, Any] = {"Name": "Ola", "Role": "Volunteer", "Sure": True}


async def test_a_form_is_filled_by_its_labels(slack: Sandbox, form: Answering, kari: Human) -> None:
    ola = slack.person("Ola")
    await kari.fills({**GOOD, "E-mail": "ola@example.no", "Who": ola, "Sure": ["I confirm"]})

    assert (await kari.submits()).closed

    values = form.submitted[0]
    assert values["name"]["value"] == {"type": "plain_text_input", "value": "Ola"}
    assert values["role"]["value"]["selected_option"]["value"] == "volunteer"
    assert values["who"]["value"]["selected_user"] == ola.id
    assert [o["value"] for o in values["sure"]["value"]["selected_options"]] == ["yes"]
    assert values["number"]["value"]["value"] is None
    assert slack.workspace.violations == []


async def test_required_fields_left_empty_are_stopped_before_the_bot(
    form: Answering, kari: Human
) -> None:
    await kari.fills({"Name": "Ola"})

    outcome = await kari.submits()

    assert outcome.client_side
    assert set(outcome.errors) == {"Role", "Sure"}
    assert form.submitted == []
    await kari.sees("Please complete this required field.", timeout=0)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"Name": "Too long"}, "Name"),
        ({"E-mail": "ola(at)no"}, "E-mail"),
        ({"Number": "1.5"}, "Number"),
    ],
)
async def test_what_the_client_can_tell_is_wrong_is_not_sent(
    form: Answering, kari: Human, values: dict[str, Any], field: str
) -> None:
    await kari.fills({**GOOD, **values})

    outcome = await kari.submits()

    assert (outcome.client_side, list(outcome.errors)) == (True, [field])
    assert form.submitted == []


async def test_an_error_beside_a_field_keeps_what_was_typed(form: Answering, kari: Human) -> None:
    form.acknowledgement = {"response_action": "errors", "errors": {"name": "Not *that* name"}}
    await kari.fills(GOOD)

    outcome = await kari.submits()

    assert outcome.errors == {"Name": "Not *that* name"}
    view = await kari.sees("Not *that* name", timeout=0)
    assert isinstance(view, SeenView)
    assert (view.field("Name").error, view.field("Name").value) == ("Not *that* name", "Ola")


async def test_an_error_beside_no_field_is_a_violation(
    slack: Sandbox, form: Answering, kari: Human
) -> None:
    form.acknowledgement = {"response_action": "errors", "errors": {"nonsense": "x"}}
    await kari.fills(GOOD)

    outcome = await kari.submits()

    assert outcome.trouble is not None
    assert [v.kind for v in slack.workspace.violations] == ["unknown_block_id"]
    assert kari.view() is not None


async def test_a_submission_may_update_push_or_clear(form: Answering, kari: Human) -> None:
    await kari.fills(GOOD)
    form.acknowledgement = {
        "response_action": "push",
        "view": modal("Second", section("x"), callback_id="form"),
    }
    pushed = await kari.submits()
    assert pushed.pushed is not None
    assert pushed.pushed.title == "Second"

    form.acknowledgement = {
        "response_action": "update",
        "view": modal("Third", section("x"), callback_id="form"),
    }
    updated = await kari.submits()
    assert updated.updated is not None
    assert updated.updated.id == pushed.pushed.id

    form.acknowledgement = {}
    assert (await kari.submits()).closed
    below = await kari.sees_view("Form")
    assert below.field("Name").value == "Ola"

    form.acknowledgement = {"response_action": "clear"}
    assert (await kari.submits()).cleared
    assert kari.view() is None


async def test_an_acknowledgement_with_an_impossible_view_is_a_violation(
    slack: Sandbox, form: Answering, kari: Human
) -> None:
    form.acknowledgement = {"response_action": "update", "view": modal("a" * 25)}
    await kari.fills(GOOD)

    outcome = await kari.submits()

    assert outcome.trouble is not None
    assert "must be less than 25 characters" in slack.workspace.violations[0].detail


async def test_closing_is_told_only_where_it_was_asked_for(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    bot = Answering(app)
    await kari.types("/form")
    await kari.sees_view("Form")
    await kari.closes()
    assert bot.closed == []

    @app.command("/told")
    async def told(ack: Any, body: Json, client: Any) -> None:
        await ack()
        view = modal("Told", callback_id="form", notify_on_close=True)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    await kari.types("/told")
    await kari.sees_view("Told")
    await kari.closes(everything=True)

    assert [body["is_cleared"] for body in bot.closed] == [True]
    assert kari.view() is None


async def test_somebody_looking_for_what_is_not_there_is_told_what_is(
    form: Answering, kari: Human
) -> None:
    with pytest.raises(NotOnScreen, match="there are \\['Name', 'E-mail'"):
        await kari.fills({"Nmae": "x"})
    with pytest.raises(NotOnScreen, match="there are \\['Member', 'Volunteer'"):
        await kari.fills({"Role": "Queen"})
    with pytest.raises(NotOnScreen, match="no button «Go»"):
        await kari.clicks("Go", timeout=0)
    with pytest.raises(NotOnScreen, match="no view «Other»"):
        await kari.sees_view("Other", timeout=0)
    with pytest.raises(NotOnScreen, match="is on the screen"):
        kari.sees_nothing_like("E-mail")


# Buttons


async def post_buttons(app: AsyncApp, kari: Human, *buttons: Json) -> SeenMessage:
    actions = {"type": "actions", "block_id": "b", "elements": list(buttons)}
    await app.client.chat_postMessage(channel=kari.id, text="Choose", blocks=[actions])
    return kari.messages()[-1]


class Clicks:
    def __init__(self, app: AsyncApp) -> None:
        self.bodies: list[Json] = []
        app.action({"block_id": "b"})(self.note)

    async def note(self, ack: Any, body: Json) -> None:
        await ack()
        self.bodies.append(body)

    @property
    def values(self) -> list[str]:
        return [body["actions"][0]["value"] for body in self.bodies]


async def test_the_newest_button_is_clicked_unless_told_otherwise(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    clicks = Clicks(app)
    first = await post_buttons(
        app, kari, button("Go", "a", value="1"), button("Go", "b", value="2")
    )
    await post_buttons(app, kari, button("Go", "a", value="3"))

    await kari.clicks("Go")
    await kari.clicks("Go", where=first)
    await kari.clicks("Go", where=first, number=2)

    assert clicks.values == ["3", "1", "2"]
    body = clicks.bodies[0]
    assert body["container"]["type"] == "message"
    assert body["message"]["ts"] == kari.messages()[-1].ts


async def test_a_modal_keeps_what_is_behind_it_out_of_reach(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    Answering(app)
    await post_buttons(app, kari, button("Go", "a", value="1"))
    await kari.types("/form")
    await kari.sees_view("Form")

    with pytest.raises(NotOnScreen):
        await kari.clicks("Go", timeout=0)


async def test_a_dialog_is_recorded_and_may_be_declined(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    clicks = Clicks(app)
    parts = {"title": "Sure?", "text": "Really?", "confirm": "Yes", "deny": "No"}
    dialog = {name: plain(text) for name, text in parts.items()}
    await post_buttons(app, kari, button("Go", "a", value="1", confirm=dialog))

    declined = await kari.clicks("Go", confirm=False)
    assert clicks.values == []
    accepted = await kari.clicks("Go")
    assert clicks.values == ["1"]

    assert declined.confirmation is not None
    assert accepted.confirmation is not None
    assert [c.accepted for c in kari.confirmations] == [False, True]
    assert accepted.confirmation.text == "Really?"


async def test_a_link_button_opens_its_address_and_tells_the_bot(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    clicks = Clicks(app)
    await post_buttons(app, kari, button("Write", "a", value="1", url="https://example.no/"))

    clicked = await kari.clicks("Write")

    assert clicked.url == "https://example.no/"
    assert kari.opened_urls == ["https://example.no/"]
    assert clicks.values == ["1"]


async def test_a_button_that_is_gone_can_still_be_pressed(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    clicks = Clicks(app)
    message = await post_buttons(app, kari, button("Go", "a", value="1"))
    go = message.button("Go")
    await app.client.chat_update(channel=message.channel_id, ts=message.ts, text="Done", blocks=[])

    await kari.presses(go, message)

    assert clicks.values == ["1"]


async def test_a_button_in_an_ephemeral_message_comes_without_the_message(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    clicks = Clicks(app)
    actions = {"type": "actions", "block_id": "b", "elements": [button("Go", "a", value="1")]}
    await app.client.chat_postEphemeral(
        channel=kari.direct_messages.id, user=kari.id, text="psst", blocks=[actions]
    )

    await kari.clicks("Go")

    assert "message" not in clicks.bodies[0]
    assert clicks.bodies[0]["container"]["is_ephemeral"] is True


async def test_a_choice_outside_a_form_tells_the_bot_at_once(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    chosen: list[Json] = []

    @app.action("role")
    async def choose(ack: Any, body: Json) -> None:
        await ack()
        chosen.append(body["actions"][0])

    menu = {"type": "overflow", "action_id": "role", "options": ROLES}
    await app.client.chat_postMessage(
        channel=kari.id, text="x", blocks=[section("x", accessory=menu)]
    )
    await kari.chooses("Volunteer")

    assert chosen[0]["type"] == "overflow"
    assert chosen[0]["selected_option"]["value"] == "volunteer"


async def test_inputs_in_a_message_go_along_with_its_buttons(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    clicks = Clicks(app)
    go = {"type": "actions", "block_id": "b", "elements": [button("Go", "a", value="1")]}
    blocks = [text_input("Why", "why"), go]
    await app.client.chat_postMessage(channel=kari.id, text="x", blocks=blocks)
    message = kari.messages()[-1]

    await kari.fills({"Why": "because"}, where=message)
    await kari.clicks("Go")

    assert clicks.bodies[0]["state"]["values"]["why"]["value"]["value"] == "because"


# Home, shortcuts, mentions


async def test_home_is_published_when_somebody_opens_it(
    slack: Sandbox, either_app: AsyncApp, kari: Human
) -> None:
    pressed: list[Json] = []

    @either_app.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        actions = {"type": "actions", "block_id": "b", "elements": [button("Go", "go", value="h")]}
        view = {"type": "home", "blocks": [section("Hei <@" + event["user"] + ">"), actions]}
        await client.views_publish(user_id=event["user"], view=view)

    @either_app.action("go")
    async def go(ack: Any, body: Json) -> None:
        await ack()
        pressed.append(body)

    await kari.opens_home()
    await kari.sees("Hei @kari")
    await kari.clicks("Go")

    assert pressed[0]["view"]["type"] == "home"
    assert pressed[0]["container"]["type"] == "view"


async def test_a_shortcut_opens_a_form(slack: Sandbox, either_app: AsyncApp, kari: Human) -> None:
    @either_app.shortcut("start")
    async def start(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal("Started"))

    await kari.uses_shortcut("start")

    assert (await kari.sees_view("Started")).title == "Started"


async def test_a_mention_in_a_channel_calls_the_bot(
    slack: Sandbox, either_app: AsyncApp, kari: Human
) -> None:
    channel = slack.channel("styret", kari)

    @either_app.event("app_mention")
    async def answer(event: Json, say: Any) -> None:
        await say(text="Here", thread_ts=event["ts"])

    await kari.says("nobody called", channel)
    await kari.says(f"{slack.mention} are you there?", channel)

    reply = await kari.sees_message("Here")
    assert reply.record.thread_ts is not None


# Answers by response_url


async def test_a_response_url_answers_replaces_and_deletes(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    responses: list[Any] = []

    @app.action({"block_id": "b"})
    async def note(ack: Any, respond: Any) -> None:
        await ack()
        responses.append(respond)

    message = await post_buttons(app, kari, button("Go", "a"))
    await kari.clicks("Go")
    respond = responses[0]

    await respond(text="An answer")
    answer = await kari.sees_message("An answer")
    assert answer.is_ephemeral
    await respond(text="Replaced", replace_original=True, blocks=[])
    assert [m.text() for m in kari.messages() if m.ts == message.ts] == ["Replaced"]
    await respond(text="x", delete_original=True)
    assert [m.text() for m in kari.messages()] == ["An answer"]
    assert slack.workspace.violations == []


async def test_a_response_url_works_for_half_an_hour() -> None:
    clock = MovableClock()
    async with Sandbox(clock=clock) as slack, ClientSession() as session:
        channel = slack.person("Kari").direct_messages
        url = new_response_url(slack.workspace, channel.id, "U1")
        clock.moves_on(timedelta(minutes=31))
        async with session.post(url, json={"text": "late"}) as response:
            assert (await response.json())["error"] == "expired_url"


async def test_a_response_url_works_five_times(slack: Sandbox, app: AsyncApp, kari: Human) -> None:
    @app.command("/code")
    async def code(ack: Any, respond: Any) -> None:
        await ack()
        for number in range(6):
            await respond(text=str(number))

    await kari.types("/code")
    await kari.waits_for(lambda: slack.workspace.violations or None, "no violation")

    assert [m.text() for m in kari.messages()] == ["0", "1", "2", "3", "4"]
    assert [v.kind for v in slack.workspace.violations] == ["used_url"]


# People who come, go and belong elsewhere


async def test_leaving_and_uninstalling_are_told(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    heard: list[str] = []

    async def note(event: Json) -> None:
        heard.append(event["type"])

    for kind in ("user_change", "team_join", "app_uninstalled", "tokens_revoked"):
        app.event(kind)(note)

    await slack.joins(slack.person("Ola"))
    await slack.changes(kari, email="new@example.no")
    await slack.deactivates(kari)
    await slack.removes_app(order=["app_uninstalled", "tokens_revoked"])

    assert heard[:3] == ["team_join", "user_change", "user_change"]
    delivered = [a.name for a in slack.workspace.acknowledgements if a.kind == "event"]
    assert delivered[-2:] == ["app_uninstalled", "tokens_revoked"]
    assert slack.workspace.users[kari.id].deleted


async def test_a_stranger_acts_under_their_own_workspace(slack: Sandbox, app: AsyncApp) -> None:
    eve = slack.stranger("Eve", team_id="T0OTHER")
    bodies: list[Json] = []

    @app.shortcut("start")
    async def start(ack: Any, body: Json) -> None:
        await ack()
        bodies.append(body)

    await eve.uses_shortcut("start")

    assert bodies[0]["user"]["team_id"] == "T0OTHER"


# Many at once, and watching


async def test_two_hundred_people_submit_at_the_same_time(clock: TravellingClock) -> None:
    """Time stands still for them: how fast this machine is, is not asked here."""

    async def play(person: Human) -> bool:
        await person.types("/form")
        await person.sees_view("Form", timeout=30)
        await person.fills(GOOD)
        return (await person.submits()).closed

    async with (
        Sandbox(clock=clock, acknowledgement_timeout=30.0) as slack,
        over_http(slack) as app,
    ):
        bot = Answering(app)
        people = [slack.person(f"Person {number}") for number in range(200)]
        closed = await asyncio.gather(*(play(person) for person in people))

    assert all(closed)
    assert len(bot.submitted) == 200
    assert slack.workspace.violations == []


async def test_a_watcher_is_told_whose_screen_changed(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    told: list[frozenset[str]] = []

    with slack.workspace.changes.subscription(told.append):
        await app.client.chat_postMessage(channel=kari.id, text="x")

    assert any(kari.id in concerned for concerned in told)
