"""What an account holder wants to know of a person before they decide."""

from datetime import datetime

from msgspec import Struct

from storage import authority, codes, requests
from storage.desk import Desk
from storage.records import Code, CodeRequest, Confirmation

MOST = 3
"""Of each: enough to decide by, and a message has little room."""


class Background(Struct, frozen=True):
    """Of whom a request is about."""

    now: datetime
    """When it was looked up."""

    confirmation: Confirmation | None = None
    """The last word on their authority."""

    decided: tuple[CodeRequest, ...] = ()
    """What account holders have answered about them before, the latest first."""

    valid: tuple[Code, ...] = ()
    """Codes of theirs that are still good."""

    revoked: tuple[Code, ...] = ()
    """Codes of theirs that have been withdrawn, the latest first."""

    waiting: tuple[CodeRequest, ...] = ()
    """What else waits that is about them."""

    has_passed: bool = False
    """Whether the word on their authority was given for a time that is over."""


async def background(desk: Desk, request: CodeRequest) -> Background:
    person = request.person
    last = await authority.latest_confirmation(desk, person.id)
    return Background(
        now=desk.now,
        confirmation=last,
        has_passed=last is not None and last.has_passed_at(desk.now),
        decided=tuple(await requests.decided_about(desk, person, most=MOST)),
        valid=tuple(await codes.valid_of_person(desk, person, most=MOST)),
        revoked=tuple(await codes.revoked_of_person(desk, person, most=1)),
        waiting=tuple(await requests.waiting_for(desk, person, besides=request.id, most=MOST)),
    )
