"""Messages and views as somebody sees them: text, buttons and fields.

What has been seen stays as it was seen. `record` is the message or view itself, and goes on.
"""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Self

from .forms import options_of, state_of, value_in, with_elements
from .lines import ReadingState, joined, lines_of
from .mrkdwn import links_in, parsed
from .records import PostedMessage, View
from .rendering import shown, shown_mrkdwn, shown_text
from .versions import Changing, as_it_stands, as_it_stood

if TYPE_CHECKING:
    from .records import Json, State
    from .workspace import PlayedWorkspace


class NotOnScreen(AssertionError):  # noqa: N818 - reads in a failed test
    """Somebody was to use something that is not there; says what is there instead."""


@dataclass(frozen=True)
class Button:
    text: str
    action_id: str
    block_id: str
    value: str | None
    style: str | None
    url: str | None
    confirm: "Json | None"
    kind: str = "button"


@dataclass(frozen=True)
class Option:
    text: str
    value: str
    raw: "Json"


@dataclass(frozen=True)
class Field:
    """One input of a form, and what stands in it."""

    label: str
    kind: str
    block_id: str
    action_id: str
    value: Any
    options: tuple[Option, ...]
    optional: bool
    error: str | None
    element: "Json"
    block: "Json"


class Seen:
    """What messages and views have in common: blocks, and state for their inputs."""

    def __init__(self, workspace: "PlayedWorkspace", user_id: str) -> None:
        self.workspace = workspace
        self.user_id = user_id

    @property
    def blocks(self) -> "list[Json]":
        raise NotImplementedError

    @property
    def version(self) -> str:
        raise NotImplementedError

    def in_version(self, version: str) -> Self | None:
        """The same as somebody may still have it on the screen; None where nobody has."""
        raise NotImplementedError

    @property
    def state(self) -> "State":
        raise NotImplementedError

    def put(self, block_id: str, action_id: str, entry: "Json") -> None:
        """Type or choose this; where it has been changed since, it stays where the ids stay."""
        self.state.setdefault(block_id, {})[action_id] = entry
        now = self._state_now().get(block_id, {})
        if action_id in now and now[action_id]["type"] == entry["type"]:
            now[action_id] = entry

    def _state_now(self) -> "State":
        raise NotImplementedError

    def text(self) -> str:
        raise NotImplementedError

    def shown(self, text_object: "Json | str | None") -> str:
        return shown_text(text_object, self.workspace.name_of)

    def buttons(self) -> list[Button]:
        return [
            button
            for block, element in with_elements(self.blocks)
            for button in self._buttons(block, element)
        ]

    def _buttons(self, block: "Json", element: "Json") -> Iterator[Button]:
        """One, or of feedback buttons the two that make one element."""
        kind = element["type"]
        if kind in ("button", "workflow_button"):
            yield self._button(block, element, element, "button")
        elif kind == "icon_button":
            yield self._button(block, element, element, kind)
        elif kind == "feedback_buttons":
            for side in ("positive_button", "negative_button"):
                yield self._button(block, element, element[side], kind)

    def _button(self, block: "Json", element: "Json", said: "Json", kind: str) -> Button:
        return Button(
            self.shown(said["text"]),
            element.get("action_id", ""),
            block["block_id"],
            said.get("value"),
            element.get("style"),
            element.get("url"),
            element.get("confirm"),
            kind,
        )

    def button(self, text: str) -> Button:
        for button in self.buttons():
            if button.text == text:
                return button
        raise NotOnScreen(f"no button «{text}»; there are {[b.text for b in self.buttons()]}")

    def links(self) -> dict[str, str]:
        """Where the links in its texts lead, by what they read."""
        return {
            shown(node, self.workspace.name_of): node.target
            for block in self.blocks
            for text in (block.get("text"), *block.get("fields", ()))
            if text and text["type"] == "mrkdwn"
            for node in links_in(parsed(text["text"], bool(text.get("verbatim"))))
        }

    def fields(self) -> dict[str, Field]:
        """The inputs by their labels, from the top."""
        inputs = [block for block in self.blocks if block["type"] == "input"]
        return {field.label: field for field in map(self._field, inputs)}

    def field(self, name: str) -> Field:
        """The input with this label, or else with this block id."""
        fields = self.fields()
        for field in fields.values():
            if name in (field.label, field.block_id):
                return field
        raise NotOnScreen(f"no field «{name}»; there are {list(fields)}")

    def _field(self, block: "Json") -> Field:
        element = block["element"]
        entry = self.state[block["block_id"]][element["action_id"]]
        return Field(
            label=self.shown(block["label"]),
            kind=element["type"],
            block_id=block["block_id"],
            action_id=element["action_id"],
            value=value_in(entry),
            options=self.options(element),
            optional=bool(block.get("optional")),
            error=self.errors().get(block["block_id"]),
            element=element,
            block=block,
        )

    def errors(self) -> dict[str, str]:
        return {}

    def options(self, element: "Json") -> tuple[Option, ...]:
        raw = options_of(element)
        return tuple(Option(self.shown(o["text"]), str(o.get("value")), o) for o in raw)

    def lines(self) -> Iterator[str]:
        reading = ReadingState(self.state, self.errors(), self.workspace.name_of)
        return lines_of(self.blocks, reading)


class _SeenAs(Seen, Generic[Changing]):
    """As it stands, or in the version given."""

    def __init__(
        self,
        workspace: "PlayedWorkspace",
        user_id: str,
        record: Changing,
        version: Changing | None = None,
    ) -> None:
        super().__init__(workspace, user_id)
        self.record: Changing = record
        self.as_seen: Changing = version or as_it_stands(record)

    @property
    def blocks(self) -> "list[Json]":
        return self.as_seen.blocks

    @property
    def version(self) -> str:
        return self.as_seen.version

    def in_version(self, version: str) -> Self | None:
        found = as_it_stood(self.record, version)
        return type(self)(self.workspace, self.user_id, self.record, found) if found else None


class SeenMessage(_SeenAs[PostedMessage]):
    @property
    def ts(self) -> str:
        return self.record.ts

    @property
    def channel_id(self) -> str:
        return self.record.channel_id

    @property
    def is_ephemeral(self) -> bool:
        return self.record.ephemeral_for is not None

    @property
    def from_bot(self) -> bool:
        return self.record.bot_id is not None

    @property
    def state(self) -> "State":
        """What this person chose in it; nobody else sees that."""
        return self.as_seen.state.setdefault(self.user_id, state_of(self.blocks))

    def _state_now(self) -> "State":
        return self.record.state.setdefault(self.user_id, state_of(self.record.blocks))

    def text(self) -> str:
        if self.blocks:
            return joined(self.lines())
        if not self.as_seen.mrkdwn:
            return self.as_seen.text
        return shown_mrkdwn(self.as_seen.text, self.workspace.name_of)

    def file(self, name: str) -> bytes:
        """What is in a file that is shared in it."""
        (content,) = [each["content"] for each in self.record.files if each["name"] == name]
        return b64decode(content)

    def notification(self) -> str:
        """What a notification or a screen reader says: the top-level text."""
        return shown_mrkdwn(self.as_seen.text, self.workspace.name_of)

    def __repr__(self) -> str:
        return f"<message {self.ts}: {self.text()!r}>"


class SeenView(_SeenAs[View]):
    @property
    def id(self) -> str:
        return self.record.id

    @property
    def title(self) -> str:
        return self.as_seen.title

    @property
    def is_open(self) -> bool:
        """Whether it still is, in whatever version."""
        return self.record.is_open

    @property
    def state(self) -> "State":
        return self.as_seen.state

    def _state_now(self) -> "State":
        return self.record.state

    def errors(self) -> dict[str, str]:
        """What stands beside fields now, which a client shows in no version of its own."""
        return self.record.errors

    def text(self) -> str:
        return joined(self._all_lines())

    def _all_lines(self) -> Iterator[str]:
        definition = self.as_seen.definition
        yield self.title
        yield from self.lines()
        yield self.shown(definition.get("close"))
        yield self.shown(definition.get("submit"))

    def __repr__(self) -> str:
        return f"<{self.record.type} {self.title!r}: {self.text()!r}>"
