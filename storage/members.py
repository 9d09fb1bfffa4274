"""What the ledger knows of one member of a workspace, for an answer that fits them."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from storage import audit, codes, requests
from storage.desk import Desk
from storage.records import REQUEST_LIFETIME, Action, Code, CodeRequest, CodeState, RequestState
from storage.schema import people
from storage.sql import bindparam, select

MOST_CODES = 10
"""How many codes are looked at: an answer lists fewer."""

LATELY = REQUEST_LIFETIME
"""How long one is told of what was declined: as long as one would have waited."""

_ENDED = (CodeState.REPLACED, CodeState.REVOKED)

_NAMES = (
    select(people.c.user_id, people.c.first_name, people.c.last_name, people.c.slack_name)
    .where(
        people.c.organisation_id == bindparam("of_organisation"),
        people.c.user_id.is_not(None),
    )
    .order_by(people.c.id)
)


class Member(Struct, frozen=True):
    user_id: str
    account_holder: bool
    valid: tuple[Code, ...]
    """Their own codes that can be used now, the newest first."""

    expired_own: tuple[Code, ...]
    """Their own that have run out and can be refreshed (rule 8)."""

    expired: tuple[Code, ...]
    """The same, and for an account holder the whole organisation's, the latest first."""

    waiting: CodeRequest | None
    """The newest request of theirs that waits for a decision."""

    refreshes_asked: frozenset[str]
    """The codes whose refresh an account holder has been asked for."""

    ended: tuple[Code, ...] = ()
    """Their own that were replaced or withdrawn, the newest first."""

    waits_for_more: bool = False
    """Whether other requests of theirs wait as well."""

    declined: CodeRequest | None = None
    """What they have asked for, where that was answered lately with a no, and nothing waits or has
    been approved since."""

    withdrawn_by: str | None = None
    """Who withdrew the newest of those, if somebody did and it is known."""

    @property
    def has_data(self) -> bool:
        """Whether the ledger holds codes or requests of theirs."""
        return bool(self.valid or self.expired_own or self.ended or self.waiting)

    @property
    def is_known(self) -> bool:
        """Whether there is anything about them in the ledger."""
        return self.account_holder or self.has_data

    def has_more_than(self, count: float) -> bool:
        return len(self.valid) + len(self.expired_own) > count


async def look_up(desk: Desk, user_id: str) -> Member:
    own = await have_and_wait_for(desk, user_id)
    return replace(
        own,
        expired=await _all_expired(desk) if own.account_holder else own.expired_own,
        refreshes_asked=await requests.refreshes_asked(desk),
        declined=None if own.waiting else await _declined(desk, user_id),
        withdrawn_by=await _withdrawn_by(desk, own.ended),
    )


async def have_and_wait_for(desk: Desk, user_id: str) -> Member:
    """What is theirs alone, in two looks; of all else nothing is known."""
    now = desk.now
    mine = await codes.list_codes(desk, of_user=user_id, most=MOST_CODES)
    own = tuple(code for code in mine if code.state_at(now) is CodeState.EXPIRED)
    waiting = await requests.all_pending_of(desk, user_id, most=2)
    return Member(
        user_id=user_id,
        account_holder=desk.standing.is_account_holder(user_id),
        valid=tuple(code for code in mine if code.state_at(now) is CodeState.ACTIVE),
        expired_own=own,
        expired=own,
        waiting=waiting[0] if waiting else None,
        waits_for_more=len(waiting) > 1,
        refreshes_asked=frozenset(),
        ended=tuple(code for code in mine if code.state in _ENDED),
    )


async def _declined(desk: Desk, user_id: str) -> CodeRequest | None:
    last = await requests.last_answer(desk, user_id, desk.now - LATELY)
    return last if last and last.state is RequestState.DECLINED else None


async def names(desk: Desk) -> dict[str, str]:
    """What members are called, by their ids: in Slack, where that has been looked up and is not
    forgotten, and else as it was typed last. Of whom nothing was ever typed, nothing is known."""
    rows = await desk.rows(_NAMES)
    return {
        row["user_id"]: row["slack_name"] or f"{row['first_name']} {row['last_name']}"
        for row in rows
    }


async def _withdrawn_by(desk: Desk, ended: Sequence[Code]) -> str | None:
    if not ended or ended[0].state is not CodeState.REVOKED:
        return None
    return await audit.done_by(desk, Action.CODE_REVOKED, ended[0].id)


async def _all_expired(desk: Desk) -> tuple[Code, ...]:
    return tuple(await codes.latest_expired(desk, MOST_CODES))
