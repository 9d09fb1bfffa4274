"""When time brings something to tell: pure reckoning over aware UTC times.

What time brings is told in the morning of the day on which it is due, in Oslo; but that a code has
run out is told at its minute.
"""

from datetime import UTC, date, datetime, time, timedelta

from storage.records import (
    A_MINUTE,
    FIRST_REMINDER,
    NEXT_REMINDER,
    NOTICE_DAYS,
    OSLO,
    REQUEST_LIFETIME,
    REVIEW_ON,
    SOON,
    TERM_NOTICE_DAYS,
    NoticeKind,
    just_before,
)

MORNING = time(8)
"""From when on people are told, in Oslo. With a thousand to tell it takes some minutes."""

CODE_EXPIRES = {days: NoticeKind(f"code_expires_in_{days}") for days in NOTICE_DAYS}
"""What is told so many days before a code runs out."""

CODE_EXPIRED = NoticeKind("code_expired")
RUNNING_OUT = (*CODE_EXPIRES.values(), CODE_EXPIRED)


def morning_of(moment: datetime) -> datetime:
    """Of the day on which it is, in Oslo: it may be before the moment itself, or after."""
    return _morning_before(moment, 0)


def _morning_before(moment: datetime, days: int) -> datetime:
    """So many days before, by the calendar: where the clocks change, a day is not 24 hours."""
    day = moment.astimezone(OSLO).date() - timedelta(days=days)
    return datetime.combine(day, MORNING, OSLO).astimezone(UTC)


def _thresholds(expires_at: datetime) -> list[tuple[datetime, NoticeKind]]:
    last = just_before(expires_at)
    before = [(_morning_before(last, days), kind) for days, kind in CODE_EXPIRES.items()]
    return [*before, (expires_at, CODE_EXPIRED)]


def next_notice(expires_at: datetime, after: datetime) -> datetime | None:
    """The first threshold later than `after`, or None when all have passed."""
    return next((moment for moment, _ in _thresholds(expires_at) if moment > after), None)


def latest_passed(expires_at: datetime, now: datetime) -> NoticeKind | None:
    """What the latest threshold passed by `now` tells; the ones before it are not told any more."""
    passed = [kind for moment, kind in _thresholds(expires_at) if moment <= now]
    return passed[-1] if passed else None


def next_term_notice(valid_until: datetime, after: datetime) -> datetime | None:
    """When to tell next, later than `after`, that somebody's authority ends or has ended; None when
    all that is to be told has been."""
    before = [_morning_before(valid_until, days) for days in (*TERM_NOTICE_DAYS, 0)]
    return next((each for each in before if each > after), None)


def next_review(after: datetime) -> datetime:
    """When account holders are asked next who has authority still."""
    year = after.astimezone(OSLO).year
    days = (date(each, *REVIEW_ON) for each in (year, year + 1))
    return next(moment for day in days if (moment := morning_of(midnight(day))) > after)


def first_reminder(asked_at: datetime) -> datetime:
    return morning_of(asked_at + FIRST_REMINDER)


def next_reminder(asked_at: datetime, now: datetime) -> datetime:
    """The next one, or when the request lapses, if that comes first."""
    return min(morning_of(now + NEXT_REMINDER), lapses_at(asked_at))


def lapses_at(asked_at: datetime) -> datetime:
    return morning_of(asked_at + REQUEST_LIFETIME)


def end_of_soon(now: datetime) -> datetime:
    """By days of the calendar, as they are told: what ends before this ends on one of them."""
    return midnight(now.astimezone(OSLO).date() + SOON + timedelta(days=1)) + A_MINUTE


def midnight(day: date) -> datetime:
    """When a day begins, in Oslo."""
    return datetime.combine(day, time(), OSLO).astimezone(UTC)


A_DAY = timedelta(days=1)


def prolonged(valid_until: datetime | None, now: datetime) -> datetime | None:
    """Until when a word holds that is given again: to the same day of a later year, unless it is
    most of a year until then anyway."""
    if valid_until is None:
        return None
    last, today = (valid_until.astimezone(OSLO).date() - A_DAY), now.astimezone(OSLO).date()
    while last - today < _MOST_OF_A_YEAR:
        last = _a_year_later(last)
    return midnight(last + A_DAY)


_MOST_OF_A_YEAR = timedelta(days=183)


def _a_year_later(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)
