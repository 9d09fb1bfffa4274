"""SIGKILL while a partner is being told: they are told once more, and that is kept."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook as Signature

from bot.trial.sandbox import Sandbox
from storage import partners, schema, webhooks
from storage.database import Database
from storage.keys import Keyring
from storage.opening import open_database
from storage.records import DeliveryState, PartnerScope
from storage.sql import bindparam, select, update
from storage.webhooks import Event
from tests.faults.partner_side import partner_side
from tests.faults.process import BotProcess, bot_process
from tests.slack.stage import BOT_SCOPES
from tests.unit.storage.cast import Office

_LEASES_END = (
    update(schema.deliveries)
    .where(schema.deliveries.c.claim.is_not(None))
    .values(due_at=bindparam("now"))
)
_DELIVERIES = select(schema.deliveries)
SECONDS = 20


@dataclass
class Theirs:
    """A partner's server, which takes the first that comes, and is slow to say so."""

    url: str = ""
    secret: str = ""
    told: list[tuple[dict[str, str], str]] = field(default_factory=list)
    has_taken: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.told.append((dict(request.headers), await request.text()))
        self.has_taken.set()
        await self.goes_on.wait()
        return web.Response(status=204)


@pytest.fixture
async def theirs() -> AsyncIterator[Theirs]:
    there = Theirs()
    async with partner_side(there.take) as there.url:
        yield there
        there.goes_on.set()


@pytest.fixture
async def bot(tmp_path: Path, migrated_url: str, theirs: Theirs) -> AsyncIterator[BotProcess]:
    """Not begun yet, at a ledger in which something waits for a partner."""
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann", email="ola@example.org")
        async with bot_process(
            slack, tmp_path, [ola], database_url=migrated_url, WEBHOOKS_INSIDE="yes"
        ) as bot:
            keyring = Keyring([bot.environment["SECRET_KEY"]])
            database = await open_database(migrated_url)
            office = await Office.begin(database, team=slack.workspace.team_id, holders=(ola.id,))
            await with_something_to_tell(office, keyring, theirs)
            await database.close()
            yield bot


async def with_something_to_tell(office: Office, keyring: Keyring, theirs: Theirs) -> None:
    async with office.database.transaction() as transaction:
        scope = PartnerScope.ORGANISATION
        partner, _ = await partners.add(transaction, "Nettbutikken", scope, is_test=False)
        theirs.secret = await webhooks.set_place(transaction, keyring, partner, theirs.url)
        which = office.standing.organisation.id
        await webhooks.add(transaction, partner.id, which, Event.CODE_REVOKED, {"uses": []})


async def test_killed_between_sending_and_keeping_it_is_sent_again_and_never_lost(
    bot: BotProcess, theirs: Theirs, migrated_url: str
) -> None:
    await bot.start()
    async with asyncio.timeout(SECONDS):
        await theirs.has_taken.wait()
    await bot.kill()
    theirs.goes_on.set()
    theirs.has_taken.clear()
    database = await open_database(migrated_url)
    await the_lease_ends(database)
    await bot.start()
    async with asyncio.timeout(SECONDS):
        await theirs.has_taken.wait()
    assert await bot.terminate() == 0  # having finished what is in hand
    assert await state_of_it(database) is DeliveryState.DELIVERED
    await database.close()
    (first, body), (second, same_body) = theirs.told
    assert first["webhook-id"] == second["webhook-id"]
    assert body == same_body
    assert json.loads(body)["type"] == Event.CODE_REVOKED
    for headers in (first, second):
        Signature(theirs.secret).verify(body, headers)


async def the_lease_ends(database: Database) -> None:
    """As another finds it half a minute later, without waiting for that."""
    assert await state_of_it(database) is DeliveryState.WAITING
    async with database.transaction() as transaction:
        await transaction.run(_LEASES_END, now=transaction.now)


async def state_of_it(database: Database) -> DeliveryState:
    async with database.reading() as reading:
        (row,) = await reading.rows(_DELIVERIES)
    state = row["state"]
    assert isinstance(state, DeliveryState)
    return state
