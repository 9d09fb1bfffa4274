"""All there is to look at when a run is over: plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the bot's, as it was posted and as it stands now."""

    to: str
    """The person, where it is theirs alone; else the channel."""

    at: datetime
    """When Slack was called."""

    title: str
    text: str
    """All of its words, the title's too."""

    notice: str = ""
    """The id in its first block."""

    buttons: Mapping[str, str] = field(default_factory=dict)
    """What each button carries, by its action."""

    text_now: str = ""
    buttons_now: frozenset[str] = frozenset()
    is_taken_away: bool = False
    """Nobody can see it any more."""

    thread: str = ""

    is_overtaken: bool = False
    """Slack was still at it when it was said anew."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A message of somebody's to the bot that it was to answer, and what Slack heard of it."""

    by: str
    text: str
    place: str
    """The channel; empty where it was said to the bot alone."""

    ts: str
    at: datetime
    is_taken: bool
    """The bot has acknowledged it, at whichever attempt."""

    is_given_up: bool = False
    """Slack has brought it as often as it does, in vain."""

    was_refused_last: bool = False
    """The last time the bot was there, and said that it could not."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that the bot has acknowledged with nothing to mend."""

    form: str
    by: str
    matter: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    email: str
    has_joined: bool = False
    """Later than the beginning."""

    has_left: bool = False
    gone_since: datetime | None = None
    """Since when the bot knows that they have left: it has acknowledged that, or asked."""


NEAR = timedelta(seconds=20)
"""How long before or after something went wrong another thing may have to do with it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    kind: str
    began: datetime
    ended: datetime


@dataclass(frozen=True)
class Evidence:
    ledger: Mapping[str, Sequence[Row]]
    """The rows of each table, by its name."""

    said: Sequence[Said] = ()
    asked: Sequence[Asked] = ()
    sent: Sequence[Sent] = ()
    members: Mapping[str, Member] = field(default_factory=dict)
    writings: Sequence[tuple[str, str]] = ()
    """Whatever was written down or sent where no code may stand: where, and what."""

    overtaken: Sequence[Said] = ()
    """What Slack said in the end though it had been said anew by then; in `said` it is not."""

    complaints: Sequence[str] = ()
    troubles: Sequence[Trouble] = ()
    failed_posts: frozenset[str] = frozenset()
    """Threads in which a message was tried of which the bot did not hear what became."""

    leaps: Sequence[tuple[datetime, timedelta]] = ()
    calm_at: Sequence[datetime] = ()
    """Moments at which there was no trouble, and the bot had had the time to look."""

    def rows(self, table: str) -> Sequence[Row]:
        return self.ledger.get(table, ())

    def by_id(self, table: str) -> dict[str, Row]:
        return {row["id"]: row for row in self.rows(table)}

    def was_disturbed(self, at: datetime, *kinds: str) -> bool:
        """Whether something whose name begins so went wrong near that moment."""
        return any(
            trouble.kind.startswith(kinds)
            and self.lived(trouble.began, at) < NEAR
            and self.lived(at, trouble.ended) > -NEAR
            and trouble.began <= at + NEAR
            for trouble in self.troubles
        )

    def lived(self, since: datetime, until: datetime) -> timedelta:
        """How much of this time somebody lived through: without the leaps."""
        leapt = (by for at, by in self.leaps if since <= at <= until)
        return until - since - sum(leapt, timedelta())

    def is_here(self, user_id: str) -> bool:
        member = self.members.get(user_id)
        return member is not None and not member.has_left

    def was_always_here(self, user_id: str) -> bool:
        return self.is_here(user_id) and not self.members[user_id].has_joined
