from typing import TYPE_CHECKING

import pytest

from bot.trial.sandbox import Sandbox

from .genuine_bot import over_http, over_socket_mode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.async_app import AsyncApp


@pytest.fixture
async def slack() -> "AsyncIterator[Sandbox]":
    async with Sandbox(retry_delays=(0, 0, 0)) as workspace:
        yield workspace


@pytest.fixture
async def app(slack: Sandbox) -> "AsyncIterator[AsyncApp]":
    async with over_http(slack) as bolt:
        yield bolt


@pytest.fixture(params=[over_http, over_socket_mode], ids=["http", "socket_mode"])
async def either_app(slack: Sandbox, request: pytest.FixtureRequest) -> "AsyncIterator[AsyncApp]":
    async with request.param(slack) as bolt:
        yield bolt
