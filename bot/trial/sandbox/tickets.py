"""Things Slack hands out that can be used for a while only: triggers and response URLs."""

from datetime import timedelta
from typing import TYPE_CHECKING

from .records import ResponseUrl, Trigger
from .refusals import SlackRefusal

if TYPE_CHECKING:
    from .records import PostedMessage
    from .workspace import PlayedWorkspace

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5


def new_trigger(workspace: "PlayedWorkspace", user_id: str, view_id: str | None = None) -> str:
    trigger_id = workspace.identifiers.trigger()
    expires_at = workspace.clock() + TRIGGER_LIFE
    workspace.triggers[trigger_id] = Trigger(user_id, expires_at, view_id)
    return trigger_id


def look_up_trigger(workspace: "PlayedWorkspace", trigger_id: str) -> Trigger:
    """The trigger, if it can still be exchanged."""
    trigger = workspace.triggers.get(trigger_id)
    if trigger is None:
        raise SlackRefusal("invalid_trigger_id")
    if trigger.used:
        raise SlackRefusal("exchanged_trigger_id")
    if workspace.clock() > trigger.expires_at:
        raise SlackRefusal("expired_trigger_id")
    return trigger


def carry_along(workspace: "PlayedWorkspace", by: timedelta) -> None:
    """After the clock was moved on: what can be used now can still be used as long as before."""
    before = workspace.clock() - by
    tickets: list[Trigger | ResponseUrl] = [*workspace.triggers.values()]
    tickets += workspace.response_urls.values()
    for ticket in tickets:
        if ticket.expires_at >= before:
            ticket.expires_at += by


def new_response_url(
    workspace: "PlayedWorkspace",
    channel_id: str,
    user_id: str,
    message: "PostedMessage | None" = None,
) -> str:
    key = workspace.identifiers.new("R")
    expires_at = workspace.clock() + RESPONSE_URL_LIFE
    workspace.response_urls[key] = ResponseUrl(
        channel_id, user_id, expires_at, message.ts if message else ""
    )
    return f"{workspace.base_url}/response/{key}"


def use_response_url(workspace: "PlayedWorkspace", key: str) -> ResponseUrl:
    url = workspace.response_urls.get(key)
    if url is None:
        raise SlackRefusal("invalid_url")
    if url.uses >= RESPONSE_URL_USES or workspace.clock() > url.expires_at:
        raise SlackRefusal("used_url" if url.uses >= RESPONSE_URL_USES else "expired_url")
    url.uses += 1
    return url
