"""An organisation as it stands: its state, and who its account holders are."""

from msgspec import Struct

from storage.database import Reading
from storage.records import Organisation, OrganisationState
from storage.refusals import (
    NoAccountHolder,
    NoOrganisation,
    NotAccountHolder,
    OnlyDeputy,
    OrganisationNotApproved,
    SeveralOrganisations,
)
from storage.schema import account_holders, organisations
from storage.sql import Select, and_, bindparam, exists, not_, or_, select
from storage.statements import Row

_now = bindparam("now", type_=account_holders.c.deputy_from.type)
_decides_now = or_(
    account_holders.c.deputy_until.is_(None),
    and_(account_holders.c.deputy_from <= _now, account_holders.c.deputy_until > _now),
)
_others = organisations.alias("others")
_is_answered = organisations.c.state != OrganisationState.AWAITING
_another = exists().where(
    _others.c.team_id == organisations.c.team_id, _others.c.id != organisations.c.id
)
_another_answered = _another.where(_others.c.state != OrganisationState.AWAITING)
_is_one_of_several = or_(_another_answered, and_(not_(_is_answered), _another))
_counts = or_(_is_answered, not_(_another_answered))
"""One that nobody has approved yet, or that was refused, is no choice beside others."""

_STANDING = (
    select(
        organisations,
        _is_one_of_several.label("is_one_of_several"),
        account_holders.c.id.label("account_holder_id"),
        account_holders.c.user_id.label("account_holder"),
        account_holders.c.deputy_until,
    )
    .outerjoin(
        account_holders,
        (account_holders.c.organisation_id == organisations.c.id)
        & account_holders.c.removed_at.is_(None)
        & _decides_now,
    )
    .order_by(account_holders.c.added_at, account_holders.c.user_id)
)
_OF_TEAM = _STANDING.where(organisations.c.team_id == bindparam("which"), _counts)
_OF_ID = _STANDING.where(organisations.c.id == bindparam("which"))


class Standing(Struct, frozen=True):
    """An organisation as it stands now: its state, and who decides: its account holders, and the
    deputies whose time it is."""

    organisation: Organisation
    holder_ids: dict[str, str]
    """Slack user id → account holder id, oldest first."""

    deputies: frozenset[str] = frozenset()
    """Those of them who do so for a time only."""

    is_one_of_several: bool = False
    """Whether its workspace has other organisations, too."""

    @property
    def holders(self) -> tuple[str, ...]:
        """Whoever decides now."""
        return tuple(self.holder_ids)

    @property
    def lasting_holders(self) -> tuple[str, ...]:
        """Those who hold the account itself, and not for a time."""
        return tuple(user for user in self.holder_ids if user not in self.deputies)

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
            raise OrganisationNotApproved(self.organisation)

    def require_answered(self) -> None:
        """What the operator has been shown stays so until they have answered.

        Raises:
            OrganisationNotApproved: it waits for approval.
        """
        if self.organisation.state is OrganisationState.AWAITING:
            raise OrganisationNotApproved(self.organisation)

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

    def require_lasting_holder(self, user_id: str) -> None:
        """
        Raises:
            NotAccountHolder: they are not, or no longer, account holder here.
            OnlyDeputy: they decide for a time, and not on who is account holder.
        """
        self.require_account_holder(user_id)
        if user_id in self.deputies:
            raise OnlyDeputy


async def standing_of_team(transaction: Reading, team_id: str) -> Standing:
    """
    Raises:
        NoOrganisation: this workspace belongs to no organisation here.
        SeveralOrganisations: it has several that count, and none is named.
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
    rows: list[Row] = await transaction.rows(statement, which=which, now=transaction.now)
    if not rows:
        raise NoOrganisation
    if any(row["id"] != rows[0]["id"] for row in rows):
        raise SeveralOrganisations
    is_one_of_several = bool(rows[0]["is_one_of_several"])
    for row in rows:
        del row["is_one_of_several"]
    untils = {row["account_holder"]: row.pop("deputy_until") for row in rows}
    holders = {row.pop("account_holder"): row.pop("account_holder_id") for row in rows}
    holders.pop(None, None)
    deputies = frozenset(user for user, until in untils.items() if until is not None)
    return Standing(Organisation(**rows[0]), holders, deputies, is_one_of_several)
