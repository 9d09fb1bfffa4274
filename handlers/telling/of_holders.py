"""Notices about who decides: to account holders and deputies themselves, and to the others."""

from collections.abc import Callable
from typing import Any

from handlers.situations import situation
from handlers.telling.entry import Entry, Subject
from storage import holding
from storage.desk import Desk
from storage.records import AccountHolder, Notice, NoticeKind
from templates import holder_notices
from templates.message import Message
from templates.situation import Situation
from templates.words import Words

Composed = Callable[[Words, AccountHolder, Situation], Message]


class OfHolder(Subject, frozen=True):
    holder: AccountHolder

    @property
    def is_theirs(self) -> bool:
        return self.notice.recipient == self.holder.user_id


async def _holder(desk: Desk, notice: Notice) -> OfHolder:
    holder = await holding.find(desk, notice.holder_id or "")
    return OfHolder(notice, desk.now, desk.standing, holder)


def _concerns(subject: OfHolder) -> bool:
    """Whoever it is about, and of the others those who hold the account still."""
    return subject.is_theirs or subject.notice.recipient in subject.standing.lasting_holders


def _has_ended(subject: OfHolder) -> bool:
    """Of whoever decides again the newer is told, and not that they do not."""
    standing, recipient = subject.standing, subject.notice.recipient
    if subject.is_theirs and not subject.has_copy:
        decide = standing.holders if subject.holder.is_deputy else standing.lasting_holders
        return recipient not in decide
    return _concerns(subject) or recipient in standing.holders


def _is_there(subject: OfHolder) -> bool:
    """Nothing is begun by whoever has been removed before they could be told."""
    return _concerns(subject) and (subject.has_copy or subject.holder.removed_at is None)


def _entry(
    kind: NoticeKind, compose: Composed, holds: Callable[[OfHolder], bool] = _concerns
) -> Entry[OfHolder]:
    def composed(words: Words, subject: OfHolder) -> Message:
        seen = situation(subject.standing, subject.now, subject.notice.recipient)
        return compose(words, subject.holder, seen)

    return Entry(kind=kind, about=_holder, holds=holds, compose=composed)


ENTRIES: tuple[Entry[Any], ...] = (
    _entry(holding.HOLDER_ADDED, holder_notices.holder_added, _is_there),
    _entry(holding.HOLDER_REMOVED, holder_notices.holder_removed, _has_ended),
    _entry(holding.DEPUTY_APPOINTED, holder_notices.deputy_appointed, _is_there),
    _entry(holding.DEPUTY_MOVED, holder_notices.deputy_moved, _is_there),
    _entry(holding.DEPUTY_BEGAN, holder_notices.deputy_began, _is_there),
    _entry(holding.DEPUTY_ENDED, holder_notices.deputy_ended, _has_ended),
)
