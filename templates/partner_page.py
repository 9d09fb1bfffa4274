"""The page on which partners read how codes are checked."""

from collections.abc import Sequence

from msgspec import Struct

from templates.pages import SITE, site_environment
from templates.partner_answers import Told
from templates.words import Words

STYLE = (SITE / "site.css").read_text(encoding="utf-8")


class Status(Struct, frozen=True):
    """What a partner may be answered of a code."""

    name: str
    told: Told


class Problem(Struct, frozen=True):
    """What may be wrong with a question."""

    name: str
    status: int
    title: str


class Page(Struct, frozen=True):
    """What stands on it."""

    where: str
    """The address of the interface, without a slash at its end."""

    document: str
    statuses: Sequence[Status]
    problems: Sequence[Problem]


def partner_page(words: Words, page: Page) -> str:
    """As HTML."""
    return site_environment(words).get_template("partners.html").render(words=words, page=page)
