"""The organisation's codes, listed: which, searched for, by who runs out first, page by page.

A list is made of stretches, each of which has one state and one order that an index has: what can
be used, by who runs out first; what has run out, the latest first; then what was replaced and what
was withdrawn. So a page costs the same wherever it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from storage.codes import SELECT, code_of
from storage.desk import Desk
from storage.notice_times import end_of_soon
from storage.records import Code, CodesListed, CodeState
from storage.schema import codes
from storage.searching import is_found, words_of
from storage.sql import ColumnElement, Select, bindparam, func, select
from storage.statements import Row


class _Stretch(Struct, frozen=True, eq=False):
    moments: Sequence[str]
    """Which its statements ask for: `now`, `until`."""

    count: Select[Any]
    page: Select[Any]
    count_found: Select[Any]
    page_found: Select[Any]


def _stretch(*which: ColumnElement[bool], moments: Sequence[str], latest_first: bool) -> _Stretch:
    all_of_it = (codes.c.organisation_id == bindparam("of_organisation"), *which)
    found = (*all_of_it, *_is_found)
    return _Stretch(
        moments,
        _count(*all_of_it),
        _page(*all_of_it, latest_first=latest_first),
        _count(*found),
        _page(*found, latest_first=latest_first),
    )


_is_found = is_found(codes.c.found_by)


def _count(*which: ColumnElement[bool]) -> Select[Any]:
    return select(func.count().label("count")).select_from(codes).where(*which)


def _page(*which: ColumnElement[bool], latest_first: bool) -> Select[Any]:
    """The ids first, by index alone: what is passed over is not read."""
    columns = (codes.c.expires_at, codes.c.id)
    order = [column.desc() if latest_first else column.asc() for column in columns]
    ids = (
        select(codes.c.id)
        .where(*which)
        .order_by(*order)
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
        .subquery("ids")
    )
    return SELECT.join(ids, ids.c.id == codes.c.id).order_by(*order)


_is_active = codes.c.state == CodeState.ACTIVE
_is_good = (_is_active, codes.c.expires_at > bindparam("now"))
_ends_soon = codes.c.expires_at < bindparam("until")
_is_over = codes.c.expires_at <= bindparam("now")
_VALID = _stretch(*_is_good, moments=("now",), latest_first=False)
_SOON = _stretch(*_is_good, _ends_soon, moments=("now", "until"), latest_first=False)
_NOT_SWEPT = _stretch(_is_active, _is_over, moments=("now",), latest_first=True)
_EXPIRED, _REPLACED, _REVOKED = (
    _stretch(codes.c.state == state, moments=(), latest_first=True)
    for state in (CodeState.EXPIRED, CodeState.REPLACED, CodeState.REVOKED)
)
STRETCHES: Mapping[CodesListed, Sequence[_Stretch]] = {
    CodesListed.VALID: (_VALID,),
    CodesListed.SOON: (_SOON,),
    CodesListed.EXPIRED: (_NOT_SWEPT, _EXPIRED),
    CodesListed.ALL: (_VALID, _NOT_SWEPT, _EXPIRED, _REPLACED, _REVOKED),
}


async def counts(desk: Desk, listed: CodesListed, text: str) -> list[int]:
    """How many there are of each stretch of a list. With a `text`, of those only that have all its
    words, in any order, in name, address or purpose."""
    return [
        await _count_of(desk, stretch, _moments(desk.now, stretch), words_of(text))
        for stretch in STRETCHES[listed]
    ]


async def _count_of(desk: Desk, stretch: _Stretch, moments: Row, words: Row) -> int:
    row = await desk.row(stretch.count_found if words else stretch.count, **moments, **words)
    assert row is not None
    count: int = row["count"]
    return count


async def page(
    desk: Desk, listed: CodesListed, text: str, counted: Sequence[int], *, most: int, skip: int
) -> list[Code]:
    """Up to `most` of them, after so many; `counted` is how many there are of each stretch."""
    found: list[Code] = []
    words = words_of(text)
    for stretch, there in zip(STRETCHES[listed], counted, strict=True):
        if skip < there and len(found) < most:
            values = _moments(desk.now, stretch) | words
            statement = stretch.page_found if words else stretch.page
            rows = await desk.rows(statement, **values, most=most - len(found), skip=skip)
            found += [code_of(row) for row in rows]
        skip = max(0, skip - there)
    return found


def _moments(now: datetime, stretch: _Stretch) -> Row:
    moments = {"now": now, "until": end_of_soon(now)}
    return {name: moments[name] for name in stretch.moments}
