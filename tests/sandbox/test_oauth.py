"""The way from a yes to a token, and to the next one."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import MovableClock, Sandbox
from bot.trial.sandbox.records import Grant

REDIRECT = "https://bot.example/slack/oauth_redirect"


@pytest.fixture
async def slack(clock: MovableClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=clock) as ready:
        yield ready


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


def granted(slack: Sandbox, code: str = "code-1") -> str:
    scopes, now = frozenset({"chat:write"}), slack.workspace.clock()
    slack.workspace.grants[code] = Grant("U0KARI", scopes, REDIRECT, now)
    return code


async def ask(slack: Sandbox, **changes: str) -> dict[str, object]:
    bot = slack.workspace.installation
    asked = {
        "client_id": bot.client_id,
        "client_secret": bot.client_secret,
        "redirect_uri": REDIRECT,
        **changes,
    }
    answer = await AsyncWebClient(base_url=slack.api_url).oauth_v2_access(**asked)
    told: dict[str, object] = answer.data  # type: ignore[assignment]
    return told


async def error_of(slack: Sandbox, **changes: str) -> str:
    with pytest.raises(SlackApiError) as refused:
        await ask(slack, **changes)
    return str(refused.value.response["error"])


async def test_a_code_is_good_once(slack: Sandbox) -> None:
    told = await ask(slack, code=granted(slack))
    assert told["access_token"] == slack.bot_token
    assert told["team"] == {"id": "T0ORG", "name": "Organisasjonen"}
    assert (told["scope"], told["authed_user"]) == ("chat:write", {"id": "U0KARI"})
    assert "refresh_token" not in told
    assert await error_of(slack, code="code-1") == "invalid_code"


async def test_a_code_is_good_for_ten_minutes(slack: Sandbox, clock: MovableClock) -> None:
    code = granted(slack)
    clock.moves_on(timedelta(minutes=10))
    assert await error_of(slack, code=code) == "invalid_code"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "9.9"}, "invalid_client_id"),
        ({"client_secret": "wrong"}, "bad_client_secret"),
        ({"redirect_uri": "https://elsewhere.example"}, "bad_redirect_uri"),
        ({"code": "made up"}, "invalid_code"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_refresh_token"),
    ],
)
async def test_what_is_wrong_is_refused(
    slack: Sandbox, changes: dict[str, str], error: str
) -> None:
    assert await error_of(slack, **{"code": granted(slack), **changes}) == error


async def test_a_token_that_rotates_runs_out_and_is_renewed_once(
    slack: Sandbox, clock: MovableClock
) -> None:
    slack.workspace.installation.rotates = True
    told = await ask(slack, code=granted(slack))
    assert told["expires_in"] == 12 * 60 * 60
    first, refresh = str(told["access_token"]), str(told["refresh_token"])
    assert (await AsyncWebClient(first, base_url=slack.api_url).auth_test())["ok"]
    clock.moves_on(timedelta(hours=11))
    renewed = await ask(slack, grant_type="refresh_token", refresh_token=refresh)
    refresh = str(renewed["refresh_token"])
    assert (await AsyncWebClient(first, base_url=slack.api_url).auth_test())["ok"]
    clock.moves_on(timedelta(hours=1))
    with pytest.raises(SlackApiError, match="token_expired"):
        await AsyncWebClient(first, base_url=slack.api_url).auth_test()
    renewed = await ask(slack, grant_type="refresh_token", refresh_token=refresh)
    second = str(renewed["access_token"])
    assert (await AsyncWebClient(second, base_url=slack.api_url).auth_test())["ok"]
    again = await error_of(slack, grant_type="refresh_token", refresh_token=refresh)
    assert again == "invalid_refresh_token"


async def test_the_token_of_before_it_was_removed_opens_nothing_and_is_no_fault(
    slack: Sandbox,
) -> None:
    """A call that was under way as it was removed may come when it has been added again."""
    before = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    await slack.removes_app(())
    told = await ask(slack, code=granted(slack))
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await before.auth_test()
    assert slack.workspace.violations == []
    assert (await AsyncWebClient(str(told["access_token"]), base_url=slack.api_url).auth_test())[
        "ok"
    ]
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await AsyncWebClient("xoxb-made-up", base_url=slack.api_url).auth_test()
    assert [each.kind for each in slack.workspace.violations] == ["invalid_auth"]
