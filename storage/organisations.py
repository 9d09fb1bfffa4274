"""Organisations: their state, and what the settings say of them."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from storage import audit, holding
from storage.database import Reading, Transaction
from storage.desk import DecidingDesk, Ledger
from storage.keys import short_name
from storage.notice_times import next_review
from storage.records import (
    OPERATOR,
    SETTINGS,
    Action,
    Issuer,
    Organisation,
    OrganisationState,
)
from storage.schema import organisations
from storage.standing import Standing
from storage.statements import insert_new

_ADD = insert_new(organisations, "team_id", returning=[organisations.c.id])
_ALL = select(organisations).order_by(organisations.c.created_at, organisations.c.id)
_DESCRIBE = (
    update(organisations)
    .where(organisations.c.id == bindparam("of_organisation"))
    .values(
        name=bindparam("new_name"),
        short_name=bindparam("new_short_name"),
        issuer=bindparam("new_issuer"),
    )
)


async def list_all(transaction: Reading) -> list[Organisation]:
    return [Organisation(**row) for row in await transaction.rows(_ALL)]


async def add(
    transaction: Transaction,
    team_id: str,
    name: str,
    *,
    issuer: Issuer = Issuer.BOT,
    state: OrganisationState = OrganisationState.AWAITING,
    actor: str = OPERATOR,
) -> bool:
    """Add an organisation for a workspace; False when the workspace has one already."""
    organisation_id = transaction.new_id()
    added = await transaction.row(
        _ADD,
        id=organisation_id,
        team_id=team_id,
        name=name,
        short_name=short_name(name),
        issuer=issuer,
        state=state,
        created_at=transaction.now,
        next_review_at=next_review(transaction.now),
    )
    if added:
        await audit.begin(transaction, organisation_id)
        about = [(organisation_id, None)]
        await audit.record_each(transaction, actor, Action.ORGANISATION_ADDED, about)
    return added is not None


async def _describe(desk: DecidingDesk, name: str, issuer: Issuer) -> None:
    """Set what the settings say of an organisation; codes made before keep their name."""
    await desk.run(_DESCRIBE, new_name=name, new_short_name=short_name(name), new_issuer=issuer)
    await desk.read_standing_again()


async def follow_settings(
    ledger: Ledger,
    team_id: str,
    name: str | None,
    issuer: Issuer | None,
    user_ids: Sequence[str] | None,
    *,
    new_name: str = "",
) -> Standing:
    """Bring the one organisation of a self-hosted bot in line with its settings.

    The settings add those they name and remove those whom the settings added before and
    name no longer. Whoever the operator's command line added stays; whoever it removed,
    or who left the workspace, does not come back by a restart. `None` leaves all as it is: a
    setting that is not set changes nothing. One that is new is called `new_name` then.
    """
    async with ledger.database.transaction() as transaction:
        approved = OrganisationState.APPROVED
        called, made_by = name or new_name, issuer or Issuer.BOT
        await add(transaction, team_id, called, issuer=made_by, state=approved, actor=SETTINGS)
        desk = await DecidingDesk.of_team(transaction, ledger.keyring, team_id)
        await _describe(desk, name or desk.organisation.name, issuer or desk.organisation.issuer)
        if user_ids is not None:
            await _follow_account_holders(desk, user_ids)
        return desk.standing


async def _follow_account_holders(desk: DecidingDesk, user_ids: Sequence[str]) -> None:
    """Added first and then removed: nobody who waits hears that there is no account holder."""
    ever = await holding.ever(desk)
    latest = {each.user_id: each for each in ever if not each.is_deputy}
    before = desk.standing.lasting_holders
    for user_id in user_ids:
        known = latest.get(user_id)
        if known is None or known.removed_by == SETTINGS:
            await holding.add(desk, user_id, SETTINGS, others=before)
    for user_id, holder in latest.items():
        from_settings = holder.removed_at is None and holder.added_by == SETTINGS
        if from_settings and user_id not in user_ids:
            await holding.remove(desk, user_id, SETTINGS, even_the_last=True)
