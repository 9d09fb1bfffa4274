"""A person at the screen. Tests read as a play: Kari types, sees, fills, submits, clicks."""

import contextlib
from typing import TYPE_CHECKING, Any, Literal

from . import modals, payloads
from .acknowledgements import answer_command
from .acting import (
    act,
    act_failed,
    button_action,
    choice_action,
    choosable,
    chosen,
    confirmation_of,
)
from .carrier import Carrier, Undelivered
from .filling import entered
from .mrkdwn import escaped
from .onlooker import Onlooker
from .outcomes import Clicked, Dialog, Outcome
from .screen import Button, NotOnScreen, Seen, SeenMessage, SeenView
from .shapes import view_shape
from .speaking import sent_event, typed_text
from .submitting import submit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .records import Channel, Json, Prompt, Trouble, User, View
    from .workspace import PlayedWorkspace


class Human(Onlooker):
    """Somebody of the workspace who types, fills in and clicks, as far as they see what to."""

    def __init__(
        self, workspace: "PlayedWorkspace", carrier: Carrier, record: "User", patience: float
    ) -> None:
        super().__init__(workspace, record, patience)
        self.carrier = carrier
        self.confirmations: list[Dialog] = []
        self.opened_urls: list[str] = []

    # Speaking

    async def types(self, line: str, channel: "Channel | None" = None) -> SeenMessage | None:
        """Type a slash command; what it is answered with at once, if anything."""
        command, _, text = line.partition(" ")
        place = channel or self.direct_messages
        payload = payloads.slash_command(
            self.workspace, self.record, place, command, escaped(text.strip())
        )
        try:
            answer = await self.carrier.deliver("command", payload)
        except Undelivered as failure:
            self._command_failed(command, failure.reason)
            return None
        message = answer_command(self.workspace, self.id, place, answer)
        return SeenMessage(self.workspace, self.id, message) if message else None

    def _command_failed(self, command: str, reason: str) -> None:
        shown = "operation_timeout" if reason == "http_timeout" else "dispatch_failed"
        text = f'{command} failed with the error "{shown}"'
        self.workspace.trouble(self.id, f"slash_command {command}", shown, text)

    async def says(
        self, text: str, channel: "Channel | None" = None, thread: SeenMessage | None = None
    ) -> SeenMessage:
        """Write a message to the bot, or in a channel; `slack.mention` in it calls the bot."""
        place = channel or self.direct_messages
        typed = typed_text(self.workspace, text)
        thread_ts = thread.ts if thread else None
        message = self.workspace.add_message(place, self.id, typed, thread_ts=thread_ts)
        event = sent_event(self.workspace, place, message)
        if event is not None:
            await self.carrier.deliver_event(event)
        return SeenMessage(self.workspace, self.id, message)

    def prompts(self) -> "list[Prompt]":
        """What the bot suggests to ask, where it is shown as an agent."""
        return self.workspace.prompts.get(self.direct_messages.id, [])

    async def asks_prompt(self, title: str) -> SeenMessage:
        """Choose a suggestion: its message is sent as one's own."""

        def look() -> "Prompt | None":
            return next((each for each in self.prompts() if each.title == title), None)

        prompt = await self.waits_for(look, f"no suggestion «{title}»")
        return await self.says(prompt.message)

    async def opens_home(self, tab: Literal["home", "messages"] = "home") -> None:
        """Go to the bot's own page; the event is delivered when this returns."""
        event: Json = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": self.direct_messages.id,
            "tab": tab,
            "event_ts": self.workspace.new_timestamp(),
        }
        home = self.workspace.homes.get(self.id)
        if home is not None:
            event["view"] = view_shape(self.workspace, home)
        await self.carrier.deliver_event(event)

    async def uses_shortcut(
        self, callback_id: str, message: SeenMessage | None = None
    ) -> "Trouble | None":
        """A global shortcut, or one on a message."""
        if message is None:
            payload = payloads.shortcut(self.workspace, self.record, callback_id)
        else:
            payload = payloads.message_shortcut(
                self.workspace, self.record, callback_id, message.as_seen
            )
        try:
            await self.carrier.deliver("interactive", payload)
        except Undelivered as failure:
            return act_failed(self.workspace, self.id, f"shortcut {callback_id}", failure)
        return None

    # Forms

    async def fills(self, values: "Mapping[str, Any]", where: Seen | None = None) -> Seen:
        """Type and choose, by the labels of the fields (or their block ids); None empties."""
        form = where or self._open_view()
        for name, value in values.items():
            field = form.field(name)
            entry = entered(field.element, field.options, value)
            if field.block.get("dispatch_action"):
                await self.picks(form, field.block, field.element, entry)
            else:
                self._remember(form, field.block_id, field.action_id, entry)
        return form

    def _remember(self, where: Seen, block_id: str, action_id: str, entry: "Json") -> None:
        where.put(block_id, action_id, entry)
        self.workspace.changes.announce(self.id)

    async def submits(self, where: SeenView | None = None) -> Outcome:
        """Press the button of the view on top, or of one seen earlier; what became of it."""
        seen = where or self._open_view()
        return await submit(self.workspace, self.carrier, self.record, seen)

    async def closes(self, everything: bool = False, where: SeenView | None = None) -> None:
        """Close the view on top, or one seen there earlier with what has come to lie on it.

        With `everything` all of them (the cross in the corner).
        """
        seen = where or self._open_view()
        stack = list(self.workspace.modals.get(self.id, []))
        if seen.record not in stack:
            raise NotOnScreen(f"«{seen.title}» has been closed")
        cleared = everything or bool(seen.as_seen.definition.get("clear_on_close"))
        going = stack if cleared else stack[stack.index(seen.record) :]
        modals.close_top(self.workspace, going[0])
        for view in reversed(going):
            await self._tell_closed(view, cleared)

    async def _tell_closed(self, view: "View", cleared: bool) -> None:
        if not view.definition.get("notify_on_close"):
            return
        payload = payloads.view_closed(self.workspace, self.record, view, cleared)
        with contextlib.suppress(Undelivered):  # the view is gone: nowhere to show trouble
            await self.carrier.deliver("interactive", payload)

    def _open_view(self) -> SeenView:
        view = self.view()
        if view is None:
            raise NotOnScreen(f"no view is open; {self!r} sees:\n{self.text_on_screen()}")
        return view

    # Clicking

    async def clicks(
        self,
        text: str,
        where: Seen | None = None,
        number: int = 1,
        confirm: bool = True,
        timeout: float | None = None,
    ) -> Clicked:
        """Wait for a button with this text and click it.

        Looks in `where`; without it in the view on top, or when none is open in the newest
        message that has such a button, or else in Home. `number` counts equal ones from the top.
        """

        def look() -> tuple[Seen, Button] | None:
            for seen in [where] if where else self._clickable():
                matching = [button for button in seen.buttons() if button.text == text]
                if len(matching) >= number:
                    return seen, matching[number - 1]
            return None

        seen, button = await self.waits_for(look, f"no button «{text}»", timeout)
        return await self.presses(button, seen, confirm)

    def _clickable(self) -> "list[Seen]":
        """A modal keeps everything behind it out of reach."""
        view = self.view()
        return [view] if view else self.surfaces()

    async def presses(self, button: Button, where: Seen, confirm: bool = True) -> Clicked:
        """Press a button seen earlier, even if it is no longer there."""
        confirmation = confirmation_of(button.confirm, confirm)
        if confirmation is not None:
            self.confirmations.append(confirmation)
            if not confirm:
                return Clicked(button, confirmation)
        if button.url:
            self.opened_urls.append(button.url)
        action = button_action(self.workspace, button)
        trouble = await act(self.workspace, self.carrier, self.record, where, action)
        return Clicked(button, confirmation, button.url, trouble)

    async def chooses(
        self,
        option: Any,
        element: str | None = None,
        where: Seen | None = None,
    ) -> "Trouble | None":
        """Choose in a select or menu outside a form, which tells the bot at once.

        `element` is its action id or placeholder; without it, whichever offers the option.
        """
        name = element or str(option)
        seen, block, found = choosable([where] if where else self._clickable(), name)
        return await self.picks(seen, block, found, chosen(seen, found, option))

    async def picks(
        self, where: Seen, block: "Json", element: "Json", entry: "Json"
    ) -> "Trouble | None":
        """Put this in this very element, outside a form or in one that tells the bot at once."""
        if element["type"] != "overflow":
            self._remember(where, block["block_id"], element["action_id"], entry)
        action = choice_action(self.workspace, block, element, entry)
        return await act(self.workspace, self.carrier, self.record, where, action)

    def dismisses(self, message: SeenMessage) -> None:
        """Take a message that only this person sees off the screen."""
        if not message.is_ephemeral:
            raise NotOnScreen("a message that others see cannot be dismissed")
        self.workspace.remove_message(message.record)
