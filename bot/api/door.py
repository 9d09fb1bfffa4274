"""The partners' interface, put together."""

from starlette.types import ASGIApp

from bot.api.app import AheadOfFramework, PartnerInterface, partner_api
from bot.api.gate import Gate
from bot.api.pages import add_pages
from bot.api.signing import NAMELESS, Signer
from storage.desk import Ledger
from templates.words import Words


def interface_for(
    ledger: Ledger, words: Words, public_url: str | None, trusted: frozenset[str]
) -> PartnerInterface:
    signer = Signer(ledger, public_url or NAMELESS)
    return PartnerInterface(ledger, Gate(ledger), signer, trusted, words.operator_name)


def answering(interface: PartnerInterface, words: Words, public_url: str | None) -> ASGIApp:
    """All that there is beneath `/api`."""
    api = partner_api(interface, public_url or "")
    add_pages(api, words)
    return AheadOfFramework(interface, api)
