"""One interaction as handlers see it: what came from Slack, and what goes back."""

import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from msgspec import Struct
from slack_sdk.models.views import View

LONGEST_ID = 32
"""Of an id of Slack's, or the time by which it names a message. The ledger has room for no more."""

LONGEST_NAME = 255
"""Of what a view or a button is known by, and of what lets the bot open a view."""

LONGEST_VALUE = 64
"""Of what a button carries."""

Later = Callable[[], Coroutine[Any, Any, None]]
"""Work that starts when the acknowledgement is on its way. It may die with the process:
what must not be lost is committed before."""


KINDS = ("command", "action", "submission", "shortcut", "event")


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody did: typed the command, pressed a button, sent a form, opened the Home tab."""

    kind: str
    """One of `KINDS`."""

    id: str
    """The command, action id, callback id or event type: what the route table looks up."""

    team_id: str
    """The workspace whose app is meant. In a channel shared with others it may be another one's
    where things were done."""

    user_id: str
    enterprise_id: str
    """The organisation of Enterprise Grid of which that workspace is; empty where it is of none, or
    Slack does not say it of this very workspace."""

    user_team_id: str
    """Where Slack says the person belongs, which on Enterprise Grid may be the whole organisation
    or another workspace of it; empty where it does not say."""

    trigger_id: str = ""
    response_url: str = ""
    """Where a message answers what was done in a message, seen by whoever did it."""

    channel_id: str = ""
    """Where the message is that the button stands in."""

    message_ts: str = ""
    """Of the message that the button stands in; empty elsewhere."""

    thread_ts: str = ""
    """Of the thread that the message stands in, in which something was done or written."""

    text: str = ""
    value: str = ""
    """What the pressed button carries: the id of a record, or a page. Never to be trusted."""

    view_id: str = ""
    root_view_id: str = ""
    previous_view_id: str = ""
    """Of the view that the one in which something was done stands upon."""

    callback_id: str = ""
    """Of the view in which a button was pressed; empty when it stood in a message."""

    private_metadata: str = ""
    mark: str = ""
    """Which of several organisations the view is about in which something was done: its id. Never
    to be trusted."""

    notice_id: str = ""
    """Of the message that the button stands in, where it is a notice. Never to be trusted."""

    state: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_on_home: bool = False
    """Whether the button stands on the bot's Home."""

    shown: list[View] | None = field(default=None, compare=False)
    """Where the view that is opened is shown by the acknowledgement: it is put here, and what takes
    its place after it."""

    event: Mapping[str, Any] = field(default_factory=dict)
    event_id: str = ""

    @property
    def tells_of_a_member(self) -> bool:
        """Whether it tells of the user, and not of something that they have done."""
        return isinstance(self.event.get("user"), Mapping)

    @property
    def channel(self) -> str:
        """In which the event happened."""
        return as_id(self.event.get("channel"))

    @property
    def ts(self) -> str:
        """Of the message that the event is about."""
        return as_id(self.event.get("ts"))

    @property
    def is_in_modal(self) -> bool:
        return bool(self.view_id)

    @property
    def is_done_by_somebody(self) -> bool:
        """Not what Slack reports of somebody, and not what bots do."""
        return bool(self.user_id) and not self.tells_of_a_member and not self.event.get("bot_id")

    @property
    def is_written_to_us(self) -> bool:
        """Whether somebody wrote to the bot or called it: no edit and no deletion, and not what
        bots write, our own messages too."""
        event = self.event
        is_new = event.get("subtype") in _WRITTEN and "edited" not in event
        is_to_us = self.id == "app_mention" or event.get("channel_type") == "im"
        is_message = self.kind == "event" and self.id in ("message", "app_mention")
        return is_message and is_to_us and is_new and self.is_done_by_somebody

    def submission(self, *typed: str) -> str:
        """A name for what was sent: the same form sent again is the same, a corrected one another,
        and nobody else's has it."""
        parts = "\n".join((self.user_id, self.view_id, *typed))
        return sha256(parts.encode("utf-8", "replace")).hexdigest()[:32]

    @property
    def answered_in(self) -> str:
        """The thread in which what was written is answered; empty when that is in none. In a
        channel, and where Slack shows the bot as an agent, each question has its own."""
        begins_one = self.id == "app_mention" or "app_context" in self.event
        return self.thread_ts or (self.ts if begins_one else "")


class Reply(Struct, frozen=True):
    """The acknowledgement, and what starts after it."""

    body: Mapping[str, Any] | None = None
    later: Later | None = None


CLOSED = {"response_action": "clear"}
"""All that is open is closed."""

_WRITTEN = (None, "file_share", "me_message", "thread_broadcast")
"""What people write; every other subtype is an edit, a deletion or the like."""


class MalformedCall(ValueError):  # noqa: N818
    """A payload of a kind that we know, but not of its form."""


def parse(body: Mapping[str, Any]) -> Call | None:
    """The call in a payload of Slack's, or None when it is of no kind that we know.

    Raises:
        MalformedCall: it is of a known kind and lacks what that kind has.
    """
    kind = "command" if "command" in body else body.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        return None
    try:
        call = reader(body)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise MalformedCall from error
    if not (call.event_id if call.kind == "event" else call.user_id):
        raise MalformedCall
    return call


def as_text(value: object) -> str:
    """What somebody wrote, without what no database keeps: zero, and half a character."""
    text = value if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def as_id(value: object, longest: int = LONGEST_ID) -> str:
    """What cannot be an id is none."""
    text = value if isinstance(value, str) else ""
    return text if len(text) <= longest and text.isascii() and text.isprintable() else ""


def _name(value: object) -> str:
    return as_id(value, LONGEST_NAME)


def _state(view: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What was typed and chosen, by block and action."""
    values = (view.get("state") or {}).get("values") or {}
    return {block: fields for block, fields in values.items() if isinstance(fields, Mapping)}


def _workspace_among(*teams: object) -> str:
    """The first that is a workspace, or else the first there is: an organisation of Enterprise Grid
    (E…) is none."""
    named = list(filter(None, map(as_id, teams)))
    return next((team for team in named if not team.startswith("E")), "".join(named[:1]))


def _command(body: Mapping[str, Any]) -> Call:
    return Call(
        kind="command",
        id=_name(body.get("command")),
        team_id=as_id(body.get("team_id")),
        enterprise_id=as_id(body.get("enterprise_id")),
        user_id=as_id(body.get("user_id")),
        user_team_id=as_id(body.get("team_id")),
        trigger_id=_name(body.get("trigger_id")),
        response_url=as_text(body.get("response_url")),
        text=as_text(body.get("text")),
    )


def _interaction(body: Mapping[str, Any], kind: str, call_id: str, **more: Any) -> Call:
    user = body["user"]
    team = body.get("team") or {}  # none where the app is installed for a whole organisation
    view = body.get("view") or {}
    message = body.get("message") or {}
    in_modal = view.get("type") == "modal"
    team_id = _workspace_among(
        view.get("app_installed_team_id"),
        message.get("team"),  # of its author, who is the bot
        team.get("id"),
        user.get("team_id"),
    )
    mark, metadata = unmarked(as_text(view.get("private_metadata")))
    return Call(
        kind=kind,
        id=call_id,
        team_id=team_id,
        enterprise_id=_grid_of(team_id, team, body),
        user_id=as_id(user["id"]),
        user_team_id=as_id(user.get("team_id")),
        trigger_id=_name(body.get("trigger_id")),
        response_url=as_text(body.get("response_url")),
        channel_id=as_id((body.get("channel") or {}).get("id")),
        message_ts=as_id(message.get("ts")),
        thread_ts=as_id(message.get("thread_ts")),
        view_id=as_id(view.get("id")) if in_modal else "",
        root_view_id=as_id(view.get("root_view_id")) if in_modal else "",
        previous_view_id=as_id(view.get("previous_view_id")) if in_modal else "",
        callback_id=_name(view.get("callback_id")),
        private_metadata=metadata,
        mark=mark,
        notice_id=_first_block(message),
        state=_state(view),
        is_on_home=view.get("type") == "home",
        **more,
    )


_MARKED = re.compile(r"@([0-9A-Z]{26}) ", re.ASCII)


def marked(mark: str, metadata: str) -> str:
    """What a view keeps, and before it which of several organisations it is about."""
    return f"@{mark} {unmarked(metadata)[1]}"


def unmarked(metadata: str) -> tuple[str, str]:
    """Which of several organisations a view is about, and what else it keeps."""
    found = _MARKED.match(metadata)
    return (found[1], metadata[found.end() :]) if found else ("", metadata)


def _first_block(message: Mapping[str, Any]) -> str:
    """A notice has its id there."""
    blocks = message.get("blocks") or [{}]
    return as_id(blocks[0].get("block_id"))


def _grid_of(team_id: str, team: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Not that of whoever acted, who may be of another one, as over Slack Connect."""
    if team:
        return as_id(team.get("enterprise_id")) if team.get("id") == team_id else ""
    is_for_all = body.get("is_enterprise_install") in (True, "true")
    return as_id((body.get("enterprise") or {}).get("id")) if is_for_all else ""


def _action(body: Mapping[str, Any]) -> Call:
    action = body["actions"][0]
    return _interaction(
        body, "action", _name(action["action_id"]), value=as_id(action.get("value"), LONGEST_VALUE)
    )


def _submission(body: Mapping[str, Any]) -> Call:
    return _interaction(body, "submission", _name(body["view"]["callback_id"]))


def _shortcut(body: Mapping[str, Any]) -> Call:
    return _interaction(body, "shortcut", _name(body["callback_id"]))


def _event(body: Mapping[str, Any]) -> Call:
    event = body["event"]
    user = event.get("user") or ""
    user_id = as_id(user.get("id") if isinstance(user, dict) else user)
    team_id = _team_of_event(body)
    return Call(
        kind="event",
        id=_name(event["type"]),
        team_id=team_id,
        enterprise_id=_grid_of_event(team_id, body),
        user_id=user_id,
        user_team_id=as_id(event.get("user_team")) or as_id(event.get("team")),
        text=as_text(event.get("text")),
        thread_ts=as_id(event.get("thread_ts")),
        event=event,
        event_id=as_id(body.get("event_id")),
    )


def _team_of_event(body: Mapping[str, Any]) -> str:
    """The workspace whose app is told. In a channel that another one hosts, the envelope's own team
    is the host.

    https://docs.slack.dev/apis/events-api#authorizations
    """
    authorised = [each.get("team_id") for each in body.get("authorizations") or ()]
    return _workspace_among(*authorised, body.get("context_team_id"), body.get("team_id"))


def _grid_of_event(team_id: str, body: Mapping[str, Any]) -> str:
    for each in body.get("authorizations") or ():
        if each.get("team_id") == team_id or each.get("is_enterprise_install"):
            return as_id(each.get("enterprise_id"))
    return ""


_READERS: dict[str, Callable[[Mapping[str, Any]], Call]] = {
    "command": _command,
    "block_actions": _action,
    "view_submission": _submission,
    "shortcut": _shortcut,
    "event_callback": _event,
}
