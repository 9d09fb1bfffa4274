"""The room's clock: it goes as every clock does, and can be moved forward."""

from datetime import datetime, timedelta

from storage.database import Clock, utc_now


class RoomClock:
    def __init__(self, clock: Clock = utc_now, ahead: timedelta = timedelta()) -> None:
        self._clock = clock
        self.ahead = ahead
        """How far it has been moved from the clock it goes by."""

    def __call__(self) -> datetime:
        return self._clock() + self.ahead

    def forward(self, by: timedelta) -> None:
        """Move on; never back, since what has been told cannot be untold."""
        self.ahead += max(by, timedelta())
