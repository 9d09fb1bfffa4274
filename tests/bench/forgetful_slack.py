"""A Slack that says yes to everything and keeps nothing but what somebody waits to see.

The sandbox keeps all that was said to it: in a soak it would fill the machine, and slow down.
"""

import asyncio
import itertools
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.operating.examining.slack import SCOPES as SCOPES_ASKED_FOR
from bot.trial.sandbox.forms import with_elements
from templates import ids
from tests.bench.machine import CannotMeasure
from tests.bench.slack import HOLDERS, TEAM, Slack

BOT_TOKEN = "xoxb-forgetful"
SIGNING_SECRET = "forgetful-signing-secret"
SCOPES = ",".join(SCOPES_ASKED_FOR)
PATIENCE_SECONDS = 60.0

_NUMBER = re.compile(r"\d{8}")
_WAITED_FOR = (ids.APPROVE, ids.SHOW_CODE)

Json = dict[str, Any]


class ForgetfulSlack:
    """Everybody is a member; whoever has number 7 is U00000007, and writes from
    kari.00000007@example.org."""

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner
        self._seconds = itertools.count(1)
        self._seen: dict[str, asyncio.Queue[str]] = defaultdict(asyncio.Queue)

    @property
    def url(self) -> str:
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    @property
    def told(self) -> Slack:
        return Slack(f"{self.url}/api/", BOT_TOKEN, SIGNING_SECRET)

    def hang_up(self) -> None:
        """Close all connections: the bot keeps some for a while in which it has nothing to say."""
        for connection in self._runner.server.connections if self._runner.server else ():
            connection.force_close()

    # What people see

    async def sees(self, who: str, what: str) -> str:
        """Wait until somebody sees this button, or a view of this name; what it carries.

        Raises:
            CannotMeasure: they do not.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._seen[f"{who} {what}"].get()
        except TimeoutError:
            raise CannotMeasure(f"{who} does not see {what}.") from None

    def forget(self, who: str) -> None:
        """Nobody waits any more for what they see."""
        for what in (*_WAITED_FOR, ids.VIEW_CODE):
            self._seen.pop(f"{who} {what}", None)

    def _show(self, who: str, what: str, carried: str) -> None:
        self._seen[f"{who} {what}"].put_nowait(carried)

    # What the bot calls

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        told = self._answer(method, await _arguments(request))
        headers = {"x-oauth-scopes": SCOPES}
        return web.json_response({"ok": True, **told}, headers=headers)

    async def take_response(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="ok")

    def _answer(self, method: str, arguments: Json) -> Json:
        match method:
            case "auth.test":
                return {"team_id": TEAM, "team": "Lag", "user_id": "U0BOT", "bot_id": "B0BOT"}
            case "users.info":
                return {"user": _user(str(arguments["user"]))}
            case "users.lookupByEmail":
                return {"user": _user(f"U{_number(str(arguments['email']))}")}
            case "chat.postMessage":
                return self._posted(arguments)
            case "conversations.open":
                return {"channel": {"id": f"D{arguments['users'][1:]}"}}
            case "conversations.history" | "conversations.replies":
                return {"messages": []}
            case "views.open" | "views.push":
                return self._opened(arguments)
        return {"channel": arguments.get("channel"), "ts": arguments.get("ts"), "view": {}}

    def _posted(self, message: Json) -> Json:
        channel = str(message["channel"])
        for button in _buttons(message.get("blocks") or []):
            if button["action_id"] == ids.SHOW_CODE:
                self._show(channel, ids.SHOW_CODE, button["value"])
            elif button["action_id"] == ids.APPROVE and channel == HOLDERS[0]:
                asker = f"U{_number(json.dumps(message['blocks']), after='kari.')}"
                self._show(asker, ids.APPROVE, button["value"])
        return {"channel": f"D{channel[1:]}", "ts": f"{1_700_000_000 + next(self._seconds)}.000100"}

    def _opened(self, arguments: Json) -> Json:
        view, trigger = arguments["view"], str(arguments["trigger_id"])
        if view.get("callback_id") == ids.VIEW_CODE:
            self._show(f"U{trigger[:8]}", ids.VIEW_CODE, json.dumps(view))
        return {"view": {"id": f"V{trigger}", "hash": "hash"}}


async def _arguments(request: web.Request) -> Json:
    """Query, form or JSON; what has a structure is parsed."""
    if request.content_type == "application/json":
        found: Json = await request.json()
    else:
        found = {**request.query, **await request.post()}
    for name in ("blocks", "view"):
        if isinstance(found.get(name), str):
            found[name] = json.loads(found[name])
    return found


def _buttons(blocks: list[Json]) -> Iterator[Json]:
    return (element for _, element in with_elements(blocks) if element["type"] == "button")


def _number(text: str, after: str = "") -> str:
    found = _NUMBER.search(text, text.index(after))
    return found.group() if found else "00000000"


def _user(user_id: str) -> Json:
    number = user_id[1:]
    name, email = f"Kari Nordmann {number}", f"kari.{number.lower()}@example.org"
    profile = {"real_name": name, "email": email}
    return {"id": user_id, "team_id": TEAM, "name": "kari", "profile": profile}


@asynccontextmanager
async def forgetful_slack() -> AsyncIterator[ForgetfulSlack]:
    application = web.Application(client_max_size=10_000_000)
    runner = web.AppRunner(application, access_log=None)
    slack = ForgetfulSlack(runner)
    application.router.add_route("*", "/api/{method}", slack.answer)
    application.router.add_post("/response/{key}", slack.take_response)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield slack
    finally:
        await runner.cleanup()
