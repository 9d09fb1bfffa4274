"""One Slack workspace: people, channels, messages, and what is held against the bot."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .changes import Changes
from .clock import Clock, system_clock
from .faults import Faults
from .identifiers import Identifiers
from .limits import Limit, Limits
from .records import (
    Acknowledgement,
    ApiCall,
    Channel,
    Grant,
    InstalledBot,
    PostedMessage,
    Prompt,
    ResponseUrl,
    Session,
    Trigger,
    Trouble,
    Upload,
    User,
    View,
    Violation,
)
from .refusals import SlackRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .faults import Fault
    from .records import Json


class PlayedWorkspace:
    """Everything a page would show is an attribute here; `changes` tells when to look again."""

    def __init__(
        self,
        team_id: str = "T0ORG",
        name: str = "Organisasjonen",
        clock: Clock = system_clock,
        installation: InstalledBot | None = None,
    ) -> None:
        self.team_id = team_id
        self.name = name
        self.domain = name.lower().replace(" ", "-")
        self.clock = clock
        self.installation = installation or InstalledBot()
        self.identifiers = Identifiers()
        self.changes = Changes()
        self.faults = Faults()
        self.limits = Limits()
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.views: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.uploads: dict[str, Upload] = {}
        self.socket_tickets: set[str] = set()
        self.grants: dict[str, Grant] = {}
        self.sessions: dict[tuple[str, str], Session] = {}
        self.prompts: dict[str, list[Prompt]] = {}
        self.calls: list[ApiCall] = []
        self.acknowledgements: list[Acknowledgement] = []
        self.violations: list[Violation] = []
        self.troubles: list[Trouble] = []
        self.event_listeners: list[Callable[[Json], None]] = []
        self.base_url = ""
        self.socket_url = ""
        self.client_url = ""  # of whatever shows it in a browser
        self._add_bot()

    def _add_bot(self) -> None:
        bot = self.installation
        self.users[bot.bot_user_id] = User(bot.bot_user_id, self.team_id, bot.bot_name, is_bot=True)

    @property
    def has_bot(self) -> bool:
        return not self.installation.uninstalled

    # People and channels

    def add_user(self, first_name: str, last_name: str = "", **profile: Any) -> User:
        profile.setdefault("team_id", self.team_id)
        user = User(
            profile.pop("id", None) or self.identifiers.new("U"),
            first_name=first_name,
            last_name=last_name,
            **profile,
        )
        self.users[user.id] = user
        self.changes.announce(user.id)
        return user

    def user(self, user_id: str, otherwise: str = "user_not_found") -> User:
        if user_id not in self.users:
            raise SlackRefusal(otherwise)
        return self.users[user_id]

    def add_channel(
        self,
        name: str,
        members: "Iterable[User]" = (),
        with_bot: bool = True,
        channel_id: str = "",
        host_id: str = "",
    ) -> Channel:
        ids = {member.id for member in members}
        if with_bot:
            ids.add(self.installation.bot_user_id)
        channel_id = channel_id or self.identifiers.new("C")
        channel = Channel(channel_id, name, host_id=host_id, member_ids=ids)
        self.channels[channel.id] = channel
        self.changes.announce()
        return channel

    def channel(self, channel_id: str) -> Channel:
        if channel_id not in self.channels:
            raise SlackRefusal("channel_not_found")
        return self.channels[channel_id]

    def host_of(self, channel_id: str) -> str:
        """The other workspace that hosts this channel; empty where none does."""
        channel = self.channels.get(channel_id)
        return channel.host_id if channel else ""

    def direct_messages(self, user_id: str) -> Channel:
        """The conversation between a person and the bot, which exists as soon as it is needed."""
        channel_id = f"D{user_id[1:]}"
        if channel_id not in self.channels:
            members = {user_id, self.installation.bot_user_id}
            self.channels[channel_id] = Channel(
                channel_id, "directmessage", True, member_ids=members
            )
        return self.channels[channel_id]

    def name_of(self, some_id: str) -> str:
        """What a mention of this person or channel reads as; the id itself where it is neither."""
        user, channel = self.users.get(some_id), self.channels.get(some_id)
        return user.shown_name if user else channel.name if channel else some_id

    # Messages

    def add_message(self, channel: Channel, user_id: str, text: str, **rest: Any) -> PostedMessage:
        message = PostedMessage(channel.id, self.new_timestamp(), text, user_id, **rest)
        channel.messages.append(message)
        self.message_changed(message)
        return message

    def message(self, channel: Channel, ts: str) -> PostedMessage:
        for message in channel.messages:
            if message.ts == ts and message.ephemeral_for is None:
                return message
        raise SlackRefusal("message_not_found")

    def remove_message(self, message: PostedMessage) -> None:
        self.channels[message.channel_id].messages.remove(message)
        self.message_changed(message)

    def message_changed(self, message: PostedMessage) -> None:
        self.changes.announce(*self.readers_of(message))

    def readers_of(self, message: PostedMessage) -> set[str]:
        if message.ephemeral_for:
            return {message.ephemeral_for}
        return set(self.channels[message.channel_id].member_ids)

    def messages_for(self, user_id: str) -> list[PostedMessage]:
        """What this person can read, oldest first."""
        channels = [c for c in self.channels.values() if user_id in c.member_ids]
        ephemeral = [c for c in self.channels.values() if user_id not in c.member_ids]
        found = [m for c in channels for m in c.messages if m.ephemeral_for in (None, user_id)]
        found += [m for c in ephemeral for m in c.messages if m.ephemeral_for == user_id]
        return sorted(found, key=lambda message: message.ts)

    def new_timestamp(self) -> str:
        return self.identifiers.timestamp(self.clock())

    # What happens

    def emit(self, event: "Json") -> None:
        """An event for the bot, on its way through whoever delivers."""
        for listener in list(self.event_listeners):
            listener(event)

    def fail(
        self,
        method: str,
        with_: "Fault",
        times: int = 1,
        when: "Callable[[Json], bool] | None" = None,
    ) -> None:
        """The next `times` calls of `method` (`*`: of any method) go wrong like this."""
        self.faults.add(method, with_, times, when)

    def limit(
        self, method: str, calls: int = 1, seconds: float = 60.0, most: int | None = None
    ) -> None:
        """From now on so many calls of `method` in so many seconds, each with no more than `most`
        records."""
        self.limits.add(method, Limit(calls, timedelta(seconds=seconds), most))

    def violation(self, kind: str, detail: str) -> None:
        self.violations.append(Violation(kind, detail))
        self.changes.announce()

    def trouble(self, user_id: str, about: str, reason: str, text: str) -> Trouble:
        trouble = Trouble(user_id, about, reason, text)
        self.troubles.append(trouble)
        self.changes.announce(user_id)
        return trouble

    def top_view(self, user_id: str) -> View | None:
        stack = self.modals.get(user_id)
        return stack[-1] if stack else None

    def deactivate(self, user: User) -> None:
        user.deleted = True
        user.updated += 1
        self.changes.announce()
