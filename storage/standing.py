"""An organisation as it stands: its state, and who its account holders are."""

from dataclasses import dataclass

from sqlalchemy import Select, bindparam, select

from storage.database import Reading
from storage.records import Organisation, OrganisationState
from storage.refusals import (
    NoAccountHolder,
    NoOrganisation,
    NotAccountHolder,
    OrganisationNotApproved,
)
from storage.schema import account_holders, organisations
from storage.statements import Row

_STANDING = (
    select(
        organisations,
        account_holders.c.id.label("account_holder_id"),
        account_holders.c.user_id.label("account_holder"),
    )
    .outerjoin(
        account_holders,
        (account_holders.c.organisation_id == organisations.c.id)
        & account_holders.c.removed_at.is_(None),
    )
    .order_by(account_holders.c.added_at, account_holders.c.user_id)
)
_OF_TEAM = _STANDING.where(organisations.c.team_id == bindparam("which"))
_OF_ID = _STANDING.where(organisations.c.id == bindparam("which"))


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


async def standing_of_team(transaction: Reading, team_id: str) -> Standing:
    """
    Raises:
        NoOrganisation: this workspace belongs to no organisation here.
    """
    return await _standing(transaction, _OF_TEAM, team_id)


async def standing_of(transaction: Reading, organisation_id: str) -> Standing:
    """
    Raises:
        NoOrganisation: there is no such organisation.
    """
    return await _standing(transaction, _OF_ID, organisation_id)


async def _standing(
    transaction: Reading, statement: Select[tuple[object, ...]], which: str
) -> Standing:
    rows: list[Row] = await transaction.rows(statement, which=which)
    if not rows:
        raise NoOrganisation
    holders = {row.pop("account_holder"): row.pop("account_holder_id") for row in rows}
    holders.pop(None, None)
    return Standing(Organisation(**rows[0]), holders)
