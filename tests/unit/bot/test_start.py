"""What the running bot keeps in memory, and what it does without."""

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
    "alembic", "asyncpg", "sqlalchemy.dialects.postgresql",  # what some databases need
    "cryptography", "email_validator",  # what some acts need
    "babel.messages",  # other languages
    "emoji", "websockets", "bot.trial",  # the trial room
    "slack_sdk.socket_mode", "bot.slack.socket_mode",  # the other way in
    "sklearn", "scipy", "numpy",  # learning
}  # fmt: skip


def test_the_running_bot_does_not_hold_what_only_others_need() -> None:
    told = subprocess.run(
        [sys.executable, "-c", STARTED], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    held = set(json.loads(told.stdout))
    assert "sqlalchemy" in held
    assert held & OF_OTHERS == set()
