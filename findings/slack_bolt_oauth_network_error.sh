#!/bin/bash
# slack-bolt 1.30.0 with slack-sdk 3.47.0 (CPython 3.11.7): when Slack refuses the code, AsyncOAuthFlow.handle_callback calls
# the failure callback; when Slack cannot be reached, it calls neither callback and raises the HTTP client's own error
# (aiohttp 3.14.5), by then the state has been consumed: whoever installs has to begin anew.
#
# Output seen:
#   refused: failure callback, invalid_code
#   unreachable: ClientConnectorError, no callback
#   the state can be used again: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  slack-bolt==1.30.0 slack-sdk==3.47.0 aiohttp==3.14.5
cat > "$folder/look.py" <<'PYTHON'
import asyncio
import logging
import sys

from aiohttp import web
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

logging.disable(logging.CRITICAL)


async def says_no(request):
    return web.json_response({"ok": False, "error": "invalid_code"})


async def come_back(api, states, state):
    called = []

    async def succeeded(args):
        called.append("success callback")
        return BoltResponse(status=200)

    async def failed(args):
        called.append(f"failure callback, {args.reason}")
        return BoltResponse(status=200)

    flow = AsyncOAuthFlow(
        client=AsyncWebClient(base_url=api, retry_handlers=[]),
        settings=AsyncOAuthSettings(
            client_id="1.2",
            client_secret="x",
            scopes=["chat:write"],
            state_store=states,
            installation_store=FileInstallationStore(base_dir=sys.argv[1]),
            callback_options=AsyncCallbackOptions(success=succeeded, failure=failed),
        ),
    )
    request = AsyncBoltRequest(
        body="",
        query={"code": "1", "state": state},
        headers={"cookie": f"slack-app-oauth-state={state}"},
    )
    try:
        await flow.handle_callback(request)
    except Exception as error:
        called.append(f"{type(error).__name__}, no callback")
    return called[0]


async def main():
    states = FileOAuthStateStore(expiration_seconds=600, base_dir=sys.argv[1], client_id="1.2")
    app = web.Application()
    app.router.add_post("/oauth.v2.access", says_no)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    print("refused:", await come_back(f"http://127.0.0.1:{port}/", states, states.issue()))
    await runner.cleanup()
    state = states.issue()
    print("unreachable:", await come_back(f"http://127.0.0.1:{port}/", states, state))
    print("the state can be used again:", states.consume(state))


asyncio.run(main())
PYTHON
diff <("$folder/venv/bin/python" "$folder/look.py" "$folder") - <<'SEEN'
refused: failure callback, invalid_code
unreachable: ClientConnectorError, no callback
the state can be used again: False
SEEN
