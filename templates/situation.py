"""How things stand in an organisation, and who reads: what a text for somebody is made from."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from storage.records import Code, Issuer, Organisation, OrganisationState, Person

if TYPE_CHECKING:
    from storage.members import Member


def how_it_stands(
    organisation: Organisation, *, administrator: bool | None = None
) -> dict[str, bool | None]:
    """What `texts/not_approved.j2` asks of an organisation, and of the reader, where it is known:
    whether they run the workspace."""
    return {
        "administrator": administrator,
        "approved": organisation.state is OrganisationState.APPROVED,
        "suspended": organisation.state is OrganisationState.SUSPENDED,
        "refused": organisation.is_refused,
        "registered": organisation.registered_by is not None,
        "at_techsoup": bool(organisation.is_at_techsoup),
    }


class Situation(Struct, frozen=True):
    """Without a reader it is for everybody to read, and holds nobody's personal data."""

    organisation: Organisation
    holders: Sequence[str]
    """Those who decide: its account holders, and deputies whose time it is; oldest first."""

    now: datetime
    reader: str | None = None
    """The Slack user whose screen it is."""

    member: "Member | None" = None
    """What is the reader's, where that has been looked up."""

    deputies: frozenset[str] = frozenset()
    """Those of `holders` who decide for a time only."""

    @property
    def is_approved(self) -> bool:
        return self.organisation.state is OrganisationState.APPROVED

    @property
    def is_refused(self) -> bool:
        """The operator has said no to its registration."""
        return self.organisation.is_refused

    @property
    def may_put_right(self) -> bool:
        """Whether the reader may correct what was registered, and send it anew, where they run the
        workspace."""
        return self.organisation.is_put_right_by(self.reader, self.lasting_holders)

    @property
    def is_suspended(self) -> bool:
        return self.organisation.state is OrganisationState.SUSPENDED

    @property
    def is_blocked(self) -> bool:
        """Nobody can be given a code at present (rules 2 and 13)."""
        return not self.is_approved or not self.holders

    @property
    def is_account_holder(self) -> bool:
        """Whether the reader is one."""
        return self.reader in self.holders

    @property
    def lasting_holders(self) -> Sequence[str]:
        """Those who hold the account itself, and not for a time."""
        return [user for user in self.holders if user not in self.deputies]

    @property
    def is_lasting_holder(self) -> bool:
        return self.is_account_holder and self.reader not in self.deputies

    @property
    def has_codes_of_techsoup(self) -> bool:
        """Whether TechSoup makes the codes, and an account holder pastes them."""
        return self.organisation.issuer is Issuer.TECHSOUP

    def is_readers(self, person: Person) -> bool:
        """Whether it is the reader themselves, by address and by name."""
        is_theirs = person.user_id is not None and person.user_id == self.reader
        return is_theirs and not person.is_called_otherwise

    def may_use(self, code: Code) -> bool:
        """Whether the reader may see a code and have it refreshed."""
        return self.is_account_holder or code.user_id == self.reader
