"""Long lists, a page at a time."""

REQUESTS_SHOWN = 3
"""Of one's own that wait, on Home and above one's codes, where they are not what is listed."""


def page_number(text: str) -> int:
    """The page that a button carries; the first when it carries nonsense."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def page_within(wanted: int, count: int, size: int) -> tuple[int, int]:
    """The page to show and how many there are: one at least, and the last for a later one.

    >>> page_within(7, count=21, size=10)
    (2, 3)
    """
    pages = max(1, -(-count // size))
    return min(wanted, pages - 1), pages
