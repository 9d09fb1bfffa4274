"""Somebody who knows the rules and none of the bot's code: own SQL, and what Slack wrote down.

`evidence` is all there is to look at. Each of the others looks at one thing and tells what it
found; `check` has them all look.
"""

from tests.chaos.checking import (
    copies,
    decisions,
    open_codes,
    outbox,
    questions,
    reminders,
    telling,
    the_gone,
)
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.findings import Finding

LOOKS = (
    telling.look,
    reminders.look,
    outbox.look,
    questions.look,
    the_gone.look,
    open_codes.look,
    decisions.look,
    copies.look,
)


def check(evidence: Evidence) -> list[Finding]:
    """All that is not as it ought to be, and what a documented limit explains."""
    return [finding for look in LOOKS for finding in look(evidence)]


__all__ = ["Evidence", "Finding", "check"]
