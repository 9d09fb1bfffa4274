"""One interaction as handlers see it: what came from Slack, and what goes back."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

Later = Callable[[], Coroutine[Any, Any, None]]
"""Work that starts when the acknowledgement is on its way. It may die with the process:
what must not be lost is committed before."""


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody did: typed the command, pressed a button, sent a form, opened the Home tab."""

    kind: str
    """`command`, `action`, `submission`, `shortcut` or `event`."""

    id: str
    """The command, action id, callback id or event type: what the route table looks up."""

    team_id: str
    """The workspace whose app is meant. In a channel shared with others it may be another one's
    where things were done."""

    user_id: str
    user_team_id: str
    """Where Slack says the person belongs, which on Enterprise Grid may be the whole organisation
    or another workspace of it; empty where it does not say."""

    trigger_id: str = ""
    response_url: str = ""
    """Where a message answers what was done in a message, seen by whoever did it."""

    thread_ts: str = ""
    """Of the thread that the message stands in, in which something was done or written."""

    text: str = ""
    value: str = ""
    """What the pressed button carries: the id of a record, or a page. Never to be trusted."""

    view_id: str = ""
    root_view_id: str = ""
    callback_id: str = ""
    """Of the view in which a button was pressed; empty when it stood in a message."""

    private_metadata: str = ""
    state: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    event: Mapping[str, Any] = field(default_factory=dict)
    event_id: str = ""

    @property
    def is_in_modal(self) -> bool:
        return bool(self.view_id)

    @property
    def is_done_by_somebody(self) -> bool:
        """Not what Slack reports of somebody, and not what bots do."""
        is_report = isinstance(self.event.get("user"), Mapping)
        return bool(self.user_id) and not is_report and not self.event.get("bot_id")

    @property
    def is_written_to_us(self) -> bool:
        """Whether somebody wrote to the bot or called it: no edit and no deletion, and not what
        bots write, our own messages too."""
        event = self.event
        is_new = event.get("subtype") in _WRITTEN and "edited" not in event
        is_to_us = self.id == "app_mention" or event.get("channel_type") == "im"
        is_message = self.kind == "event" and self.id in ("message", "app_mention")
        return is_message and is_to_us and is_new and self.is_done_by_somebody

    @property
    def answered_in(self) -> str:
        """The thread in which what was written is answered; empty when that is in none. In a
        channel, and where Slack shows the bot as an agent, each question has its own."""
        begins_one = self.id == "app_mention" or "app_context" in self.event
        return self.thread_ts or (_text(self.event.get("ts")) if begins_one else "")


@dataclass(frozen=True, slots=True)
class Reply:
    """The acknowledgement, and what starts after it."""

    body: Mapping[str, Any] | None = None
    later: Later | None = None


_WRITTEN = (None, "file_share", "me_message", "thread_broadcast")
"""What people write; every other subtype is an edit, a deletion or the like."""


class MalformedCall(ValueError):  # noqa: N818
    """A payload of a kind that we know, but not of its form."""


def parse(body: Mapping[str, Any]) -> Call | None:
    """The call in a payload of Slack's, or None when it is of no kind that we know.

    Raises:
        MalformedCall: it is of a known kind and lacks what that kind has.
    """
    if "command" in body:
        return _command(body)
    kind = body.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    try:
        return reader(body) if reader else None
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise MalformedCall from error


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _button_value(value: object) -> str:
    """A record's id or a page; whatever cannot be one is nothing."""
    text = _text(value)
    return text if text.isascii() and text.isprintable() and len(text) <= 64 else ""


def _workspace_among(*teams: object) -> str:
    """The first that is a workspace, or else the first there is: an organisation of Enterprise Grid
    (E…) is none."""
    named = [team for team in teams if isinstance(team, str) and team]
    return next((team for team in named if not team.startswith("E")), "".join(named[:1]))


def _command(body: Mapping[str, Any]) -> Call:
    return Call(
        kind="command",
        id=_text(body.get("command")),
        team_id=_text(body.get("team_id")),
        user_id=_text(body.get("user_id")),
        user_team_id=_text(body.get("team_id")),
        trigger_id=_text(body.get("trigger_id")),
        text=_text(body.get("text")),
    )


def _interaction(body: Mapping[str, Any], kind: str, call_id: str, **more: Any) -> Call:
    user = body["user"]
    team = body.get("team") or {}  # none where the app is installed for a whole organisation
    view = body.get("view") or {}
    message = body.get("message") or {}
    in_modal = view.get("type") == "modal"
    return Call(
        kind=kind,
        id=call_id,
        team_id=_workspace_among(
            view.get("app_installed_team_id"),
            message.get("team"),  # of its author, who is the bot
            team.get("id"),
            user.get("team_id"),
        ),
        user_id=_text(user["id"]),
        user_team_id=_text(user.get("team_id")),
        trigger_id=_text(body.get("trigger_id")),
        response_url=_text(body.get("response_url")),
        thread_ts=_text(message.get("thread_ts")),
        view_id=_text(view.get("id")) if in_modal else "",
        root_view_id=_text(view.get("root_view_id")) if in_modal else "",
        callback_id=_text(view.get("callback_id")),
        private_metadata=_text(view.get("private_metadata")),
        state=(view.get("state") or {}).get("values") or {},
        **more,
    )


def _action(body: Mapping[str, Any]) -> Call:
    action = body["actions"][0]
    return _interaction(
        body, "action", _text(action["action_id"]), value=_button_value(action.get("value"))
    )


def _submission(body: Mapping[str, Any]) -> Call:
    return _interaction(body, "submission", _text(body["view"]["callback_id"]))


def _shortcut(body: Mapping[str, Any]) -> Call:
    return _interaction(body, "shortcut", _text(body["callback_id"]))


def _event(body: Mapping[str, Any]) -> Call:
    event = body["event"]
    user = event.get("user") or ""
    user_id = user.get("id", "") if isinstance(user, dict) else _text(user)
    return Call(
        kind="event",
        id=_text(event["type"]),
        team_id=_team_of_event(body),
        user_id=user_id,
        user_team_id=_text(event.get("user_team")) or _text(event.get("team")),
        text=_text(event.get("text")),
        thread_ts=_text(event.get("thread_ts")),
        event=event,
        event_id=_text(body.get("event_id")),
    )


def _team_of_event(body: Mapping[str, Any]) -> str:
    """The workspace whose app is told. In a channel that another one hosts, the envelope's own team
    is the host.

    https://docs.slack.dev/apis/events-api#authorizations
    """
    authorised = [each.get("team_id") for each in body.get("authorizations") or ()]
    return _workspace_among(*authorised, body.get("context_team_id"), body.get("team_id"))


_READERS: dict[str, Callable[[Mapping[str, Any]], Call]] = {
    "block_actions": _action,
    "view_submission": _submission,
    "shortcut": _shortcut,
    "event_callback": _event,
}
