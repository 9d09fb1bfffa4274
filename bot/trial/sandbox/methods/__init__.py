"""The Web API methods this workspace knows, each with the scope it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import agents, basics, blocks, chat, conversations, files, oauth, users, views

if TYPE_CHECKING:
    from ..records import Json
    from ..workspace import PlayedWorkspace

Run = Callable[["PlayedWorkspace", "Json"], "Json"]


@dataclass(frozen=True)
class Method:
    run: Run
    scopes: tuple[str, ...] = ()
    """Any one of these is enough; none at all means that every token will do."""
    for_app: bool = False
    """Called with the app's own token rather than the bot's."""
    needs_token: bool = True


METHODS: dict[str, Method] = {
    "agents.sessions.rename": Method(agents.rename, ("chat:write",)),
    "agents.sessions.setStatus": Method(agents.set_status, ("chat:write",)),
    "api.test": Method(basics.api_test, needs_token=False),
    "auth.test": Method(basics.auth_test),
    "apps.connections.open": Method(basics.connections_open, ("connections:write",), for_app=True),
    "assistant.threads.setSuggestedPrompts": Method(
        agents.set_suggested_prompts, ("assistant:write",)
    ),
    "blocks.validate": Method(blocks.validate),
    "chat.delete": Method(chat.delete, ("chat:write",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",)),
    "conversations.history": Method(
        conversations.history, ("im:history", "channels:history", "groups:history")
    ),
    "conversations.info": Method(conversations.info, ("im:read", "channels:read", "groups:read")),
    "conversations.open": Method(conversations.open_, ("im:write", "mpim:write")),
    "conversations.replies": Method(
        conversations.replies, ("im:history", "channels:history", "groups:history")
    ),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",)),
    "files.getUploadURLExternal": Method(files.get_upload_url, ("files:write",)),
    "oauth.v2.access": Method(oauth.access, needs_token=False),
    "users.info": Method(users.info, ("users:read",)),
    "users.list": Method(users.list_, ("users:read",)),
    "users.lookupByEmail": Method(users.lookup_by_email, ("users:read.email",)),
    "views.open": Method(views.open_),
    "views.publish": Method(views.publish),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
}
