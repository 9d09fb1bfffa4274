"""Messages and views as somebody sees them: text, buttons and fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .forms import STATEFUL, value_in, with_elements
from .rendering import shown_mrkdwn, shown_rich_text, shown_text

if TYPE_CHECKING:
    from .records import Json, Message, State, View
    from .workspace import Workspace


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

    def __init__(self, workspace: "Workspace", user_id: str) -> None:
        self.workspace = workspace
        self.user_id = user_id

    @property
    def blocks(self) -> "list[Json]":
        raise NotImplementedError

    @property
    def state(self) -> "State":
        raise NotImplementedError

    def text(self) -> str:
        raise NotImplementedError

    def shown(self, text_object: "Json | str | None") -> str:
        return shown_text(text_object, self.name_of)

    def name_of(self, some_id: str) -> str:
        user = self.workspace.users.get(some_id)
        channel = self.workspace.channels.get(some_id)
        return user.shown_name if user else channel.name if channel else some_id

    def buttons(self) -> list[Button]:
        pairs = with_elements(self.blocks)
        return [self._button(b, e) for b, e in pairs if e["type"] in ("button", "workflow_button")]

    def _button(self, block: "Json", element: "Json") -> Button:
        return Button(
            self.shown(element["text"]),
            element.get("action_id", ""),
            block["block_id"],
            element.get("value"),
            element.get("style"),
            element.get("url"),
            element.get("confirm"),
        )

    def button(self, text: str) -> Button:
        for button in self.buttons():
            if button.text == text:
                return button
        raise NotOnScreen(f"no button «{text}»; there are {[b.text for b in self.buttons()]}")

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
        grouped = [o for group in element.get("option_groups", []) for o in group["options"]]
        raw = [*element.get("options", []), *grouped]
        return tuple(Option(self.shown(o["text"]), str(o.get("value")), o) for o in raw)

    def _lines(self) -> Iterator[str]:
        for block in self.blocks:
            yield from self._block_lines(block)

    def _block_lines(self, block: "Json") -> Iterator[str]:
        if block["type"] == "rich_text":
            yield shown_rich_text(block, self.name_of)
            return
        if block["type"] == "markdown":
            yield str(block["text"])
            return
        for key in ("title", "label", "hint", "text"):
            yield self.shown(block.get(key))
        for field in block.get("fields", []):
            yield self.shown(field)
        yield from self._part_lines(block)
        yield self.errors().get(block["block_id"], "")

    def _part_lines(self, block: "Json") -> Iterator[str]:
        parts = [block.get("element"), block.get("accessory"), *block.get("elements", [])]
        for part in parts:
            if part:
                yield from self._element_lines(block, part)
        if block["type"] == "image":
            yield str(block.get("alt_text", ""))

    def _element_lines(self, block: "Json", element: "Json") -> Iterator[str]:
        kind = element["type"]
        if kind in ("mrkdwn", "plain_text"):
            yield self.shown(element)
        elif kind in ("checkboxes", "radio_buttons"):
            for option in self.options(element):
                yield option.text
                yield self.shown(option.raw.get("description"))
        elif kind in STATEFUL:
            yield self._value_line(block, element)
        else:
            yield self.shown(element.get("text")) or str(element.get("alt_text", ""))

    def _value_line(self, block: "Json", element: "Json") -> str:
        entry = self.state.get(block["block_id"], {}).get(element["action_id"])
        value = value_in(entry) if entry else None
        if value in (None, "", []):
            return self.shown(element.get("placeholder"))
        values = value if isinstance(value, list) else [value]
        return ", ".join(self._shown_value(one) for one in values)

    def _shown_value(self, value: Any) -> str:
        if isinstance(value, dict):
            return self.shown(value.get("text")) if "text" in value else ""
        return self.name_of(str(value))

    def _joined(self, lines: Iterator[str]) -> str:
        return "\n".join(line for line in lines if line)


class SeenMessage(Seen):
    def __init__(self, workspace: "Workspace", user_id: str, record: "Message") -> None:
        super().__init__(workspace, user_id)
        self.record = record

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
    def blocks(self) -> "list[Json]":
        return self.record.blocks

    @property
    def state(self) -> "State":
        return self.record.state.get(self.user_id, {})

    def text(self) -> str:
        if self.blocks:
            return self._joined(self._lines())
        if not self.record.mrkdwn:
            return self.record.text
        return shown_mrkdwn(self.record.text, self.name_of)

    def notification(self) -> str:
        """What a notification or a screen reader says: the top-level text."""
        return shown_mrkdwn(self.record.text, self.name_of)

    def __repr__(self) -> str:
        return f"<message {self.ts}: {self.text()!r}>"


class SeenView(Seen):
    def __init__(self, workspace: "Workspace", user_id: str, record: "View") -> None:
        super().__init__(workspace, user_id)
        self.record = record

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def title(self) -> str:
        return self.record.title

    @property
    def is_open(self) -> bool:
        return self.record.is_open

    @property
    def blocks(self) -> "list[Json]":
        return self.record.blocks

    @property
    def state(self) -> "State":
        return self.record.state

    def errors(self) -> dict[str, str]:
        return self.record.errors

    def text(self) -> str:
        return self._joined(self._all_lines())

    def _all_lines(self) -> Iterator[str]:
        definition = self.record.definition
        yield self.title
        yield from self._lines()
        yield self.shown(definition.get("close"))
        yield self.shown(definition.get("submit"))

    def __repr__(self) -> str:
        return f"<{self.record.type} {self.title!r}: {self.text()!r}>"
