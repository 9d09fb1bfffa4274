"""What people do in a soak, as signed requests of every kind, and some of no kind of Slack's."""

import random
from collections.abc import Iterator
from typing import Any, Protocol

from bot.trial.sandbox.http_delivery import signed_headers
from bot.trial.sandbox.payloads import (
    action_in_message,
    event_callback,
    slash_command,
    view_submission,
)
from bot.trial.sandbox.records import PostedMessage, View
from bot.trial.sandbox.shapes import user_shape
from storage.records import Topic
from templates import ids
from tests.bench.signed import NUMBER, RECORD, Signed, workspace_of
from tests.bench.slack import HOLDERS

WHO = f"U{NUMBER}"
"""Somebody else with each request: whatever is kept of people is kept of as many as there are."""

HOLDER = HOLDERS[0]
CHANNEL = "C0ALLE"
SENT_AT = "1700000000.000100"

Json = dict[str, Any]


class Request(Protocol):
    """One kind of request, made out anew for each number."""

    def headers_and_body(self, number: int, record: str = "") -> tuple[dict[str, str], bytes]: ...


class Odd:
    """A body that Slack does not send; signed as by Slack, or by somebody else."""

    def __init__(self, content_type: str, body: bytes, signing_secret: str) -> None:
        self._content_type = content_type
        self._body = body
        self._secret = signing_secret

    def headers_and_body(self, number: int, record: str = "") -> tuple[dict[str, str], bytes]:
        body = self._body.replace(NUMBER.encode(), b"%08d" % number)
        return signed_headers(self._secret, self._content_type, body), body


class Acts:
    """Whatever is done by somebody, with a new number each time."""

    def __init__(self, signing_secret: str, slack_url: str) -> None:
        self._secret = signing_secret
        self._workspace = workspace_of(WHO, HOLDER)
        self._workspace.base_url = slack_url
        self.kinds: dict[str, list[Request]] = {
            "commands": list(self._commands()),
            "questions": list(self._questions()),
            "clicks": list(self._clicks()),
            "comings": list(self._comings()),
            "malformed": list(self._malformed()),
        }

    def mixed(self, count: int, chance: random.Random) -> list[Request]:
        """As many of each kind."""
        kinds = list(self.kinds.values())
        return [chance.choice(kinds[number % len(kinds)]) for number in range(count)]

    # One kind after the other

    def _commands(self) -> Iterator[Request]:
        user = self._workspace.users[WHO]
        channel = self._workspace.direct_messages(WHO)
        for text in ("", "hjelp", "koder", "behandle", f"hvor lenge varer kode {NUMBER}"):
            payload = slash_command(self._workspace, user, channel, ids.COMMAND, text)
            yield self._signed("command", payload | {"trigger_id": f"{NUMBER}.1"})

    def _questions(self) -> Iterator[Request]:
        direct: Json = {"type": "message", "channel": f"D{NUMBER}", "channel_type": "im"}
        for text in (
            "Hei", "Takk!", "Hvor lenge er en kode gyldig?", "Kan flere av oss ha kode?",
            f"korleis får eg ein kode til prosjekt{NUMBER}", f"pris på lisens x{NUMBER}",
            f"123a4567@Lag{NUMBER} virker ikke", "help with " + "y" * 3_000,
        ):  # fmt: skip
            yield self._event({**direct, "text": text})
            yield self._event({**direct, "text": text, "thread_ts": SENT_AT})
        mention: Json = {"type": "app_mention", "channel": CHANNEL, "text": "<@U0BOT> hva er det?"}
        yield self._event(mention)

    def _clicks(self) -> Iterator[Request]:
        for action_id in (
            ids.ASK, ids.MY_CODES, ids.ALL_CODES, ids.WAITING, ids.SHOW_CODE, ids.REFRESH_CODE,
            ids.APPROVE, ids.WITHDRAW_REQUEST, ids.UNANSWERED, ids.ASK_HOLDER, f"no_{NUMBER}",
            *(ids.topic(topic) for topic in Topic),
        ):  # fmt: skip
            yield self.click(WHO, action_id, NUMBER)
        yield self.click(WHO, ids.HELPFUL, f":{Topic.WHAT}")
        yield self.click(WHO, ids.UNHELPFUL, f":{Topic.LOOKS}")
        yield self._form(WHO, ids.VIEW_ASK_HOLDER, {ids.QUESTION: {"value": f"Sak {NUMBER}?"}})

    def _comings(self) -> Iterator[Request]:
        user = user_shape(self._workspace.users[WHO], with_email=True)
        yield self._event({"type": "app_home_opened", "tab": "home", "channel": f"D{NUMBER}"})
        yield self._event({"type": "user_change", "user": user})
        yield self._event({"type": "user_change", "user": {**user, "deleted": True}})
        yield self._event({"type": "team_join", "user": user})

    def _malformed(self) -> Iterator[Request]:
        json, form = "application/json", "application/x-www-form-urlencoded"
        for content_type, body in (
            (json, b""), (json, b"{"), (json, b"[]"), (json, b"[" * 5_000), (json, b"\xff\xfe"),
            (json, b'{"type": "%s"}' % NUMBER.encode()),
            (json, b'{"type": "event_callback"}'),
            (json, b'{"type": "block_actions", "user": {"id": []}, "actions": [{}]}'),
            (form, b""), (form, b"payload="), (form, b"payload=%7B"), (form, b"a=%zz&b"),
            (form, b"command=/%s&team_id=T%s" % (NUMBER.encode(), NUMBER.encode())),
            ("", b"x" * 100_000),
        ):  # fmt: skip
            yield Odd(content_type, body, self._secret)
            yield Odd(content_type, body, "another secret")

    # How they are put

    def click(self, user_id: str, action_id: str, value: str = RECORD) -> Request:
        """On a button below one of the bot's messages."""
        workspace, user = self._workspace, self._workspace.users[user_id]
        channel = workspace.direct_messages(user_id)
        message = PostedMessage(channel.id, SENT_AT, "", workspace.installation.bot_user_id)
        action = {"type": "button", "action_id": action_id, "block_id": "b", "value": value}
        payload = action_in_message(workspace, user, message, action)
        return self._signed("interactive", payload | {"trigger_id": f"{NUMBER}.1"})

    def approval(self) -> Request:
        chosen: Json = {"selected_options": [{"value": "confirmed"}]}
        return self._form(HOLDER, ids.VIEW_APPROVE, {ids.AUTHORITY: chosen})

    def _form(self, user_id: str, callback_id: str, fields: dict[str, Json]) -> Request:
        definition = {
            "type": "modal", "callback_id": callback_id, "blocks": [], "private_metadata": RECORD
        }  # fmt: skip
        name = f"V{callback_id}{NUMBER}"
        view = View(name, user_id, definition, "hash", name)
        view.state = {field: {field: value} for field, value in fields.items()}
        payload = view_submission(self._workspace, self._workspace.users[user_id], view)
        return self._signed("interactive", payload)

    def _event(self, event: Json) -> Request:
        whole: Json = {"user": WHO, "ts": SENT_AT, "event_ts": SENT_AT, **event}
        payload = event_callback(self._workspace, whole)
        return self._signed("event", payload | {"event_id": f"Ev{NUMBER}"})

    def _signed(self, kind: Any, payload: Json) -> Request:
        return Signed(kind, payload, self._secret)
