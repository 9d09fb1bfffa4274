"""The day until which a code is said to be good is one on which somebody can use it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from storage.background import Background
from storage.notice_times import CODE_EXPIRES, end_of_soon, latest_passed
from storage.records import OSLO, SOON, Code
from templates.code_notices import Reader, code_expires, code_ready, code_to_send
from templates.facts import background_facts, ends_on, until, valid_until, went_out
from templates.mail import mail_link
from templates.words import Words
from tests.unit.templates.cast import ORDINARY

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(text: str) -> datetime:
    """Written as in Oslo."""
    return datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)


MIDNIGHT = at("2026-04-10 00:00")


HOLDER = Reader(replace(ORDINARY.situation(), now=NOW), has_asked=False)


def code_until(ends_at: datetime) -> Code:
    return replace(ORDINARY.code(), expires_at=ends_at)


@pytest.mark.parametrize(
    ("ends_at", "said"),
    [
        ("2026-04-10 00:00", "torsdag 9. april 2026"),
        ("2026-04-10 00:00:40", "torsdag 9. april 2026"),
        ("2026-04-10 00:10", "fredag 10. april 2026 kl. 00.10"),
        ("2026-04-10 01:00", "fredag 10. april 2026 kl. 01.00"),
        ("2026-04-10 08:00", "fredag 10. april 2026 kl. 08.00"),
        ("2026-04-10 08:01", "fredag 10. april 2026"),
        ("2026-04-10 23:00", "fredag 10. april 2026"),
        ("2026-03-02 00:00", "søndag 1. mars 2026 kl. 24.00"),
        ("2026-03-02 13:00", "mandag 2. mars 2026 kl. 13.00"),
    ],
)
def test_the_day_alone_is_said_only_where_it_is_one_of_use(
    words: Words, ends_at: str, said: str
) -> None:
    assert until(words, at(ends_at), NOW) == said


SHOWN: dict[str, Callable[[Words, Code], object]] = {
    "home": lambda words, code: valid_until(words, code, NOW),
    "the code's own view": lambda words, code: valid_until(words, code, NOW, to_the_minute=True),
    "what stands for long": lambda words, code: ends_on(words, code, NOW),
    "gone": lambda words, code: went_out(words, code),
    "ready": lambda words, code: code_ready(words, code, HOLDER.situation).blocks,
    "to send": lambda words, code: code_to_send(words, code, HOLDER.situation).blocks,
    "runs out": lambda words, code: code_expires(words, code, HOLDER).blocks,
    "mail": lambda words, code: mail_link(words, code, "Rosa", NOW),
    "background": lambda words, code: background_facts(words, Background(NOW, valid=(code,))),
}


@pytest.mark.parametrize("place", SHOWN)
def test_what_ends_at_a_midnight_is_nowhere_said_to_be_good_on_the_day_after(
    words: Words, place: str
) -> None:
    shown = unquote(str(SHOWN[place](words, code_until(MIDNIGHT))))
    assert "9. april 2026" in shown
    assert "10. april 2026" not in shown


@pytest.mark.parametrize("place", sorted(set(SHOWN) - {"gone"}))
def test_that_it_ends_soon_is_said_with_the_time_everywhere(words: Words, place: str) -> None:
    shown = unquote(str(SHOWN[place](words, code_until(NOW + timedelta(hours=11)))))
    assert "søndag 1. mars 2026 kl. 24.00" in shown
    assert "2. mars" not in shown


def test_days_are_counted_and_told_to_the_day_that_is_shown(words: Words) -> None:
    assert words.days_left(MIDNIGHT, at("2026-04-08 23:59")) == 1
    assert words.days_left(MIDNIGHT, at("2026-04-09 00:00")) == 0
    assert latest_passed(MIDNIGHT, at("2026-04-08 08:00")) == CODE_EXPIRES[1]
    assert latest_passed(MIDNIGHT, at("2026-04-08 07:59")) == CODE_EXPIRES[7]


@pytest.mark.parametrize("ends_at", [MIDNIGHT, MIDNIGHT + timedelta(minutes=1)])
def test_soon_in_a_list_is_soon_by_the_days_that_are_told(words: Words, ends_at: datetime) -> None:
    for days in (SOON.days - 1, SOON.days, SOON.days + 1):
        now = at("2026-04-09 12:00") - timedelta(days=days)
        assert (ends_at < end_of_soon(now)) is (words.days_left(ends_at, now) <= SOON.days)
