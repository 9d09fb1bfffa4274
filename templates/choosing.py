"""Which of several organisations is meant: the choice, and what says which it is."""

from collections.abc import Collection, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from storage.records import Organisation
from templates import ids
from templates.blocks import actions, button, cut, field, modal, option, paragraph
from templates.words import Words

MOST_BLOCKS = 100
LONGEST_OPTION = 75


def choose_view(
    words: Words,
    there: Sequence[Organisation],
    mine: Collection[str] = (),
    chosen: str | None = None,
    *,
    metadata: str = "",
) -> View:
    """Those to which the reader belongs stand first."""
    _ = words.gettext
    ordered = sorted(there, key=lambda each: each.id not in mine)
    options = {each.id: option(cut(each.name, LONGEST_OPTION), each.id) for each in ordered}
    menu = StaticSelectElement(
        action_id=ids.WHICH_ORGANISATION,
        options=list(options.values()),
        initial_option=options.get(chosen or ""),
    )
    return modal(
        ids.VIEW_CHOOSE,
        _("Velg organisasjon"),
        [
            paragraph(words.prose("choose_organisation")),
            field(_("Organisasjon"), menu),
        ],
        close=_("Avbryt"),
        submit=_("Gå videre"),
        metadata=metadata,
    )


def change_button(words: Words) -> ButtonElement:
    return button(words.gettext("Bytt organisasjon"), ids.CHOOSE_ORGANISATION)


def about(words: Words, name: str, *, can_change: bool = False) -> list[Block]:
    """Which organisation all the rest is about."""
    told = words.gettext("Organisasjon: %(name)s", name=name)
    line = ContextBlock(elements=[PlainTextObject(text=cut(told, 2_000), emoji=False)])
    way: list[ActionsBlock] = [actions(change_button(words))] if can_change else []
    return [line, *way]
