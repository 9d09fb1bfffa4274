"""Two processes on one PostgreSQL behind a balancer: one is killed and started again while people
click in several workspaces, and their tokens are renewed meanwhile. Nothing is lost or doubled.

`TWO_PROCESSES_WORKSPACES=200` has as many of them as one wants to try by hand.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.trial.sandbox import Human, Sandbox
from bot.trial.sandbox.screen import NotOnScreen
from storage import holding, installations, organisations
from storage.database import utc_now
from storage.desk import Ledger
from storage.keys import Keyring, new_key
from storage.opening import open_database
from storage.records import OPERATOR, OrganisationState
from tests.faults.balancer import Balancer, balancing
from tests.faults.process import BotProcess, bot_process
from tests.installed import as_granted
from tests.slack.stage import BOT_SCOPES, COMMAND, FORM
from tests.welcomed import welcomed

WORKSPACES = int(os.environ.get("TWO_PROCESSES_WORKSPACES", "5"))
BETWEEN_TWO_SECONDS = 0.08
"""People of different workspaces do not click in the same instant."""
PATIENCE = 30.0
FORM_SECONDS = 5.0
"""After which somebody takes it that a form will not come any more."""


@dataclass
class Place:
    """A workspace with an organisation in it."""

    slack: Sandbox
    kari: Human
    holders: Sequence[Human]

    async def asks(self) -> None:
        """Once more where a form was begun by a process that has been killed since, as it says."""
        await self.kari.types(COMMAND)
        try:
            await self.kari.sees("Fornavn", timeout=FORM_SECONDS)
        except NotOnScreen:
            await self.kari.sees("prøve på nytt")
            await self.kari.closes()
            await self.kari.types(COMMAND)
            await self.kari.sees("Fornavn", timeout=PATIENCE)
        await self.kari.fills(FORM)
        assert (await self.kari.submits()).closed

    async def both_approve(self) -> None:
        """At once; one of them is told that the other was first."""
        for holder in self.holders:
            await holder.sees("ber om", timeout=PATIENCE)
            await holder.clicks("Godkjenn")
            await holder.sees_view("Godkjenn forespørsel", timeout=PATIENCE)
            await holder.fills({"Representasjonsmyndighet": True})
        outcomes = await asyncio.gather(*(holder.submits() for holder in self.holders))
        assert any(outcome.closed for outcome in outcomes), outcomes
        await self.kari.sees_message("Koden din er klar", timeout=PATIENCE)


@asynccontextmanager
async def places(url: str, key: str) -> AsyncIterator[list[Place]]:
    """Each with a token that runs out within the hour, and is renewed as soon as a bot is there."""
    database = await open_database(url)
    ledger = Ledger(database, Keyring([key]))
    async with AsyncExitStack() as parts:
        parts.push_async_callback(database.close)
        first = await parts.enter_async_context(
            Sandbox("T0DRIFT", "Driften", scopes=BOT_SCOPES, patience=PATIENCE)
        )
        found = []
        for number in range(WORKSPACES):
            slack = await parts.enter_async_context(first.neighbour(f"T0{number}", f"Lag {number}"))
            found.append(await _place(ledger, slack))
        await welcomed(database)
        yield found


async def _place(ledger: Ledger, slack: Sandbox) -> Place:
    bot, team_id, now = slack.workspace.installation, slack.workspace.team_id, utc_now()
    bot.rotates, bot.refresh_token = True, f"xoxe-1-{secrets.token_hex(16)}"
    bot.token_expires_at = now + timedelta(hours=1)
    granted = as_granted(slack)
    granted = type(granted)(
        id=granted.id,
        enterprise_id=None,
        team_name=granted.team_name,
        installed_by=granted.installed_by,
        said={**granted.said, "bot_refresh_token": bot.refresh_token},
        token_expires_at=bot.token_expires_at,
    )
    kari, *holders = (
        slack.person(name, "Nordmann", email=f"{name.lower()}@example.org")
        for name in ("Kari", "Ola", "Anne")
    )
    async with ledger.database.transaction() as transaction:
        await installations.keep(transaction, ledger.keys, granted)
        for each in await installations.claim_welcome(transaction, most=9, lease=timedelta(1)):
            await installations.told(transaction, each)
        approved = OrganisationState.APPROVED
        await organisations.add(transaction, team_id, slack.workspace.name, state=approved)
    async with ledger.deciding(team_id) as desk:
        for holder in holders:
            await holding.add(desk, holder.id, OPERATOR)
    return Place(slack, kari, holders)


@asynccontextmanager
async def process(place: Place, folder: Path, url: str, key: str) -> AsyncIterator[BotProcess]:
    bot = place.slack.workspace.installation
    async with bot_process(place.slack, folder, [], database_url=url, SECRET_KEY=key) as made:
        for variable in ("SLACK_BOT_TOKEN", "ACCOUNT_HOLDERS", "ORGANISATION_NAME"):
            made.environment.pop(variable)
        made.environment |= {
            "SLACK_CLIENT_ID": bot.client_id,
            "SLACK_CLIENT_SECRET": bot.client_secret,
            "PUBLIC_URL": "http://127.0.0.1:9",
        }
        yield made


async def one_after_the_other(
    places: Sequence[Place], does: Callable[[Place], Awaitable[None]]
) -> None:
    """Each begins a moment after the one before, and waits for nobody."""

    async def begins(number: int, place: Place) -> None:
        await asyncio.sleep(number * BETWEEN_TWO_SECONDS)
        await does(place)

    async with asyncio.TaskGroup() as people:
        for number, place in enumerate(places):
            people.create_task(begins(number, place))


async def starts(bot: BotProcess, balancer: Balancer) -> None:
    balancer.ports.append(await bot.start())


async def test_nothing_is_lost_or_doubled_while_one_is_killed_and_tokens_are_renewed(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    url, key = migrated_postgres_url, new_key()
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    async with (
        places(url, key) as there,
        process(there[0], folders[0], url, key) as one,
        process(there[0], folders[1], url, key) as two,
        balancing() as balancer,
    ):
        await asyncio.gather(starts(one, balancer), starts(two, balancer))
        for place in there:
            await place.slack.connect_http(f"{balancer.url}/slack/events")
        asking = asyncio.create_task(one_after_the_other(there, Place.asks))
        await asyncio.sleep(len(there) * BETWEEN_TWO_SECONDS / 2)
        await one.kill()
        await starts(one, balancer)
        await asking
        approving = asyncio.create_task(one_after_the_other(there, Place.both_approve))
        await asyncio.sleep(len(there) * BETWEEN_TWO_SECONDS / 2)
        assert await two.terminate() == 0
        await approving
        await one_after_the_other(there, Place.asks)
        for place in there:
            await place.slack.settles()
            await _is_exactly_once(place)


async def _is_exactly_once(place: Place) -> None:
    calls = place.slack.workspace.calls
    renewed = [call.outcome for call in calls if call.method == "oauth.v2.access"]
    assert renewed == ["ok"]
    refused = {call.outcome for call in calls} & {"token_expired", "invalid_auth"}
    assert not refused
    told = [each for each in place.kari.messages() if "Koden din er klar" in each.text()]
    assert len(told) == 1
    for holder in place.holders:

        def asked(holder: Human = holder) -> list[str]:
            said = [each.text() for each in holder.messages()]
            return [text for text in said if "Kari Nordmann" in text]

        await holder.waits_for(lambda: len(asked()) > 1 or None, "not told of both", PATIENCE)
        assert len(asked()) == 2, asked()
    assert place.slack.workspace.violations == []
