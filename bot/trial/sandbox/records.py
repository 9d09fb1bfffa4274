"""What a workspace holds. Plain records: they know their own shape and nothing about rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]
State = dict[str, dict[str, Json]]

DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "chat:write",
        "commands",
        "files:write",
        "im:history",
        "im:read",
        "im:write",
        "users:read",
        "users:read.email",
    }
)
DEFAULT_EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "message.im",
        "team_join",
        "tokens_revoked",
        "user_change",
    }
)


@dataclass(eq=False)
class User:
    id: str
    team_id: str
    first_name: str
    last_name: str = ""
    display_name: str = ""
    email: str | None = None
    is_bot: bool = False
    deleted: bool = False
    locale: str = "en-US"
    tz: str = "Europe/Oslo"
    organisation_id: str = ""
    """Of Enterprise Grid (E…), where the workspace is part of one. Then `team_id` may be this one,
    or any one of the workspaces of theirs."""

    workspace_ids: tuple[str, ...] = ()
    """Those they belong to in that organisation."""

    is_admin: bool = False
    is_owner: bool = False
    is_guest: bool = False
    updated: int = 0
    """Grows with each change that Slack tells of."""

    def belongs_to(self, team_id: str) -> bool:
        return team_id in (self.team_id, *self.workspace_ids)

    @property
    def real_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def shown_name(self) -> str:
        """What a mention of this person reads as: Slack prefers the display name."""
        return self.display_name or self.real_name

    @property
    def username(self) -> str:
        return (self.email or self.real_name).split("@")[0].lower().replace(" ", ".")


@dataclass(eq=False)
class PostedMessage:
    channel_id: str
    ts: str
    text: str
    user_id: str
    blocks: list[Json] = field(default_factory=list)
    bot_id: str | None = None
    thread_ts: str | None = None
    edited_at: str | None = None
    metadata: Json | None = None
    ephemeral_for: str | None = None
    mrkdwn: bool = True
    notifies: tuple[str, ...] = ()
    files: list[Json] = field(default_factory=list)
    """Each with its `content` in base64."""

    state: dict[str, State] = field(default_factory=dict)
    """What each person has chosen in the message's own inputs, by user id."""

    earlier: "tuple[PostedMessage, ...]" = ()
    """How it stood before each of its latest changes (`versions`)."""

    @property
    def version(self) -> str:
        """Another one after each change."""
        return self.edited_at or ""


@dataclass(eq=False)
class Upload:
    """A file that is to come, or has."""

    filename: str
    length: int
    content: bytes | None = None


@dataclass(eq=False)
class Channel:
    id: str
    name: str
    is_im: bool = False
    is_archived: bool = False
    host_id: str = ""
    """The other workspace that hosts it, shared over Slack Connect; empty where it is ours."""

    member_ids: set[str] = field(default_factory=set)
    messages: list[PostedMessage] = field(default_factory=list)


@dataclass(eq=False)
class View:
    """A modal or a Home tab as it stands on one person's screen."""

    id: str
    user_id: str
    definition: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    state: State = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    is_open: bool = True
    is_busy: bool = False
    earlier: "tuple[View, ...]" = ()
    """How it stood before each of its latest changes, while it is open (`versions`)."""

    @property
    def version(self) -> str:
        """Another one after each change."""
        return self.hash

    @property
    def type(self) -> str:
        return str(self.definition["type"])

    @property
    def title(self) -> str:
        return str(self.definition.get("title", {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        return str(self.definition.get("callback_id") or "")

    @property
    def external_id(self) -> str:
        return str(self.definition.get("external_id") or "")

    @property
    def blocks(self) -> list[Json]:
        return list(self.definition["blocks"])


@dataclass(eq=False)
class Trigger:
    user_id: str
    expires_at: datetime
    view_id: str | None = None
    used: bool = False


@dataclass(eq=False)
class ResponseUrl:
    channel_id: str
    user_id: str
    expires_at: datetime
    message_ts: str = ""
    """Of the message in which something was done; empty where there was none."""

    uses: int = 0


@dataclass(eq=False)
class InstalledBot:
    """The bot as the workspace knows it: who it is, its secrets and what it was granted."""

    app_id: str = "A0SANDBOX"
    bot_id: str = "B0SANDBOX"
    bot_user_id: str = "U0SANDBOX"
    bot_name: str = "Bot"
    bot_token: str = "xoxb-sandbox"  # noqa: S105
    app_token: str = "xapp-sandbox"  # noqa: S105
    signing_secret: str = "sandbox-signing-secret"  # noqa: S105
    verification_token: str = "sandbox-verification"  # noqa: S105
    scopes: set[str] = field(default_factory=lambda: set(DEFAULT_SCOPES))
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    events: set[str] = field(default_factory=lambda: set(DEFAULT_EVENTS))
    is_agent: bool = False
    """Whether the app is shown as an agent: `agent_view` in its manifest, on a plan that has it."""

    tokens_revoked: bool = False
    uninstalled: bool = False
    client_id: str = "1234567890.1234567890"
    client_secret: str = "sandbox-client-secret"  # noqa: S105
    redirect_uris: set[str] = field(default_factory=set)
    """Where people may be sent back to."""

    rotates: bool = False
    """Whether its tokens run out, and are renewed."""

    refresh_token: str = ""
    token_expires_at: datetime | None = None
    earlier_tokens: dict[str, datetime] = field(default_factory=dict)
    """Tokens for which others have been given, and until when each is good still."""

    ended_tokens: set[str] = field(default_factory=set)
    """Those it had before it was removed: a call that was under way may still come with one."""


@dataclass(frozen=True)
class Grant:
    """What somebody has said yes to, for which the app has yet to fetch its token."""

    user_id: str
    scopes: frozenset[str]
    redirect_uri: str
    granted_at: datetime


@dataclass(eq=False)
class Session:
    """A thread in which an agent answers: what it is doing, and what the thread is called."""

    status: str
    title: str = ""


@dataclass(frozen=True)
class Prompt:
    """Something to ask that an agent suggests."""

    title: str
    message: str


@dataclass(eq=False)
class ApiCall:
    """One call of the Web API (or of a `response_url`, whose method is `response_url`)."""

    method: str
    http_method: str
    body: Json
    token: str | None
    at: datetime
    outcome: str = "under way"
    answer: Json = field(default_factory=dict)
    elapsed: float = 0.0


@dataclass(frozen=True)
class Acknowledgement:
    """How the bot answered one delivery, and what it called before it answered."""

    kind: str
    name: str
    payload: Mapping[str, Any]
    elapsed: float
    outcome: str
    status: int
    body: bytes
    calls_before: tuple[ApiCall, ...]
    at: datetime
    retry: int = 0


@dataclass(frozen=True)
class Violation:
    """Something the bot did that Slack would refuse, or that a good bot never does."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Trouble:
    """What a person is shown when the bot did not answer as it should."""

    user_id: str
    about: str
    """What the person did: `slash_command /x`, `view_submission form`, `block_actions go`."""

    reason: str
    text: str
