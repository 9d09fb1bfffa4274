"""From what the ledger knows to what an answer is filled with."""

from datetime import datetime

from storage.members import Member
from storage.records import Issuer, OrganisationState
from storage.standing import Standing
from templates.answers import Situation


def situation(standing: Standing, now: datetime, member: Member | None) -> Situation:
    """Without a member it is for everybody to read."""
    organisation = standing.organisation
    return Situation(
        now=now,
        approved=organisation.state is OrganisationState.APPROVED,
        suspended=organisation.state is OrganisationState.SUSPENDED,
        techsoup=organisation.issuer is Issuer.TECHSOUP,
        short_name=organisation.short_name,
        holders=standing.holders,
        member=member,
    )
