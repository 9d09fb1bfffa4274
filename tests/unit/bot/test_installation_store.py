"""Bolt's installations in the ledger, beside slack-sdk's own store as far as that keeps them."""

import inspect
from typing import Any

import pytest
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.slack.installation_store import LedgerStore
from storage.database import Database
from storage.desk import Ledger
from storage.keys import Keyring, new_key

EVERYTHING: dict[str, Any] = {
    "app_id": "A0APP",
    "enterprise_id": "E0GRID",
    "enterprise_name": "Sentralen",
    "team_id": "T0TEAM",
    "team_name": "Fjordglimt",
    "bot_token": "xoxe.xoxb-1",
    "bot_id": "B0BOT",
    "bot_user_id": "U0BOT",
    "bot_scopes": ["chat:write", "commands"],
    "bot_refresh_token": "xoxe-1",
    "bot_token_expires_at": 1_800_000_000,
    "user_id": "U0KARI",
    "is_enterprise_install": False,
    "token_type": "bot",
    "installed_at": 1_790_000_000.25,
    "custom_values": {"first": "Ære", "second": [1, None]},
}


@pytest.fixture
def store(database: Database) -> LedgerStore:
    return LedgerStore(Ledger(database, Keyring([new_key()])))


def installation(**changes: Any) -> Installation:
    return Installation(**{**EVERYTHING, **changes})


async def found(store: LedgerStore, **which: Any) -> Installation | None:
    of = {"enterprise_id": None, "team_id": "T0TEAM", **which}
    return await store.async_find_installation(**of)


async def test_nothing_of_it_is_lost(store: LedgerStore) -> None:
    await store.async_save(installation())
    kept = await found(store)
    assert kept
    assert vars(kept) == vars(installation())
    bot = await store.async_find_bot(enterprise_id="E0GRID", team_id="T0TEAM")
    assert bot
    assert (bot.bot_token, bot.custom_values) == ("xoxe.xoxb-1", EVERYTHING["custom_values"])


async def test_a_workspace_is_found_whatever_grid_it_has_joined(store: LedgerStore) -> None:
    await store.async_save(installation(enterprise_id=None))
    kept = await found(store, enterprise_id="E0SINCE")
    assert kept
    assert kept.team_id == "T0TEAM"


async def test_of_an_install_for_a_whole_grid_each_of_its_workspaces_is_served(
    store: LedgerStore,
) -> None:
    for_all = installation(team_id=None, is_enterprise_install=True, bot_token="xoxb-all")
    await store.async_save(for_all)
    for team in ("T0TEAM", "T0OTHER", None):
        kept = await found(store, enterprise_id="E0GRID", team_id=team)
        assert kept
        assert kept.bot_token == "xoxb-all"
    await store.async_save(installation())
    own = await found(store, enterprise_id="E0GRID")
    grid = await found(store, enterprise_id="E0GRID", is_enterprise_install=True)
    assert own
    assert grid
    assert (own.bot_token, grid.bot_token) == ("xoxe.xoxb-1", "xoxb-all")


async def test_what_is_deleted_is_found_by_nobody(store: LedgerStore) -> None:
    for delete in (store.async_delete_bot, store.async_delete_installation, store.async_delete_all):
        await store.async_save(installation())
        await delete(enterprise_id=None, team_id="T0TEAM")
        assert await found(store) is None
        assert await store.async_find_bot(enterprise_id="E0GRID", team_id="T0TEAM") is None


async def test_what_one_user_has_is_asked_of_whoever_installed_it(store: LedgerStore) -> None:
    await store.async_save(installation())
    assert await found(store, user_id="U0KARI")
    assert await found(store, user_id="U0OLA") is None
    await store.async_delete_installation(enterprise_id=None, team_id="T0TEAM", user_id="U0OLA")
    assert await found(store)


async def test_an_installation_of_nothing_is_refused(store: LedgerStore) -> None:
    with pytest.raises(ValueError, match="workspace"):
        await store.async_save(installation(team_id=None))


def test_it_has_all_that_bolt_may_call() -> None:
    """And takes it by the same names."""
    for name, theirs in vars(AsyncInstallationStore).items():
        if name.startswith("async_"):
            ours = getattr(LedgerStore, name)
            assert [*inspect.signature(ours).parameters] == [*inspect.signature(theirs).parameters]
