"""How many places the deliveries on their way take."""

from typing import Any

from bot.delivering.dispatcher import MOST_UNDER_WAY
from bot.delivering.under_way import MOST_SET_ASIDE, SLOW_SECONDS, UnderWay
from bot.slack.installing import CALLS_AT_ONCE


class Delivery:
    def __init__(self) -> None:
        self.has_ended = False

    def done(self) -> bool:
        return self.has_ended


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def some(count: int) -> list[Any]:
    return [Delivery() for _ in range(count)]


def test_each_takes_a_place_until_it_ends() -> None:
    under_way, two = UnderWay(Clock()), some(2)
    assert not under_way
    under_way.add(two)
    assert under_way.places() == 2
    two[0].has_ended = True
    under_way.forget_ended()
    assert under_way.places() == 1
    assert under_way.tasks == {two[1]}


def test_one_that_is_slow_leaves_its_place_to_another() -> None:
    clock = Clock()
    under_way = UnderWay(clock)
    assert under_way.seconds_to_next_place() is None
    under_way.add(some(1))
    clock.now += 1
    under_way.add(some(1))
    assert under_way.seconds_to_next_place() == SLOW_SECONDS - 1
    clock.now += SLOW_SECONDS - 1
    assert under_way.places() == 1
    assert len(under_way.tasks) == 2
    assert under_way.seconds_to_next_place() == 1
    clock.now += 1
    assert under_way.places() == 0
    assert under_way.seconds_to_next_place() is None


def test_where_all_are_slow_no_more_than_some_go_beside_them() -> None:
    clock = Clock()
    under_way = UnderWay(clock)
    under_way.add(some(MOST_SET_ASIDE + 5))
    clock.now += SLOW_SECONDS
    assert under_way.places() == 5
    assert under_way.seconds_to_next_place() is None


def test_the_line_to_slack_has_room_for_those_set_aside_too() -> None:
    assert max(MOST_UNDER_WAY.values()) + MOST_SET_ASIDE < CALLS_AT_ONCE
