"""Slack's pace and the waits between attempts, as values."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.pace import Backoff, TokenBucket


class Monotonic:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_burst_goes_at_once_and_then_so_many_a_second() -> None:
    time = Monotonic()
    bucket = TokenBucket(burst=3, per_second=2.0, monotonic=time)
    assert bucket.available() == 3
    bucket.take(3)
    assert bucket.available() == 0
    assert bucket.wait_seconds() == 0.5
    time.seconds = 0.5
    assert bucket.available() == 1


def test_what_is_kept_is_left_for_others() -> None:
    time = Monotonic()
    bucket = TokenBucket(burst=3, per_second=2.0, monotonic=time)
    assert (bucket.available(keeping=2), bucket.wait_seconds(keeping=2)) == (1, 0.0)
    bucket.take(1)
    assert (bucket.available(keeping=2), bucket.wait_seconds(keeping=2)) == (0, 0.5)
    assert bucket.available() == 2


def test_what_was_taken_in_vain_is_given_back() -> None:
    bucket = TokenBucket(burst=3, per_second=2.0, monotonic=Monotonic())
    bucket.take(3)
    bucket.give_back(1)
    assert bucket.available() == 1
    bucket.give_back(9)
    assert bucket.available() == 3


def test_it_never_gathers_more_than_a_burst() -> None:
    time = Monotonic()
    bucket = TokenBucket(burst=3, per_second=2.0, monotonic=time)
    time.seconds = 1_000
    assert bucket.available() == 3


def test_a_pause_holds_everything_back() -> None:
    time = Monotonic()
    bucket = TokenBucket(burst=3, per_second=2.0, monotonic=time)
    bucket.pause(30)
    bucket.pause(5)
    assert (bucket.available(), bucket.wait_seconds()) == (0, 30)
    time.seconds = 30
    assert bucket.available() == 3


@given(attempt=st.integers(1, 500), jitter=st.floats(0, 1))
def test_waits_grow_up_to_the_longest(attempt: int, jitter: float) -> None:
    backoff = Backoff()
    wait = backoff.delay(attempt, jitter)
    assert timedelta(seconds=0.5) <= wait <= backoff.longest
    assert wait <= backoff.delay(attempt + 1, 1.0)


def test_it_gives_up_after_about_a_day() -> None:
    backoff = Backoff()
    waited = sum((backoff.delay(n, 0.5) for n in range(1, backoff.attempts)), timedelta())
    assert timedelta(hours=12) < waited < timedelta(hours=36)
    assert backoff.is_exhausted(backoff.attempts)
