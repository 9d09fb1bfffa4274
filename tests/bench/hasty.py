"""The real bot in a hurry: `python -m tests.bench.hasty run`.

At the pace that Slack allows, what a soak has to tell would take it an hour.
"""

from bot.__main__ import main
from bot.delivering import lanes
from handlers import directory

AT_ONCE, A_SECOND = 1_000, 1_000.0


def lift_paces() -> None:
    lanes.BURST, lanes.PER_SECOND = AT_ONCE, A_SECOND
    directory.PROFILES_AT_ONCE, directory.PROFILES_A_SECOND = AT_ONCE, A_SECOND
    directory.ADDRESSES_AT_ONCE, directory.ADDRESSES_A_SECOND = AT_ONCE, A_SECOND


if __name__ == "__main__":
    lift_paces()
    main()
