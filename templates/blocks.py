"""The few kinds of blocks that everything is built of.

What a person has typed goes into `plain` or `typed` and nowhere else, so that Slack shows it
as it was typed: no bold, no links, no mentions, no emoji.
"""

from collections.abc import Callable, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
    TextObject,
)
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View

from templates.words import Words, escape

LONGEST_HEADING = 150
LONGEST_OPTION = 75
LONGEST_SEARCH = 80
ROWS_PER_SECTION = 5

Fact = tuple[str, TextObject]
"""A label, and what stands beside it."""


def plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)


def typed(text: str) -> PlainTextObject:
    return plain(text.strip() or "–")  # Slack refuses an empty text


def mrkdwn(text: str) -> MarkdownTextObject:
    return MarkdownTextObject(text=text, verbatim=True)


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def fitted(say: Callable[[str], str], name: str, longest: int) -> str:
    """A sentence about a name, which is cut so that the sentence is whole."""
    return say(cut(name, longest - len(say(""))))


def heading_of(say: Callable[[str], str], name: str) -> HeaderBlock:
    return heading(fitted(say, name, LONGEST_HEADING))


def heading(text: str) -> HeaderBlock:
    return HeaderBlock(text=plain(cut(text, LONGEST_HEADING)))


def paragraph(text: str) -> SectionBlock:
    return SectionBlock(text=mrkdwn(text), expand=True)


def plain_paragraph(text: str) -> SectionBlock:
    return SectionBlock(text=typed(text), expand=True)


def table(facts: Sequence[Fact]) -> list[Block]:
    """Labels to the left, values to the right; a section holds ten fields."""
    starts = range(0, len(facts), ROWS_PER_SECTION)
    return [_rows(facts[start : start + ROWS_PER_SECTION]) for start in starts]


def _rows(facts: Sequence[Fact]) -> SectionBlock:
    pairs = [(mrkdwn(f"*{escape(label)}*"), value) for label, value in facts]
    return SectionBlock(fields=[text for pair in pairs for text in pair])


def button(
    label: str,
    action_id: str,
    value: str | None = None,
    *,
    style: str | None = None,
    confirm: ConfirmObject | None = None,
    read_out: str | None = None,
) -> ButtonElement:
    """`read_out` is what a screen reader says in the place of the label."""
    return ButtonElement(
        text=plain(label),
        action_id=action_id,
        value=value,
        style=style,
        confirm=confirm,
        accessibility_label=read_out,
    )


def actions(*buttons: ButtonElement) -> ActionsBlock:
    return ActionsBlock(elements=buttons)


def confirm(
    words: Words, *, title: str, text: str, yes: str, style: str | None = None
) -> ConfirmObject:
    no = words.gettext("Avbryt")
    return ConfirmObject(
        title=plain(title), text=plain(text), confirm=plain(yes), deny=plain(no), style=style
    )


def field(
    label: str,
    element: InputInteractiveElement,
    *,
    hint: str = "",
    optional: bool = False,
    acts: bool = False,
    about: str = "",
) -> InputBlock:
    """An input whose block and action carry the same id. `acts`: what is chosen is told at once.

    What was typed stays where it was as long as the ids do: `about` is what it is about, when it
    is to begin anew with that.
    """
    action_id = element.action_id
    return InputBlock(
        block_id=f"{action_id}.{about}" if about else action_id,
        label=plain(label),
        element=element,
        hint=plain(hint) if hint else None,
        optional=optional,
        dispatch_action=acts or None,
    )


def search_field(words: Words, action_id: str, text: str, placeholder: str) -> InputBlock:
    """What is looked for in a list: it is told at once, and by the button that sends the list."""
    element = PlainTextInputElement(
        action_id=action_id,
        initial_value=text or None,
        max_length=LONGEST_SEARCH,
        placeholder=plain(placeholder),
        dispatch_action_config=DispatchActionConfig(trigger_actions_on=["on_enter_pressed"]),
    )
    return field(words.gettext("Søk"), element, optional=True, acts=True)


def option(label: str, value: str, more: str = "") -> Option:
    """`more` stands below the label, as short as that."""
    text = plain(cut(label, LONGEST_OPTION))
    return Option(text=text, value=value, description=plain(more) if more else None)


def select(action_id: str, placeholder: str, options: Sequence[Option]) -> StaticSelectElement:
    return StaticSelectElement(action_id=action_id, placeholder=plain(placeholder), options=options)


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    close: str,
    submit: str | None = None,
    metadata: str | None = None,
) -> View:
    return View(
        type="modal",
        callback_id=callback_id,
        title=plain(title),
        submit=plain(submit) if submit else None,
        close=plain(close),
        blocks=blocks,
        private_metadata=metadata,
    )


def pager(words: Words, *, page: int, pages: int, back: str, forward: str) -> list[Block]:
    """Where one is, and the way to the pages beside it; nothing when all fits on one.

    The first page is 0, and is called 1.
    """
    if pages <= 1:
        return []
    where = words.gettext("Side %(page)d av %(pages)d", page=page + 1, pages=pages)
    buttons = []
    if page > 0:
        buttons.append(button(words.gettext("Forrige side"), back, str(page - 1)))
    if page + 1 < pages:
        buttons.append(button(words.gettext("Neste side"), forward, str(page + 1)))
    return [plain_paragraph(where), actions(*buttons)]
