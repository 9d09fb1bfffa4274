"""How an organisation stands, for those who look after its codes."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, func, select

from storage import requests
from storage.codes import SELECT, code_of
from storage.desk import Desk
from storage.records import CODE_LIFETIME, NOTICE_DAYS, OSLO, Code, CodeRequest, CodeState
from storage.schema import codes

SOON = timedelta(days=max(NOTICE_DAYS))
"""From how long before its end a code runs out soon: when its holder is first told."""

_A_DAY = timedelta(days=1)
_is_good = (
    codes.c.organisation_id == bindparam("of_organisation"),
    codes.c.made_at > bindparam("made_after"),  # as the index has them
    codes.c.state == CodeState.ACTIVE,
    codes.c.expires_at > bindparam("now"),
)
_COUNT_GOOD = select(func.count().label("count")).select_from(codes).where(*_is_good)
_ENDING = (
    SELECT.where(*_is_good, codes.c.expires_at <= bindparam("until"))
    .order_by(codes.c.expires_at, codes.c.id)
    .limit(bindparam("most"))
)
MOST_ENDING = 100
"""How many are counted one by one."""


@dataclass(frozen=True, slots=True)
class Overview:
    good: int
    """Codes that can be used now."""

    ending: tuple[Code, ...]
    """Those of them that run out soon, the first first."""

    waits: int
    waiting: tuple[CodeRequest, ...]
    """The first few requests that wait for a decision, the oldest first."""


async def overview(desk: Desk, *, most_waiting: int) -> Overview:
    since = {"now": desk.now, "made_after": desk.now - CODE_LIFETIME}
    count = await desk.row(_COUNT_GOOD, **since)
    assert count is not None
    until = desk.now + SOON + _A_DAY
    rows = await desk.rows(_ENDING, **since, until=until, most=MOST_ENDING)
    ending = (code_of(row) for row in rows)
    return Overview(
        good=count["count"],
        ending=tuple(code for code in ending if _is_soon(desk, code)),
        waits=await requests.count_pending(desk),
        waiting=tuple(await requests.pending(desk, most=most_waiting)),
    )


def _is_soon(desk: Desk, code: Code) -> bool:
    """By days of the calendar, as they are told."""
    last, today = (moment.astimezone(OSLO).date() for moment in (code.expires_at, desk.now))
    return last - today <= SOON
