"""A real bot in a process of its own, that can be killed and started again."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.trial.sandbox import Human, Sandbox
from storage.keys import new_key
from tests.commands import ROOT, Command


@dataclass
class BotProcess:
    """`python -m bot run`, with the sandbox as its Slack."""

    environment: dict[str, str]
    folder: Path
    command: tuple[str, ...] | None = None
    """What starts it, where that matters."""

    written: bytearray = field(default_factory=bytearray)
    """All that it wrote on standard output and error, over every start."""

    _process: asyncio.subprocess.Process | Command | None = None
    _reading: asyncio.Task[None] | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> int:
        """Start it and wait until it is ready; its port."""
        before = len(self.written)
        await self.begin()
        ready = await self.writes(
            rb'"port": (\d+)[^\n]*"event": "ready"|"event": "ready"[^\n]*"port": (\d+)', before
        )
        return int(ready.group(1) or ready.group(2))

    async def begin(self) -> None:
        """Start it, ready or not."""
        self._reading = asyncio.create_task(self._read(await self._begun()))

    async def _begun(self) -> asyncio.StreamReader:
        if self.command is None:
            self._process = Command(("run",), self.folder, self.environment)
            return await self._process.output()
        self._process = await asyncio.create_subprocess_exec(
            *self.command,
            cwd=self.folder, env=self.environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert self._process.stdout
        return self._process.stdout

    async def _read(self, output: asyncio.StreamReader) -> None:
        while chunk := await output.read(4096):
            self.written += chunk
            self._changed.set()
        self._changed.set()

    async def writes(self, pattern: bytes, after: int = 0, seconds: float = 20) -> re.Match[bytes]:
        """Wait until it has written this."""
        async with asyncio.timeout(seconds):
            while not (found := re.compile(pattern).search(self.written, after)):
                assert self._process
                assert self._process.returncode is None, self.written.decode()
                self._changed.clear()
                await self._changed.wait()
        return found

    @property
    def pid(self) -> int:
        """Of one that was started by a command of its own."""
        assert isinstance(self._process, asyncio.subprocess.Process)
        return self._process.pid

    async def kill(self) -> None:
        """SIGKILL: it has no time for anything."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """SIGTERM; its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(number)
        code = await process.wait()
        assert self._reading
        await self._reading
        self._process = None
        return code


@asynccontextmanager
async def bot_process(
    slack: Sandbox,
    folder: Path,
    holders: list[Human],
    *,
    socket_mode: bool = False,
    database_url: str | None = None,
    **settings: str,
) -> AsyncIterator[BotProcess]:
    way = (
        {"SLACK_APP_TOKEN": slack.app_token}
        if socket_mode
        else {"SLACK_SIGNING_SECRET": slack.signing_secret}
    )
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": slack.api_url,
        "PORT": "0",
        "DATABASE_URL": database_url or "sqlite:///bot.sqlite3",
        "ORGANISATION_NAME": "Røde Kors",
        "ACCOUNT_HOLDERS": ",".join(holder.id for holder in holders),
        "SECRET_KEY": new_key(),
        "LOG_FORMAT": "json",
        **way,
        **settings,
    }
    process = BotProcess(environment, folder)
    try:
        yield process
    finally:
        await process.kill()
