"""What an account holder sees when deciding: approve, decline, and all that waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, Block, DividerBlock, PlainTextInputElement
from slack_sdk.models.views import View

from storage.records import LONGEST_MESSAGE, CodeRequest, RequestKind
from storage.refusals import DeclinedBefore, SaidBefore
from templates import ids
from templates.blocks import (
    LONGEST_OPTION,
    actions,
    button,
    field,
    fitted,
    heading,
    modal,
    option,
    pager,
    paragraph,
    plain_paragraph,
    select,
    table,
)
from templates.facts import background_facts, person_facts, reasons, request_facts, request_table
from templates.form import authority_field, pasted_code
from templates.situation import Situation, how_it_stands
from templates.words import Words, mention_of

if TYPE_CHECKING:
    from storage.background import Background


def approve_view(
    words: Words,
    request: CodeRequest,
    background: "Background",
    *,
    now: datetime,
    paste: bool,
    metadata: str,
    said: SaidBefore | None = None,
) -> View:
    """`said`: what a colleague has said of the person while the form stood open; then the word on
    their authority is asked for once more, by somebody who has read it."""
    lead = words.prose("approve", refresh=_refreshes(request), paste=paste)
    about = said.id if said else ""
    blocks: list[Block] = [
        paragraph(lead),
        *request_table(words, request, background),
        *([paragraph(_said_meanwhile(words, said))] if said else []),
        authority_field(words, _statement(words, request.person.name), about=about),
    ]
    if paste:
        blocks += pasted_code(words, now)
    return modal(
        ids.VIEW_APPROVE,
        words.gettext("Godkjenn forespørsel"),
        blocks,
        close=words.gettext("Avbryt"),
        submit=words.gettext("Godkjenn"),
        metadata=metadata,
    )


def _said_meanwhile(words: Words, said: SaidBefore) -> str:
    declined = isinstance(said, DeclinedBefore)
    return words.prose("said_meanwhile", who=mention_of(said.by), declined=declined)


def _statement(words: Words, name: str) -> str:
    """What is confirmed, about whom."""
    _ = words.gettext
    return fitted(
        lambda name: _("Jeg bekrefter at %(name)s har representasjonsmyndighet", name=name),
        name,
        LONGEST_OPTION,
    )


def decline_view(words: Words, request: CodeRequest) -> View:
    return modal(
        ids.VIEW_DECLINE,
        words.gettext("Avslå forespørsel"),
        [
            paragraph(words.prose("decline")),
            *table(person_facts(words, request.person)),
            *_reason_fields(words),
        ],
        close=words.gettext("Avbryt"),
        submit=words.gettext("Avslå"),
        metadata=request.id,
    )


def _reason_fields(words: Words) -> list[Block]:
    _ = words.gettext
    options = [option(label, reason.value) for reason, label in reasons(words).items()]
    message = PlainTextInputElement(
        action_id=ids.MESSAGE, multiline=True, max_length=LONGEST_MESSAGE
    )
    return [
        field(_("Grunn"), select(ids.REASON, _("Velg grunn"), options)),
        field(
            _("Melding"),
            message,
            hint=_(
                "Den som ba om koden og kontoholderne får lese den. "
                "Du må skrive noe når grunnen er Annet."
            ),
            optional=True,
        ),
    ]


def waiting_view(
    words: Words,
    requests: Sequence[tuple[CodeRequest, "Background"]],
    situation: Situation,
    *,
    page: int,
    pages: int,
) -> View:
    """What waits for an answer and what is known of whom, oldest first; the first page is 0."""
    blocks = [
        block for request, known in requests for block in _waiting(words, request, known, situation)
    ]
    if blocks and situation.is_blocked:
        blocks = [only_to_decline(words, situation), *blocks]
    paging = pager(
        words, page=page, pages=pages, back=ids.WAITING_PAGE_BACK, forward=ids.WAITING_PAGE
    )
    nothing: list[Block] = [paragraph(words.prose("nothing_waits"))]
    return modal(
        ids.VIEW_WAITING,
        words.gettext("Venter på svar"),
        [*blocks, *paging] if blocks else nothing,
        close=words.gettext("Lukk"),
        metadata=str(page),
    )


def _waiting(
    words: Words, request: CodeRequest, background: "Background", situation: Situation
) -> list[Block]:
    return [
        heading(request.person.name),
        *(
            [plain_paragraph(words.gettext("Vil ha koden oppdatert"))]
            if _refreshes(request)
            else []
        ),
        *table(request_facts(words, request)[1:]),
        *table(background_facts(words, background)),
        decision_buttons(words, request.id, situation),
        DividerBlock(),
    ]


def _refreshes(request: CodeRequest) -> bool:
    return request.kind is RequestKind.REFRESH


def only_to_decline(words: Words, situation: Situation) -> Block:
    """Where nothing can be approved."""
    return paragraph(
        words.prose(
            "only_to_decline",
            **how_it_stands(situation.organisation),
            holders=words.mentions(situation.holders),
        )
    )


def decision_buttons(words: Words, request_id: str, situation: Situation) -> ActionsBlock:
    approve = button(words.gettext("Godkjenn"), ids.APPROVE, request_id, style="primary")
    decline = button(words.gettext("Avslå"), ids.DECLINE, request_id, style="danger")
    return actions(*([] if situation.is_blocked else [approve]), decline)
