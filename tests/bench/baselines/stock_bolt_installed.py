"""Bolt on its defaults as many have installed it: who it is in a workspace is asked of slack-sdk's
SQLAlchemy store and of Slack, with each request."""

import os
from datetime import UTC, datetime

from slack_bolt.async_app import AsyncApp
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import create_async_engine

from templates import ids
from tests.bench.baselines.bolt import answer_help, asgi
from tests.bench.baselines.serving import run, serve
from tests.bench.baselines.stock_bolt import with_routes
from tests.bench.slack_everywhere import SCOPES, token_of
from tests.bench.workspaces import HOLDER, team_of

CLIENT_ID = "1234.5678"


def _store(url: str) -> AsyncSQLAlchemyInstallationStore:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    return AsyncSQLAlchemyInstallationStore(CLIENT_ID, engine)


async def install(url: str, count: int) -> None:
    """Into an empty database: so many workspaces."""
    store = _store(url)
    await store.create_tables()  # type: ignore[no-untyped-call]
    bot = {
        "client_id": CLIENT_ID,
        "app_id": "A0BOT",
        "bot_id": "B0BOT",
        "bot_user_id": "U0BOT",
        "bot_scopes": SCOPES,
        "installed_at": datetime.now(UTC).replace(tzinfo=None),
    }
    teams = [team_of(number) for number in range(count)]
    rows = [{**bot, "team_id": each, "bot_token": token_of(each)} for each in teams]
    async with store.engine.begin() as connection:
        await connection.execute(insert(store.bots), rows)
        by_them = [{**row, "user_id": HOLDER} for row in rows]
        await connection.execute(insert(store.installations), by_them)
    await store.engine.dispose()


def _bolt() -> AsyncApp:
    return AsyncApp(
        client=AsyncWebClient(base_url=os.environ["SLACK_API_URL"]),
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
        installation_store=_store(os.environ["DATABASE_URL"]),
    )


if __name__ == "__main__":
    run(serve(asgi(with_routes(_bolt(), ids.COMMAND, answer_help))))
