"""Whoever watches over the bot: starts it again when it has ended, and tells Slack where it is."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.trial.sandbox import Sandbox
from bot.trial.sandbox.http_delivery import HttpDelivery
from tests.faults.process import BotProcess

LOOK_SECONDS = 0.5


class Keeper:
    """Of one bot; while it is stopped there may be a second one beside it."""

    def __init__(
        self, slack: Sandbox, environment: dict[str, str], bot: BotProcess, *, socket_mode: bool
    ) -> None:
        self._slack = slack
        self._environment = environment
        self._socket_mode = socket_mode
        self.bot = bot
        self.bots = [bot]
        """All there have been: what each has written is looked through at the end."""
        self.in_hand = asyncio.Lock()
        """Held by whoever does something to the process."""
        self.figures: Counter[str] = Counter()

    @property
    def written(self) -> bytes:
        return b"".join(bytes(bot.written) for bot in self.bots)

    @property
    def log(self) -> str:
        return self.written.decode(errors="replace")

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            async with self.in_hand:
                if not self.bot.is_alive:
                    self.figures["ended by itself, started again"] += 1
                    await self.start()
            await asyncio.sleep(LOOK_SECONDS)

    async def start(self) -> bool:
        """Whether it is ready: while Slack or the database is away, it may not get so far."""
        self.bot.environment = self._environment | self._way()
        try:
            port = await self.bot.start()
        except (AssertionError, TimeoutError):
            await self.bot.kill()
            return False
        await self._lead_to(port)
        return True

    async def start_the_other_way(self) -> None:
        """Over HTTP after Socket Mode, and the other way round."""
        self._socket_mode = not self._socket_mode
        await self.start()

    def _way(self) -> dict[str, str]:
        if self._socket_mode:
            return {"SLACK_APP_TOKEN": self._slack.app_token}
        return {"SLACK_SIGNING_SECRET": self._slack.signing_secret}

    async def _lead_to(self, port: int) -> None:
        """Slack speaks to this one from now on."""
        carrier, before = self._slack.carrier, self._slack.carrier.transport
        self.figures["started on " + ("Socket Mode" if self._socket_mode else "HTTP")] += 1
        if self._socket_mode:
            carrier.transport = self._slack.socket_mode
        else:
            url = f"http://127.0.0.1:{port}/slack/events"
            carrier.transport = HttpDelivery(url, self._slack.signing_secret)
        if isinstance(before, HttpDelivery):
            await before.close()

    @asynccontextmanager
    async def beside_it_stopped(self) -> AsyncIterator[None]:
        """The bot is stopped while another takes its place; afterwards it goes on, beside that."""
        first = self.bot
        first.send(signal.SIGSTOP)
        try:
            self.bot = BotProcess({}, first.folder, module=first.module)
            self.bots.append(self.bot)
            await self.start()
            yield
        finally:
            first.send(signal.SIGCONT)

    async def end(self) -> None:
        for bot in self.bots:
            await bot.kill()
