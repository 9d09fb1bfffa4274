"""Who the account holders are, and who stands in for them: whoever decides in an organisation.

A deputy is an account holder for a time, from one moment until before another. Nobody has to begin
or end it: whoever decides is reckoned at the moment at which something is done (`standing`). What
time brings is told of when it has come (`keep_time`).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from storage import audit, mirroring, outbox
from storage.desk import AskingDesk, DecidingDesk, Desk
from storage.notice_times import midnight, morning_of
from storage.outbox import REQUESTS_WAITING, NewNotice
from storage.records import (
    BOT,
    LONGEST_DEPUTY,
    NOBODYS,
    OSLO,
    AccountHolder,
    Action,
    NoticeKind,
    OrganisationState,
    RequestState,
    Turn,
)
from storage.refusals import (
    AlreadyAccountHolder,
    AlreadyRemoved,
    HolderChanged,
    LastAccountHolder,
    NotAccountHolder,
    NotFound,
    PeriodBackwards,
    PeriodPassed,
    PeriodTooLong,
)
from storage.requests import deciders_changed
from storage.schema import account_holders, code_requests, organisations
from storage.sql import bindparam, case, insert_new, or_, select, update
from storage.statements import Row

HOLDER_ADDED = NoticeKind("holder_added")
HOLDER_REMOVED = NoticeKind("holder_removed")
DEPUTY_APPOINTED = NoticeKind("deputy_appointed")
DEPUTY_MOVED = NoticeKind("deputy_moved")
DEPUTY_BEGAN = NoticeKind("deputy_began")
DEPUTY_ENDED = NoticeKind("deputy_ended")

_A_DAY = timedelta(days=1)

_IS_ANOTHER = (
    update(organisations)
    .where(organisations.c.id == bindparam("of_organisation"))
    .values(revision=organisations.c.revision + 1)
)

_COLUMNS = [column for column in account_holders.c if column.name != "next_notice_at"]
_of_organisation = account_holders.c.organisation_id == bindparam("of_organisation")
_EVER = (
    select(*_COLUMNS)
    .where(_of_organisation)
    .order_by(account_holders.c.added_at, account_holders.c.id)
)
_is_there = (
    account_holders.c.removed_at.is_(None),
    or_(
        account_holders.c.deputy_until.is_(None),
        account_holders.c.deputy_until > bindparam("now"),
    ),
)
_is_deputy_last = case((account_holders.c.deputy_until.is_(None), 0), else_=1)
_THERE = (
    select(*_COLUMNS)
    .where(_of_organisation, *_is_there)
    .order_by(
        _is_deputy_last,
        account_holders.c.deputy_from,
        account_holders.c.added_at,
        account_holders.c.user_id,
    )
)
_FIND = select(*_COLUMNS).where(_of_organisation, account_holders.c.id == bindparam("holder_id"))
_OF_USER = select(*_COLUMNS).where(
    _of_organisation,
    account_holders.c.user_id == bindparam("of_user"),
    account_holders.c.removed_at.is_(None),
)
_ADD = insert_new(
    account_holders,
    "organisation_id",
    "user_id",
    where=account_holders.c.removed_at.is_(None),
    returning=_COLUMNS,
)
_REMOVE = (
    update(account_holders)
    .where(
        _of_organisation,
        account_holders.c.id == bindparam("holder_id"),
        account_holders.c.removed_at.is_(None),
    )
    .values(removed_at=bindparam("ended_at"), removed_by=bindparam("actor"), next_notice_at=None)
)
DEPUTIES_DUE = (
    select(account_holders.c.organisation_id)
    .where(account_holders.c.next_notice_at <= bindparam("now"))
    .order_by(account_holders.c.next_notice_at)
    .limit(bindparam("most"))
)
_DUE = (
    select(*_COLUMNS)
    .where(
        _of_organisation,
        account_holders.c.next_notice_at <= bindparam("now"),
        account_holders.c.removed_at.is_(None),
    )
    .order_by(account_holders.c.id)
)
_WAIT_FOR_END = (
    update(account_holders)
    .where(
        _of_organisation,
        account_holders.c.id == bindparam("holder_id"),
    )
    .values(next_notice_at=bindparam("next_at"))
)
_WAITING = (
    select(code_requests.c.id)
    .where(
        code_requests.c.organisation_id == bindparam("of_organisation"),
        code_requests.c.state == RequestState.PENDING,
        code_requests.c.asked_at <= bindparam("before"),
    )
    .limit(1)
)


class Period(Struct, frozen=True):
    """The days on which somebody stands in, the last one too, by the calendar in Oslo."""

    first: date
    last: date

    def moments(self, now: datetime) -> tuple[datetime, datetime]:
        """From when until before when.

        Raises:
            PeriodPassed, PeriodBackwards.
            PeriodTooLong: it is, or it is still longer until it begins.
        """
        today = now.astimezone(OSLO).date()
        if self.first < today:
            raise PeriodPassed
        if self.last < self.first:
            raise PeriodBackwards
        if max(self.last - self.first, self.first - today) >= LONGEST_DEPUTY:
            raise PeriodTooLong
        return midnight(self.first), midnight(self.last + _A_DAY)


def _holder(row: Row) -> AccountHolder:
    return AccountHolder(**row)


async def ever(desk: Desk) -> list[AccountHolder]:
    """Everybody who is or was account holder or deputy, oldest first."""
    return [_holder(row) for row in await desk.rows(_EVER)]


async def there(desk: Desk) -> list[AccountHolder]:
    """The account holders, the oldest first; and then the deputies whose time has not passed, by
    when it begins."""
    return [_holder(row) for row in await desk.rows(_THERE, now=desk.now)]


async def find(desk: Desk, holder_id: str) -> AccountHolder:
    """
    Raises:
        NotFound: no such account holder in this organisation.
    """
    row = await desk.row(_FIND, holder_id=holder_id)
    if row is None:
        raise NotFound
    return _holder(row)


async def _of_user(desk: Desk, user_id: str) -> AccountHolder | None:
    row = await desk.row(_OF_USER, of_user=user_id)
    return _holder(row) if row else None


async def added_by(desk: Desk, user_id: str) -> str | None:
    """Who made them account holder, or deputy; None when they are neither."""
    known = await _of_user(desk, user_id)
    return known.added_by if known else None


async def add(
    desk: DecidingDesk, user_id: str, actor: str, *, others: Sequence[str] | None = None
) -> bool:
    """Make somebody account holder; False when they are already. A deputy is one no more.

    They are told of it and of what waits, if anything does: it was asked before they could be, or
    there was nobody who could be told.

    Raises:
        NotAccountHolder, OnlyDeputy: the actor is a person, and may not.
    """
    _require_right(desk, actor)
    known = await _of_user(desk, user_id)
    if known is not None and not known.is_deputy:
        return False
    if known is not None:
        await _give_up(desk, known, actor)
    added = await _enter(desk, user_id, actor)
    action = Action.ACCOUNT_HOLDER_ADDED if actor in NOBODYS else Action.COLLEAGUE_ADDED
    await audit.record(desk, actor, action, holder_id=added.id)
    others = desk.standing.lasting_holders if others is None else others
    await _tell(desk, HOLDER_ADDED, added, actor, (user_id, *others))
    await _decides(desk, added)
    await is_another(desk)
    await deciders_changed(desk, user_id)
    return True


async def remove(
    desk: DecidingDesk, user_id: str, actor: str, *, even_the_last: bool = False
) -> None:
    """Of an account holder, and of a deputy whose time has not passed.

    Raises:
        NotAccountHolder: they are neither; or the actor is a person who may not (OnlyDeputy too).
        LastAccountHolder: nobody would be left, and `even_the_last` is not given.
    """
    _require_right(desk, actor)
    holder = await _of_user(desk, user_id)
    if holder is None or _has_passed(holder, desk.now):
        raise NotAccountHolder
    if desk.standing.lasting_holders == (user_id,) and not even_the_last:
        raise LastAccountHolder
    await _end(desk, holder, actor)
    await audit.record(desk, actor, _removal(holder, actor), holder_id=holder.id)
    await is_another(desk)
    others = desk.standing.lasting_holders or desk.standing.holders
    readers = others if actor == BOT else (user_id, *others)  # whom Slack knows no more
    await _tell(desk, HOLDER_REMOVED, holder, actor, readers)
    await deciders_changed(desk, user_id)


async def remove_known(desk: DecidingDesk, holder_id: str, actor: str) -> None:
    """The same, of a row that somebody has seen. Done twice by the same person it is done once,
    also by whoever has removed themselves.

    Raises:
        NotFound, NotAccountHolder, OnlyDeputy, LastAccountHolder.
        HolderChanged: they decide in another way since.
        AlreadyRemoved: another has removed them, or their time has passed.
    """
    holder = await find(desk, holder_id)
    if holder.removed_by == actor == holder.user_id:
        return
    _require_right(desk, actor)
    if holder.removed_at is None and not _has_passed(holder, desk.now):
        await remove(desk, holder.user_id, actor)
        return
    newer = await _of_user(desk, holder.user_id)
    if newer is not None and newer.id != holder.id:
        raise HolderChanged(newer)
    if holder.removed_by != actor:
        raise AlreadyRemoved(holder)


async def is_another(desk: DecidingDesk) -> None:
    """Who holds the account has changed, or what it is called: while the operator has not answered,
    they see it, and have seen an organisation that is another one now."""
    if desk.organisation.state is OrganisationState.AWAITING:
        await desk.run(_IS_ANOTHER)
        await mirroring.mirror_registrations(desk)
    await desk.read_standing_again()


async def found(desk: DecidingDesk, user_ids: Sequence[str], actor: str) -> None:
    """The account holders of an organisation that is being registered, as whoever registers it
    says. Whoever is one already stands in the form, and is one no more where they do not name them;
    nor is anybody who stands in for them.

    Nobody decides anything before the organisation is approved.
    """
    before: dict[str, AccountHolder] = {}
    for each in await ever(desk):
        if each.removed_at is None and each.is_deputy:
            await _give_up(desk, each, actor)
            if each.user_id not in user_ids:
                await _tell(desk, HOLDER_REMOVED, each, actor, (each.user_id,))
        elif each.removed_at is None:
            before[each.user_id] = each
    for user_id in dict.fromkeys(user_ids):
        if user_id not in before:
            added = await _enter(desk, user_id, actor)
            await audit.record(desk, actor, Action.COLLEAGUE_ADDED, holder_id=added.id)
            await _tell(desk, HOLDER_ADDED, added, actor, (user_id,))
            desk.transaction.concerns.add(user_id)
    for user_id, holder in before.items():
        if user_id not in user_ids:
            await _end(desk, holder, actor)
            await audit.record(desk, actor, Action.COLLEAGUE_REMOVED, holder_id=holder.id)
            await _tell(desk, HOLDER_REMOVED, holder, actor, (user_id,))
    await outbox.somebody_came(desk)
    await desk.read_standing_again()


async def appoint(
    desk: DecidingDesk, user_id: str, actor: str, period: Period, *, seen: Collection[str]
) -> None:
    """Let somebody stand in for the account holders; whoever does so already, in this time instead.

    `seen` are the ids of those who stood in when the form was opened.

    Raises:
        NotAccountHolder, OnlyDeputy, PeriodPassed, PeriodBackwards, PeriodTooLong.
        AlreadyAccountHolder: they decide anyway.
        HolderChanged: somebody has appointed them since.
    """
    _require_right(desk, actor)
    begins, ends = period.moments(desk.now)
    known = await _of_user(desk, user_id)
    if known is not None:
        if not known.is_deputy:
            raise AlreadyAccountHolder
        if not _has_passed(known, desk.now):
            if _is_same(known, actor, begins, ends):
                return
            if known.id not in seen:
                raise HolderChanged(known)
    is_moved = known is not None and not _has_passed(known, desk.now)
    if known is not None:
        await (_end(desk, known, actor) if is_moved else _pass(desk, known))
    deputy = await _enter(desk, user_id, actor, begins, ends)
    action = Action.DEPUTY_MOVED if is_moved else Action.DEPUTY_APPOINTED
    await audit.record(desk, actor, action, holder_id=deputy.id)
    readers = (user_id, *desk.standing.lasting_holders)
    await _tell(desk, DEPUTY_MOVED if is_moved else DEPUTY_APPOINTED, deputy, actor, readers)
    if begins <= desk.now:
        await _decides(desk, deputy)
    await desk.read_standing_again()
    await deciders_changed(desk, user_id)


def _is_same(known: AccountHolder, actor: str, begins: datetime, ends: datetime) -> bool:
    """The same form sent twice."""
    return (known.added_by, known.deputy_from, known.deputy_until) == (actor, begins, ends)


async def keep_time(desk: DecidingDesk) -> None:
    """Tell of the deputies of an organisation whose time has begun or has passed, and of what
    changes with that for whoever waits; in the morning, though it was at midnight."""
    due = [_holder(row) for row in await desk.rows(_DUE, now=desk.now)]
    for deputy in due:
        await (_pass if _has_passed(deputy, desk.now) else _begin)(desk, deputy)
    await desk.read_standing_again()
    await deciders_changed(desk, *(deputy.user_id for deputy in due))


async def _begin(desk: DecidingDesk, deputy: AccountHolder) -> None:
    assert deputy.deputy_from is not None
    assert deputy.deputy_until is not None
    next_at = morning_of(deputy.deputy_until)
    await desk.run(_WAIT_FOR_END, holder_id=deputy.id, next_at=next_at)
    await audit.record(desk, BOT, Action.DEPUTY_BEGAN, holder_id=deputy.id)
    began = NewNotice(DEPUTY_BEGAN, deputy.user_id, holder_id=deputy.id, turn=Turn.TIME)
    await outbox.tell(desk, began)
    await _decides(desk, deputy, since=deputy.deputy_from)


async def _pass(desk: DecidingDesk, deputy: AccountHolder) -> None:
    await desk.run(_REMOVE, holder_id=deputy.id, ended_at=deputy.deputy_until, actor=BOT)
    await audit.record(desk, BOT, Action.DEPUTY_ENDED, holder_id=deputy.id)
    ended = NewNotice(DEPUTY_ENDED, deputy.user_id, holder_id=deputy.id, turn=Turn.TIME)
    await outbox.tell(desk, ended)
    desk.transaction.concerns.add(deputy.user_id)


def _require_right(desk: DecidingDesk, actor: str) -> None:
    if actor not in NOBODYS:
        desk.standing.require_lasting_holder(actor)
        desk.standing.require_answered()


def _has_passed(holder: AccountHolder, now: datetime) -> bool:
    return holder.deputy_until is not None and holder.deputy_until <= now


def _removal(holder: AccountHolder, actor: str) -> Action:
    if holder.is_deputy:
        return Action.DEPUTY_REMOVED
    return Action.ACCOUNT_HOLDER_REMOVED if actor in NOBODYS else Action.COLLEAGUE_REMOVED


async def _enter(
    desk: DecidingDesk,
    user_id: str,
    actor: str,
    begins: datetime | None = None,
    ends: datetime | None = None,
) -> AccountHolder:
    moment = begins if begins and begins > desk.now else ends
    row = await desk.row(
        _ADD,
        id=desk.new_id(),
        user_id=user_id,
        added_at=desk.now,
        added_by=actor,
        deputy_from=begins,
        deputy_until=ends,
        next_notice_at=morning_of(moment) if moment else None,
    )
    assert row is not None
    return _holder(row)


async def _give_up(desk: DecidingDesk, deputy: AccountHolder, actor: str) -> None:
    """A deputy's time, for another or for good."""
    if _has_passed(deputy, desk.now):
        await _pass(desk, deputy)
        return
    await _end(desk, deputy, actor)
    await audit.record(desk, actor, Action.DEPUTY_REMOVED, holder_id=deputy.id)


async def _end(desk: DecidingDesk, holder: AccountHolder, actor: str) -> None:
    await desk.run(_REMOVE, holder_id=holder.id, ended_at=desk.now, actor=actor)
    desk.transaction.concerns.add(holder.user_id)


async def _decides(
    desk: DecidingDesk, holder: AccountHolder, since: datetime | None = None
) -> None:
    """From now on, or since then: whoever it is meets what has waited, unless they have met it."""
    desk.transaction.concerns.add(holder.user_id)
    decided_before = since is None and desk.standing.is_account_holder(holder.user_id)
    if not decided_before and await desk.row(_WAITING, before=since or desk.now):
        waiting = NewNotice(REQUESTS_WAITING, holder.user_id, about=f"new:{holder.id}")
        await outbox.tell(desk, waiting)
    await outbox.somebody_came(desk)


async def _tell(
    desk: AskingDesk, kind: NoticeKind, holder: AccountHolder, actor: str, readers: Sequence[str]
) -> None:
    """Not whoever did it: they have seen it."""
    told = (user for user in dict.fromkeys(readers) if user != actor)
    await outbox.tell(desk, *(NewNotice(kind, user, holder_id=holder.id) for user in told))
