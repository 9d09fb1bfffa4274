"""The stage: the real bot against the sandbox over real sockets, and one small cast.

Ola and Anne are account holders, Kari is a representative, Per is a member.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.app import Bot, running
from bot.operating.examining.slack import SCOPES
from bot.settings import Settings
from bot.slack.installing import AGENT_SCOPE
from bot.trial.sandbox import Human, Sandbox
from bot.trial.sandbox.outcomes import Outcome
from bot.trial.sandbox.records import Channel
from handlers.roll_call import RollCall
from storage import audit, codes, outbox, requests
from storage.database import Database, DatabaseUnavailable
from storage.desk import DecidingDesk, Desk, Ledger
from storage.keys import Keyring, new_key
from storage.opening import open_database
from storage.records import Code, CodeRequest, Issuer
from storage.standing import Standing
from storage.statements import Row
from tests.conftest import TravellingClock
from tests.installed import from_the_page, installed_long_ago
from tests.migrated import migrated_at_once
from tests.welcomed import welcomed_long_ago

log = logging.getLogger(__name__)

Mode = Literal["http", "socket_mode"]
COMMAND = "/godkjenningskode"
BOT_SCOPES = tuple(sorted({*SCOPES, AGENT_SCOPE}))

FORM = {
    "Rolle i organisasjonen": "Frivillig",
    "Hva skal koden brukes til?": "Nettside",
    "Representasjonsmyndighet": True,
}
REGISTRATION: dict[str, Any] = {
    "Navn": "Blåbærlaget",
    "Organisasjonsnummer": "988 077 917",
    "Kortnavn i kodene": "Blåbær",
    "Er organisasjonen godkjent av TechSoup Norge?": "Ja",
    "Hvem lager kodene?": "Boten",
}


@dataclass
class Stage:
    slack: Sandbox
    bot: Bot
    ledger: Ledger
    """A second way into the bot's own: what tests look at, past the bot."""

    clock: TravellingClock
    settings: Settings
    kari: Human
    ola: Human
    anne: Human
    per: Human
    operations: Channel | None = None
    """Where the operator reads, which is Per."""

    organisation_id: str = ""
    """Which is looked at, where there are several."""

    def travel(self, **by: float) -> None:
        self.clock.forward(**by)
        self.bot.wake()

    @property
    def database(self) -> Database:
        return self.ledger.database

    def looking(self) -> AbstractAsyncContextManager[Desk]:
        ledger, which = self.ledger, self.organisation_id
        team_id = self.slack.workspace.team_id
        return ledger.looking_at(which) if which else ledger.looking(team_id)

    def deciding(self) -> AbstractAsyncContextManager[DecidingDesk]:
        ledger, which = self.ledger, self.organisation_id
        team_id = self.slack.workspace.team_id
        return ledger.deciding_at(which) if which else ledger.deciding(team_id)

    async def standing(self) -> Standing:
        async with self.looking() as desk:
            return desk.standing

    async def codes(self) -> list[Code]:
        async with self.looking() as desk:
            return await codes.list_codes(desk, most=1_000)

    async def waiting(self) -> list[CodeRequest]:
        async with self.looking() as desk:
            return await requests.pending(desk, most=1_000)

    async def until(self, holds: Callable[[], Awaitable[bool]], complaint: str) -> None:
        """Wait until something holds in the ledger, of which nobody is told."""
        for _ in range(200):
            if await holds():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(complaint)

    async def history(self) -> list[Row]:
        async with self.looking() as desk:
            return await audit.history(desk)

    # Steps that are taken over and over

    async def asks(self, who: Human, **changes: Any) -> None:
        """Open the form, fill what was not prefilled, send it."""
        await who.types(COMMAND)
        await who.sees_view("Be om godkjenningskode")
        outcome = await self._fill(who, changes)
        assert outcome.closed, outcome

    async def makes(self, who: Human, **changes: Any) -> None:
        """The same for an account holder, who then closes the code, or what is said of it."""
        await who.types(COMMAND)
        await who.sees_view("Ny godkjenningskode")
        outcome = await self._fill(who, changes)
        assert outcome.updated, outcome
        await who.closes()

    async def _fill(self, who: Human, changes: dict[str, Any]) -> Outcome:
        await who.sees("Fornavn")
        await who.fills({**FORM, **changes})
        return await who.submits()

    async def approves(self, who: Human, **changes: Any) -> None:
        await who.clicks("Godkjenn")
        await who.sees_view("Godkjenn forespørsel")
        await who.fills({"Representasjonsmyndighet": True, **changes})
        outcome = await who.submits()
        assert outcome.closed, outcome

    async def has_code(self, who: Human) -> None:
        """Somebody asks for a code for themselves, and Ola approves."""
        await self.asks(who)
        await self.ola.sees("ber om")
        await self.approves(self.ola)
        await who.sees("Koden din er klar")


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    mode: Mode = "http",
    clock: TravellingClock | None = None,
    issuer: Issuer = Issuer.BOT,
    has_holders: bool = True,
    scopes: tuple[str, ...] = BOT_SCOPES,
    strict: bool = True,
    has_metrics: bool = False,
    url: str = "",
    gone: tuple[str, ...] = (),
    named: tuple[str, ...] = (),
    is_welcoming: bool = False,
    is_registered: bool = True,
    is_installed: bool = False,
    **sandbox: Any,
) -> AsyncIterator[Stage]:
    """Everything up and running; at the end nothing may have been held against the bot."""
    clock = clock or TravellingClock()
    url = url or migrated_at_once(folder / "bot.sqlite3")
    sandbox = {"retry_delays": (0, 0, 0), **sandbox}
    async with Sandbox(clock=clock, scopes=scopes, **sandbox) as slack:
        cast = {
            name.lower(): slack.person(name, "Nordmann", email=f"{name.lower()}@example.org")
            for name in ("Kari", "Ola", "Anne", "Per")
        }
        for name in gone:  # while the bot was not there to hear of it
            slack.workspace.deactivate(cast[name.lower()].record)
        operations = None if is_registered else slack.channel("drift", cast["per"])
        others = [name.format(bot=slack.workspace.installation.bot_user_id) for name in named]
        holders = (cast["ola"].id, cast["anne"].id, *others) if has_holders else ()
        settings = settings_for(slack, mode, url, holders, issuer)
        settings = replace(settings, metrics_port=0 if has_metrics else None)
        if operations:
            settings = replace(
                settings,
                organisation_name=None,
                account_holders=None,
                issuer=None,
                operator_channel=operations.id,
            )
        elif not is_welcoming:
            here = [who for who in holders[:2] if not slack.workspace.user(who).deleted]
            await welcomed_long_ago(url, slack.workspace.team_id, here, issuer, clock)
        database = await open_database(url, clock)
        if is_installed:
            settings = from_the_page(settings, slack)
            await installed_long_ago(database, Keyring(settings.secret_keys), slack)
        try:
            async with running(settings, clock) as bot:
                if mode == "http":
                    await slack.connect_http(f"http://127.0.0.1:{bot.port}/slack/events")
                ledger = Ledger(database)
                kari, ola, anne, per = (cast[name] for name in ("kari", "ola", "anne", "per"))
                play = Stage(slack, bot, ledger, clock, settings, kari, ola, anne, per, operations)
                yield play
                await _say_what_waits(database)
                await slack.settles()
                if strict:  # what comes as it stops is rightly turned away
                    assert slack.workspace.violations == [], slack.workspace.violations
        finally:
            await database.close()


async def _say_what_waits(database: Database) -> None:
    """Shown when the test has failed. The clock stands still: what waits for it waits for ever."""
    try:
        async with database.reading() as transaction:
            for each in await outbox.undelivered(transaction):
                log.warning("undelivered %s, now %s", each, transaction.now)
    except DatabaseUnavailable:
        log.warning("undelivered unknown")


def settings_for(
    slack: Sandbox, mode: Mode, database_url: str, holders: tuple[str, ...], issuer: Issuer
) -> Settings:
    return Settings(
        own_app=None,
        bot_token=slack.bot_token,
        app_token=slack.app_token if mode == "socket_mode" else None,
        signing_secret=slack.signing_secret if mode == "http" else None,
        slack_api_url=slack.api_url,
        host="127.0.0.1",
        port=0,
        metrics_host="127.0.0.1",
        metrics_port=None,
        database_url=database_url,
        organisation_name="Røde Kors",
        account_holders=holders,
        issuer=issuer,
        operator_name=None,
        operator_channel=None,
        operator_team=None,
        secret_keys=(new_key(),),
        has_keys_set=True,
        keeps=timedelta(days=400),
        log_format="console",
    )


def without_roll_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds out by itself who has left or joined, and would hide that nothing else does."""

    async def nobody_is_asked_about(_roll_call: RollCall) -> None:
        pass

    monkeypatch.setattr(RollCall, "call", nobody_is_asked_about)
