"""«Slik prøver du»: the steps that are proposed, and which of them have been taken.

That a step has been taken is seen by what it led to, whoever took it and by whatever way.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from enum import StrEnum

from bot.trial.sandbox import Sandbox
from bot.trial.sandbox.changes import TRAFFIC
from storage import audit, outbox
from storage.database import DatabaseUnavailable
from storage.desk import Desk
from storage.notice_times import CODE_EXPIRES
from storage.records import Action
from storage.refusals import NoOrganisation

LOOKED_AT = 500
"""Events and notices, the newest, by which it is seen what was done before the room was opened."""


class Step(StrEnum):
    """In the order in which they are proposed."""

    REGISTER = "register"
    ADMIT = "admit"
    ASK = "ask"
    APPROVE = "approve"
    SHOW = "show"
    TRAVEL = "travel"
    REFRESH = "refresh"
    QUESTION = "question"


BEFOREHAND = frozenset({Step.REGISTER, Step.ADMIT})
"""What is proposed where the organisation is not registered when the room is opened."""

_BY_ACTION = {
    Action.ORGANISATION_REGISTERED: Step.REGISTER,
    Action.ORGANISATION_APPROVED: Step.ADMIT,
    Action.REQUEST_ASKED: Step.ASK,
    Action.REQUEST_APPROVED: Step.APPROVE,
    Action.CODE_SHOWN: Step.SHOW,
    Action.CODE_REFRESHED: Step.REFRESH,
}

Looking = Callable[[], AbstractAsyncContextManager[Desk]]


@asynccontextmanager
async def followed(
    done: set[Step], steps: frozenset[Step], slack: Sandbox, looking: Looking
) -> AsyncIterator[None]:
    """While it lasts, each of the steps is added as it is taken, and every page hears of it."""
    changed = asyncio.Event()

    def notice(concerned: frozenset[str]) -> None:
        if concerned != {TRAFFIC}:
            changed.set()

    done |= await _taken(slack, looking) & steps
    with slack.workspace.changes.subscription(notice):
        task = asyncio.create_task(_follow(done, steps, slack, looking, changed))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _follow(
    done: set[Step],
    steps: frozenset[Step],
    slack: Sandbox,
    looking: Looking,
    changed: asyncio.Event,
) -> None:
    while done != steps:
        await changed.wait()
        changed.clear()
        with suppress(DatabaseUnavailable):  # it is seen at the next change
            new = await _taken(slack, looking) & steps - done
            done |= new
            if new:
                slack.workspace.changes.announce()


async def _taken(slack: Sandbox, looking: Looking) -> set[Step]:
    found = set()
    with suppress(NoOrganisation):
        found = await _taken_in_ledger(looking)
    if _has_been_asked(slack):
        found.add(Step.QUESTION)
    return found


async def _taken_in_ledger(looking: Looking) -> set[Step]:
    async with looking() as desk:
        events = await audit.latest(desk, LOOKED_AT)
        notices = await outbox.latest(desk, LOOKED_AT)
    found = {_BY_ACTION[each["action"]] for each in events if each["action"] in _BY_ACTION}
    if {each.kind for each in notices} & set(CODE_EXPIRES.values()):
        found.add(Step.TRAVEL)
    return found


def _has_been_asked(slack: Sandbox) -> bool:
    """Whether anybody has written to the bot."""
    return any(
        message.bot_id is None
        for channel in slack.workspace.channels.values()
        if channel.is_im
        for message in channel.messages
    )
