"""The way to one workspace: who carries there, how fast, and how much is on the way."""

import time
from collections.abc import Callable

from msgspec import Struct

from bot.delivering.courier import Courier
from handlers.house import Workspace
from handlers.pace import TokenBucket
from storage.records import Turn

AT_ONCE = 8
"""Deliveries under way to one workspace: where Slack is slow for one, others have their own."""

BURST = 100
PER_SECOND = 5.0
"""Messages to one workspace: Slack takes a few hundred a minute."""

PLACES_KEPT = {Turn.ANSWER: 0, Turn.DEED: 1, Turn.TIME: 2}
BURST_KEPT = {Turn.ANSWER: 0, Turn.DEED: 20, Turn.TIME: 80}
"""What each turn leaves to those before it: whoever asks something while a thousand notices are on
their way is answered at once."""


class Lane(Struct, eq=False):
    """To one workspace."""

    courier: Courier
    pace: TokenBucket
    in_hand: int = 0

    @classmethod
    def to(cls, workspace: Workspace, monotonic: Callable[[], float] = time.monotonic) -> "Lane":
        return cls(Courier.of(workspace), TokenBucket(BURST, PER_SECOND, monotonic))

    @property
    def team_id(self) -> str:
        return self.courier.workspace.team_id

    @property
    def is_closed(self) -> bool:
        """Whether Slack refuses the bot in this workspace."""
        return bool(self.courier.workspace.ties.trouble)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on the way, and as much may go at once as ever."""
        return not self.in_hand and self.pace.available() >= BURST

    def room(self, turn: Turn) -> int:
        """How many more of this turn may go now."""
        if self.is_closed:
            return 0
        places = AT_ONCE - PLACES_KEPT[turn] - self.in_hand
        return max(0, min(places, self.pace.available(keeping=BURST_KEPT[turn])))

    def wait_seconds(self, turn: Turn) -> float:
        """How long the pace keeps back what is of this turn; 0 when it may go now."""
        return self.pace.wait_seconds(keeping=BURST_KEPT[turn])
