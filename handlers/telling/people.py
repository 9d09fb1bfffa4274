"""Who somebody is in Slack.

A person is known by address and name; which member of the workspace has that address is looked
up here, before an account holder decides, and shown to them. A name says nothing about who
somebody is: everybody may change their own in Slack.
"""

from slack_sdk.errors import SlackApiError

from handlers.house import Workspace
from handlers.slack_errors import Kind, kind_of
from storage import authority
from storage.records import Person


async def look_up(workspace: Workspace, person: Person | None) -> bool:
    """Find out who the person is in Slack, unless that is known; True when it was not.

    Where Slack will not tell, the notice goes on without, and the next one asks again.

    Raises:
        SlackApiError, and those of `slack_errors.NETWORK`: Slack could not be asked.
    """
    if person is None or person.looked_up_at is not None:
        return False
    try:
        member = await workspace.directory.member_with_email(person.email)
    except SlackApiError as error:
        if kind_of(error) in (Kind.OURS, Kind.PASSING):
            raise
        return False
    found = (member.user_id, member.name) if member else (None, None)
    async with workspace.house.ledger.asking_at(person.organisation_id) as desk:
        await authority.note_lookup(desk, person.id, *found)
    return True
