"""Dates, days, mentions and prose."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.records import CODE_LIFETIME, OSLO
from templates.words import Mrkdwn, Words, in_notification, mention

EXPIRES_AT = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)


def test_a_date_is_said_in_oslo(words: Words) -> None:
    assert words.date(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == "mandag 23. november 2026"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "søndag 29. mars 2026 kl. 01.59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "søndag 29. mars 2026 kl. 03.00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "søndag 25. oktober 2026 kl. 02.30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "søndag 25. oktober 2026 kl. 02.30"),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "søndag 25. oktober 2026 kl. 03.00"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "mandag 26. oktober 2026 kl. 00.00"),
        (EXPIRES_AT, "mandag 23. november 2026 kl. 14.05"),
    ],
)
def test_the_clock_follows_summer_time(words: Words, moment: datetime, said: str) -> None:
    assert words.moment(moment) == said


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=14), 14),
        (timedelta(days=14, hours=14), 14),
        (timedelta(days=14, hours=15), 15),
        (timedelta(days=13, hours=15), 14),
        (timedelta(seconds=1), 0),
        (timedelta(0), 0),
        (timedelta(days=-3), 0),
    ],
)
def test_days_are_counted_by_the_calendar(words: Words, left: timedelta, days: int) -> None:
    assert words.days_left(EXPIRES_AT, EXPIRES_AT - left) == days


@pytest.mark.parametrize(
    ("made_at", "days"),
    [
        # Written as in Oslo. Sixty times twenty-four hours are an hour less of the calendar where
        # summer time ends within them, and an hour more where it begins.
        (datetime(2026, 7, 1, 0, 10, tzinfo=OSLO), 60),
        (datetime(2026, 7, 1, 23, 50, tzinfo=OSLO), 60),
        (datetime(2026, 9, 1, 0, 10, tzinfo=OSLO), 59),
        (datetime(2026, 9, 1, 23, 50, tzinfo=OSLO), 60),
        (datetime(2026, 2, 1, 0, 10, tzinfo=OSLO), 60),
        (datetime(2026, 2, 1, 23, 50, tzinfo=OSLO), 61),
    ],
)
def test_the_days_of_a_code_are_those_between_the_dates_that_are_shown(
    words: Words, made_at: datetime, days: int
) -> None:
    made_at = made_at.astimezone(UTC)
    expires_at = made_at + CODE_LIFETIME
    assert words.days_left(expires_at, made_at) == days
    shown = expires_at.astimezone(OSLO).date() - made_at.astimezone(OSLO).date()
    assert shown.days == days


@pytest.mark.parametrize(("count", "said"), [(0, "0 dager"), (1, "1 dag"), (14, "14 dager")])
def test_one_day_and_several(words: Words, count: int, said: str) -> None:
    assert words.days(count) == said


def test_mentions_are_listed_as_people_say_them(words: Words) -> None:
    assert words.mentions([]) == ""
    assert words.mentions(["U1"]) == "<@U1>"
    assert words.mentions(["U1", "U2", "U3"]) == "<@U1>, <@U2> og <@U3>"


def test_prose_escapes_values_and_lets_mentions_through(words: Words) -> None:
    by_mention = words.prose("reach", who=mention("U1"), otherwise=False)
    by_text = words.prose("reach", who="<@U1> & <!channel>", otherwise=False)
    assert by_mention == "<@U1> får se koden i Slack hvis du godkjenner."
    assert by_text == "&lt;@U1&gt; &amp; &lt;!channel&gt; får se koden i Slack hvis du godkjenner."
    assert isinstance(by_text, Mrkdwn)


def test_plain_prose_leaves_values_alone(words: Words) -> None:
    assert (
        words.plain_prose("reach", who="<b> & co", otherwise=False)
        == "<b> & co får se koden i Slack hvis du godkjenner."
    )


def test_a_notification_escapes_and_drops_marks() -> None:
    assert in_notification("*Kari* <!channel> :tada: & `co`") == (
        "Kari &lt;!channel&gt; tada &amp; co"
    )


def test_words_are_made_once_and_default_to_bokmaal() -> None:
    assert Words.of("nb") is Words.of("nb")
    assert Words.of("xx").language == "nb"


def test_each_bot_tells_its_own_though_its_texts_are_those_of_all(words: Words) -> None:
    first = words.naming("Siri", timedelta(days=100))
    second = words.naming("Ola", timedelta(days=50))
    for bot, who, keep in (first, "Siri", 100), (second, "Ola", 50), (first, "Siri", 100):
        suspended = bot.prose("refusals/organisation_not_approved", suspended=True)
        assert f"Spør {who} hvorfor" in suspended
        assert f"blir slettet {keep} dager etter" in bot.prose("faq/privacy", general=True)
