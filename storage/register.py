"""The register of authority: who may represent the organisation, on whose word, and until when.

Whoever has a word that nobody has withdrawn stands in it, also when its time has passed: until
somebody confirms it anew or withdraws it. By name, page by page, along an index.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from storage.authority import CONFIRMATION_COLUMNS, PERSON_BESIDE, person_of
from storage.desk import Desk
from storage.notice_times import midnight, prolonged
from storage.records import OSLO, TERM_NOTICE_DAYS, Confirmation, Person
from storage.refusals import NotFound
from storage.schema import account_holders, confirmations, people
from storage.searching import is_found, words_of
from storage.sql import ColumnElement, Select, bindparam, exists, func, or_, select
from storage.statements import Row

_stands = (
    people.c.organisation_id == bindparam("of_organisation"),
    people.c.confirmation_id.is_not(None),
)
_SELECT = (
    select(*PERSON_BESIDE, *CONFIRMATION_COLUMNS)
    .join(confirmations, confirmations.c.id == people.c.confirmation_id)
    .join(account_holders, account_holders.c.id == confirmations.c.account_holder_id)
)
_FIND = _SELECT.where(*_stands, people.c.id == bindparam("person_id"))


def _count(*which: ColumnElement[bool]) -> Select[Any]:
    return select(func.count().label("count")).select_from(people).where(*_stands, *which)


def _page(*which: ColumnElement[bool]) -> Select[Any]:
    """The ids first, by index alone: what is passed over is not read."""
    order = (people.c.sort_key, people.c.id)
    ids = (
        select(people.c.id)
        .where(*_stands, *which)
        .order_by(*order)
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
        .subquery("ids")
    )
    return _SELECT.join(ids, ids.c.id == people.c.id).order_by(*order)


_is_found = is_found(people.c.identity)
IS_ANYBODY_THERE = exists().where(*_stands)
COUNT, PAGE = _count(), _page()
COUNT_FOUND, PAGE_FOUND = _count(*_is_found), _page(*_is_found)
_is_to_be_confirmed = or_(
    confirmations.c.valid_until < bindparam("soon"),
    confirmations.c.confirmed_at <= bindparam("before"),
)
TO_CONFIRM = (
    _SELECT.where(*_stands, _is_to_be_confirmed)
    .order_by(
        confirmations.c.valid_until.is_(None),
        confirmations.c.valid_until,
        people.c.sort_key,
        people.c.id,
    )
    .limit(bindparam("most"))
)


LONG_UNCONFIRMED = (
    select(people.c.id)
    .join(confirmations, confirmations.c.id == people.c.confirmation_id)
    .where(*_stands, confirmations.c.confirmed_at <= bindparam("before"))
    .limit(1)
)


class Registered(Struct, frozen=True):
    """Somebody in the register, and the word on which they stand there."""

    person: Person
    word: Confirmation
    prolonged: datetime | None = None
    """Until when it would hold if it were given again; None: until somebody withdraws it."""


def _registered(row: Row, now: datetime) -> Registered:
    person, word = person_of(row), Confirmation(**row)
    return Registered(person, word, prolonged(word.valid_until, now))


async def find(desk: Desk, person_id: str) -> Registered:
    """
    Raises:
        NotFound: nobody of this organisation, or nobody whose authority is on record.
    """
    row = await desk.row(_FIND, person_id=person_id)
    if row is None:
        raise NotFound
    return _registered(row, desk.now)


async def count(desk: Desk, text: str = "") -> int:
    """How many there are; with a `text` those only that have all its words in name or address."""
    words = words_of(text)
    row = await desk.row(COUNT_FOUND if words else COUNT, **words)
    assert row is not None
    counted: int = row["count"]
    return counted


async def page(desk: Desk, text: str, *, most: int, skip: int) -> list[Registered]:
    """Up to `most` of them by name, after so many."""
    words = words_of(text)
    rows = await desk.rows(PAGE_FOUND if words else PAGE, **words, most=most, skip=skip)
    return [_registered(row, desk.now) for row in rows]


async def is_anybody_unconfirmed_since(desk: Desk, moment: datetime) -> bool:
    return await desk.row(LONG_UNCONFIRMED, before=moment) is not None


def end_of_notice(now: datetime) -> datetime:
    """Whose authority ends before this is told of."""
    today = now.astimezone(OSLO).date()
    return midnight(today + timedelta(days=max(TERM_NOTICE_DAYS) + 1))


async def to_confirm(desk: Desk, *, most: int) -> Sequence[Registered]:
    """Whose authority ends soon or has ended, the first first; and whom nobody has confirmed since
    account holders were asked about all."""
    soon, before = end_of_notice(desk.now), desk.organisation.review_before
    rows = await desk.rows(TO_CONFIRM, soon=soon, before=before, most=most)
    return [_registered(row, desk.now) for row in rows]
