"""What a person sees, and waiting until they see it."""

from typing import TYPE_CHECKING, TypeVar

from .screen import NotOnScreen, SeenMessage, SeenView

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Channel, Trouble, User
    from .screen import Seen
    from .workspace import PlayedWorkspace

Found = TypeVar("Found")


class Onlooker:
    """`patience` is how many seconds this person looks before giving up."""

    def __init__(self, workspace: "PlayedWorkspace", record: "User", patience: float) -> None:
        self.workspace = workspace
        self.record = record
        self.patience = patience

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    @property
    def direct_messages(self) -> "Channel":
        """The conversation with the bot."""
        return self.workspace.direct_messages(self.id)

    def __repr__(self) -> str:
        return f"<{self.record.real_name} {self.id}>"

    def view(self) -> SeenView | None:
        """The modal on top, if one is open."""
        top = self.workspace.top_view(self.id)
        return SeenView(self.workspace, self.id, top) if top else None

    def views(self) -> list[SeenView]:
        """The stack of modals, from the one that was opened first."""
        stack = self.workspace.modals.get(self.id, [])
        return [SeenView(self.workspace, self.id, view) for view in stack]

    def home(self) -> SeenView | None:
        home = self.workspace.homes.get(self.id)
        return SeenView(self.workspace, self.id, home) if home else None

    def messages(self) -> list[SeenMessage]:
        """Everything this person can read, oldest first."""
        found = self.workspace.messages_for(self.id)
        return [SeenMessage(self.workspace, self.id, message) for message in found]

    def troubles(self) -> "list[Trouble]":
        return [trouble for trouble in self.workspace.troubles if trouble.user_id == self.id]

    def surfaces(self) -> "list[Seen]":
        """Where to look, in the order one looks: the view, the newest messages, Home."""
        view, home = self.view(), self.home()
        found: list[Seen] = [view] if view else []
        found += reversed(self.messages())
        return [*found, home] if home else found

    def text_on_screen(self) -> str:
        texts = [surface.text() for surface in self.surfaces()]
        return "\n".join([*texts, *(trouble.text for trouble in self.troubles())])

    async def sees(self, fragment: str, timeout: float | None = None) -> "SeenMessage | SeenView":
        """Wait for this text; the message or view that holds it."""

        def look() -> "Seen | None":
            return next((seen for seen in self.surfaces() if fragment in seen.text()), None)

        found = await self.waits_for(look, f"nothing says «{fragment}»", timeout)
        assert isinstance(found, SeenMessage | SeenView)
        return found

    async def sees_message(self, fragment: str, timeout: float | None = None) -> SeenMessage:
        """Wait for this text in a message; the newest one that holds it."""

        def look() -> SeenMessage | None:
            return next((m for m in reversed(self.messages()) if fragment in m.text()), None)

        return await self.waits_for(look, f"no message says «{fragment}»", timeout)

    async def sees_home(self, fragment: str, timeout: float | None = None) -> SeenView:
        """Wait for this text on the Home tab."""

        def look() -> SeenView | None:
            home = self.home()
            return home if home and fragment in home.text() else None

        return await self.waits_for(look, f"Home does not say «{fragment}»", timeout)

    async def sees_view(self, title: str, timeout: float | None = None) -> SeenView:
        """Wait until the view on top has this title."""

        def look() -> SeenView | None:
            view = self.view()
            return view if view and view.title == title else None

        return await self.waits_for(look, f"no view «{title}»", timeout)

    async def sees_no_view(self, timeout: float | None = None) -> None:
        await self.waits_for(lambda: self.view() is None or None, "a view is open", timeout)

    def sees_nothing_like(self, fragment: str) -> None:
        if fragment in self.text_on_screen():
            raise NotOnScreen(f"«{fragment}» is on the screen:\n{self.text_on_screen()}")

    async def waits_for(
        self, look: "Callable[[], Found | None]", complaint: str, timeout: float | None = None
    ) -> Found:
        """Look until there is something to see; bounded, and woken by changes only."""
        limit = self.patience if timeout is None else timeout
        found = await self.workspace.changes.until(look, limit, self.id)
        if found is None:
            raise NotOnScreen(f"{complaint}; {self!r} sees:\n{self._circumstances()}")
        return found

    def _circumstances(self) -> str:
        """The screen, and what was held against the bot: usually the reason."""
        complaints = [f"! {v.kind}: {v.detail}" for v in self.workspace.violations]
        return "\n".join([self.text_on_screen(), *complaints])
