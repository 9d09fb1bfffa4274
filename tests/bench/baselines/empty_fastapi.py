"""The floor of what partners ask: a FastAPI route that reads nothing, looks nothing up and answers
with an object that has nothing in it."""

from fastapi import FastAPI

from tests.bench.baselines.serving import run, serve


def app() -> FastAPI:
    api = FastAPI(openapi_url=None)

    @api.post("/api/v1/codes/verify")
    async def verify() -> dict[str, str]:
        return {}

    return api


if __name__ == "__main__":
    run(serve(app()))
