"""The partners' interface, put together."""

from starlette.types import ASGIApp

from bot.api.addresses import OWN_MACHINE
from bot.api.app import PartnerInterface, partner_api
from bot.api.gate import Gate
from bot.api.pages import add_pages
from bot.api.signing import Signer
from storage.desk import Ledger
from storage.on_postgresql import PostgresDatabase
from templates.words import Words

AT_ONCE = 4
"""Transactions of several questions, where the database has more than one writer."""


def partners_door(
    ledger: Ledger, words: Words, public_url: str, trusted: frozenset[str] = OWN_MACHINE
) -> ASGIApp:
    """All that answers beneath `/api`."""
    at_once = AT_ONCE if isinstance(ledger.database, PostgresDatabase) else 1
    signer = Signer(ledger, public_url or "godkjenningsbot")
    interface = PartnerInterface(ledger, Gate(ledger), signer, at_once, trusted)
    api = partner_api(interface, public_url)
    add_pages(api, words)
    return api
