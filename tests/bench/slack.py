"""Slack: the sandbox in a process of its own, on the load's core.

    python -m tests.bench.slack [--silent]

It ends with its standard input, so that it never outlives the benchmark.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.trial.sandbox import RateLimited, Sandbox

TEAM = "T0ORG"
ASKER, HOLDERS = "UKARI", ("UOLA", "UANNE")
NEVER = 1_000_000


@dataclass(frozen=True)
class Slack:
    api_url: str
    bot_token: str
    signing_secret: str

    def environment(self) -> dict[str, str]:
        """As the bot reads it, and the baselines too."""
        return {
            "SLACK_API_URL": self.api_url,
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
        }


@contextmanager
def slack(*, silent: bool = False) -> Iterator[Slack]:
    """A Slack that takes messages; or a `silent` one, which asks the bot to wait with them."""
    command = [sys.executable, "-m", "tests.bench.slack", *(["--silent"] if silent else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Slack(**json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(10)


async def serve(*, silent: bool) -> None:
    async with Sandbox(team_id=TEAM, echoes_own_messages=False) as sandbox:
        for user_id in (ASKER, *HOLDERS):
            email = f"{user_id.lower()}@example.org"
            sandbox.person(user_id.title(), "Nordmann", email=email, id=user_id)
        if silent:
            sandbox.workspace.faults.add("chat.postMessage", RateLimited(3600), NEVER, None)
        told = Slack(sandbox.api_url, sandbox.bot_token, sandbox.signing_secret)
        print(json.dumps(vars(told)), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(silent="--silent" in sys.argv))
