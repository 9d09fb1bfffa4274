"""The mail that an account holder sends: an address and a polite text, never the code."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bot.trial.sandbox.mrkdwn import links_in, parsed
from templates.code_notices import code_to_send
from templates.words import Words
from tests.unit.templates.cast import CASTS, CODE_TEXT, HOLDER, HOSTILE, ORDINARY, Cast
from tests.unit.templates.reading import buttons, texts
from tests.unit.templates.screens import Seen


def _seen(words: Words, cast: Cast) -> Seen:
    message = code_to_send(words, cast.code(user_id=None), cast.situation(HOLDER))
    return Seen(None, message.text, message.blocks)


def _url(words: Words, cast: Cast) -> str:
    """The address of the one link in the message, as Slack reads it."""
    (link,) = links_in(parsed("\n".join(texts(_seen(words, cast), "mrkdwn")), verbatim=True))
    assert [child.text for child in link.children] == ["Skriv e-post"]
    return link.target


@pytest.mark.parametrize("kind", CASTS)
def test_it_stands_in_the_text_where_slack_documents_it_and_in_no_button(
    words: Words, kind: str
) -> None:
    seen = _seen(words, CASTS[kind])
    assert _url(words, CASTS[kind]).startswith("mailto:")
    assert set(buttons(seen)) == {"Vis koden", "Jeg har sendt den"}
    assert not any("url" in button for button in buttons(seen).values())


def test_it_is_addressed_and_polite(words: Words) -> None:
    url = urlsplit(_url(words, ORDINARY))
    query = parse_qs(url.query)
    assert (url.scheme, url.path) == ("mailto", "kari@example.no")
    assert query["subject"] == ["Godkjenningskode fra Fjellvettringene"]
    assert query["body"][0].startswith("Hei, Kari\r\n\r\n")
    assert "gyldig til mandag 9. november 2026" in query["body"][0]


def test_spaces_and_lines_are_encoded_as_mail_programs_read_them(words: Words) -> None:
    url = _url(words, ORDINARY)
    assert "+" not in url
    assert " " not in url
    assert "%0D%0A" in url
    assert url.isascii()


def test_what_was_typed_cannot_add_recipients_or_fields(words: Words) -> None:
    url = urlsplit(_url(words, HOSTILE))
    assert unquote(url.path) == HOSTILE.email
    assert url.path.count("?") == 0
    assert set(parse_qs(url.query)) == {"subject", "body"}
    assert HOSTILE.first_name in parse_qs(url.query)["body"][0]


@pytest.mark.parametrize("kind", CASTS)
def test_it_holds_no_code(words: Words, kind: str) -> None:
    url = _url(words, CASTS[kind])
    assert CODE_TEXT not in unquote(url)
    assert CODE_TEXT[:2] not in urlsplit(url).query


def test_an_address_alone_is_better_than_a_link_that_slack_refuses(words: Words) -> None:
    long = Cast("🎈" * 60, "x", "ø@example.no", "", "", "🎈" * 250, "")
    assert _url(words, long) == "mailto:%C3%B8@example.no"
