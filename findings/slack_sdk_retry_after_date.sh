#!/bin/bash
# slack_sdk 3.47.0 with aiohttp 3.14.5: its AsyncRateLimitErrorRetryHandler reads Retry-After as a number alone. HTTP
# (RFC 9110, 10.2.3) allows a date there as well, as a proxy in front of Slack may send one: then a call ends in a
# ValueError instead of being tried again, or refused with the SlackApiError that every other 429 becomes.
#
# Output seen:
#   1: SlackApiError after 2 requests
#   Fri, 01 Jan 2027 00:00:00 GMT: ValueError after 1 requests
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check slack_sdk==3.47.0 aiohttp==3.14.5
cat > "$folder/look.py" <<'PYTHON'
import asyncio
import logging

from aiohttp import web
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

logging.disable()


async def look(retry_after):
    asked = 0

    async def refuse(_request):
        nonlocal asked
        asked += 1
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers={"Retry-After": retry_after})

    app = web.Application()
    app.router.add_route("*", "/{method}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    client = AsyncWebClient(
        "xoxb-1",
        base_url=f"http://127.0.0.1:{port}/",
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=1)],
    )
    try:
        await client.api_test()
    except Exception as error:
        print(f"{retry_after}: {type(error).__name__} after {asked} requests")
    await runner.cleanup()


asyncio.run(look("1"))
asyncio.run(look("Fri, 01 Jan 2027 00:00:00 GMT"))
PYTHON
diff <("$folder/venv/bin/python" "$folder/look.py") - <<'SEEN'
1: SlackApiError after 2 requests
Fri, 01 Jan 2027 00:00:00 GMT: ValueError after 1 requests
SEEN
