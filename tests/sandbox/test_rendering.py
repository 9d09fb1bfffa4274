"""What texts look like to the person who reads them."""

import pytest

from bot.trial.sandbox.rendering import shown_mrkdwn, shown_rich_text, shown_text

NAMES = {"U1": "Kari Nordmann", "C1": "styret"}


def named(some_id: str) -> str:
    return NAMES.get(some_id, some_id)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("*bold* _italic_ ~gone~", "bold italic gone"),
        ("*bold and _italic_*", "bold and italic"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("* not bold *", "* not bold *"),
        ("`*code*` stays", "*code* stays"),
        ("```a *b* &lt;c&gt;```", "a *b* <c>"),
        ("hei <@U1>, se <#C1> og <#C2|annet>", "hei @Kari Nordmann, se #styret og #annet"),
        ("*<@U1>*", "@Kari Nordmann"),
        ("<https://x.no/a_b_c|her> og <https://x.no/a_b_c>", "her og https://x.no/a_b_c"),
        ("<mailto:a_b@x.no|skriv> <mailto:a_b@x.no>", "skriv a_b@x.no"),
        ("<!channel> <!here|here>", "@channel here"),
        ("<!date^1392734382^{date}|18. februar>", "18. februar"),
        ("&lt;b&gt; &amp; &amp;lt;", "<b> & &lt;"),
        (":tada: *ja*", ":tada: ja"),
        ("> sitat", "sitat"),
        ("Koden din er *klar*.", "Koden din er klar."),
    ],
)
def test_mrkdwn_is_seen_without_its_marks(written: str, seen: str) -> None:
    assert shown_mrkdwn(written, named) == seen


def test_plain_text_is_seen_as_it_was_typed() -> None:
    typed = {"type": "plain_text", "text": "*Kari* <@U1> &amp;"}

    assert shown_text(typed, named) == "*Kari* <@U1> &amp;"


def test_rich_text_is_seen_line_by_line() -> None:
    section = {
        "type": "rich_text_section",
        "elements": [
            {"type": "text", "text": "hei "},
            {"type": "user", "user_id": "U1"},
            {"type": "emoji", "name": "wave"},
        ],
    }
    block = {"type": "rich_text", "elements": [section, section]}

    assert shown_rich_text(block, named) == "hei @Kari Nordmann:wave:\nhei @Kari Nordmann:wave:"
