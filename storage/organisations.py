"""Organisations and their account holders: who may decide, and whether anything may be made."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql

from storage import audit, outbox
from storage.database import Transaction
from storage.keys import short_name
from storage.records import (
    AccountHolder,
    Action,
    Issuer,
    NoticeKind,
    Organisation,
    OrganisationState,
    RequestState,
)
from storage.refusals import (
    LastAccountHolder,
    NoAccountHolder,
    NoOrganisation,
    NotAccountHolder,
    NotFound,
    OrganisationNotApproved,
)
from storage.schema import account_holders, code_requests, organisations
from storage.statements import Row

# PostgreSQL's ON CONFLICT compiles for SQLite too: one statement serves both.
_ADD = (
    postgresql.insert(organisations)
    .on_conflict_do_nothing(index_elements=["team_id"])
    .returning(organisations.c.id)
)
_ALL = select(organisations).order_by(organisations.c.created_at, organisations.c.id)
_SET_STATE = (
    update(organisations)
    .where(organisations.c.id == bindparam("organisation_id"))
    .values(state=bindparam("new_state"))
    .returning(*organisations.c)
)
_DESCRIBE = (
    update(organisations)
    .where(organisations.c.id == bindparam("organisation_id"))
    .values(
        name=bindparam("new_name"),
        short_name=bindparam("new_short_name"),
        issuer=bindparam("new_issuer"),
    )
)
_STANDING = select(
    organisations,
    account_holders.c.id.label("account_holder_id"),
    account_holders.c.user_id.label("account_holder"),
).outerjoin(
    account_holders,
    (account_holders.c.organisation_id == organisations.c.id)
    & account_holders.c.removed_at.is_(None),
)
_STANDING_OF_TEAM = _STANDING.where(organisations.c.team_id == bindparam("team_id")).order_by(
    account_holders.c.added_at, account_holders.c.user_id
)
_STANDING_OF_ID = _STANDING.where(organisations.c.id == bindparam("organisation_id")).order_by(
    account_holders.c.added_at, account_holders.c.user_id
)
_ADD_HOLDER = (
    postgresql.insert(account_holders)
    .on_conflict_do_nothing(
        index_elements=["organisation_id", "user_id"],
        index_where=account_holders.c.removed_at.is_(None),
    )
    .returning(account_holders.c.id)
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
    .where(account_holders.c.organisation_id == bindparam("organisation_id"))
    .order_by(account_holders.c.added_at, account_holders.c.id)
)
_WAITING = (
    select(code_requests.c.id)
    .where(
        code_requests.c.organisation_id == bindparam("organisation_id"),
        code_requests.c.state == RequestState.PENDING,
    )
    .limit(1)
)
# Whoever asks or looks holds off whoever changes who may decide, and decisions of one organisation
# come one after the other. Locked first and read then: what is read in the statement that waits
# for a lock is what stood before the wait.
_of_team = organisations.c.team_id == bindparam("team_id")
_LOCK_TO_ASK = select(organisations.c.id).where(_of_team).with_for_update(read=True)
_LOCK_TO_DECIDE = select(organisations.c.id).where(_of_team).with_for_update(key_share=True)
_LOCK = (
    select(organisations.c.id)
    .where(organisations.c.id == bindparam("organisation_id"))
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """An organisation as it stands now: its state, and who its account holders are."""

    organisation: Organisation
    holder_ids: dict[str, str]
    """Slack user id → account holder id, oldest first."""

    @property
    def holders(self) -> tuple[str, ...]:
        return tuple(self.holder_ids)

    def is_account_holder(self, user_id: str) -> bool:
        return user_id in self.holder_ids

    def has_other_holder_than(self, user_id: str) -> bool:
        """Whether there is an account holder whom this person could ask."""
        return any(holder != user_id for holder in self.holder_ids)

    def others_to_ask(self, user_id: str) -> tuple[str, ...]:
        """The account holders whom this person can ask.

        Raises:
            NoAccountHolder: there is nobody but themselves.
        """
        if not self.has_other_holder_than(user_id):
            raise NoAccountHolder
        return tuple(holder for holder in self.holder_ids if holder != user_id)

    def require_approved(self) -> None:
        """
        Raises:
            OrganisationNotApproved: no codes can be made (rule 13).
        """
        if self.organisation.state is not OrganisationState.APPROVED:
            raise OrganisationNotApproved(self.organisation.state)

    def require_account_holders(self) -> None:
        """
        Raises:
            NoAccountHolder: nobody could approve.
        """
        if not self.holder_ids:
            raise NoAccountHolder

    def require_account_holder(self, user_id: str) -> str:
        """The person's account holder id.

        Raises:
            NotAccountHolder: they are not, or no longer, account holder here (rule 2).
        """
        try:
            return self.holder_ids[user_id]
        except KeyError:
            raise NotAccountHolder from None


def _standing(rows: list[Row]) -> Standing:
    if not rows:
        raise NoOrganisation
    holders = {row.pop("account_holder"): row.pop("account_holder_id") for row in rows}
    holders.pop(None, None)
    return Standing(Organisation(**rows[0]), holders)


async def standing_of_team(transaction: Transaction, team_id: str) -> Standing:
    """
    Raises:
        NoOrganisation: this workspace belongs to no organisation here.
    """
    return _standing(await transaction.rows(_STANDING_OF_TEAM, team_id=team_id))


async def standing_to_ask(transaction: Transaction, team_id: str) -> Standing:
    """As `standing_of_team`, and it stays so until the transaction ends.

    Raises:
        NoOrganisation: this workspace belongs to no organisation here.
    """
    await transaction.lock(_LOCK_TO_ASK, team_id=team_id)
    return await standing_of_team(transaction, team_id)


async def standing_to_decide(transaction: Transaction, team_id: str) -> Standing:
    """As `standing_to_ask`, and nobody else decides in this organisation meanwhile.

    Raises:
        NoOrganisation: this workspace belongs to no organisation here.
    """
    await transaction.lock(_LOCK_TO_DECIDE, team_id=team_id)
    return await standing_of_team(transaction, team_id)


async def standing_of(transaction: Transaction, organisation_id: str) -> Standing:
    """
    Raises:
        NoOrganisation: there is no such organisation.
    """
    return _standing(await transaction.rows(_STANDING_OF_ID, organisation_id=organisation_id))


async def lock(transaction: Transaction, organisation_id: str) -> None:
    """Wait for, and hold off, others who lock the same organisation."""
    await transaction.lock(_LOCK, organisation_id=organisation_id)


async def list_all(transaction: Transaction) -> list[Organisation]:
    return [Organisation(**row) for row in await transaction.rows(_ALL)]


async def add(
    transaction: Transaction,
    team_id: str,
    name: str,
    *,
    issuer: Issuer = Issuer.BOT,
    state: OrganisationState = OrganisationState.AWAITING,
    actor: str = audit.OPERATOR,
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
    )
    if added:
        await audit.record(transaction, organisation_id, actor, Action.ORGANISATION_ADDED)
    return added is not None


async def _set_state(
    transaction: Transaction, organisation_id: str, state: OrganisationState, action: Action
) -> Organisation:
    row = await transaction.row(_SET_STATE, organisation_id=organisation_id, new_state=state)
    if row is None:
        raise NotFound
    await audit.record(transaction, organisation_id, audit.OPERATOR, action)
    return Organisation(**row)


async def approve(transaction: Transaction, organisation_id: str) -> Organisation:
    """
    Raises:
        NotFound: there is no such organisation.
    """
    return await _set_state(
        transaction, organisation_id, OrganisationState.APPROVED, Action.ORGANISATION_APPROVED
    )


async def suspend(transaction: Transaction, organisation_id: str) -> Organisation:
    """
    Raises:
        NotFound: there is no such organisation.
    """
    return await _set_state(
        transaction, organisation_id, OrganisationState.SUSPENDED, Action.ORGANISATION_SUSPENDED
    )


async def describe(
    transaction: Transaction, organisation_id: str, name: str, issuer: Issuer
) -> None:
    """Set what the settings say of an organisation; codes made before keep their name."""
    await transaction.run(
        _DESCRIBE,
        organisation_id=organisation_id,
        new_name=name,
        new_short_name=short_name(name),
        new_issuer=issuer,
    )


async def account_holders_ever(
    transaction: Transaction, organisation_id: str
) -> list[AccountHolder]:
    """Everybody who is or was account holder, oldest first."""
    rows = await transaction.rows(_HOLDERS_EVER, organisation_id=organisation_id)
    return [AccountHolder(**row) for row in rows]


async def add_account_holder(
    transaction: Transaction, organisation_id: str, user_id: str, actor: str
) -> bool:
    """Make somebody account holder; False when they are already.

    They are told of what waits, if anything does: it was asked before they could be.
    """
    added = await transaction.row(
        _ADD_HOLDER,
        id=transaction.new_id(),
        organisation_id=organisation_id,
        user_id=user_id,
        added_at=transaction.now,
        added_by=actor,
        removed_at=None,
        removed_by=None,
    )
    if added is None:
        return False
    await audit.record(transaction, organisation_id, actor, Action.ACCOUNT_HOLDER_ADDED)
    if await transaction.row(_WAITING, organisation_id=organisation_id):
        waiting = outbox.notice(
            transaction,
            organisation_id,
            NoticeKind.REQUESTS_WAITING,
            user_id,
            key=f"new:{added['id']}",
        )
        await outbox.add(transaction, [waiting])
    return True


async def remove_account_holder(
    transaction: Transaction,
    organisation_id: str,
    user_id: str,
    actor: str,
    *,
    even_the_last: bool = False,
) -> None:
    """
    Raises:
        NotAccountHolder: they are not account holder.
        LastAccountHolder: nobody would be left, and `even_the_last` is not given.
    """
    await lock(transaction, organisation_id)
    standing = await standing_of(transaction, organisation_id)
    standing.require_account_holder(user_id)
    if standing.holders == (user_id,) and not even_the_last:
        raise LastAccountHolder
    await transaction.run(
        _REMOVE_HOLDER,
        of_organisation=organisation_id,
        of_user=user_id,
        now=transaction.now,
        actor=actor,
    )
    await audit.record(transaction, organisation_id, actor, Action.ACCOUNT_HOLDER_REMOVED)


async def follow_settings(
    transaction: Transaction,
    team_id: str,
    name: str,
    issuer: Issuer,
    user_ids: Sequence[str] | None,
) -> Standing:
    """Bring the one organisation of a self-hosted bot in line with its settings.

    The settings add those they name and remove those whom the settings added before and
    name no longer. Whoever the operator's command line added stays; whoever it removed,
    or who left the workspace, does not come back by a restart. `None` leaves all as it is.
    """
    await add(
        transaction,
        team_id,
        name,
        issuer=issuer,
        state=OrganisationState.APPROVED,
        actor=audit.SETTINGS,
    )
    standing = await standing_of_team(transaction, team_id)
    organisation_id = standing.organisation.id
    await describe(transaction, organisation_id, name, issuer)
    if user_ids is not None:
        await _follow_account_holders(transaction, organisation_id, user_ids)
    return await standing_of_team(transaction, team_id)


async def _follow_account_holders(
    transaction: Transaction, organisation_id: str, user_ids: Sequence[str]
) -> None:
    latest = {
        each.user_id: each for each in await account_holders_ever(transaction, organisation_id)
    }
    for user_id, holder in latest.items():
        from_settings = holder.removed_at is None and holder.added_by == audit.SETTINGS
        if from_settings and user_id not in user_ids:
            await remove_account_holder(
                transaction, organisation_id, user_id, audit.SETTINGS, even_the_last=True
            )
    for user_id in user_ids:
        known = latest.get(user_id)
        if known is None or known.removed_by == audit.SETTINGS:
            await add_account_holder(transaction, organisation_id, user_id, audit.SETTINGS)
