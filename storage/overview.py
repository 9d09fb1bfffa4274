"""How an organisation stands, for those who look after its codes."""

from msgspec import Struct

from storage import requests
from storage.codes import SELECT, code_of
from storage.desk import Desk
from storage.notice_times import end_of_soon
from storage.records import CODE_LIFETIME, Code, CodeRequest, CodeState
from storage.schema import codes
from storage.sql import bindparam, func, select

_is_good = (
    codes.c.organisation_id == bindparam("of_organisation"),
    codes.c.made_at > bindparam("made_after"),  # as the index has them
    codes.c.state == CodeState.ACTIVE,
    codes.c.expires_at > bindparam("now"),
)
_COUNT_GOOD = select(func.count().label("count")).select_from(codes).where(*_is_good)
_is_ending = codes.c.expires_at < bindparam("until")
_COUNT_ENDING = select(func.count().label("count")).select_from(codes).where(*_is_good, _is_ending)
_ENDING = (
    SELECT.where(*_is_good, _is_ending)
    .order_by(codes.c.expires_at, codes.c.id)
    .limit(bindparam("most"))
)


class Overview(Struct, frozen=True):
    good: int
    """Codes that can be used now."""

    ends: int
    """How many of them run out soon."""

    ending: tuple[Code, ...]
    """The first few of those, the first first."""

    waits: int
    waiting: tuple[CodeRequest, ...]
    """The first few requests that wait for a decision, the oldest first."""


async def overview(desk: Desk, *, most_ending: int, most_waiting: int) -> Overview:
    since = {"now": desk.now, "made_after": desk.now - CODE_LIFETIME}
    soon = {**since, "until": end_of_soon(desk.now)}
    good, ends = await desk.row(_COUNT_GOOD, **since), await desk.row(_COUNT_ENDING, **soon)
    assert good is not None
    assert ends is not None
    ending = await desk.rows(_ENDING, **soon, most=most_ending)
    return Overview(
        good=good["count"],
        ends=ends["count"],
        ending=tuple(code_of(row) for row in ending),
        waits=await requests.count_pending(desk),
        waiting=tuple(await requests.pending(desk, most=most_waiting)),
    )
