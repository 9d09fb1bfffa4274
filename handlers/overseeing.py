"""The operator decides on organisations, in the channel that the settings name: whoever reads there
may."""

from contextlib import AbstractAsyncContextManager

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.members import profile_now
from handlers.views import opening
from storage import registering
from storage.desk import DecidingDesk
from storage.records import Organisation
from storage.refusals import DecidedElsewhere, NotOperator, OrganisationChanged
from storage.registering import Seen
from templates.registering import verdict_view


async def _seen_in_channel(call: Call, workspace: Workspace) -> Seen:
    """
    Raises:
        DecidedElsewhere: the button does not stand where the operator reads.
        NotOperator: a guest may read there, too, and the bot itself does.
        NotKnown: Slack does not say in time who it is.
    """
    channel = workspace.house.operator_channel
    if channel is None or (workspace.team_id, call.channel_id) != (channel.team_id, channel.id):
        raise DecidedElsewhere
    await _require_no_guest(call, workspace)
    return Seen.read(call.value)


async def _require_no_guest(call: Call, workspace: Workspace) -> None:
    profile = await profile_now(call, workspace)
    if not profile.is_member or profile.is_guest:
        raise NotOperator


def _deciding(workspace: Workspace, seen: Seen) -> AbstractAsyncContextManager[DecidingDesk]:
    return registering.answering(workspace.house.ledger, seen.id)


async def approve(call: Call, workspace: Workspace) -> Reply:
    """The message shows it."""
    seen = await _seen_in_channel(call, workspace)
    async with _deciding(workspace, seen) as desk:
        await registering.approve(desk, call.user_id, seen=seen.revision)
    return Reply()


async def open_refusing(call: Call, workspace: Workspace) -> Reply:
    return await _open(call, workspace, refuses=True)


async def open_suspending(call: Call, workspace: Workspace) -> Reply:
    return await _open(call, workspace, refuses=False)


async def _open(call: Call, workspace: Workspace, *, refuses: bool) -> Reply:
    seen = await _seen_in_channel(call, workspace)
    there = await _unchanged(workspace, seen)
    metadata = f"{seen}:{_mark(call, workspace, seen)}"
    view = verdict_view(workspace.words, there, refuses=refuses, metadata=metadata)
    return opening(call, workspace, view)


async def _unchanged(workspace: Workspace, seen: Seen) -> Organisation:
    async with workspace.house.ledger.looking_at(seen.id) as desk:
        if desk.organisation.revision != seen.revision:
            raise OrganisationChanged(desk.organisation)
        return desk.organisation


def _mark(call: Call, workspace: Workspace, seen: Seen) -> str:
    return workspace.house.ledger.keys.vouch(_claim(call, workspace, seen))


def _claim(call: Call, workspace: Workspace, seen: Seen) -> str:
    channel = workspace.house.operator_channel
    where = f"{channel.team_id} {channel.id}" if channel else ""
    return f"operator {workspace.team_id} {where} {call.user_id} {seen}"


async def _seen_in_form(call: Call, workspace: Workspace) -> Seen:
    """
    Raises:
        NotOperator, NotKnown.
        DecidedElsewhere: it is not the form that was opened in the operator's channel, by the same
            person.
    """
    text, _, mark = call.private_metadata.rpartition(":")
    seen = Seen.read(text)
    if not workspace.house.ledger.keys.has_vouched(_claim(call, workspace, seen), mark):
        raise DecidedElsewhere
    await _require_no_guest(call, workspace)
    return seen


async def refuse(call: Call, workspace: Workspace) -> Reply:
    seen = await _seen_in_form(call, workspace)
    fields = Form(call)
    reason = fields.verdict(needed=True)
    fields.require_right()
    async with _deciding(workspace, seen) as desk:
        await registering.refuse(desk, reason, call.user_id, seen=seen.revision)
    return Reply()


async def suspend(call: Call, workspace: Workspace) -> Reply:
    seen = await _seen_in_form(call, workspace)
    fields = Form(call)
    reason = fields.verdict(needed=False)
    fields.require_right()
    async with _deciding(workspace, seen) as desk:
        await registering.suspend(desk, call.user_id, reason=reason, seen=seen.revision)
    return Reply()
