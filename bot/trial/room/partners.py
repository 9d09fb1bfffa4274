"""Partners ask in the room too: at its own address, as behind a proxy, for the bot's port is
another one when the room has been emptied. A key opens it, and no browser sends one by itself."""

from aiohttp import ClientSession, DummyCookieJar
from starlette.requests import Request
from starlette.responses import Response

from bot.trial.room.installing import PAGE

PLACES = ("/api", f"{PAGE}/api")
"""Where; the second where many share the bot."""

_PASSED_ON = ("authorization", "content-type", "host", "idempotency-key")
_PASSED_BACK = ("cache-control", "content-type", "location", "retry-after", "www-authenticate")


def is_theirs(path: str) -> bool:
    return path.startswith(tuple(f"{place}/" for place in PLACES))


async def passed_on(request: Request, port: int) -> Response:
    """What the bot answers at its port."""
    url = f"http://127.0.0.1:{port}/api/{request.path_params['path']}?{request.url.query}"
    headers = {name: text for name, text in request.headers.items() if name in _PASSED_ON}
    body = await request.body()
    async with (
        ClientSession(cookie_jar=DummyCookieJar(), skip_auto_headers=["content-type"]) as http,
        http.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as answer,
    ):
        found = {name.lower(): text for name, text in answer.headers.items()}
        kept = {name: found[name] for name in _PASSED_BACK if name in found}
        return Response(await answer.read(), answer.status, kept)
