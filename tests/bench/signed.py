"""Requests as Slack, and partners, send them, ready for wrk to replay."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.trial.sandbox.forms import state_of
from bot.trial.sandbox.http_delivery import encoded, signed_headers
from bot.trial.sandbox.payloads import slash_command, view_submission
from bot.trial.sandbox.records import User, View
from bot.trial.sandbox.transport import Kind
from bot.trial.sandbox.workspace import PlayedWorkspace
from storage.records import Issuer, Organisation, OrganisationState
from templates import form, ids
from templates.situation import Situation
from templates.words import Words
from tests.bench.slack import ASKER, TEAM

NUMBER = "NUMMERET"
"""Stands in a payload where each request has its own number, in eight digits."""

RECORD = "POSTENSID"
"""Stands where a button carries the id of a record."""


class Numbered(ABC):
    """One kind of request, made out anew for each number."""

    path = "/slack/events"

    @abstractmethod
    def headers_and_body(self, number: int) -> tuple[dict[str, str], bytes]:
        """As they go over the wire."""

    def raw(self, number: int) -> bytes:
        """The request as it goes over the wire."""
        headers, body = self.headers_and_body(number)
        lines = [f"{name}: {text}\r\n" for name, text in headers.items()]
        return f"POST {self.path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + body

    def write(self, path: Path, numbers: Iterable[int]) -> Path:
        """A file for `replay.lua`: the length of each request on a line before it."""
        with path.open("wb") as file:
            for number in numbers:
                raw = self.raw(number)
                file.write(b"%d\n%b" % (len(raw), raw))
        return path


class Signed(Numbered):
    """As Slack sends them."""

    def __init__(self, kind: Kind, payload: dict[str, Any], signing_secret: str) -> None:
        self._content_type, self._body = encoded(kind, payload)
        self._secret = signing_secret

    def headers_and_body(self, number: int, record: str = "") -> tuple[dict[str, str], bytes]:
        """Signed now; `record` is the id of what the button or the form is about."""
        body = self._body.replace(NUMBER.encode(), b"%08d" % number)
        body = body.replace(RECORD.encode(), record.encode())
        headers = signed_headers(self._secret, self._content_type, body)
        return {**headers, "Host": "127.0.0.1", "Content-Length": str(len(body))}, body


class Verification(Numbered):
    """A partner's question about a code, under a reference of its own."""

    path = "/api/v1/codes/verify"

    def __init__(self, key: str, codes: Sequence[str], *, is_dry_run: bool = False) -> None:
        self._key = key
        self._codes = codes
        self._more = {"dry_run": True} if is_dry_run else {}

    def headers_and_body(self, number: int) -> tuple[dict[str, str], bytes]:
        code = self._codes[number % len(self._codes)]
        asked = {"code": code, "service": "Kontorpakke", "reference": f"ordre-{number:08}"}
        body = json.dumps({**asked, **self._more}).encode()
        return {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Host": "127.0.0.1",
            "Content-Length": str(len(body)),
        }, body


def command(signing_secret: str, team_id: str = TEAM) -> Signed:
    """`/godkjenningskode hjelp`."""
    workspace = workspace_of(ASKER, team_id=team_id)
    user = workspace.users[ASKER]
    channel = workspace.direct_messages(ASKER)
    payload = slash_command(workspace, user, channel, ids.COMMAND, "hjelp")
    payload["trigger_id"] = f"{NUMBER}.{payload['trigger_id']}"
    return Signed("command", payload, signing_secret)


def submission(signing_secret: str, asker: str = ASKER) -> Signed:
    """The form by which Kari asks for a code; the person is a new one each time."""
    workspace = workspace_of(asker)
    prefill = form.Prefill("Kari", f"Nordmann {NUMBER}", f"kari.{NUMBER}@example.org")
    now = datetime.now(UTC)
    organisation = Organisation("O", "T", "Lag", "Lag", Issuer.BOT, OrganisationState.APPROVED, now)
    seen = Situation(organisation, ("U0HOLDER",), now, "U0ASKER")
    view = form.request_form(Words.of("nb"), seen, prefill)
    definition = view.to_dict()
    opened = View(f"V{NUMBER}", asker, definition, "hash", f"V{NUMBER}")
    opened.state = state_of(definition["blocks"])
    _choose(opened.state, definition["blocks"])
    payload = view_submission(workspace, workspace.users[asker], opened)
    return Signed("interactive", payload, signing_secret)


def workspace_of(*user_ids: str, team_id: str = TEAM) -> PlayedWorkspace:
    """With Karis of these ids."""
    workspace = PlayedWorkspace(team_id)
    for user_id in user_ids:
        user = User(user_id, team_id, "Kari", "Nordmann", email="kari@example.org")
        workspace.users[user_id] = user
    return workspace


def _choose(state: dict[str, Any], blocks: list[dict[str, Any]]) -> None:
    options = {block["block_id"]: block["element"].get("options") for block in blocks[1:]}
    state[ids.ROLE][ids.ROLE]["selected_option"] = options[ids.ROLE][0]
    state[ids.AUTHORITY][ids.AUTHORITY]["selected_options"] = options[ids.AUTHORITY]
    state[ids.PURPOSE][ids.PURPOSE]["value"] = "Nettside"
