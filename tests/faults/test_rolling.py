"""Two processes behind a proxy by our file: each is stopped and started in turn while people click,
and no click is lost."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.trial.sandbox import Sandbox
from bot.trial.sandbox.payloads import slash_command
from storage.keys import new_key
from tests.faults.process import BotProcess, bot_process
from tests.operating.test_deploying import CADDY, NGINX, needs
from tests.slack.stage import BOT_SCOPES, COMMAND

WAIT_SECONDS = 0.02
HEARD_SECONDS = 1.0
"""Within which a proxy that asks has heard that one is ready: twice as long as it waits to ask."""

Proxy = Callable[[Path, int, Sequence[int]], AbstractAsyncContextManager[None]]


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        taken = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]


def without_certificate(port: int, ports: Sequence[int]) -> str:
    """Our file, but for what only the machine it is for has."""
    first, *_ = NGINX.read_text(encoding="utf-8").split("server {\n    listen 80;")
    text = replaced(first.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};"), ports)
    return "\n".join(line for line in text.splitlines() if "ssl_certificate" not in line)


def replaced(text: str, ports: Sequence[int]) -> str:
    for number, inner in zip((3000, 3001), ports, strict=True):
        text = text.replace(f"127.0.0.1:{number}", f"127.0.0.1:{inner}")
    return text


@asynccontextmanager
async def caddy(folder: Path, port: int, ports: Sequence[int]) -> AsyncIterator[None]:
    (folder / "Caddyfile").write_text(
        "{\n\tadmin off\n\tauto_https off\n}\n"
        + replaced(CADDY.read_text(encoding="utf-8"), ports).replace(
            "bot.example.org {", f"http://127.0.0.1:{port} {{"
        )
    )
    command = ("caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile")
    with (folder / "errors").open("wb") as errors:
        async with standing(port, *command, stderr=errors, env={"HOME": str(folder)}):
            yield


@asynccontextmanager
async def nginx(folder: Path, port: int, ports: Sequence[int]) -> AsyncIterator[None]:
    (folder / "site.conf").write_text(without_certificate(port, ports))
    whole = folder / "nginx.conf"
    places = "".join(
        f"{name}_temp_path {folder}/{name}; "
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}} "
        f"http {{ access_log off; {places} include {folder}/site.conf; }}"
    )
    async with standing(port, "nginx", "-c", str(whole), "-p", str(folder)):
        yield


@asynccontextmanager
async def standing(port: int, *command: str, **how: Any) -> AsyncIterator[None]:
    """It answers there, while it lasts."""
    how["env"] = {**os.environ, **how.get("env", {})}
    process = await asyncio.create_subprocess_exec(*command, **how)
    try:
        for _ in range(250):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(WAIT_SECONDS)
        yield
    finally:
        process.terminate()
        await process.wait()


class Clicks:
    """Somebody types the command again and again; what became of it."""

    def __init__(self, slack: Sandbox) -> None:
        self._slack = slack
        self._person = slack.person("Kari", "Nordmann", email="kari@example.org")
        self.statuses: list[int] = []
        self.is_over = False

    async def go_on(self) -> None:
        person = self._person
        while not self.is_over:
            payload = slash_command(
                self._slack.workspace, person.record, person.direct_messages, COMMAND, "hjelp"
            )
            answer = await self._slack.deliver("command", payload)
            self.statuses.append(answer.status if answer.text() else 0)
            await asyncio.sleep(WAIT_SECONDS)


@pytest.mark.parametrize(
    ("proxy", "seconds"),
    [
        pytest.param(nginx, "0", marks=needs("nginx")),
        pytest.param(caddy, "2", marks=needs("caddy")),  # as its file says
    ],
)
async def test_no_click_is_lost_while_each_is_stopped_and_started(
    migrated_postgres_url: str, tmp_path: Path, proxy: Proxy, seconds: str
) -> None:
    front, *ports = free_ports(3)
    url, key = migrated_postgres_url, new_key()
    async with (
        Sandbox(scopes=BOT_SCOPES) as slack,
        bot_process(slack, tmp_path, [], database_url=url, SECRET_KEY=key) as one,
        bot_process(slack, tmp_path, [], database_url=url, SECRET_KEY=key) as two,
    ):
        bots: list[BotProcess] = [one, two]
        for bot, port in zip(bots, ports, strict=True):
            bot.environment |= {"PORT": str(port), "LEAVE_SECONDS": seconds}
        await asyncio.gather(*(bot.start() for bot in bots))
        async with proxy(tmp_path, front, ports):
            await slack.connect_http(f"http://127.0.0.1:{front}/slack/events")
            clicks = Clicks(slack)
            clicking = [asyncio.create_task(clicks.go_on()) for _ in range(4)]
            for bot in bots:
                assert await bot.terminate() == 0
                await bot.start()
                await asyncio.sleep(HEARD_SECONDS)
            clicks.is_over = True
            await asyncio.gather(*clicking)
        assert len(clicks.statuses) > 20
        assert set(clicks.statuses) == {200}, (tmp_path / "errors").read_text()
