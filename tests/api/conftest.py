"""The partners' interface over real HTTP, on both databases: one partner, one organisation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.api.app import AheadOfFramework, PartnerInterface, partner_api
from bot.api.gate import Gate, Pace
from bot.api.pages import add_pages
from bot.api.signing import Signer
from bot.operating.web import Server, listen
from storage import codes, partners
from storage.database import Database
from storage.records import ENDED_LIFETIME, PartnerScope
from templates.words import Words
from tests.unit.storage.cast import OLA, Office

OPERATOR = "Siri & co"
ISSUER = "https://bot.example"
WITHOUT_END = Pace(1_000_000, 1_000_000.0)
VERIFY = "/api/v1/codes/verify"


class Monotonic:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Told:
    """An answer."""

    status: int
    headers: Any
    body: Any


@dataclass
class Counter:
    """Where partners ask."""

    office: Office
    url: str
    http: aiohttp.ClientSession
    key: str
    monotonic: Monotonic
    interface: PartnerInterface
    code: str = ""
    keys: dict[str, str] = field(default_factory=dict)

    async def asks(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **how: Any,
    ) -> Told:
        given = self.key if key is None else key
        sent = {"Authorization": f"Bearer {given}"} | (headers or {})
        async with self.http.request(method, self.url + path, headers=sent, **how) as answer:
            is_json = "json" in answer.headers.get("content-type", "")
            body = await answer.json(content_type=None) if is_json else await answer.text()
            return Told(answer.status, answer.headers, body)

    async def verifies(self, code: str | None = None, **more: Any) -> Told:
        how = {name: more.pop(name) for name in ("key", "headers") if name in more}
        asked = {"code": self.code if code is None else code, "service": "Kontorpakke", **more}
        return await self.asks("POST", VERIFY, json=asked, **how)

    async def partner(self, name: str, *, is_test: bool = False) -> str:
        """Another one's key."""
        scope = PartnerScope.ORGANISATION
        async with self.office.database.transaction() as transaction:
            _, key = await partners.add(transaction, name, scope, is_test=is_test)
        self.looks_again()
        return key

    def looks_again(self) -> None:
        self.monotonic.now += 2

    async def waits(self, seconds: float) -> None:
        """By all clocks; what was begun is through by then."""
        await self.interface.gate.finish()
        clock: Any = self.office.database.clock
        clock.now += timedelta(seconds=seconds)
        self.monotonic.now += seconds

    async def makes_code(self, submission: str = "V1") -> tuple[str, str]:
        """Its id, and the code."""
        code_id = await self.office.code(submission=submission)
        async with self.office.asking() as desk:
            return code_id, (await codes.show(desk, code_id, OLA)).text


@asynccontextmanager
async def counter_of(
    office: Office,
    *,
    pace: Pace = WITHOUT_END,
    address_pace: Pace = WITHOUT_END,
    public_url: str = ISSUER,
) -> AsyncIterator[Counter]:
    async with office.database.transaction() as transaction:
        _, key = await partners.add(transaction, "Nettbutikken", PartnerScope.HOLDER, is_test=False)
    monotonic = Monotonic()
    gate = Gate(office.ledger, key_pace=pace, address_pace=address_pace, monotonic=monotonic)
    signer = Signer(office.ledger, ISSUER, monotonic)
    interface = PartnerInterface(office.ledger, gate, signer, {"127.0.0.1"}, OPERATOR)
    api = partner_api(interface, public_url)
    add_pages(api, Words.of("nb").naming(OPERATOR, ENDED_LIFETIME))
    listener = listen("127.0.0.1", 0)
    server = Server(AheadOfFramework(interface, api), finish_seconds=5)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await server.is_up()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with aiohttp.ClientSession() as http:
        counter = Counter(office, url, http, key, monotonic, interface)
        try:
            yield counter
        finally:
            await interface.gate.finish()
            server.stop()
            await serving
            listener.close()


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.begin(database)


@pytest.fixture
async def counter(office: Office) -> AsyncIterator[Counter]:
    async with counter_of(office) as counter:
        _, counter.code = await counter.makes_code()
        yield counter
