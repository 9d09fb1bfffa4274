"""What has happened in an organisation, the newest first, page by page: all of it, what is about
some people, and what is about a code.

All of it is found by its number in the chain, which has no gaps: the last page costs what the first
does, however much there is.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from storage import audit
from storage.audit import EVENT, Event
from storage.desk import Desk
from storage.records import HINT_LENGTH
from storage.schema import account_holders, audit_heads, code_requests, codes, people
from storage.schema import audit as table
from storage.searching import is_found, words_of
from storage.sql import ColumnElement, Select, among, bindparam, func, select, union
from storage.statements import Row

MOST_MATCHES = 50
"""How many people, and how many codes, one search is about."""

_of_organisation = table.c.organisation_id == bindparam("of_organisation")
_seqs = select(table.c.seq)
_their_codes = select(codes.c.id).where(among(codes.c.person_id, "people"))
_their_requests = select(code_requests.c.id).where(among(code_requests.c.person_id, "people"))
_their_holdings = select(account_holders.c.id).where(
    account_holders.c.organisation_id == bindparam("of_organisation"),
    among(account_holders.c.user_id, "users"),
)
_about_people = union(
    _seqs.where(among(table.c.person_id, "people")),
    _seqs.where(table.c.code_id.in_(_their_codes)),
    _seqs.where(table.c.request_id.in_(_their_requests)),
    _seqs.where(table.c.holder_id.in_(_their_holdings)),
    _seqs.where(_of_organisation, among(table.c.actor, "users")),
)
"""By ids that are this organisation's own, each by its index."""

_its_requests = select(codes.c.request_id).where(
    among(codes.c.id, "codes"), codes.c.request_id.is_not(None)
)
_about_codes = union(
    _seqs.where(among(table.c.code_id, "codes")),
    _seqs.where(table.c.request_id.in_(_its_requests)),
)
_is_about_people = table.c.seq.in_(_about_people)
_is_about_codes = table.c.seq.in_(_about_codes)

LAST = select(audit_heads.c.seq).where(
    audit_heads.c.organisation_id == bindparam("of_organisation")
)
_newest_first = EVENT.order_by(table.c.seq.desc()).limit(bindparam("most"))
PAGE = _newest_first.where(_of_organisation, table.c.seq <= bindparam("newest"))


def _page(*which: ColumnElement[bool]) -> Select[Any]:
    return _newest_first.where(_of_organisation, *which).offset(bindparam("skip"))


def _count(*which: ColumnElement[bool]) -> Select[Any]:
    counted = select(func.count().label("count")).select_from(table)
    return counted.where(_of_organisation, *which)


PAGES = {
    (True, False): _page(_is_about_people),
    (False, True): _page(_is_about_codes),
    (True, True): _page(_is_about_people, _is_about_codes),
}
COUNTS = {
    (True, False): _count(_is_about_people),
    (False, True): _count(_is_about_codes),
    (True, True): _count(_is_about_people, _is_about_codes),
}
_PEOPLE_FOUND = (
    select(people.c.id, people.c.user_id)
    .where(people.c.organisation_id == bindparam("of_organisation"), *is_found(people.c.identity))
    .order_by(people.c.sort_key, people.c.id)
    .limit(bindparam("most"))
)
_CODES_FOUND = (
    select(codes.c.id)
    .where(
        codes.c.organisation_id == bindparam("of_organisation"), codes.c.hint == bindparam("begins")
    )
    .order_by(codes.c.made_at.desc(), codes.c.id)
    .limit(bindparam("most"))
)


class About(Struct, frozen=True):
    """What of the history somebody looks for; with neither, all of it."""

    people: Sequence[str] | None = None
    users: Sequence[str] = ()
    """Who they are in Slack."""

    codes: Sequence[str] | None = None
    is_cut: bool = False
    """More people, or codes, have what is looked for than one search is about."""

    @property
    def is_all(self) -> bool:
        return self.people is None and self.codes is None

    @property
    def which(self) -> tuple[bool, bool]:
        return self.people is not None, self.codes is not None

    @property
    def values(self) -> Row:
        of_people = {} if self.people is None else {"people": self.people, "users": self.users}
        return of_people | ({} if self.codes is None else {"codes": self.codes})


async def looked_for(desk: Desk, person: str, code: str) -> About:
    """By words of name and address, and by the first characters of a code."""
    about = About()
    if words := words_of(person):
        found, is_cut = _cut(await desk.rows(_PEOPLE_FOUND, **words, most=MOST_MATCHES + 1))
        users = [row["user_id"] for row in found if row["user_id"]]
        about = About([row["id"] for row in found], users, is_cut=is_cut)
    if begins := code.strip()[:HINT_LENGTH]:
        found, is_cut = _cut(await desk.rows(_CODES_FOUND, begins=begins, most=MOST_MATCHES + 1))
        ids = [row["id"] for row in found]
        about = replace(about, codes=ids, is_cut=about.is_cut or is_cut)
    return about


def _cut(rows: Sequence[Row]) -> tuple[Sequence[Row], bool]:
    return rows[:MOST_MATCHES], len(rows) > MOST_MATCHES


async def count(desk: Desk, about: About) -> int:
    if about.is_all:
        row = await desk.row(LAST)
        return row["seq"] if row else 0
    row = await desk.row(COUNTS[about.which], **about.values)
    assert row is not None
    counted: int = row["count"]
    return counted


async def page(desk: Desk, about: About, counted: int, *, most: int, skip: int) -> list[Event]:
    """Up to `most` events after so many; `counted` is how many there are."""
    if about.is_all:
        rows = await desk.rows(PAGE, newest=counted - skip, most=most)
    else:
        rows = await desk.rows(PAGES[about.which], **about.values, most=most, skip=skip)
    return [audit.event_of(row) for row in rows]
