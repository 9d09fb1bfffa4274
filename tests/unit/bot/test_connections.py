"""Which connections are let go, and for whom."""

import logging

import pytest

from bot.operating import connections
from bot.operating.connections import Connections, Waiting


class Stranger:
    waiting = Waiting.FOR_REQUEST
    held = 0
    was_dropped = False

    def drop(self) -> None:
        self.was_dropped = True


@pytest.fixture
def now() -> list[float]:
    """Seconds."""
    return [0.0]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, now: list[float]) -> Connections:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    monkeypatch.setattr(connections, "MOST_BYTES", 100)
    return Connections(lambda: now[0])


def admitted(few: Connections, *waiting: Waiting) -> list[Stranger]:
    strangers = []
    for what in waiting:
        few.admit(stranger := Stranger())
        few.waits(stranger, what)
        strangers.append(stranger)
    return strangers


def dropped(strangers: list[Stranger]) -> list[bool]:
    return [stranger.was_dropped for stranger in strangers]


REQUEST, ANSWER, NEXT = Waiting


def test_who_has_not_asked_yet_gives_way_before_who_keeps_a_line_open(few: Connections) -> None:
    there = admitted(few, NEXT, REQUEST, REQUEST)
    few.admit(Stranger())
    assert dropped(there) == [False, True, False]


def test_a_line_that_is_kept_open_gives_way_before_an_answer(few: Connections) -> None:
    there = admitted(few, ANSWER, NEXT, ANSWER)
    few.admit(Stranger())
    assert dropped(there) == [False, True, False]


def test_who_comes_is_sent_away_when_all_others_are_being_answered(few: Connections) -> None:
    there = admitted(few, ANSWER, ANSWER, ANSWER)
    few.admit(late := Stranger())
    assert dropped([*there, late]) == [False, False, False, True]
    assert len(few) == 3


def test_the_longest_gives_way_where_too_much_has_come(few: Connections) -> None:
    first, second, third = admitted(few, REQUEST, REQUEST, REQUEST)
    few.hold(second, 60)
    few.hold(third, 60)
    assert dropped([first, second, third]) == [True, True, False]
    few.waits(third, ANSWER)
    few.admit(fourth := Stranger())
    few.hold(fourth, 100)
    assert dropped([third, fourth]) == [False, False]


def test_each_is_waited_for_so_long_and_no_longer(few: Connections, now: list[float]) -> None:
    there = admitted(few, REQUEST, ANSWER, NEXT)
    for seconds, expected in ((9.9, 0), (10.1, 1), (29.9, 1), (30.1, 2), (74.9, 2), (75.1, 3)):
        now[0] = seconds
        few.drop_late()
        assert sum(dropped(there)) == expected
    assert len(few) == 0


def test_there_are_never_more_than_half_the_files_that_may_be_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (4, 4))
    there = admitted(Connections(), REQUEST, REQUEST, REQUEST)
    assert dropped(there) == [True, False, False]


def test_the_log_says_so_once(few: Connections, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            few.admit(Stranger())
    assert [record.message for record in caplog.records] == ["connection_dropped"]
