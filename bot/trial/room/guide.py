"""«Slik prøver du»: the steps that are proposed, and which of them have been taken.

That a step has been taken is seen by what it led to, whoever took it and by whatever way.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from bot.trial.room.cast import Beginning
from bot.trial.room.desks import each_desk
from bot.trial.sandbox.changes import TRAFFIC
from bot.trial.sandbox.workspace import PlayedWorkspace
from storage import audit, outbox
from storage.database import DatabaseUnavailable
from storage.desk import Ledger
from storage.notice_times import CODE_EXPIRES
from storage.records import Action

LOOKED_AT = 500
"""Events and notices, the newest, by which it is seen what was done before the room was opened."""


class Step(StrEnum):
    """In the order in which they are proposed."""

    INSTALL = "install"
    REGISTER = "register"
    ADMIT = "admit"
    ASK = "ask"
    APPROVE = "approve"
    SHOW = "show"
    TRAVEL = "travel"
    REFRESH = "refresh"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Guide:
    """What is proposed in one room, in this order."""

    steps: tuple[Step, ...]
    asks: str
    """Who does, by the part of the address that names them."""

    decides: str
    """Who registers the organisation, too, where that is to be done."""


GUIDES = {
    Beginning.REGISTERED: Guide(tuple(Step)[3:], asks="kari", decides="ola"),
    Beginning.UNREGISTERED: Guide(tuple(Step)[1:], asks="kari", decides="anne"),
    Beginning.MANY: Guide(tuple(Step)[:6], asks="amir", decides="liv"),
}

_BY_ACTION = {
    Action.ORGANISATION_REGISTERED: Step.REGISTER,
    Action.ORGANISATION_APPROVED: Step.ADMIT,
    Action.REQUEST_ASKED: Step.ASK,
    Action.REQUEST_APPROVED: Step.APPROVE,
    Action.CODE_SHOWN: Step.SHOW,
    Action.CODE_REFRESHED: Step.REFRESH,
}


@asynccontextmanager
async def followed(
    done: set[Step], guide: Guide, workspace: PlayedWorkspace, ledger: Ledger
) -> AsyncIterator[None]:
    """While it lasts, each of the steps is added as it is taken in that workspace, and every page
    hears of it."""
    changed = asyncio.Event()

    def notice(concerned: frozenset[str]) -> None:
        if concerned != {TRAFFIC}:
            changed.set()

    done |= await _taken(workspace, ledger) & {*guide.steps}
    with workspace.changes.subscription(notice):
        task = asyncio.create_task(_follow(done, guide, workspace, ledger, changed))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _follow(
    done: set[Step],
    guide: Guide,
    workspace: PlayedWorkspace,
    ledger: Ledger,
    changed: asyncio.Event,
) -> None:
    steps = {*guide.steps}
    while done != steps:
        await changed.wait()
        changed.clear()
        with suppress(DatabaseUnavailable):  # it is seen at the next change
            new = await _taken(workspace, ledger) & steps - done
            done |= new
            if new:
                workspace.changes.announce()


async def _taken(workspace: PlayedWorkspace, ledger: Ledger) -> set[Step]:
    found = await _taken_in_ledger(workspace, ledger)
    if workspace.has_bot:
        found.add(Step.INSTALL)
    if _has_been_asked(workspace):
        found.add(Step.QUESTION)
    return found


async def _taken_in_ledger(workspace: PlayedWorkspace, ledger: Ledger) -> set[Step]:
    found = set()
    async for desk in each_desk(ledger, workspace.team_id):
        events = await audit.latest(desk, LOOKED_AT)
        notices = await outbox.latest(desk, LOOKED_AT)
        found |= {_BY_ACTION[each["action"]] for each in events if each["action"] in _BY_ACTION}
        if {each.kind for each in notices} & set(CODE_EXPIRES.values()):
            found.add(Step.TRAVEL)
    return found


def _has_been_asked(workspace: PlayedWorkspace) -> bool:
    """Whether anybody has written to the bot."""
    return any(
        message.bot_id is None
        for channel in workspace.channels.values()
        if channel.is_im
        for message in channel.messages
    )
