"""How codes, requests and people go: along what refers to them, and never what is living.

- A code goes when it has ended long ago, and with it the request that it was made for and where it
  was used. What replaced it lives on, and no longer says what it has replaced. It stays while
  somebody waits for an answer about it.
- A request that led to no code goes when it was decided long ago.
- People go with the last of their requests and codes, and so does what account holders have said
  of their authority, when that has had its time too. Of those who stay, the last word stays, and
  each that a code stands on.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from storage import audit
from storage.desk import DecidingDesk
from storage.records import WORD_LIFETIME, RequestState
from storage.schema import code_requests, codes, confirmations, outbox, people, uses
from storage.sql import (
    BindParameter,
    ColumnElement,
    Select,
    Statement,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from storage.statements import Row

_of_organisation: BindParameter[str] = bindparam("of_organisation")
_row_id: BindParameter[str] = bindparam("row_id")
_person_id: BindParameter[str] = bindparam("person_id")

# Counted, and not asked for with EXISTS: PostgreSQL would rather read all requests at once.
_asked_for = (
    select(func.count())
    .select_from(code_requests)
    .where(code_requests.c.code_id == codes.c.id, code_requests.c.state == RequestState.PENDING)
    .correlate(codes)
    .scalar_subquery()
)
ENDED_CODES = (
    select(codes.c.id, codes.c.organisation_id, codes.c.request_id, codes.c.person_id)
    .where(codes.c.ended_at <= bindparam("before"), _asked_for == 0)
    .order_by(codes.c.ended_at)
    .limit(bindparam("most"))
)
DECIDED_REQUESTS = (
    select(code_requests.c.id, code_requests.c.organisation_id, code_requests.c.person_id)
    .where(
        code_requests.c.decided_at <= bindparam("before"),
        code_requests.c.state != RequestState.APPROVED,
    )
    .order_by(code_requests.c.decided_at)
    .limit(bindparam("most"))
)
"""Approved ones go with their codes. Those that have not gone yet are passed over: they are few,
for a code lives no longer than two months."""

_codes_of = (
    select(func.count())
    .select_from(codes)
    .where(codes.c.person_id == confirmations.c.person_id)
    .correlate(confirmations)
    .scalar_subquery()
)
_requests_of = (
    select(func.count())
    .select_from(code_requests)
    .where(code_requests.c.person_id == confirmations.c.person_id)
    .correlate(confirmations)
    .scalar_subquery()
)


def _old_words(moment: ColumnElement[Any], *which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(confirmations.c.id, confirmations.c.organisation_id, confirmations.c.person_id)
        .where(moment <= bindparam("before"), *which, _codes_of == 0, _requests_of == 0)
        .order_by(moment)
        .limit(bindparam("most"))
    )


_is_not_withdrawn = confirmations.c.withdrawn_at.is_(None)
WITHDRAWN_WORDS = _old_words(confirmations.c.withdrawn_at)
PASSED_WORDS = _old_words(confirmations.c.valid_until, _is_not_withdrawn)
GIVEN_WORDS = _old_words(
    confirmations.c.confirmed_at, _is_not_withdrawn, confirmations.c.valid_until.is_(None)
)
"""All of people who have nothing else. Those that others have are passed over: they go with codes
and requests, which are as old."""

_ENDED_CODES_HERE = ENDED_CODES.where(codes.c.organisation_id == _of_organisation)
_DECIDED_REQUESTS_HERE = DECIDED_REQUESTS.where(code_requests.c.organisation_id == _of_organisation)
_HERE = {
    words: words.where(confirmations.c.organisation_id == _of_organisation)
    for words in (WITHDRAWN_WORDS, PASSED_WORDS, GIVEN_WORDS)
}

FORGET_CODE: tuple[Statement, ...] = (
    delete(outbox).where(outbox.c.code_id == _row_id),
    update(codes).where(codes.c.replaces_id == _row_id).values(replaces_id=None),
    update(code_requests).where(code_requests.c.code_id == _row_id).values(code_id=None),
    delete(uses).where(uses.c.code_id == _row_id),
    delete(codes).where(codes.c.id == _row_id),
)
FORGET_REQUEST: tuple[Statement, ...] = (
    delete(outbox).where(outbox.c.request_id == _row_id),
    delete(code_requests).where(code_requests.c.id == _row_id),
)

_has_codes = exists().where(codes.c.person_id == _person_id)
_has_requests = exists().where(code_requests.c.person_id == _person_id)
_stands_on_it = exists().where(
    codes.c.person_id == _person_id, codes.c.confirmation_id == confirmations.c.id
)
_last = confirmations.alias("last")
_last_word = (
    select(_last.c.id)
    .join(people, people.c.id == _last.c.person_id)
    .where(_last.c.person_id == _person_id)
    .order_by(
        case((_last.c.id == people.c.confirmation_id, 0), else_=1),
        _last.c.confirmed_at.desc(),
        _last.c.id.desc(),
    )
    .limit(1)
    .scalar_subquery()
)
_kept = confirmations.alias("kept")
_has_word = exists().where(
    _kept.c.person_id == _person_id,
    or_(
        _kept.c.withdrawn_at > bindparam("before"),
        and_(
            _kept.c.withdrawn_at.is_(None),
            or_(
                _kept.c.valid_until > bindparam("before"),
                and_(
                    _kept.c.valid_until.is_(None), _kept.c.confirmed_at > bindparam("given_before")
                ),
            ),
        ),
    ),
)
_has_nothing_left = (~_has_codes, ~_has_requests, ~_has_word)
FORGET_WORDS = delete(confirmations).where(
    confirmations.c.person_id == _person_id, confirmations.c.id != _last_word, ~_stands_on_it
)
FORGET_PERSON: tuple[Statement, ...] = (
    delete(confirmations).where(confirmations.c.person_id == _person_id, *_has_nothing_left),
    delete(people).where(people.c.id == _person_id, *_has_nothing_left),
)


async def forget_codes(desk: DecidingDesk, before: datetime, most: int) -> int:
    """Up to so many that ended before; how many there were."""
    ended = await desk.rows(_ENDED_CODES_HERE, before=before, most=most)
    await _run(desk, FORGET_CODE, "row_id", (row["id"] for row in ended))
    requests = [row["request_id"] for row in ended if row["request_id"]]
    await _run(desk, FORGET_REQUEST, "row_id", requests)
    return await _forget_people_of(desk, ended, before)


async def forget_requests(desk: DecidingDesk, before: datetime, most: int) -> int:
    """Up to so many that led to no code and were decided before; how many there were."""
    decided = await desk.rows(_DECIDED_REQUESTS_HERE, before=before, most=most)
    await _run(desk, FORGET_REQUEST, "row_id", (row["id"] for row in decided))
    return await _forget_people_of(desk, decided, before)


async def forget_words(words: Select[Any], desk: DecidingDesk, before: datetime, most: int) -> int:
    """Up to so many of these that are old enough, of people who have nothing else; how many there
    were."""
    old = await desk.rows(_HERE[words], before=before, most=most)
    # How old a word that was given may become says nothing of the others: of those there are, each
    # has a time of its own.
    others_before = audit.EVER if words is GIVEN_WORDS else before
    return await _forget_people_of(desk, old, others_before)


async def _forget_people_of(desk: DecidingDesk, rows: Sequence[Row], before: datetime) -> int:
    """Those who have nothing left, and what was said of the others and is of no more use."""
    ids = {row["person_id"] for row in rows}
    await _run(desk, (FORGET_WORDS,), "person_id", ids)
    given_before = desk.now - WORD_LIFETIME
    await _run(desk, FORGET_PERSON, "person_id", ids, before=before, given_before=given_before)
    return len(rows)


async def _run(
    desk: DecidingDesk,
    statements: Iterable[Statement],
    name: str,
    ids: Iterable[str],
    **more: datetime,
) -> None:
    """Each statement for each id, by a key: a list of them might be found by reading a table."""
    values = [{name: each, **more} for each in sorted(ids)]
    for statement in statements:
        await desk.transaction.run_many(statement, values)
