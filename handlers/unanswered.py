"""What the bot could not answer, for account holders: grouped, and as text to learn from."""

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.faq.grouping import Group, as_phrasings, grouped
from handlers.house import Workspace
from handlers.pages import page_number, page_within
from handlers.views import opening, showing_again
from storage import questions
from templates import questions as screens

PAGE = 15
LONGEST_TEXT = 2_900
MOST_TEXTS = 20
"""Sections of one modal, each no longer than Slack allows; the newest come first."""


async def open_list(call: Call, workspace: Workspace) -> Reply:
    view = await _list(call, workspace, 0)
    return opening(call, workspace, view)


async def turn_page(call: Call, workspace: Workspace) -> Reply:
    view = await _list(call, workspace, page_number(call.value))
    return showing_again(call, workspace, view)


async def export(call: Call, workspace: Workspace) -> Reply:
    texts = _in_sections(as_phrasings(await _groups(call, workspace)))
    view = screens.export_view(workspace.words, texts)
    return opening(call, workspace, view)


async def _list(call: Call, workspace: Workspace, page: int) -> View:
    groups = await _groups(call, workspace)
    page, pages = page_within(page, len(groups), PAGE)
    shown = groups[page * PAGE : (page + 1) * PAGE]
    return screens.unanswered_view(
        workspace.words,
        [(group.text, group.count) for group in shown],
        page=page,
        pages=pages,
    )


async def _groups(call: Call, workspace: Workspace) -> list[Group]:
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        return grouped(await questions.unanswered(desk))


def _in_sections(text: str) -> list[str]:
    """Whole lines, in pieces that fit."""
    pieces = [""]
    for line in text.splitlines(keepends=True):
        if len(pieces[-1]) + len(line) > LONGEST_TEXT:
            pieces.append("")
        pieces[-1] += line
    return pieces[:MOST_TEXTS]
