"""That a code was used, said by hand: of codes that TechSoup makes nobody asks us, so whoever used
one says so, and when.

What is said so counts as what a partner asks (`using`): the first of all makes the organisation a
valid user (`RULES.md` rule 5), from the earliest day of which it is said. It may be said of a code
that has run out, was replaced or was withdrawn, of a day on which it was still good.
"""

from datetime import date, datetime

from msgspec import Struct

from storage import audit, codes
from storage.desk import DecidingDesk, Desk
from storage.notice_times import midnight
from storage.records import CODE_LIFETIME, OSLO, Code, Issuer
from storage.refusals import IssuerChanged, UsedAfterEnd, UsedAhead, UsedBeforeMade
from storage.schema import organisations, uses
from storage.sql import bindparam, insert, select, update
from storage.using import become_valid_user

_SAID_BEFORE = select(uses.c.id).where(
    uses.c.organisation_id == bindparam("of_organisation"), uses.c.key == bindparam("key")
)
_NOTE = insert(uses)
_WAS_VALID_USER_BEFORE = (
    update(organisations)
    .where(organisations.c.id == bindparam("of_organisation"))
    .values(valid_user_since=bindparam("since", type_=organisations.c.valid_user_since.type))
)


class NewUse(Struct, frozen=True):
    """What somebody says of a code."""

    service: str
    day: date
    """In Oslo."""

    submission_id: str
    """The form's: sent again it is the same use."""

    @property
    def key(self) -> str:
        return f"view:{self.submission_id}"


async def require_notable(desk: Desk, code_id: str, user_id: str) -> Code:
    """A code of which somebody may say that it was used: its holder, or an account holder.

    Raises:
        OrganisationNotApproved, NotFound, NotYours.
        IssuerChanged: partners ask whether it is good, and say themselves that it is used.
    """
    desk.standing.require_approved()
    code = await codes.find(desk, code_id)
    codes.require_access(desk, code, user_id)
    if desk.organisation.issuer is not Issuer.TECHSOUP:
        raise IssuerChanged
    return code


async def note(desk: DecidingDesk, code_id: str, user_id: str, new: NewUse) -> None:
    """Keep that a code was used. Said twice by the same form it is said once.

    Nobody else can make the organisation a valid user meanwhile: that locks what this desk has
    locked.

    Raises:
        As `require_notable`.
        UsedAhead, UsedBeforeMade, UsedAfterEnd: it cannot have been on that day.
    """
    code = await require_notable(desk, code_id, user_id)
    if await desk.row(_SAID_BEFORE, key=new.key):
        return
    used_at = _used_at(desk.now, code, new.day)
    organisation, transaction = desk.organisation, desk.transaction
    since = organisation.valid_user_since
    if since is None:
        await become_valid_user(transaction, organisation.id, code.id, code.user_id, since=used_at)
    elif used_at < since:
        await desk.run(_WAS_VALID_USER_BEFORE, since=used_at)
    await desk.run(
        _NOTE,
        id=audit.record_use(transaction, user_id, organisation.id, code.id, by_partner=False),
        code_id=code.id,
        service=new.service,
        key=new.key,
        used_at=used_at,
        noted_by=user_id,
        is_first=since is None,
    )
    transaction.concerns.update(filter(None, [code.user_id]))
    transaction.makes_due = True


def when_good(code: Code, now: datetime) -> tuple[datetime, datetime]:
    """From when until when a code was good, as far as that has been."""
    made_at = code.expires_at - CODE_LIFETIME  # at TechSoup, which may be before it came here
    return made_at, min(now, code.expires_at, code.ended_at or now)


def _used_at(now: datetime, code: Code, day: date) -> datetime:
    """Of an earlier day nobody knows the hour.

    Raises:
        UsedAhead, UsedBeforeMade, UsedAfterEnd.
    """
    made_at, good_until = when_good(code, now)
    today, first, last = map(_day, (now, made_at, good_until))
    if day > today:
        raise UsedAhead
    if day < first:
        raise UsedBeforeMade
    if day > last:
        raise UsedAfterEnd
    return now if day == today else max(made_at, midnight(day))


def _day(moment: datetime) -> date:
    return moment.astimezone(OSLO).date()
