"""Nothing that anybody types, and nothing a bot sends, becomes HTML of its own."""
# ruff: noqa: E501 - a row of a table reads best as one line

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.trial.room.markup import Writer, address
from bot.trial.sandbox.records import Json
from templates.words import Words
from tests.conftest import START
from tests.unit.room.reading import read

ALLOWED: dict[str, set[str]] = {
    "a": {"href", "target", "rel"},
    "span": {"class"},
    "time": {"datetime"},
    **{tag: set() for tag in ("strong", "em", "s", "code", "pre", "blockquote", "ul", "li", "div")},
}
PIECES = [
    "<", ">", "&", '"', "'", "=", "*", "_", "~", "`", "```", "|", "^", "!", "@", "#", ":", "\n",
    " ", "/", "javascript:", "https://", "data:", "mailto:", "<@U1>", "<!date^1^", "onerror", "img",
    "script", "&lt;", "&amp;", "a", "å", "• ", "&gt; ", "\U000f0000", "\x00", "{", "}", "%s",
]  # fmt: skip
odd_texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text()

writer = Writer(Words.of("nb"), lambda some_id: f"<b>{some_id}</b>", "U1", START)


def is_harmless(html: str) -> None:
    for tag, attributes in read(html).elements:
        assert tag in ALLOWED, tag
        assert set(attributes) <= ALLOWED[tag], attributes
        href = attributes.get("href")
        assert href is None or href.lower().startswith(("http:", "https:", "mailto:", "tel:"))


@settings(deadline=None)
@given(odd_texts)
def test_no_text_becomes_markup(typed: str) -> None:
    is_harmless(writer.mrkdwn(typed))
    is_harmless(writer.mrkdwn(typed, verbatim=True))
    is_harmless(writer.text(typed))
    is_harmless(writer.text({"type": "plain_text", "text": typed}))


@settings(deadline=None)
@given(odd_texts, odd_texts)
def test_no_rich_text_becomes_markup(typed: str, other: str) -> None:
    parts: list[Json] = [
        {"type": "text", "text": typed, "style": {"bold": True, "code": other == ""}},
        {"type": "link", "url": typed, "text": other},
        {"type": "user", "user_id": typed},
        {"type": "emoji", "name": other},
        {"type": "date", "timestamp": 1, "format": typed, "fallback": other},
    ]
    kinds = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
    elements = [{"type": kind, "elements": parts} for kind in kinds]
    elements.append({"type": "rich_text_list", "elements": elements[:1]})
    is_harmless(writer.rich_text({"type": "rich_text", "elements": elements}))


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("*fet* & _skrå_", "<div><strong>fet</strong> &amp; <em>skrå</em></div>"),
        ("~nei~ `x<y`", "<div><s>nei</s> <code>x&lt;y</code></div>"),
        ("> sitat", "<blockquote>sitat</blockquote>"),
        ("• en\n• to", "<ul><li>en</li><li>to</li></ul>"),
        (":wave:", "<div>👋</div>"),
        (":finnes_ikke:", "<div>:finnes_ikke:</div>"),
        ("<@U1|Kari> <@U2|Ola>", '<div><span class="mention own">@Kari</span> <span class="mention">@Ola</span></div>'),
        ("<!channel>", '<div><span class="mention">@channel</span></div>'),
        ("<javascript:alert(1)|her>", "<div>her</div>"),
        ("<https://x.no|her>", '<div><a href="https://x.no" target="_blank" rel="noopener noreferrer">her</a></div>'),
        ("<!date^1772366400^{date_long} {time}|x>", '<div><time datetime="2026-03-01T12:00:00+00:00">søndag 1. mars 2026 13.00</time></div>'),
        ("<!date^1772366400^{date_pretty}|x>", '<div><time datetime="2026-03-01T12:00:00+00:00">i dag</time></div>'),
        ("<!date^99999999999999^{date}|i fjor>", "<div>i fjor</div>"),
    ],
)  # fmt: skip
def test_a_text_is_written_as_slack_shows_it(written: str, html: str) -> None:
    assert writer.mrkdwn(written) == html


@pytest.mark.parametrize(
    ("days", "name"), [(0, "i dag"), (1, "i morgen"), (-1, "i går"), (2, "3. mars 2026")]
)
def test_a_pretty_date_has_a_name_where_there_is_one(days: int, name: str) -> None:
    seconds = int((START + timedelta(days=days)).timestamp())
    assert name in writer.mrkdwn(f"<!date^{seconds}^{{date_pretty}}|x>")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "http://[", "x", ""])
def test_an_address_that_must_not_be_followed_is_none(url: str) -> None:
    assert address(url) is None
