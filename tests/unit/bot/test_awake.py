"""Who has installed the bot is served: warm without a read, cold with one, and no longer than it
is installed."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.installing.awake import LOOKED_AT_WITHIN, AwakeRegistry
from bot.installing.served import workspace
from bot.slack.installing import Clients, Installation
from handlers.house import Seat, Workspace
from storage import installations, organisations, outbox
from storage.database import Database, utc_now
from storage.desk import Ledger
from storage.installations import Granted, Installed
from storage.keys import Keyring, new_key
from storage.outbox import HELP, NewNotice
from storage.records import Issuer, Turn
from storage.registering import Registration, register
from tests.conftest import TravellingClock


def workspace_of(team_id: str, installed: Installed) -> Workspace:
    token = installed.granted.said["bot_token"]
    clients = Clients(AsyncWebClient(token), AsyncWebClient(token))
    there = Installation(team_id, "", "B0", "U0BOT", frozenset())
    seat = Seat(installed.granted.id, installed.installed_at, installed.revision)
    house: Any = SimpleNamespace(ledger=SimpleNamespace(database=SimpleNamespace(clock=utc_now)))
    return workspace(house, there, clients, seat)


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


async def renew(ledger: Ledger, which: str, token: str) -> None:
    async with ledger.database.transaction() as transaction:
        seen = await installations.find(transaction, ledger.keys, [which])
        assert seen
        said = {"bot_token": token}
        assert await installations.renew(transaction, ledger.keys, seen, said, None)


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
    await renew(ledger, "T0ONE", "xoxb-2")
    assert await token_of(registry, "T0ONE") == "xoxb-1"
    clock.now = clock() + LOOKED_AT_WITHIN
    assert await token_of(registry, "T0ONE") == "xoxb-2"
    assert await registry.called_by("T0ONE") is before
    assert before
    assert before.courier_client.token == "xoxb-2"


async def test_where_it_changed_and_is_said_so_it_is_looked_at_at_once(ledger: Ledger) -> None:
    for which in ("T0ONE", "E0GRID"):
        await install(ledger, which)
    registry = AwakeRegistry(ledger, workspace_of)
    one, two = await registry.called_by("T0ONE"), await registry.called_by("T0TWO", "E0GRID")
    await renew(ledger, "T0ONE", "xoxb-2")
    await renew(ledger, "E0GRID", "xoxb-3")
    registry.changed("T0ONE")
    registry.changed("E0GRID")
    assert await token_of(registry, "T0ONE") == "xoxb-2"
    assert await token_of(registry, "T0TWO", "E0GRID") == "xoxb-3"
    assert [one, two] == list(registry)


async def test_installed_anew_it_is_served_as_slack_knows_it_now(
    ledger: Ledger, clock: TravellingClock
) -> None:
    """It may have been given more, or fewer, rights."""
    await install(ledger, "T0ONE")
    registry = AwakeRegistry(ledger, workspace_of)
    before = await registry.called_by("T0ONE")
    clock.forward(seconds=1)
    await install(ledger, "T0ONE", "xoxb-2")
    registry.changed("T0ONE")
    after = await registry.called_by("T0ONE")
    assert after is not before
    assert after
    assert after.client.token == "xoxb-2"


async def test_what_slack_takes_no_more_is_looked_at_before_its_time(ledger: Ledger) -> None:
    await install(ledger, "T0ONE")
    registry = AwakeRegistry(ledger, workspace_of)
    before = await registry.called_by("T0ONE")
    assert before
    before.ties.trouble = "account_inactive"
    await install(ledger, "T0ONE", "xoxb-2")
    assert await token_of(registry, "T0ONE") == "xoxb-2"


async def test_of_which_grid_a_workspace_is_is_kept_for_when_something_is_due(
    ledger: Ledger,
) -> None:
    """Nobody has called, and only the ledger knows whose token it takes."""
    await install(ledger, "E0GRID", "xoxb-grid")
    async with ledger.database.transaction() as transaction:
        await organisations.add(transaction, "T0ONE", "Laget")
    assert await token_of(AwakeRegistry(ledger, workspace_of), "T0ONE", "E0GRID") == "xoxb-grid"
    async with ledger.asking("T0ONE") as desk:
        await outbox.tell(desk, NewNotice(HELP, "U0KARI", about="1"))
    registry = AwakeRegistry(ledger, workspace_of)
    await registry.rouse({})
    assert [each.client.token for each in registry] == ["xoxb-grid"]


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


async def test_one_of_a_grid_goes_on_when_something_is_due_and_nobody_calls(
    ledger: Ledger, clock: TravellingClock
) -> None:
    """It was registered after it was called first; what is due does not say of which Grid it is."""
    await install(ledger, "E0GRID", "xoxb-grid")
    registry = AwakeRegistry(ledger, workspace_of)
    found = await registry.called_by("T0ONE", "E0GRID")
    assert found
    assert found.grid == "E0GRID"
    laget = Registration(
        "Laget", "988077917", "Laget", ("U0KARI",), is_at_techsoup=True, issuer=Issuer.BOT
    )
    there = await register(ledger, "T0ONE", laget, "U0KARI", channel=None, grid=found.grid)
    assert there.enterprise_id == "E0GRID"
    clock.now = clock() + LOOKED_AT_WITHIN
    assert await registry.called_by("T0ONE") is found
    async with ledger.asking("T0ONE") as desk:
        await outbox.tell(desk, NewNotice(HELP, "U0KARI", about="1"))
    anew = AwakeRegistry(ledger, workspace_of)
    await anew.rouse({})
    assert [each.team_id for each in anew] == ["T0ONE"]


async def install_with_something_due(ledger: Ledger, team: str, count: int = 1) -> None:
    await install(ledger, team)
    async with ledger.database.transaction() as transaction:
        await organisations.add(transaction, team, "Laget")
    for number in range(count):
        async with ledger.asking(team) as desk:
            told = NewNotice(HELP, "U0KARI", about=f"{team}{number}", turn=Turn.TIME)
            await outbox.tell(desk, told)


async def test_however_many_have_something_due_are_woken_in_one_read(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await install_with_something_due(ledger, f"T0{number}")
    read, opened = ledger.database.reading, []

    def counted() -> Any:
        opened.append(1)
        return read()

    monkeypatch.setattr(ledger.database, "reading", counted)
    registry = AwakeRegistry(ledger, workspace_of)
    await registry.rouse({})
    assert sorted(each.team_id for each in registry) == [f"T0{number}" for number in range(5)]
    await registry.rouse({})
    assert len(opened) == 2


async def test_one_whose_key_is_missing_lets_the_others_be_woken(ledger: Ledger) -> None:
    await install_with_something_due(Ledger(ledger.database, Keyring([new_key()])), "T0LOCKED")
    await install_with_something_due(ledger, "T0OPEN")
    registry = AwakeRegistry(ledger, workspace_of)
    await registry.rouse({})
    assert [each.team_id for each in registry] == ["T0OPEN"]


async def test_a_workspace_that_has_no_room_left_for_a_turn_hides_no_other(ledger: Ledger) -> None:
    await install_with_something_due(ledger, "T0BUSY", 80)
    await install_with_something_due(ledger, "T0ASLEEP")
    registry = AwakeRegistry(ledger, workspace_of)
    await registry.rouse({Turn.TIME: ["T0BUSY"]})
    assert [each.team_id for each in registry] == ["T0ASLEEP"]
