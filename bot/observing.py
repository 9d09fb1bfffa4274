"""What the parts of the bot tell of their work, for whoever counts it.

The parts know this much and no more: nothing is counted, and nothing is loaded that could, where
the operator has not asked for it.
"""

from enum import StrEnum

from handlers.house import Registry
from handlers.slack_errors import Kind
from storage.database import Database
from storage.patience import Wait


class Fate(StrEnum):
    """What became of a notice when it was tried."""

    DELIVERED = "delivered"
    DROPPED = "dropped"
    """What it tells holds no longer."""

    READDRESSED = "readdressed"
    """Others are told in its place."""

    POSTPONED = "postponed"
    """It was not tried: Slack is asked gently who people are."""

    RETRIED = "retried"
    """It is tried again later."""

    HELD = "held"
    """It waits until Slack takes the bot again."""

    PARKED = "parked"
    """It is given up."""


class Observer:
    """Told of what happens; this one forgets it. All times are in seconds.

    It is called where people wait: it does nothing that takes time, and raises nothing.
    """

    def may_look_at(self, database: Database, registry: Registry) -> None:
        """What is there to be looked at, from now on."""

    def acknowledged(self, kind: str, seconds: float) -> None:
        """A request of this kind (`Call.kind`, or empty) was answered so long after it was read."""

    def not_acknowledged(self, kind: str) -> None:
        """It could not be taken for a reason of ours."""

    def tried(self, fate: Fate) -> None:
        """A notice was tried, and what became of it is kept."""

    def swept(self, seconds: float) -> None:
        """All that time had brought was seen to."""

    def slack_failed(self, kind: Kind, status: int) -> None:
        """Slack refused a call, with this HTTP status, or did not answer (0)."""

    def waited(self, what: Wait, seconds: float) -> None:
        """The database was waited for."""


UNOBSERVED = Observer()
