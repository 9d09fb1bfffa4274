"""Who the account holders are: whoever decides in an organisation."""

from sqlalchemy import bindparam, select, update

from storage import audit, outbox
from storage.desk import DecidingDesk, Desk
from storage.outbox import REQUESTS_WAITING, NewNotice
from storage.records import AccountHolder, Action, RequestState
from storage.refusals import LastAccountHolder
from storage.requests import deciders_changed
from storage.schema import account_holders, code_requests
from storage.statements import insert_new

_ADD_HOLDER = insert_new(
    account_holders,
    "organisation_id",
    "user_id",
    where=account_holders.c.removed_at.is_(None),
    returning=[account_holders.c.id],
)
_REMOVE_HOLDER = (
    update(account_holders)
    .where(
        account_holders.c.organisation_id == bindparam("of_organisation"),
        account_holders.c.user_id == bindparam("of_user"),
        account_holders.c.removed_at.is_(None),
    )
    .values(removed_at=bindparam("now"), removed_by=bindparam("actor"))
    .returning(account_holders.c.id)
)
_HOLDERS_EVER = (
    select(account_holders)
    .where(account_holders.c.organisation_id == bindparam("of_organisation"))
    .order_by(account_holders.c.added_at, account_holders.c.id)
)
_WAITING = (
    select(code_requests.c.id)
    .where(
        code_requests.c.organisation_id == bindparam("of_organisation"),
        code_requests.c.state == RequestState.PENDING,
    )
    .limit(1)
)


async def ever(desk: Desk) -> list[AccountHolder]:
    """Everybody who is or was account holder, oldest first."""
    return [AccountHolder(**row) for row in await desk.rows(_HOLDERS_EVER)]


async def add(desk: DecidingDesk, user_id: str, actor: str) -> bool:
    """Make somebody account holder; False when they are already.

    They are told of what waits, if anything does: it was asked before they could be, or there was
    nobody who could be told.
    """
    added = await desk.row(
        _ADD_HOLDER, id=desk.new_id(), user_id=user_id, added_at=desk.now, added_by=actor
    )
    if added is None:
        return False
    await audit.record(desk, actor, Action.ACCOUNT_HOLDER_ADDED)
    desk.transaction.concerns.add(user_id)
    if await desk.row(_WAITING):
        waiting = NewNotice(REQUESTS_WAITING, user_id, about=f"new:{added['id']}")
        await outbox.tell(desk, waiting)
    await outbox.somebody_came(desk)
    await desk.read_standing_again()
    await deciders_changed(desk)
    return True


async def remove(
    desk: DecidingDesk, user_id: str, actor: str, *, even_the_last: bool = False
) -> None:
    """
    Raises:
        NotAccountHolder: they are not account holder.
        LastAccountHolder: nobody would be left, and `even_the_last` is not given.
    """
    desk.standing.require_account_holder(user_id)
    if desk.standing.holders == (user_id,) and not even_the_last:
        raise LastAccountHolder
    await desk.run(_REMOVE_HOLDER, of_user=user_id, now=desk.now, actor=actor)
    await audit.record(desk, actor, Action.ACCOUNT_HOLDER_REMOVED)
    desk.transaction.concerns.add(user_id)
    await desk.read_standing_again()
    await deciders_changed(desk, are_fewer=True)
