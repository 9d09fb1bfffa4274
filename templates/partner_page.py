"""The page on which partners read how codes are checked."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from templates.pages import SITE, site_environment
from templates.partner_answers import Told
from templates.words import Words

STYLE = (SITE / "site.css").read_text(encoding="utf-8")


class Status(Struct, frozen=True):
    """What a partner may be answered of a code."""

    name: str
    told: Told
    rehearsed: Sequence[str]
    """The made-up codes that are answered so in rehearsal."""


class Problem(Struct, frozen=True):
    """What may be wrong with a question."""

    name: str
    status: int
    title: str


class Page(Struct, frozen=True):
    """What stands on it."""

    where: str
    """The address of the interface, without a slash at its end."""

    issuer: str
    """Who signs statements."""

    document: str
    burst: int
    """Questions that a key may ask at once."""

    per_second: int
    """And then."""

    kilobytes: int
    """How large a question may be."""

    most_uses: int
    """Of which one letter tells."""

    statuses: Sequence[Status]
    problems: Sequence[Problem]
    most_misses: int
    """In `window`: whoever shows so many unknown codes in it is not answered for as long as they
    are `locked` out."""

    window: timedelta
    locked: timedelta


def partner_page(words: Words, page: Page) -> str:
    """As HTML."""
    template = site_environment(words).get_template("partners.html")
    return template.render(words=words, page=page, operator=words.operator)
