"""What every handler has at hand."""

from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from handlers.directory import Directory
from handlers.faq.matcher import Matcher
from storage.database import Database
from storage.keys import Keyring
from templates.words import Words


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
