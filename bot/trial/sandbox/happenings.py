"""What happens to a workspace and its people, and the events that tell the bot."""

from typing import TYPE_CHECKING, Any

from .shapes import user_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .carrier import Carrier
    from .onlooker import Onlooker
    from .records import Json
    from .workspace import PlayedWorkspace


class Happenings:
    workspace: "PlayedWorkspace"
    carrier: "Carrier"

    async def joins(self, person: "Onlooker") -> None:
        await self._tell("team_join", user=self._shape(person))

    async def changes(self, person: "Onlooker", **profile: Any) -> None:
        """Somebody's name, address or other detail becomes another."""
        for key, value in profile.items():
            setattr(person.record, key, value)
        person.record.updated += 1
        self.workspace.changes.announce()
        await self._tell_of_change(person)

    async def deactivates(self, person: "Onlooker") -> None:
        self.workspace.deactivate(person.record)
        await self._tell_of_change(person)

    async def removes_app(
        self, order: "Sequence[str]" = ("tokens_revoked", "app_uninstalled")
    ) -> None:
        """Uninstall the bot; its two events come in any order, so the order is given."""
        bot = self.workspace.installation
        bot.uninstalled = True
        tokens = {"oauth": [], "bot": [bot.bot_user_id]}
        for event in order:
            await self._tell(event, **({"tokens": tokens} if event == "tokens_revoked" else {}))

    async def revokes_tokens(self) -> None:
        """The tokens go, the app stays."""
        bot = self.workspace.installation
        bot.tokens_revoked = True
        await self._tell("tokens_revoked", tokens={"oauth": [], "bot": [bot.bot_user_id]})

    async def _tell_of_change(self, person: "Onlooker") -> None:
        stamp = int(self.workspace.clock().timestamp())
        await self._tell("user_change", user=self._shape(person), cache_ts=stamp)

    def _shape(self, person: "Onlooker") -> "Json":
        scopes = self.workspace.installation.scopes
        return user_shape(person.record, with_email="users:read.email" in scopes)

    async def _tell(self, kind: str, **fields: Any) -> None:
        stamp = self.workspace.new_timestamp()
        await self.carrier.deliver_event({"type": kind, **fields, "event_ts": stamp})
