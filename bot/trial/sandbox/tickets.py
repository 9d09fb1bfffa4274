"""Things Slack hands out that can be used for a while only: triggers and response URLs."""

from datetime import timedelta
from typing import TYPE_CHECKING

from .records import ResponseUrl, Trigger
from .refusals import Refusal

if TYPE_CHECKING:
    from .records import Message
    from .workspace import Workspace

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5


def new_trigger(workspace: "Workspace", user_id: str, view_id: str | None = None) -> str:
    trigger_id = workspace.identifiers.trigger()
    expires_at = workspace.clock() + TRIGGER_LIFE
    workspace.triggers[trigger_id] = Trigger(user_id, expires_at, view_id)
    return trigger_id


def look_up_trigger(workspace: "Workspace", trigger_id: str) -> Trigger:
    """The trigger, if it can still be exchanged."""
    trigger = workspace.triggers.get(trigger_id)
    if trigger is None:
        raise Refusal("invalid_trigger_id")
    if trigger.used:
        raise Refusal("exchanged_trigger_id")
    if workspace.clock() > trigger.expires_at:
        raise Refusal("expired_trigger_id")
    return trigger


def carry_along(workspace: "Workspace", by: timedelta) -> None:
    """After the clock was moved on: what can be used now can still be used as long as before."""
    before = workspace.clock() - by
    tickets: list[Trigger | ResponseUrl] = [*workspace.triggers.values()]
    tickets += workspace.response_urls.values()
    for ticket in tickets:
        if ticket.expires_at >= before:
            ticket.expires_at += by


def new_response_url(
    workspace: "Workspace", channel_id: str, user_id: str, message: "Message | None" = None
) -> str:
    key = workspace.identifiers.new("R")
    expires_at = workspace.clock() + RESPONSE_URL_LIFE
    workspace.response_urls[key] = ResponseUrl(
        channel_id, user_id, expires_at, message.ts if message else ""
    )
    return f"{workspace.base_url}/response/{key}"


def use_response_url(workspace: "Workspace", key: str) -> ResponseUrl:
    url = workspace.response_urls.get(key)
    if url is None:
        raise Refusal("invalid_url")
    if url.uses >= RESPONSE_URL_USES or workspace.clock() > url.expires_at:
        raise Refusal("used_url" if url.uses >= RESPONSE_URL_USES else "expired_url")
    url.uses += 1
    return url
