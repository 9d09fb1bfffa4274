"""Whose Home is brought up to date, and how often."""

import pytest

from handlers.homes import AT_ONCE, BETWEEN_SECONDS, OPEN_SECONDS, Homes


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def homes(seconds: Seconds) -> Homes:
    return Homes(seconds)


def shows(homes: Homes, user_id: str, *, is_account_holder: bool = False) -> None:
    homes.opened(user_id)
    homes.keep(user_id, "", "", is_account_holder=is_account_holder)


def due(homes: Homes) -> list[str]:
    found = []
    while shown := homes.next_due():
        found.append(shown.user_id)
    return found


def test_whom_it_is_about_and_whoever_looks_after_all(homes: Homes, seconds: Seconds) -> None:
    for user_id in ("KARI", "PER"):
        shows(homes, user_id)
    shows(homes, "OLA", is_account_holder=True)
    seconds.now = 10.0
    homes.concern({"KARI", "SOMEBODY"})
    assert due(homes) == ["KARI", "OLA"]
    assert homes.seconds_to_next() is None


def test_where_nobody_says_whom_it_is_about_all_are_looked_at(
    homes: Homes, seconds: Seconds
) -> None:
    shows(homes, "KARI")
    shows(homes, "PER")
    seconds.now = 10.0
    homes.concern(None)
    assert due(homes) == ["KARI", "PER"]


def test_at_most_once_in_three_seconds_for_one_person(homes: Homes, seconds: Seconds) -> None:
    shows(homes, "KARI")
    looked_at = []
    for _ in range(100):
        homes.concern({"KARI"})
        looked_at += [seconds.now for _ in due(homes)]
        seconds.now += 0.1
    assert all(
        later - earlier >= BETWEEN_SECONDS
        for earlier, later in zip([0.0, *looked_at], looked_at, strict=False)
    )
    assert len(looked_at) == 3


def test_what_changed_meanwhile_is_shown_when_the_time_has_passed(
    homes: Homes, seconds: Seconds
) -> None:
    shows(homes, "KARI")
    homes.concern({"KARI"})
    assert due(homes) == []
    assert homes.seconds_to_next() == BETWEEN_SECONDS
    seconds.now = BETWEEN_SECONDS
    assert due(homes) == ["KARI"]


def test_a_thousand_who_look_are_no_storm(homes: Homes, seconds: Seconds) -> None:
    for number in range(1_000):
        shows(homes, f"U{number}")
    seconds.now = 60.0
    homes.concern({"U500"})
    assert due(homes) == ["U500"]
    seconds.now = 120.0
    homes.concern(None)
    assert len(due(homes)) == AT_ONCE
    assert homes.seconds_to_next() == pytest.approx(1.0)
    seconds.now += 60.0
    assert len(due(homes)) <= 60


def test_who_was_looked_at_longest_ago_comes_first(homes: Homes, seconds: Seconds) -> None:
    """However often something happens: nobody is passed over for ever."""
    everybody = {f"U{number}" for number in range(60)}
    for user_id in everybody:
        shows(homes, user_id)
    seen: set[str] = set()
    for _ in range(60):
        seconds.now += 4.0
        homes.concern(None)
        seen.update(due(homes))
    assert seen == everybody


def test_a_look_that_showed_nothing_new_costs_no_publishing(homes: Homes, seconds: Seconds) -> None:
    for number in range(100):
        shows(homes, f"U{number}")
    seconds.now = 10.0
    homes.concern(None)
    looked_at = 0
    for _ in range(10):
        while homes.next_due():
            homes.is_as_it_was()
            looked_at += 1
        seconds.now += 1.0
    assert looked_at == 100


def test_while_it_is_being_opened_whatever_happens_may_be_left_out(
    homes: Homes, seconds: Seconds
) -> None:
    homes.opened("OLA")
    homes.concern({"KARI"})
    seconds.now = 10.0
    assert due(homes) == [], "it is not shown yet"
    homes.keep("OLA", "", "", is_account_holder=False)
    seconds.now = 20.0
    assert due(homes) == ["OLA"]


def test_nothing_is_looked_at_while_slack_wants_nothing(homes: Homes, seconds: Seconds) -> None:
    shows(homes, "KARI")
    seconds.now = 10.0
    homes.concern({"KARI"})
    homes.pause(30.0)
    assert due(homes) == []
    assert homes.seconds_to_next() == pytest.approx(30.0)


def test_whoever_opened_it_long_ago_is_not_thought_to_look(homes: Homes, seconds: Seconds) -> None:
    shows(homes, "KARI")
    seconds.now = OPEN_SECONDS + 1
    homes.concern({"KARI"})
    assert due(homes) == []
    assert homes.seconds_to_next() is None
