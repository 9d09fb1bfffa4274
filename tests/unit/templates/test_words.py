"""Dates, days, mentions and prose."""

from datetime import UTC, datetime, timedelta

import pytest

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
        (timedelta(days=14, seconds=1), 15),
        (timedelta(days=13, hours=1), 14),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (timedelta(days=-3), 0),
    ],
)
def test_a_day_begun_counts_and_none_are_left_afterwards(
    words: Words, left: timedelta, days: int
) -> None:
    assert words.days_left(EXPIRES_AT, EXPIRES_AT - left) == days


def test_sixty_days_are_sixty_days_across_the_end_of_summer_time(words: Words) -> None:
    made_at = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert words.days_left(made_at + timedelta(days=60), made_at) == 60


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
    assert by_mention == "Koden vises til <@U1> i Slack."
    assert by_text == "Koden vises til &lt;@U1&gt; &amp; &lt;!channel&gt; i Slack."
    assert isinstance(by_text, Mrkdwn)


def test_plain_prose_leaves_values_alone(words: Words) -> None:
    assert (
        words.plain_prose("reach", who="<b> & co", otherwise=False)
        == "Koden vises til <b> & co i Slack."
    )


def test_a_notification_escapes_and_drops_marks() -> None:
    assert in_notification("*Kari* <!channel> :tada: & `co`") == (
        "Kari &lt;!channel&gt; tada &amp; co"
    )


def test_words_are_made_once_and_default_to_bokmaal() -> None:
    assert Words.of("nb") is Words.of("nb")
    assert Words.of("xx").language == "nb"
