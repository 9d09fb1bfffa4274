"""Who somebody is in Slack, and whether they are there.

A person is known by address and name; which member of the workspace has that address is looked
up here, before an account holder decides, and shown to them. A name says nothing about who
somebody is: everybody may change their own in Slack.
"""

from datetime import datetime, timedelta

from slack_sdk.errors import SlackApiError

from handlers.directory import Urgency
from handlers.house import Workspace
from handlers.slack_errors import Kind, kind_of
from storage import meeting
from storage.records import Person

LOOK_AGAIN = timedelta(days=1)
"""Whoever was nobody in Slack is looked up again after so long: people join."""


async def look_up(
    workspace: Workspace,
    person: Person | None,
    now: datetime,
    urgency: Urgency,
    *,
    is_needed: bool = True,
) -> bool:
    """Find out who the person is in Slack, unless that is known; True when it was not.

    Where Slack will not tell, the notice goes on without, and the next one asks again; also where
    it cannot tell just now, unless it is needed, as where it decides to whom something goes.

    Raises:
        NotYet: Slack has been asked too much.
        SlackApiError, and those of `slack_errors.NETWORK`: Slack could not be asked.
    """
    if person is None or _is_known(person, now):
        return False
    departures = workspace.directory.departures
    try:
        member = await workspace.directory.member_with_email(person.email, urgency)
    except SlackApiError as error:
        kind = kind_of(error)
        if kind is Kind.OURS or (kind is Kind.PASSING and is_needed):
            raise
        return False
    async with workspace.house.ledger.asking_at(person.organisation_id) as desk:
        if member and workspace.directory.has_left_since(member.user_id, departures):
            member = None  # meanwhile: whoever lets them go does so before this, or after it
        found = (member.user_id, member.name) if member else (None, None)
        await meeting.note_lookup(desk, person.id, *found)
    return True


def _is_known(person: Person, now: datetime) -> bool:
    """Whether Slack has told who it is, or lately that it is nobody."""
    if person.looked_up_at is None:
        return False
    return person.user_id is not None or timedelta() <= now - person.looked_up_at < LOOK_AGAIN
