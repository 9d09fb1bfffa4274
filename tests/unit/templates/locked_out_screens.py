"""What the operator reads of whoever guesses at codes."""

from collections.abc import Callable, Iterator
from functools import partial

from slack_sdk.models.views import View

from handlers.locked_out import LIMITS
from storage.records import Partner, PartnerScope
from templates.locked_out import partner_locked_out, strangers_locked_out
from templates.message import Message
from templates.words import Words
from tests.unit.templates.cast import NOW, Cast

Screens = Iterator[tuple[str, Callable[[Words], View | Message]]]
COMMAND = "godkjenningsbot partner"


def locked_out_screens(cast: Cast) -> Screens:
    scope = PartnerScope.HOLDER
    for name, is_test in (("partner", False), ("partner-for-rehearsing", True)):
        partner = Partner("01" + "0" * 24, cast.organisation, scope, is_test, NOW)
        yield (
            f"locked_out/{name}",
            partial(partner_locked_out, partner=partner, limits=LIMITS, command=COMMAND),
        )
    yield (
        "locked_out/strangers",
        partial(strangers_locked_out, limits=LIMITS, command=COMMAND),
    )
