"""Where the bot has been installed: the newest counts, sealed, and what has ended opens nothing."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from storage import installations, schema
from storage.database import Database
from storage.installations import Due, Granted, Installed
from storage.keys import Keyring, SecretUnreadable, new_key
from storage.needed_keys import are_at_hand, has_secrets, open_all
from storage.records import INSTALLATION_LIFETIME, TOLD_BEFORE
from storage.rotate import rotate
from storage.sql import select
from tests.conftest import TravellingClock

TOKEN = "xoxe.xoxb-1-secret"
OF_TEAM = Granted(
    id="T0TEAM",
    enterprise_id=None,
    team_name="Fjordglimt",
    installed_by="U0KARI",
    said={"bot_token": TOKEN, "custom_values": {"æ": [1, None]}},
    token_expires_at=None,
)
OF_GRID = replace(OF_TEAM, id="E0GRID", enterprise_id="E0GRID", said={"bot_token": "xoxb-grid"})
_EVERYTHING = select(schema.installations)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring([new_key()])


async def keep(database: Database, keyring: Keyring, *granted: Granted) -> None:
    for each in granted:
        async with database.transaction() as transaction:
            await installations.keep(transaction, keyring, each)


async def find(database: Database, keyring: Keyring, *ids: str) -> Installed | None:
    async with database.reading() as reading:
        return await installations.find(reading, keyring, ids)


async def granted(database: Database, keyring: Keyring, *ids: str) -> Granted | None:
    found = await find(database, keyring, *ids)
    return found.granted if found else None


async def end(database: Database, which: str) -> bool:
    async with database.transaction() as transaction:
        return await installations.end(transaction, which, "app_uninstalled")


async def test_all_that_slack_has_told_is_there_again(database: Database, keyring: Keyring) -> None:
    await keep(database, keyring, OF_TEAM)
    assert await granted(database, keyring, "T0TEAM") == OF_TEAM
    assert await granted(database, keyring, "T0OTHER") is None


async def test_no_token_lies_in_the_ledger_as_it_is(database: Database, keyring: Keyring) -> None:
    await keep(database, keyring, OF_TEAM)
    async with database.reading() as reading:
        rows = await reading.rows(_EVERYTHING)
    assert TOKEN not in str(rows)
    assert TOKEN not in repr(await find(database, keyring, "T0TEAM"))
    with pytest.raises(SecretUnreadable):
        await find(database, Keyring([new_key()]), "T0TEAM")


async def test_the_newest_counts_though_nobody_can_tell_the_moments_apart(
    database: Database, keyring: Keyring
) -> None:
    newest = replace(OF_TEAM, installed_by="U0OLA", said={"bot_token": "xoxb-2"})
    await keep(database, keyring, OF_TEAM, newest)
    assert await granted(database, keyring, "T0TEAM") == newest


async def test_a_workspaces_own_comes_before_that_of_its_grid(
    database: Database, keyring: Keyring
) -> None:
    """Also of one that has joined a Grid after it was installed."""
    await keep(database, keyring, OF_GRID)
    assert await granted(database, keyring, "T0TEAM", "E0GRID") == OF_GRID
    await keep(database, keyring, OF_TEAM)
    assert await granted(database, keyring, "T0TEAM", "E0GRID") == OF_TEAM
    assert await end(database, "T0TEAM")
    assert await granted(database, keyring, "T0TEAM", "E0GRID") == OF_GRID


async def test_of_what_has_ended_nothing_is_left_that_opens_anything(
    database: Database, keyring: Keyring
) -> None:
    await keep(database, keyring, OF_TEAM)
    assert await end(database, "T0TEAM")
    assert not await end(database, "T0TEAM")
    assert not await end(database, "T0NEVER")
    assert await find(database, keyring, "T0TEAM") is None
    async with database.reading() as reading:
        (row,) = await reading.rows(_EVERYTHING)
        assert not await has_secrets(reading)
    assert (row["secret"], row["key_name"], row["why_ended"]) == (None, None, "app_uninstalled")
    await keep(database, keyring, OF_TEAM)
    assert await granted(database, keyring, "T0TEAM") == OF_TEAM


async def claim(
    database: Database, keyring: Keyring, before: datetime, most: int = 9
) -> list[Installed]:
    async with database.transaction() as transaction:
        lease = timedelta(seconds=30)
        return await installations.claim_renewal(
            transaction, keyring, before, most=most, lease=lease
        )


async def test_whoever_renews_does_so_alone_until_their_lease_ends(
    database: Database, keyring: Keyring, clock: TravellingClock
) -> None:
    soon = clock() + timedelta(hours=1)
    await keep(database, keyring, replace(OF_TEAM, token_expires_at=soon))
    claims = await asyncio.gather(*(claim(database, keyring, soon) for _ in range(8)))
    (seen,) = [each for found in claims for each in found]
    clock.forward(seconds=30)
    (again,) = await claim(database, keyring, soon)
    assert again == seen
    later = soon + timedelta(hours=12)
    async with database.transaction() as transaction:
        said = {"bot_token": "xoxb-2"}
        assert await installations.renew(transaction, keyring, again, said, later)
        assert not await installations.renew(transaction, keyring, seen, {"bot_token": "x"}, later)
    assert await claim(database, keyring, soon) == []
    (anew,) = await claim(database, keyring, later)
    assert anew.granted.said == {"bot_token": "xoxb-2"}


@pytest.mark.parametrize("meanwhile", ["installed anew", "removed"])
async def test_a_token_that_comes_too_late_is_not_kept(
    database: Database, keyring: Keyring, meanwhile: str
) -> None:
    await keep(database, keyring, OF_TEAM)
    seen = await find(database, keyring, "T0TEAM")
    assert seen
    if meanwhile == "removed":
        await end(database, "T0TEAM")
    else:
        await keep(database, keyring, OF_TEAM)
    async with database.transaction() as transaction:
        assert not await installations.renew(transaction, keyring, seen, {"bot_token": "x"}, None)


async def test_those_that_run_out_first_come_first(
    database: Database, keyring: Keyring, clock: TravellingClock
) -> None:
    for hours in (3, 1, 2):
        moment = clock() + timedelta(hours=hours)
        await keep(database, keyring, replace(OF_TEAM, id=f"T0{hours}", token_expires_at=moment))
    await keep(database, keyring, OF_GRID)
    before = clock() + timedelta(hours=2)
    for ids in (["T01"], ["T02"], []):
        found = await claim(database, keyring, before, most=1)
        assert [each.granted.id for each in found] == ids


async def test_the_keys_it_needs_are_known_and_turned(database: Database) -> None:
    old, new = new_key(), new_key()
    await keep(database, Keyring([old]), OF_TEAM)
    async with database.reading() as reading:
        assert await has_secrets(reading)
        assert not await are_at_hand(reading, Keyring([new]))
        assert not await open_all(reading, Keyring([new]))
        assert await are_at_hand(reading, Keyring([new, old]))
    assert await rotate(database, Keyring([new, old])) == 1
    assert await rotate(database, Keyring([new, old])) == 0
    async with database.reading() as reading:
        assert await are_at_hand(reading, Keyring([new]))
        assert await open_all(reading, Keyring([new]))
    assert await granted(database, Keyring([new]), "T0TEAM") == OF_TEAM


async def claim_welcomes(database: Database) -> list[Due]:
    async with database.transaction() as transaction:
        lease = timedelta(seconds=30)
        found = await installations.claim_welcome(transaction, most=9, lease=lease)
    assert {each.installed_by for each in found} <= {"U0KARI"}
    return found


async def due_welcomes(database: Database) -> list[str]:
    return [each.id for each in await claim_welcomes(database)]


async def test_whoever_installs_it_first_is_welcomed_once(
    database: Database, keyring: Keyring, clock: TravellingClock
) -> None:
    await keep(database, keyring, OF_TEAM)
    claims = await asyncio.gather(*(due_welcomes(database) for _ in range(4)))
    assert sorted(claims) == [[], [], [], ["T0TEAM"]]
    clock.forward(seconds=30)
    (due,) = await claim_welcomes(database)  # whoever was at it has died
    async with database.transaction() as transaction:
        await installations.told(transaction, due)
    clock.forward(days=1)
    assert await due_welcomes(database) == []
    await end(database, "T0TEAM")
    await keep(database, keyring, OF_TEAM)
    assert await due_welcomes(database) == []


async def test_nobody_is_welcomed_where_it_has_been_removed_again(
    database: Database, keyring: Keyring
) -> None:
    await keep(database, keyring, OF_TEAM)
    await end(database, "T0TEAM")
    assert await due_welcomes(database) == []


async def due_roll_calls(database: Database) -> list[str]:
    async with database.transaction() as transaction:
        lease = timedelta(minutes=30)
        found = await installations.claim_roll_call(transaction, most=9, lease=lease)
    return [each.id for each in found]


async def test_the_roll_is_called_when_it_is_due_and_where_the_bot_is(
    database: Database, keyring: Keyring, clock: TravellingClock
) -> None:
    await keep(database, keyring, OF_TEAM, OF_GRID)
    assert sorted(await due_roll_calls(database)) == ["E0GRID", "T0TEAM"]
    assert await due_roll_calls(database) == []
    async with database.transaction() as transaction:
        await installations.called(transaction, "T0TEAM", clock() + timedelta(days=1))
    clock.forward(minutes=30)
    assert await due_roll_calls(database) == ["E0GRID"]
    await end(database, "T0TEAM")
    async with database.transaction() as transaction:
        await installations.called(transaction, "T0TEAM", clock() + timedelta(days=1))
    clock.forward(days=2)
    assert await due_roll_calls(database) == ["E0GRID"]
    await keep(database, keyring, OF_TEAM)  # people may have left while it was away
    assert await due_roll_calls(database) == ["T0TEAM"]


async def test_what_is_another_by_now_does_not_end_for_what_was_seen(
    database: Database, keyring: Keyring
) -> None:
    """`app_uninstalled` may come late, when it has been installed anew."""
    await keep(database, keyring, OF_TEAM)
    seen = await find(database, keyring, "T0TEAM")
    assert seen
    await keep(database, keyring, OF_TEAM)
    for revision, ends in ((seen.revision, False), (seen.revision + 1, True)):
        async with database.transaction() as transaction:
            told = await installations.end(transaction, "T0TEAM", "account_inactive", seen=revision)
        assert told == ends


async def test_a_welcome_that_ends_late_takes_away_nothing_that_is_to_be_told_since(
    database: Database, keyring: Keyring, clock: TravellingClock
) -> None:
    await keep(database, keyring, OF_TEAM)
    (due,) = await claim_welcomes(database)
    await end(database, "T0TEAM")
    async with database.transaction() as transaction:
        await installations.told(transaction, due)
        before = await installations.next_notice(transaction)
    assert before == clock() + INSTALLATION_LIFETIME - TOLD_BEFORE


async def test_one_that_cannot_be_read_here_keeps_no_other_from_being_renewed(
    database: Database, keyring: Keyring, clock: TravellingClock
) -> None:
    soon = clock() + timedelta(hours=1)
    others = Keyring([new_key()])
    await keep(database, others, replace(OF_TEAM, id="T0SEALED", token_expires_at=soon))
    await keep(database, keyring, replace(OF_TEAM, token_expires_at=soon))
    assert [each.granted.id for each in await claim(database, keyring, soon)] == ["T0TEAM"]
    clock.forward(seconds=30)
    assert [each.granted.id for each in await claim(database, others, soon)] == ["T0SEALED"]
