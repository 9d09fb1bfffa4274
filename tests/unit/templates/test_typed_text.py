"""What people type shows as they typed it: never as bold, a link, a mention or an emoji."""

import re

import pytest

from templates.form import Prefill, request_form
from templates.words import Words, escape
from tests.unit.templates.cast import CASTS, HOSTILE, Cast
from tests.unit.templates.reading import MAIL_LINK, fields, options, parts, texts
from tests.unit.templates.screens import ALL_SCREENS, Screen

TYPING = ("hostile", "longest")
MENTION = re.compile(r"<@U0[A-Z]+>")


def _of(cast: Cast) -> list[Screen]:
    return [screen for screen in ALL_SCREENS if screen.cast is cast]


def _mrkdwn(screen: Screen, words: Words) -> list[str]:
    """Without the address of a mail, in which all that was typed is percent-encoded."""
    return [MAIL_LINK.sub(r"\2", text) for text in texts(screen.seen(words), "mrkdwn")]


@pytest.mark.parametrize("kind", TYPING)
def test_nothing_typed_stands_in_mrkdwn(words: Words, kind: str) -> None:
    cast = CASTS[kind]
    for screen in _of(cast):
        for text in _mrkdwn(screen, words):
            for typed in cast.typed:
                assert typed not in text, screen.name
                assert escape(typed) not in text, screen.name


def test_everything_plain_keeps_emoji_codes_as_they_are(words: Words) -> None:
    for screen in ALL_SCREENS:
        for part in parts(screen.seen(words).whole):
            if part.get("type") == "plain_text":
                assert part["emoji"] is False, (screen.name, part)


def test_notifications_hold_no_marks_that_were_typed(words: Words) -> None:
    for screen in _of(HOSTILE):
        text = MENTION.sub("", screen.seen(words).text or "")
        assert not set("<>*_~`") & set(text), (screen.name, text)
        assert ":tada:" not in text, screen.name


def test_mrkdwn_holds_no_other_tags_than_mentions_and_a_mail(words: Words) -> None:
    for screen in _of(HOSTILE):
        for text in _mrkdwn(screen, words):
            assert not set("<>") & set(MENTION.sub("", text)), (screen.name, text)


SHOWN_WHOLE = {
    "request_asked/pending-new-other": ("name", "email", "purpose"),
    "request_asked/approved-by-U0HOLDER": ("name", "email", "purpose"),
    "request_sent/pending-new-to-1": ("name", "email", "purpose"),
    "request_approved/told": ("name", "email"),
    "request_declined/other-new-self": ("name", "email", "purpose", "message"),
    "request_unattended": ("name", "email", "purpose"),
    "code_left/bot": ("name", "email", "purpose"),
    "request_lapsed/new": ("name", "email", "purpose"),
    "requests_waiting/3-of-3": ("name",),
    "deciding/approve-new-never": ("name", "email", "purpose"),
    "deciding/decline": ("name", "email"),
    "deciding/waiting-1-on-1-of-1": ("name", "email", "purpose"),
    "code/valid-holder": ("name", "email", "purpose"),
    "codes/all-holder-each-state": ("name", "email", "purpose"),
    "paste/valid": ("name", "email"),
    "code_to_send": ("name", "email", "purpose"),
    "code_ready/new": ("purpose",),
    "code_expires/14-account-holder": ("name", "email", "purpose"),
    "code_revoked/bot": ("name", "email", "purpose"),
}


@pytest.mark.parametrize("kind", CASTS)
@pytest.mark.parametrize("name", SHOWN_WHOLE)
def test_what_was_typed_is_shown_whole(words: Words, kind: str, name: str) -> None:
    cast = CASTS[kind]
    (screen,) = [s for s in ALL_SCREENS if s.name == f"{kind}:{name}"]
    shown = "\n".join(texts(screen.seen(words), "plain_text"))
    typed = {
        "name": f"{cast.first_name} {cast.last_name}",
        "email": cast.email,
        "purpose": cast.purpose,
        "message": cast.message,
    }
    assert [what for what in SHOWN_WHOLE[name] if typed[what] not in shown] == []


def test_a_form_starts_with_what_slack_knows_cut_to_what_slack_takes(words: Words) -> None:
    prefill = Prefill("a" * 80, "b" * 80, "c" * 300)
    view = request_form(words, HOSTILE.situation(), prefill)
    elements = {b.block_id: b.to_dict()["element"] for b in view.blocks if b.type == "input"}
    assert len(elements["first_name"]["initial_value"]) == 60
    assert len(elements["last_name"]["initial_value"]) == 60
    assert len(elements["email"]["initial_value"]) == 254


def test_a_long_name_is_cut_in_a_sentence_and_not_the_sentence(words: Words) -> None:
    (asked,) = [s for s in ALL_SCREENS if s.name == "longest:request_asked/pending-refresh-self"]
    (approve,) = [s for s in ALL_SCREENS if s.name == "longest:deciding/approve-new-never"]
    title = asked.seen(words).blocks[0]["text"]["text"]
    (statement,) = options(fields(approve.seen(words))["Representasjonsmyndighet"])
    assert title.endswith("W… ber om å få oppdatert godkjenningskoden")
    assert statement.startswith("Jeg bekrefter at ÅÅÅ")
    assert statement.endswith("Å… har representasjonsmyndighet")
