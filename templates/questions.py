"""What surrounds the answers: a choice of topics, a refusal, small talk, and questions sent on."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ButtonElement, PlainTextInputElement
from slack_sdk.models.views import View

from storage.records import ForwardedQuestion, Topic
from templates import ids
from templates.answers import topic_buttons
from templates.blocks import (
    actions,
    button,
    cut,
    field,
    heading,
    modal,
    pager,
    paragraph,
    plain,
    plain_paragraph,
    table,
)
from templates.codes import ask_button
from templates.facts import sent_fact
from templates.message import Message
from templates.situation import Situation
from templates.topics import related, titles
from templates.words import Words, mention

LONGEST_QUESTION = 1_000
"""Of a question that is sent on to the account holders."""

OFTEN_ASKED = (Topic.WHAT, Topic.GET, Topic.EXPIRY)
"""What is offered when nothing is likelier."""


def choice(
    words: Words, topics: Sequence[Topic], question_id: str, *, can_send_on: bool
) -> Message:
    """The bot is unsure: up to three topics, and the way to a person."""
    title = words.gettext("Mente du …?")
    buttons = topic_buttons(words, topics, question_id)
    if can_send_on:
        buttons.append(ask_holder_button(words, question_id))
    return Message.of(
        title, [heading(title), paragraph(words.prose("questions/choice")), actions(*buttons)]
    )


def no_answer(
    words: Words, topics: Sequence[Topic], question_id: str, *, can_send_on: bool
) -> Message:
    """Not about codes: what the bot can help with, and who can help otherwise."""
    title = words.gettext("Det kan jeg ikke svare på")
    text = words.prose("questions/no_answer", can_send_on=can_send_on)
    buttons = _person_first(words, topics or OFTEN_ASKED, question_id, can_send_on)
    return Message.of(title, [heading(title), paragraph(text), actions(*buttons)])


def _person_first(
    words: Words, topics: Sequence[Topic], question_id: str, can_send_on: bool
) -> list[ButtonElement]:
    """Where no topic is likely, somebody who can answer stands before them all."""
    person = [ask_holder_button(words, question_id)] if can_send_on else []
    return [*person, *topic_buttons(words, topics, question_id)]


def ask_holder_button(words: Words, question_id: str) -> ButtonElement:
    return button(words.gettext("Spør kontoholder"), ids.ASK_HOLDER, question_id or None)


def greeting(words: Words, situation: Situation) -> Message:
    text = words.prose("questions/greeting")
    buttons = topic_buttons(words, OFTEN_ASKED)
    if not situation.is_blocked:
        buttons.append(ask_button(words, account_holder=situation.is_account_holder))
    return Message.of(text, [paragraph(text), actions(*buttons)])


def thanks(words: Words) -> Message:
    text = words.prose("questions/thanks")
    return Message.of(text, [paragraph(text)])


def rated(
    words: Words, topic: Topic, question_id: str, *, helpful: bool, can_send_on: bool
) -> Message:
    """After 👍 or 👎: a word of thanks, for which answer, and after 👎 what else there is. It comes
    at the end of the conversation, where others may have followed upon the answer."""
    text, blocks = _rated(words, topic, question_id, helpful, can_send_on)
    return Message.of(text, blocks)


def rated_view(
    words: Words, topic: Topic, question_id: str, *, helpful: bool, can_send_on: bool
) -> View:
    """The same over an answer in a modal."""
    _, blocks = _rated(words, topic, question_id, helpful, can_send_on)
    return modal(
        ids.VIEW_TOLD, words.gettext("Spørsmål og svar"), blocks, close=words.gettext("Lukk")
    )


def _rated(
    words: Words, topic: Topic, question_id: str, helpful: bool, can_send_on: bool
) -> tuple[str, list[Block]]:
    text = words.prose(
        "questions/rated", asked=titles(words)[topic], helpful=helpful, can_send_on=can_send_on
    )
    blocks: list[Block] = [paragraph(text)]
    if not helpful:
        blocks.append(actions(*_person_first(words, related(topic), question_id, can_send_on)))
    return text, blocks


def ask_holder_view(words: Words, holders: Sequence[str], question: str) -> View:
    """The asker reads the question once more, and confirms it by sending it."""
    _ = words.gettext
    element = PlainTextInputElement(
        action_id=ids.QUESTION,
        multiline=True,
        max_length=LONGEST_QUESTION,
        initial_value=question or None,
        placeholder=plain(_("Skriv spørsmålet ditt. Ikke skriv koder her.")),
    )
    return modal(
        ids.VIEW_ASK_HOLDER,
        _("Spør kontoholder"),
        [
            paragraph(words.prose("questions/ask_holder", holders=words.mentions(holders))),
            field(_("Spørsmål"), element),
        ],
        close=_("Avbryt"),
        submit=_("Send"),
    )


def question_sent_view(words: Words, holders: Sequence[str]) -> View:
    text = words.prose("questions/sent", holders=words.mentions(holders))
    return modal(
        ids.VIEW_QUESTION_SENT,
        words.gettext("Spør kontoholder"),
        [paragraph(text)],
        close=words.gettext("Lukk"),
    )


def question_unattended(words: Words, question: ForwardedQuestion) -> Message:
    """To whoever asked: those who were to answer have left."""
    title = words.gettext("Ingen kan svare på spørsmålet nå")
    return Message.of(
        title,
        [
            heading(title),
            paragraph(words.prose("questions/unattended")),
            plain_paragraph(question.text),
            *table([sent_fact(words, question.asked_at)]),
        ],
    )


def question_forwarded(words: Words, question: ForwardedQuestion) -> Message:
    """To every account holder: who asks what, until one of them has answered. What was typed shows
    as it was typed."""
    title = words.gettext("Spørsmål fra et medlem")
    lead = words.prose("questions/forwarded", who=mention(question.asked_by))
    return Message.of(
        lead,
        [
            heading(title),
            paragraph(lead),
            plain_paragraph(question.text),
            *table([sent_fact(words, question.asked_at)]),
            actions(button(words.gettext("Svar"), ids.REPLY, question.id, style="primary")),
        ],
    )


def unanswered_view(
    words: Words, groups: Sequence[tuple[str, int]], *, page: int, pages: int
) -> View:
    """What was asked without an answer that helped: one text of each group, and how often."""
    _ = words.gettext
    blocks: list[Block] = [paragraph(words.prose("questions/unanswered", any=bool(groups)))]
    blocks += [_group(words, text, count) for text, count in groups]
    blocks += pager(
        words, page=page, pages=pages, back=ids.UNANSWERED_PAGE_BACK, forward=ids.UNANSWERED_PAGE
    )
    if groups:
        blocks.append(actions(button(_("Hent som tekst"), ids.EXPORT)))
    return modal(ids.VIEW_UNANSWERED, _("Spørsmål uten svar"), blocks, close=_("Lukk"))


def _group(words: Words, text: str, count: int) -> Block:
    times = words.ngettext("%(count)d gang", "%(count)d ganger", count)
    return plain_paragraph(f"{cut(text, 300)}\n{times}")


def export_view(words: Words, texts: Sequence[str]) -> View:
    """The same in the format of the file that the bot learns from, to be copied."""
    blocks: list[Block] = [
        paragraph(words.prose("questions/export")),
        *(plain_paragraph(text) for text in texts),
    ]
    return modal(
        ids.VIEW_EXPORT, words.gettext("Spørsmål uten svar"), blocks, close=words.gettext("Lukk")
    )
