"""What every handler has at hand."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from handlers.directory import Directory
from handlers.faq.matcher import Matcher
from storage.database import Database
from storage.keys import Keyring
from templates.words import Words

QUIET = logging.getLogger("slack_bolt.quiet")
"""For Bolt and its client, whose debug lines hold whole requests. They look at the level of
the very logger they are given, so it is set there."""
QUIET.setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Services:
    database: Database
    keyring: Keyring
    client: AsyncWebClient
    directory: Directory
    words: Words
    matcher: Matcher
    team_id: str
    """The workspace in which the bot is installed: nobody else's people are let in."""

    is_agent: bool
    """Whether Slack may show the bot as an agent: it was granted what that takes."""

    wake: Callable[[], None]
    """Tells the dispatcher that something is due; it would find out by itself, only later."""
