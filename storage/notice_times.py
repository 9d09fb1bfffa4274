"""When a code's holder is told that it runs out: pure reckoning over aware UTC times."""

from datetime import datetime, timedelta

from storage.records import NOTICE_DAYS, NoticeKind

CODE_EXPIRES = {days: NoticeKind(f"code_expires_in_{days}") for days in NOTICE_DAYS}
"""What is told so many days before a code runs out."""

CODE_EXPIRED = NoticeKind("code_expired")

_BEFORE_EXPIRY = [
    *((timedelta(days=days), kind) for days, kind in CODE_EXPIRES.items()),
    (timedelta(0), CODE_EXPIRED),
]


def next_notice(expires_at: datetime, after: datetime) -> datetime | None:
    """The first threshold later than `after`, or None when all have passed."""
    moments = (expires_at - before for before, _ in _BEFORE_EXPIRY)
    return next((moment for moment in moments if moment > after), None)


def latest_passed(expires_at: datetime, now: datetime) -> NoticeKind | None:
    """What the latest threshold passed by `now` tells; the ones before it are not told any more."""
    passed = [kind for before, kind in _BEFORE_EXPIRY if expires_at - before <= now]
    return passed[-1] if passed else None
