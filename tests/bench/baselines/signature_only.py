"""The floor: a Starlette route that checks the signature, parses nothing, and answers."""

import os

from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.baselines.serving import run, serve


def app() -> Starlette:
    verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])
    answer = os.environ["HELP_MESSAGE"].encode()

    async def events(request: Request) -> Response:
        body = await request.body()
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not verifier.is_valid(body, timestamp, signature):
            return Response(status_code=401)
        return Response(answer, media_type="application/json;charset=utf-8")

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])


if __name__ == "__main__":
    run(serve(app()))
