"""How many codes were made, ran out and were withdrawn, month by month: by what has happened, which
stays when the codes themselves have been forgotten."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from storage.desk import Desk
from storage.notice_times import midnight
from storage.records import OSLO, Action, CodeState
from storage.schema import audit, codes
from storage.sql import among, and_, bindparam, select

MONTHS = 12
"""With the one that has begun."""

_MADE = (Action.CODE_MADE, Action.CODE_REFRESHED)
_COUNTED = (*_MADE, Action.CODE_EXPIRED, Action.CODE_REVOKED)
_HAPPENED = (
    select(audit.c.action, audit.c.at, codes.c.expires_at)
    .outerjoin(codes, and_(codes.c.id == audit.c.code_id, audit.c.action == Action.CODE_EXPIRED))
    .where(
        audit.c.organisation_id == bindparam("of_organisation"),
        among(audit.c.action, "actions"),
        audit.c.at >= bindparam("since"),
    )
)
_NOT_SWEPT = select(codes.c.expires_at).where(
    codes.c.organisation_id == bindparam("of_organisation"),
    codes.c.state == CodeState.ACTIVE,
    codes.c.expires_at >= bindparam("since"),
    codes.c.expires_at <= bindparam("now"),
)


class Month(Struct, frozen=True):
    first: date
    """Its first day."""

    made: int
    ran_out: int
    withdrawn: int


async def monthly(desk: Desk) -> Sequence[Month]:
    """The last twelve, the oldest first, by the calendar in Oslo. What ran out while the bot was
    away did so when it did, and not when it was noticed: as long as the code is there to say."""
    firsts = _firsts(desk.now.astimezone(OSLO).date())
    since = midnight(firsts[0])
    happened = await desk.rows(_HAPPENED, actions=_COUNTED, since=since)
    counts = Counter((row["action"], _month_of(row["expires_at"] or row["at"])) for row in happened)
    not_swept = Counter(
        _month_of(row["expires_at"])
        for row in await desk.rows(_NOT_SWEPT, since=since, now=desk.now)
    )
    return [
        Month(
            first,
            made=sum(counts[action, first] for action in _MADE),
            ran_out=counts[Action.CODE_EXPIRED, first] + not_swept[first],
            withdrawn=counts[Action.CODE_REVOKED, first],
        )
        for first in firsts
    ]


def _month_of(moment: datetime) -> date:
    return moment.astimezone(OSLO).date().replace(day=1)


def _firsts(today: date) -> list[date]:
    """The first day of each."""
    this = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(this - MONTHS + 1, this + 1)]
