"""What the running bot keeps in memory, and what it and the commands do without."""

import json
import subprocess
import sys

from tests.commands import ROOT

STARTED = """
import json, sys
import bot.__main__, bot.operating.failing, bot.operating.running
from handlers.faq import learning
from templates.words import Words
learning.matcher().match("når går koden ut?")
Words.of("nb").prose("help", account_holder=False)
print(json.dumps(sorted(sys.modules)))
"""
OF_OTHERS = {
    "typer", "pydantic", "rich",  # the command line
    "prometheus_client", "bot.operating.metrics", "bot.operating.seen",  # who counts
    "asyncpg",  # what some databases need
    "alembic", "sqlalchemy",  # what is done to the tables, and SQL that was not made beforehand
    "cryptography", "email_validator",  # what some acts need
    "babel.messages",  # other languages
    "emoji", "websockets", "bot.trial",  # the trial room
    "slack_sdk.socket_mode", "bot.slack.socket_mode",  # the other way in
    "sklearn", "scipy", "numpy",  # learning
}  # fmt: skip


COMMANDED = """
import json, sys
import bot.__main__, bot.operating.failing, bot.operating.command_line
print(json.dumps(sorted(sys.modules)))
"""
OF_THOSE_WHO_RUN = {
    "slack_sdk", "slack_bolt", "aiohttp",  # who speaks to Slack
    "starlette", "uvicorn", "fastapi",  # who answers
    "handlers.routes", "templates.blocks",  # what people do and see there
    "alembic", "asyncpg", "cryptography", "sklearn", "sqlalchemy",
}  # fmt: skip


def held(program: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    return set(json.loads(told.stdout))


def test_the_running_bot_does_not_hold_what_only_others_need() -> None:
    found = held(STARTED)
    assert "slack_bolt" in found
    assert found & OF_OTHERS == set()


def test_a_command_does_not_wait_for_what_only_the_running_bot_needs() -> None:
    found = held(COMMANDED)
    assert "typer" in found
    assert found & OF_THOSE_WHO_RUN == set()
