"""What is found, by kind."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    LOST = "lost"
    DOUBLED = "doubled"
    UNCALLED = "said to somebody whom it is not for"
    GONE = "to somebody who was gone"
    OPEN = "codes in the open"
    DECIDED_TWICE = "decided twice, or otherwise than the audit says"
    UNFOUNDED = "codes without a confirmation"
    WORDLESS = "questions given up without a word"
    STALE = "copies that do not say what was decided"
    WAITING = "left waiting in the outbox"
    REFUSED = "refused by Slack for what was sent"

    RATHER_NOT_REPEATED = "in public, may have been said: rather not repeated"
    NOBODY_THERE = "questions that reached no bot at all"
    NOBODY_READS = "copies of somebody gone, whose conversation Slack has closed"
    NO_WORD_POSSIBLE = "questions given up while Slack took no message either"
    OVERTAKEN = "said anew by another process, a clock having jumped, while Slack was still at it"

    @property
    def is_violation(self) -> bool:
        """The others are limits that are documented, and counted apart."""
        return self not in LIMITS


LIMITS = frozenset(
    (
        Kind.RATHER_NOT_REPEATED,
        Kind.NOBODY_THERE,
        Kind.NOBODY_READS,
        Kind.NO_WORD_POSSIBLE,
        Kind.OVERTAKEN,
    )
)


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    about: str
    """What to look for in the record: ids, and no more."""
