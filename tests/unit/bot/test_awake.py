"""Who has installed the bot is served: warm without a read, cold with one, and no longer than it
is installed."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.installing.awake import LOOKED_AT_WITHIN, AwakeRegistry
from handlers.house import Workspace
from storage import installations
from storage.database import Database
from storage.desk import Ledger
from storage.installations import Granted, Installed
from storage.keys import Keyring, new_key
from tests.conftest import TravellingClock


def workspace_of(team_id: str, installed: Installed) -> Workspace:
    token = installed.granted.said["bot_token"]
    client = SimpleNamespace(token=token)
    return cast("Workspace", SimpleNamespace(team_id=team_id, client=client))


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, Keyring([new_key()]))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What has been looked for in the ledger."""
    seen: list[Sequence[str]] = []
    find = installations.find

    async def counted(reading: Any, keyring: Any, ids: Sequence[str]) -> Installed | None:
        seen.append(ids)
        return await find(reading, keyring, ids)

    monkeypatch.setattr(installations, "find", counted)
    return seen


async def install(ledger: Ledger, which: str, token: str = "xoxb-1") -> None:
    granted = Granted(
        id=which,
        enterprise_id=None,
        team_name="Laget",
        installed_by="U0KARI",
        said={"bot_token": token},
        token_expires_at=None,
    )
    async with ledger.database.transaction() as transaction:
        await installations.keep(transaction, ledger.keys, granted)


async def token_of(registry: AwakeRegistry, team: str, enterprise: str = "") -> str | None:
    found = await registry.called_by(team, enterprise)
    return found.client.token if found else None


async def test_a_warm_call_reads_nothing_and_a_cold_one_one_row(
    ledger: Ledger, reads: list[Sequence[str]]
) -> None:
    await install(ledger, "T0ONE")
    registry = AwakeRegistry(ledger, workspace_of)
    first = await asyncio.gather(*(registry.called_by("T0ONE") for _ in range(20)))
    assert reads == [["T0ONE"]]
    assert {id(each) for each in [*first, await registry.called_by("T0ONE")]} == {id(first[0])}
    assert len(reads) == 1
    assert [each.team_id for each in registry] == ["T0ONE"]


async def test_who_has_not_installed_it_is_nobody(ledger: Ledger) -> None:
    registry = AwakeRegistry(ledger, workspace_of)
    assert await registry.called_by("T0NONE") is None
    assert await registry.called_by("") is None
    await install(ledger, "T0NONE")
    assert await token_of(registry, "T0NONE") == "xoxb-1"


async def test_a_workspace_of_a_grid_is_served_by_what_the_grid_has_granted(
    ledger: Ledger,
) -> None:
    await install(ledger, "E0GRID", "xoxb-grid")
    registry = AwakeRegistry(ledger, workspace_of)
    assert await token_of(registry, "T0ONE", "E0GRID") == "xoxb-grid"
    assert await token_of(registry, "T0TWO", "E0GRID") == "xoxb-grid"
    assert sorted(each.team_id for each in registry) == ["T0ONE", "T0TWO"]


async def test_a_token_renewed_elsewhere_is_taken_up_and_all_else_stays(
    ledger: Ledger, clock: TravellingClock
) -> None:
    await install(ledger, "T0ONE")
    registry = AwakeRegistry(ledger, workspace_of)
    before = await registry.called_by("T0ONE")
    clock.now = clock() + LOOKED_AT_WITHIN
    assert await registry.called_by("T0ONE") is before
    await install(ledger, "T0ONE", "xoxb-2")
    assert await token_of(registry, "T0ONE") == "xoxb-1"
    clock.now = clock() + LOOKED_AT_WITHIN
    assert await token_of(registry, "T0ONE") == "xoxb-2"


async def test_removed_it_is_served_no_more(ledger: Ledger) -> None:
    await install(ledger, "T0ONE")
    registry = AwakeRegistry(ledger, workspace_of)
    assert await registry.called_by("T0ONE")
    async with ledger.database.transaction() as transaction:
        await installations.end(transaction, "T0ONE", "app_uninstalled")
    registry.forget("T0ONE")
    assert await registry.called_by("T0ONE") is None
    assert list(registry) == []


async def test_those_that_were_called_last_stay_awake(
    ledger: Ledger, reads: list[Sequence[str]]
) -> None:
    for number in range(3):
        await install(ledger, f"T0{number}")
    registry = AwakeRegistry(ledger, workspace_of, most=2)
    for team in ("T00", "T01", "T00", "T02"):
        await registry.called_by(team)
    assert [each.team_id for each in registry] == ["T00", "T02"]
    await registry.called_by("T00")
    assert len(reads) == 3
