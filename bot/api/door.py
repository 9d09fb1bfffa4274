"""The partners' interface, put together."""

from starlette.types import ASGIApp

from bot.api.app import PartnerInterface, partner_api
from bot.api.gate import Gate
from bot.api.pages import add_pages
from bot.api.signing import Signer
from storage.desk import Ledger
from storage.on_postgresql import PostgresDatabase
from templates.words import Words

AT_ONCE = 4
"""Transactions of several questions, where the database has more than one writer."""

NAMELESS = "godkjenningsbot"
"""Who signs where it is not known where the bot is reached."""


def interface_for(
    ledger: Ledger, public_url: str | None, trusted: frozenset[str]
) -> PartnerInterface:
    at_once = AT_ONCE if isinstance(ledger.database, PostgresDatabase) else 1
    signer = Signer(ledger, public_url or NAMELESS)
    return PartnerInterface(ledger, Gate(ledger), signer, at_once, trusted)


def answering(interface: PartnerInterface, words: Words, public_url: str | None) -> ASGIApp:
    """All that there is beneath `/api`."""
    api = partner_api(interface, public_url or "")
    add_pages(api, words)
    return api
