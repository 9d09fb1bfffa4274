"""How many codes were made, ran out and were withdrawn, month by month."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, or_, select

from storage.desk import Desk
from storage.notice_times import midnight
from storage.records import OSLO, CodeState
from storage.schema import codes

MONTHS = 12
"""With the one that has begun."""

_of_organisation = codes.c.organisation_id == bindparam("of_organisation")
_MADE = select(codes.c.made_at.label("moment")).where(
    _of_organisation, codes.c.made_at >= bindparam("since")
)
_RAN_OUT = select(codes.c.expires_at.label("moment")).where(
    _of_organisation,
    or_(codes.c.state == CodeState.EXPIRED, codes.c.state == CodeState.ACTIVE),
    codes.c.expires_at >= bindparam("since"),
    codes.c.expires_at <= bindparam("now"),
)
_WITHDRAWN = select(codes.c.ended_at.label("moment")).where(
    _of_organisation, codes.c.state == CodeState.REVOKED, codes.c.ended_at >= bindparam("since")
)


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    """Its first day."""

    made: int
    ran_out: int
    withdrawn: int


async def monthly(desk: Desk) -> Sequence[Month]:
    """The last twelve, the oldest first, by the calendar in Oslo."""
    firsts = _firsts(desk.now.astimezone(OSLO).date())
    since = midnight(firsts[0])
    made = _counted(row["moment"] for row in await desk.rows(_MADE, since=since))
    ran_out = await desk.rows(_RAN_OUT, since=since, now=desk.now)
    over = _counted(row["moment"] for row in ran_out)
    gone = _counted(row["moment"] for row in await desk.rows(_WITHDRAWN, since=since))
    return [Month(first, made[first], over[first], gone[first]) for first in firsts]


def _firsts(today: date) -> list[date]:
    months = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(months - MONTHS + 1, months + 1)]


def _counted(moments: Iterable[datetime]) -> Counter[date]:
    return Counter(moment.astimezone(OSLO).date().replace(day=1) for moment in moments)
