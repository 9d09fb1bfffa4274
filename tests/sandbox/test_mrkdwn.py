"""Slack's texts as trees: what each piece is, whatever was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.trial.sandbox.mrkdwn import Node, escaped, parsed, parsed_rich_text
from bot.trial.sandbox.rendering import shown


def outline(node: Node) -> str:
    """The tree on one line."""
    inner = ",".join(outline(child) for child in node.children)
    leaf = "|".join(part for part in (node.text, node.target) if part)
    return node.kind + (f"[{leaf}]" if leaf else "") + (f"({inner})" if inner else "")


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ("hei", "lines(text[hei])"),
        ("*fet* og _skrå_", "lines(bold(text[fet]),text[ og ],italic(text[skrå]))"),
        ("*_begge_* ~nei~", "lines(bold(italic(text[begge])),text[ ],strike(text[nei]))"),
        ("`*kode*`", "lines(code[*kode*])"),
        ("```a\n*b*```", "lines(preformatted[a\n*b*])"),
        ("a\n&gt; b\n> c\nd", "lines(text[a]),quote(text[b\nc]),lines(text[d])"),
        ("• en\n• *to*", "list(item(text[en]),item(bold(text[to])))"),
        ("- en", "lines(text[- en])"),
        ("<https://x.no/a_b|*her*>", "lines(link[https://x.no/a_b](text[*her*]))"),
        ("se https://x.no/a_b_c.", "lines(text[se ],link[https://x.no/a_b_c](text[https://x.no/a_b_c]),text[.])"),
        ("<mailto:a@x.no>", "lines(link[mailto:a@x.no](text[a@x.no]))"),
        ("<@U1> <@U1|Kari> <#C1>", "lines(user[U1],text[ ],user[Kari|U1],text[ ],channel[C1])"),
        ("<!here> <!subteam^S1|@styret>", "lines(broadcast[here],text[ ],group[@styret|S1])"),
        ("<!date^1^{date}^https://x.no|1970>", "lines(date[1970|1^{date}^https://x.no])"),
        (":tada: kl. 10:30:45", "lines(emoji[tada],text[ kl. 10:30:45])"),
        ("&lt;b&gt;", "lines(text[<b>])"),
        ("<https://x.no|se `kode`>", "lines(link[https://x.no](text[se kode]))"),
        ("&lt;https://x.no&gt;", "lines(text[<],link[https://x.no](text[https://x.no]),text[>])"),
        ("https://x.no/?a=1&amp;b=2", "lines(link[https://x.no/?a=1&b=2](text[https://x.no/?a=1&b=2]))"),
    ],
)  # fmt: skip
def test_each_piece_is_what_it_is(written: str, tree: str) -> None:
    assert outline(parsed(written)) == f"root({tree})"


def test_verbatim_text_makes_no_links_of_its_own() -> None:
    assert outline(parsed("https://x.no", verbatim=True)) == "root(lines(text[https://x.no]))"


@settings(deadline=None)
@given(st.text())
def test_escaped_text_without_marks_is_shown_as_it_was_typed(typed: str) -> None:
    plain = "".join(
        c for c in typed if c not in "*_~`:•◦▪>" and not "\U000f0000" <= c <= "\U000ffffd"
    )
    assert shown(parsed(escaped(plain)), str) == plain


@settings(deadline=None)
@given(st.text(alphabet="*_~`<>|@#!^:•&;ab \n\U000f0000\U000f0001"))
def test_whatever_is_typed_is_parsed(typed: str) -> None:
    shown(parsed(typed), str)
    shown(parsed(escaped(typed)), str)


def test_thousands_of_marks_are_no_deeper_than_a_few() -> None:
    text = "*a* :tada: <@U1> " * 2_000
    assert len(parsed(text).children[0].children) > 5_000


def test_rich_text_makes_the_same_trees() -> None:
    block = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [
                {"type": "text", "text": "hei ", "style": {"bold": True}},
                {"type": "link", "url": "https://x.no"},
                {"type": "text", "text": "kode", "style": {"code": True}},
                {"type": "link", "url": "https://y.no", "style": {"code": True}},
            ]},
            {"type": "rich_text_list", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]},
            ]},
            {"type": "rich_text_preformatted", "elements": [
                {"type": "text", "text": "a "}, {"type": "link", "url": "https://z.no"}]},
            {"type": "rich_text_quote", "elements": [{"type": "emoji", "name": "wave"}]},
        ],
    }  # fmt: skip
    assert outline(parsed_rich_text(block)) == (
        "root(lines(bold(text[hei ]),link[https://x.no](text[https://x.no]),code[kode],link[https://y.no](code[https://y.no])),"
        "list(item(user[U1])),preformatted[a https://z.no],quote(emoji[wave]))"
    )
