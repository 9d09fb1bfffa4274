"""Who somebody is in Slack.

A person is known by address and name; which member of the workspace has that address is looked
up here, before an account holder decides, and shown to them. A name says nothing about who
somebody is: everybody may change their own in Slack.
"""

from handlers.house import Workspace
from storage import authority
from storage.records import Person


async def look_up(workspace: Workspace, person: Person | None) -> bool:
    """Find out who the person is in Slack, unless that is known; True when it was not.

    Raises:
        SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
    """
    if person is None or person.looked_up_at is not None:
        return False
    member = await workspace.directory.member_with_email(person.email)
    found = (member.user_id, member.name) if member else (None, None)
    async with workspace.house.ledger.asking_at(person.organisation_id) as desk:
        await authority.note_lookup(desk, person.id, *found)
    return True
