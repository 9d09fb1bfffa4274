"""Who is locked out by a process without Slack, the operator reads of by one that has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.trial.sandbox import Human, Sandbox
from storage.guessing import MOST_MISSES
from storage.keys import new_key
from storage.partner_keys import new_partner_key
from tests.faults.process import BotProcess, bot_process
from tests.faults.test_partners import office_of, process, with_a_partner
from tests.slack.stage import BOT_SCOPES

PATIENCE = 30.0


@dataclass
class Processes:
    ola: Human
    """Who reads in the operator's channel."""

    alone: BotProcess
    bots: tuple[BotProcess, BotProcess]

    @property
    def all(self) -> tuple[BotProcess, ...]:
        return (self.alone, *self.bots)


@asynccontextmanager
async def three(slack: Sandbox, folder: Path, url: str, key: str) -> AsyncIterator[Processes]:
    """One that answers partners alone, and two bots; and what they have written."""
    ola = slack.person("Ola", "Nordmann")
    channel = slack.channel("drift", ola).id
    alone = process(folder, url, key)
    try:
        async with (
            bot_process(slack, folder, [], database_url=url) as one,
            bot_process(slack, folder, [], database_url=url) as another,
        ):
            for each in (one, another):
                each.environment |= {"SECRET_KEY": key, "OPERATOR_CHANNEL": channel}
            yield Processes(ola, alone, (one, another))
    finally:
        await alone.kill()


async def test_it_is_told_once_where_another_process_answers_partners(
    migrated_url: str, tmp_path: Path
) -> None:
    key = new_key()
    async with (
        Sandbox(scopes=BOT_SCOPES) as slack,
        office_of(migrated_url, key) as office,
        three(slack, tmp_path, migrated_url, key) as there,
    ):
        asking = await with_a_partner(office)
        port, *_ = await asyncio.gather(*(each.start() for each in there.all))
        await guess(port, asking.key, "203.0.113.9")
        await guess(port, new_partner_key(is_test=False), "203.0.113.10")
        await there.ola.sees_message("En partner er stengt ute", timeout=PATIENCE)
        await there.ola.sees_message("Én eller flere adresser er stengt ute", timeout=PATIENCE)
        assert [await each.terminate() for each in there.all] == [0, 0, 0]
        assert len([each for each in there.ola.messages() if "stengt ute" in each.text()]) == 2
        assert b'"locked_out"' in there.alone.written
        for secret in (asking.key, asking.code, "Nettbutikken", "203.0.113"):
            assert not [each for each in there.all if secret.encode() in each.written], secret


async def guess(port: int, key: str, address: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": address}
    async with aiohttp.ClientSession(headers=headers) as http:
        for number in range(MOST_MISSES):
            asked = {"code": f"{number:08}@RodeKors", "service": "Kontorpakke"}
            url = f"http://127.0.0.1:{port}/api/v1/codes/verify"
            async with http.post(url, json=asked) as answer:
                assert answer.status in (200, 401)
