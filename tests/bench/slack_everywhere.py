"""Slack for whichever workspaces call it, in a process of its own on the load's core.

    python -m tests.bench.slack_everywhere [seconds that an answer takes]

It says yes to everything, and keeps what is counted: how often each method was called, and when
each workspace was told something. A token names its workspace; what needs none is answered at once.
It ends with its standard input.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from bot.operating.examining.slack import SCOPES as SCOPES_ASKED_FOR
from bot.slack.installing import AGENT_SCOPE
from tests.bench.machine import cores, on_core
from tests.bench.slack import Slack

SIGNING_SECRET = "signing-secret-of-everywhere"
SCOPES = ",".join(sorted({*SCOPES_ASKED_FOR, AGENT_SCOPE}))
TOKEN_BEGINS = "xoxb-"
RETRY_AFTER = "30"
SILENT_SECONDS = 60.0
"""Longer than the bot hears anybody out."""

Json = dict[str, Any]


def token_of(team_id: str) -> str:
    return f"{TOKEN_BEGINS}{team_id}"


@dataclass(frozen=True)
class Seen:
    """What Slack has seen since it was told to begin anew."""

    calls: dict[str, int]
    """By method."""

    told: dict[str, float]
    """When Slack had first taken a message to somebody there, by workspace: by `time.monotonic`,
    which all processes of a machine have in common."""


@dataclass(frozen=True)
class Everywhere:
    """How the benchmark speaks with it."""

    process: "subprocess.Popen[bytes]"
    api_url: str

    def of(self, team_id: str) -> Slack:
        """As one workspace's bot is told of it."""
        return Slack(self.api_url, token_of(team_id), SIGNING_SECRET)

    def workspaces_told(self) -> int:
        """How many were told something."""
        return int(self._ask({"ask": "count"}))

    def seen(self) -> Seen:
        return Seen(**self._ask({"ask": "seen"}))

    def begin_anew(self, *, rate_limited: str = "", silent: str = "") -> None:
        """Forget what was seen. One workspace is refused for its pace from now on, and of one
        nothing is heard."""
        self._ask({"ask": "anew", "rate_limited": rate_limited, "silent": silent})

    def _ask(self, asked: Json) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def slack_everywhere(seconds: float = 0.0) -> Iterator[Everywhere]:
    """Each answer takes so many seconds."""
    command = [sys.executable, "-m", "tests.bench.slack_everywhere", str(seconds)]
    with (
        on_core(cores()[0]),
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Everywhere(process, json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(10)


class _Slack:
    """All that is at its address."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timestamps = iter(range(1_700_000_000, 2_000_000_000))
        self._begin(rate_limited="", silent="")

    def _begin(self, *, rate_limited: str, silent: str) -> None:
        self._rate_limited, self._silent = rate_limited, silent
        self._seen = Seen({}, {})

    def asked(self, asked: Json) -> Any:
        """By the benchmark."""
        match asked.pop("ask"):
            case "count":
                return len(self._seen.told)
            case "seen":
                return asdict(self._seen)
        return self._begin(**asked)

    async def answer(self, request: web.Request) -> web.Response:
        method, arguments = request.match_info["method"], await _arguments(request)
        team_id = _team(request, arguments)
        self._seen.calls[method] = self._seen.calls.get(method, 0) + 1
        if team_id and team_id == self._rate_limited:
            refused = {"ok": False, "error": "ratelimited"}
            return web.json_response(refused, status=429, headers={"Retry-After": RETRY_AFTER})
        if team_id:  # else it is asked for the time alone
            await asyncio.sleep(SILENT_SECONDS if team_id == self._silent else self._seconds)
        if method == "chat.postMessage":
            self._seen.told.setdefault(team_id, time.monotonic())
        told = {"ok": True, **self._told(method, team_id, arguments)}
        return web.json_response(told, headers={"x-oauth-scopes": SCOPES})

    def _told(self, method: str, team_id: str, arguments: Json) -> Json:
        match method:
            case "auth.test":
                told = {"team": "Laget", "user_id": "U0BOT", "bot_id": "B0BOT"}
                return {"team_id": team_id, "user": "bot", "url": "https://lag.example", **told}
            case "users.info":
                return {"user": _user(str(arguments["user"]), team_id)}
            case "users.lookupByEmail":
                return {"user": _user("UKARI", team_id)}
            case "chat.postMessage":
                ts = f"{next(self._timestamps)}.000100"
                return {"channel": f"D{arguments['channel'][1:]}", "ts": ts}
        return {}


async def _arguments(request: web.Request) -> Json:
    """Query, form or JSON."""
    if request.content_type == "application/json":
        found: Json = await request.json()
        return found
    return {**request.query, **await request.post()}


def _team(request: web.Request, arguments: Json) -> str:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    return str(token or arguments.get("token", "")).removeprefix(TOKEN_BEGINS)


def _user(user_id: str, team_id: str) -> Json:
    name, email = f"{user_id[1:].title()} Nordmann", f"{user_id[1:].lower()}@example.org"
    profile = {"real_name": name, "email": email}
    return {"id": user_id, "team_id": team_id, "name": name, "profile": profile}


async def serve(seconds: float) -> None:
    application = web.Application(client_max_size=10_000_000)
    slack = _Slack(seconds)
    application.router.add_route("*", "/api/{method}", slack.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    host, port = runner.addresses[0][:2]
    _say(f"http://{host}:{port}/api/")
    while line := await asyncio.to_thread(sys.stdin.readline):
        _say(slack.asked(json.loads(line)))
    # It is left as it is: whoever nothing is heard of would be waited for.


def _say(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(float(sys.argv[1])))
