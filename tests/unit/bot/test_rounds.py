"""Rounds end when they are told to, wherever that finds them."""

import pytest

from bot.delivering.rounds import Rounds


class Restless(Rounds):
    """Told to stop in the middle of a round that takes every word for one of something to do."""

    rounds = 0

    async def _round(self) -> None:
        self.rounds += 1
        self.stop()
        self._woken.clear()

    async def _seconds_to_rest(self) -> float:
        pytest.fail("it rests before it ends")


async def test_whoever_is_told_to_stop_in_a_round_does_not_rest_after_it() -> None:
    rounds = Restless()
    await rounds.run()
    assert rounds.rounds == 1
    assert not await rounds.is_running()
