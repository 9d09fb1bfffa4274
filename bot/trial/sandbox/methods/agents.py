"""An app that is shown as an agent: its sessions, and what it suggests to ask.

https://docs.slack.dev/ai/agent-sessions and https://docs.slack.dev/ai/migrating-to-agent-messaging
"""

from typing import TYPE_CHECKING, Any

from ..arguments import required
from ..records import Prompt, Session
from ..refusals import SlackRefusal, with_messages

if TYPE_CHECKING:
    from ..records import Channel, Json
    from ..workspace import PlayedWorkspace

STATUSES = ("active", "processing", "suspended", "closed")
LONGEST_TITLE = 200
MOST_PROMPTS = 4
STOPPED = "agent_session_stopped"


def set_status(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    """Make the session of a thread, or change what it is doing; the title of one that is there
    stays.
    """
    required(arguments, "status")
    channel, thread_ts = _thread(workspace, arguments)
    status, title = str(arguments["status"]), _title(arguments.get("title") or "")
    if status not in STATUSES:
        raise with_messages("invalid_arguments", ["must be a valid enum value: /status"])
    session = workspace.sessions.setdefault((channel.id, thread_ts), Session(status, title))
    session.status = status
    workspace.changes.announce(*channel.member_ids)
    answer: Json = {"ok": True, "status": status, "title": session.title}
    if status == "processing" and STOPPED not in workspace.installation.events:
        answer["warning"] = f"missing_{STOPPED}_event_subscription"
    return answer


def rename(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "title")
    channel, thread_ts = _thread(workspace, arguments)
    title = _title(arguments["title"])
    session = workspace.sessions.get((channel.id, thread_ts))
    if session is None:
        raise SlackRefusal("session_not_found")
    session.title = title
    workspace.changes.announce(*channel.member_ids)
    return {"ok": True, "title": title}


def set_suggested_prompts(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    """With a thread, which only the older assistants have, nothing is set and nothing is said."""
    required(arguments, "channel_id", "prompts")
    _require_agent(workspace)
    channel = workspace.channel(str(arguments["channel_id"]))
    prompts = arguments["prompts"]
    if not isinstance(prompts, list) or len(prompts) > MOST_PROMPTS:
        message = f"no more than {MOST_PROMPTS} items allowed: /prompts"
        raise with_messages("invalid_arguments", [message])
    read = [_prompt(each) for each in prompts]
    if not arguments.get("thread_ts"):
        workspace.prompts[channel.id] = read
        workspace.changes.announce(*channel.member_ids)
    return {"ok": True}


def _prompt(given: Any) -> Prompt:
    title = given.get("title") if isinstance(given, dict) else None
    message = given.get("message") if isinstance(given, dict) else None
    if not title or not message:
        raise with_messages("invalid_arguments", ["missing required field: /prompts"])
    return Prompt(str(title), str(message))


def _thread(workspace: "PlayedWorkspace", arguments: "Json") -> "tuple[Channel, str]":
    required(arguments, "channel_id", "thread_ts")
    _require_agent(workspace)
    channel = workspace.channel(str(arguments["channel_id"]))
    thread_ts = str(arguments["thread_ts"])
    if not any(message.ts == thread_ts for message in channel.messages):
        raise SlackRefusal("thread_not_found")
    return channel, thread_ts


def _require_agent(workspace: "PlayedWorkspace") -> None:
    """Whether it is one, the app's manifest and the workspace's plan say, and not the call."""
    if not workspace.installation.is_agent:
        raise SlackRefusal("not_authorized", of_the_world=True)


def _title(given: Any) -> str:
    title = str(given)
    if len(title) > LONGEST_TITLE:
        raise with_messages(
            "invalid_arguments", [f"no more than {LONGEST_TITLE} characters: /title"]
        )
    return title
