"""What is kept of people while the bot runs: of as many as there is room for."""

from handlers.recent import Recent

MOST = 3


def test_the_oldest_goes_when_there_are_too_many() -> None:
    recent: Recent[int] = Recent(MOST)
    for number in range(1_000):
        recent.keep(f"U{number}", number)
    found = [number for number in range(1_000) if recent.get(f"U{number}") is not None]
    assert found == [997, 998, 999]


def test_who_is_kept_anew_takes_no_more_room_and_stays_longest() -> None:
    recent: Recent[int] = Recent(MOST)
    for name in ("Kari", "Ola", "Per", "Kari", "Anne"):
        recent.keep(name, 1)
    assert [recent.get(name) for name in ("Ola", "Per", "Kari", "Anne")] == [None, 1, 1, 1]
