"""Reading what was told: by the words that people see and what the buttons carry."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.chaos.checking.evidence import Evidence, Row, Said

CLOCKS_DIFFER = timedelta(hours=4)
"""How wrong the bot's clock may have been when it wrote something down."""

A_MATTER = re.compile(r"\bsak-\d+\b(?!@)")
IN_AN_ADDRESS = re.compile(r"\bsak-\d+(?=@)")

_BY_BUTTON = (
    ("Forespørselen er sendt", "sent", "withdraw_request"),
    (" ber om ", "asked", "approve"),
    ("Koden din er klar", "ready", "show_code"),
    ("Send koden til ", "to_send", "show_code"),
    (" er sendt", "to_send", "show_code"),
    ("Koden går ut om ", "expires", "refresh_code"),
    ("Koden er gått ut", "expired", "refresh_code"),
    ("er ikke lenger i Slack", "left", "revoke_code"),
    ("Ingen kan svare på forespørselen nå", "unattended", "withdraw_request"),
)
"""What stands in the title, what that tells, and the button that carries what it is about."""

_BY_MATTER = (
    ("Koden er trukket tilbake", "revoked"),
    ("Forespørselen er avslått", "declined"),
    ("Forespørselen er utløpt", "lapsed"),
    (" er sendt", "passed_on"),
    ("Koden til ", "approved"),
)
"""Those without such a button tell which matter they are about."""

_WITHOUT_BUTTON = (("Koden går ut om ", "expires"), ("Koden er gått ut", "expired"))


def subject_of(said: Said) -> tuple[str, str] | None:
    """What a message tells, and about what; None where that does not show."""
    for words, what, button in _BY_BUTTON:
        if words in said.title and button in said.buttons:
            return what, said.buttons[button]
    for words, what in _BY_MATTER:
        if words in said.title:
            return what, matter_of(said.text)
    return None


def subject_in(evidence: Evidence, said: Said) -> tuple[str, str] | None:
    """The same; also of what has no button because a refresh was asked for already."""
    if subject := subject_of(said):
        return subject
    notice = evidence.by_id("outbox").get(said.notice)
    for words, what in _WITHOUT_BUTTON:
        if words in said.title and notice is not None and notice["code_id"]:
            return what, notice["code_id"]
    return None


def matter_of(text: str) -> str:
    """What a request was made for, by which all that is told of it is known; where that does not
    stand in it, the address of somebody outside Slack tells."""
    found = A_MATTER.search(text) or IN_AN_ADDRESS.search(text)
    return found[0] if found else ""


def audited(evidence: Evidence, *actions: str, **about: Any) -> Sequence[Row]:
    return [
        event
        for event in evidence.rows("audit")
        if event["action"] in actions and all(event[name] == about[name] for name in about)
    ]


def ended(code: Row) -> bool:
    """Not by time, but by somebody: then what was to be told of it is told no more."""
    return code["state"] in ("replaced", "revoked")
