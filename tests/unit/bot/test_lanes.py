"""What each turn leaves to those before it, on the way to one workspace."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.delivering.dispatcher import MOST_UNDER_WAY
from bot.delivering.lanes import AT_ONCE, BURST, PER_SECOND, Lane
from bot.slack.installing import CALLS_AT_ONCE
from handlers.pace import TokenBucket
from storage.records import Turn


def lane(trouble: str = "") -> Lane:
    courier: Any = SimpleNamespace(workspace=SimpleNamespace(ties=SimpleNamespace(trouble=trouble)))
    return Lane(courier, TokenBucket(BURST, PER_SECOND, lambda: 0.0))


def rooms(way: Lane) -> list[int]:
    return [way.room(turn) for turn in Turn]


@pytest.mark.parametrize(
    ("in_hand", "expected"),
    [(0, [8, 7, 6]), (6, [2, 1, 0]), (7, [1, 0, 0]), (AT_ONCE, [0, 0, 0])],
)
def test_places_are_left_to_those_who_come_first(in_hand: int, expected: list[int]) -> None:
    way = lane()
    way.in_hand = in_hand
    assert rooms(way) == expected


@pytest.mark.parametrize(
    ("sent", "expected"), [(20, [8, 7, 0]), (80, [8, 0, 0]), (99, [1, 0, 0]), (100, [0, 0, 0])]
)
def test_the_pace_is_left_to_those_who_come_first(sent: int, expected: list[int]) -> None:
    way = lane()
    way.pace.take(sent)
    assert rooms(way) == expected


def test_nothing_goes_where_slack_refuses_the_bot() -> None:
    assert rooms(lane(trouble="token_revoked")) == [0, 0, 0]


def test_the_line_to_slack_has_room_for_more_than_all_notices_under_way() -> None:
    most = [MOST_UNDER_WAY[turn] for turn in Turn]
    assert most == sorted(most, reverse=True)
    assert len(set(most)) == len(most)
    assert max(most) < CALLS_AT_ONCE
