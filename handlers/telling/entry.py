"""One kind of notice: all that there is to know of it, in one place."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Struct

from handlers.situations import situation
from storage.desk import AskingDesk, Desk
from storage.outbox import NewNotice
from storage.records import Notice, NoticeKind, Person
from storage.standing import Standing
from templates.message import Message
from templates.situation import Situation
from templates.words import Words


class Subject(Struct, frozen=True):
    """What a notice is about, read from the ledger at the moment it is sent."""

    notice: Notice
    now: datetime
    standing: Standing

    @property
    def situation(self) -> Situation:
        """As its reader meets it."""
        return situation(self.standing, self.now, self.notice.recipient)

    @property
    def person(self) -> Person | None:
        """Who is looked up in Slack before it is told."""
        return None

    @property
    def has_copy(self) -> bool:
        """Whether it has been posted: then its copy is kept up to date."""
        return bool(self.notice.ts)

    @property
    def is_for_account_holder(self) -> bool:
        recipient = self.notice.recipient
        return recipient is not None and self.standing.is_account_holder(recipient)


About = TypeVar("About", bound=Subject)


def has_lost_account_holder(subject: Subject) -> bool:
    """What was for an account holder who is one no more is for those who are."""
    return not subject.has_copy and not subject.is_for_account_holder


def always(subject: Subject) -> bool:
    return True


def never(subject: Subject) -> bool:
    return False


async def to_account_holders(desk: AskingDesk, subject: Subject) -> list[NewNotice]:
    """The same, to each of them."""
    notice = subject.notice
    return [told_instead(notice, notice.kind, holder) for holder in desk.standing.holders]


def told_instead(
    notice: Notice, kind: NoticeKind, recipient: str | None, *, request_id: str | None = None
) -> NewNotice:
    """A notice to somebody, about what another one is about; to nobody yet, or about nothing that
    has an id, as often as one comes to that."""
    new = NewNotice(
        kind,
        recipient,
        request_id=request_id or notice.request_id,
        code_id=notice.code_id,
        forwarded_id=notice.forwarded_id,
        holder_id=notice.holder_id,
        person_id=notice.person_id,
        turn=notice.turn,
    )
    return new if recipient and new.subject else replace(new, about=notice.id)


class Entry(Struct, Generic[About], frozen=True, kw_only=True):
    kind: NoticeKind

    about: Callable[[Desk, Notice], Awaitable[About]]
    """Reads from the ledger what it is about.

    Raises:
        NotFound: it is about something that is not there.
    """

    compose: Callable[[Words, About], Message]
    """How it reads now."""

    is_over: Callable[[About], bool] = never
    """Whether what it tells has passed, whoever it is for, while it waited to be told first."""

    is_overtaken_by_next: bool = False
    """Whether the next one of its kind tells the same person the same, and is enough: the copy of
    the one before is taken away."""

    goes: Callable[[About], bool] = never
    """Whether a copy is of no use to anybody any more, and is taken away."""

    holds: Callable[[About], bool] = always
    """Whether there is anything to tell yet."""

    has_lost_its_reader: Callable[[About], bool] = never
    """Whether it was for somebody who is not there any more."""

    address: Callable[[AskingDesk, About], Awaitable[Sequence[NewNotice]]] = to_account_holders
    """The notices in its place when it was written to nobody, or has lost its reader. While there
    are none, it waits."""

    rather_twice: bool = False
    """Whether it is told once more where the bot cannot see whether Slack has taken it, rather than
    perhaps not at all."""

    hand_on: Callable[[AskingDesk, Notice], Awaitable[Sequence[NewNotice]]] | None = None
    """What is told when it can never be delivered: to others, or elsewhere."""
