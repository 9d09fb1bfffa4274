"""Partners ask while what answers them is killed, again and again: what was answered is kept."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from storage import audit, codes, outbox, partners, using
from storage.keys import Keyring, new_key
from storage.opening import open_database
from storage.records import Action, PartnerScope
from tests.commands import ROOT
from tests.faults.process import BotProcess
from tests.unit.storage.cast import ANNE, OLA, Office

KILLS = 2
ASKERS = 12
BEFORE_IT_IS_KILLED = 0.4
"""Seconds in which people ask."""


@dataclass
class Asking:
    """One partner, with orders of which each is asked about until it is answered."""

    code: str
    key: str
    url: str = ""
    is_over: bool = False
    answered: dict[str, str] = field(default_factory=dict)
    """The use that was recorded, by reference."""

    refused: list[Any] = field(default_factory=list)

    async def go_on(self, asker: int) -> None:
        async with aiohttp.ClientSession() as http:
            number = 0
            while not self.is_over:
                await self.ask_until_answered(http, f"ordre-{asker}-{number}")
                number += 1

    async def ask_until_answered(self, http: aiohttp.ClientSession, reference: str) -> None:
        asked = {"code": self.code, "service": "Kontorpakke", "reference": reference}
        headers = {"Authorization": f"Bearer {self.key}"}
        while not self.is_over:
            try:
                url = f"{self.url}/api/v1/codes/verify"
                async with http.post(url, json=asked, headers=headers) as answer:
                    told = await answer.json(content_type=None)
                    if answer.status == 200:
                        self.answered[reference] = told["use"]["id"]
                        return
                    if answer.status not in (429, 503):
                        self.refused.append(told)
            except (aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(0.02)


def process(folder: Path, url: str, key: str) -> BotProcess:
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
        "SECRET_KEY": key,
        "PORT": "0",
        "LOG_FORMAT": "json",
    }
    return BotProcess(environment, folder, (sys.executable, "-m", "bot", "api"))


@asynccontextmanager
async def office_of(url: str, key: str) -> AsyncIterator[Office]:
    database = await open_database(url)
    try:
        office = await Office.begin(database)
        office.takes_keys(Keyring([key]))
        yield office
    finally:
        await database.close()


async def with_a_partner(office: Office) -> Asking:
    code_id = await office.code()
    async with office.asking() as desk:
        code = (await codes.show(desk, code_id, OLA)).text
    async with office.database.transaction() as transaction:
        scope = PartnerScope.ORGANISATION
        _, key = await partners.add(transaction, "Nettbutikken", scope, is_test=False)
    return Asking(code, key)


async def recorded(office: Office) -> list[str]:
    """The uses that are in the ledger, as often as they are."""
    async with office.looking() as desk:
        return [
            each["id"] for each in await audit.history(desk) if each["action"] == Action.CODE_USED
        ]


async def told_of_first_use(office: Office) -> list[str]:
    async with office.looking() as desk:
        latest = await outbox.latest(desk, 99)
    return sorted(each.recipient or "" for each in latest if each.kind == using.FIRST_USE)


@pytest.mark.timeout(120)
async def test_a_use_that_was_answered_is_recorded_once_and_its_notice_comes_once(
    migrated_url: str, tmp_path: Path
) -> None:
    key = new_key()
    async with office_of(migrated_url, key) as office:
        asking = await with_a_partner(office)
        bot = process(tmp_path, migrated_url, key)
        asking.url = f"http://127.0.0.1:{await bot.start()}"
        askers = [asyncio.create_task(asking.go_on(number)) for number in range(ASKERS)]
        for _ in range(KILLS):
            await asyncio.sleep(BEFORE_IT_IS_KILLED)
            await bot.kill()
            asking.url = f"http://127.0.0.1:{await bot.start()}"
        await asyncio.sleep(BEFORE_IT_IS_KILLED)
        assert await bot.terminate() == 0
        asking.is_over = True
        await asyncio.gather(*askers)
        assert len(asking.answered) > ASKERS
        assert not asking.refused, bot.written.decode()
        there = await recorded(office)
        assert len(set(there)) == len(there)
        assert set(asking.answered.values()) <= set(there)
        assert len(set(asking.answered.values())) == len(asking.answered)
        assert await told_of_first_use(office) == [ANNE, OLA]
        secrets = (asking.code, asking.key, "kari@example.org", "Kari")
        assert not [each for each in secrets if each.encode() in bot.written]


async def test_a_hundred_at_once_at_two_processes_are_one_use_and_one_notice(
    migrated_url: str, tmp_path: Path
) -> None:
    key = new_key()
    async with office_of(migrated_url, key) as office:
        asking = await with_a_partner(office)
        two = [process(tmp_path, migrated_url, key) for _ in range(2)]
        ports = await asyncio.gather(*(each.start() for each in two))
        asked = {"code": asking.code, "service": "Kontorpakke", "reference": "ordre-1"}
        headers = {"Authorization": f"Bearer {asking.key}"}

        async with aiohttp.ClientSession() as http:

            async def ask(port: int) -> dict[str, Any]:
                url = f"http://127.0.0.1:{port}/api/v1/codes/verify"
                async with http.post(url, json=asked, headers=headers) as answer:
                    assert answer.status == 200
                    told: dict[str, Any] = await answer.json()
                    return told

            answers = await asyncio.gather(*(ask(ports[n % 2]) for n in range(100)))
        assert [await each.terminate() for each in two] == [0, 0]
        assert len({each["use"]["id"] for each in answers}) == 1
        assert [each["use"]["repeated"] for each in answers].count(False) == 1
        assert len(await recorded(office)) == 1
        assert await told_of_first_use(office) == [ANNE, OLA]
