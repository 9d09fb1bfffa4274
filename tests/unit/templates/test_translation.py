"""Every text can be translated: proved by a language in which each text is ⟦marked⟧."""

import re
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from templates.problems import Problem, problem_text
from templates.words import CATALOGUES, HERE, Words, in_notification
from tests.unit.templates.cast import CODE_TEXT, DAY, NOW, ORDINARY, Cast
from tests.unit.templates.locked_out_screens import COMMAND
from tests.unit.templates.reading import MAIL_LINK, on_screen
from tests.unit.templates.screens import ALL_SCREENS, Seen, explanations

LANGUAGE = "en_GB"
POT = CATALOGUES / "messages.pot"
PLACEHOLDER = re.compile(r"(%\(\w+\)[sd])")
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
MENTIONS = re.compile(r"<@U0[A-Z]+>( and <@U0[A-Z]+>)?")  # "and" is the locale's, by Babel
EXAMPLES = tuple(f"123a4567@{name}" for name in ("MyNGOname", "RodeKors", "Fjellvettringene"))
LIST_NUMBER = re.compile(r"^\d\. ")
WORD = re.compile(r"[^\W\d_]+")


def _marked(text: str) -> str:
    """Marks each piece of ours and leaves what is put in between outside the marks. A title has
    room for 24 characters: of one that takes all of it, two make room."""
    if 22 < len(text) <= 24 and not PLACEHOLDER.search(text):
        text = text[1:-1]
    return "⟦" + PLACEHOLDER.sub(r"⟧\1⟦", text) + "⟧"


@pytest.fixture(scope="module")
def marked_words(tmp_path_factory: pytest.TempPathFactory) -> Words:
    folder = tmp_path_factory.mktemp("locale")
    path = folder / LANGUAGE / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    catalogue = Catalog(LANGUAGE)
    with POT.open("rb") as file:
        for message in read_po(file):
            if message.id:
                forms = [message.id] if isinstance(message.id, str) else message.id
                marked = tuple(_marked(form) for form in forms)
                catalogue.add(message.id, marked if len(marked) > 1 else marked[0])
    with path.open("wb") as file:
        write_po(file, catalogue)
    return Words.read(LANGUAGE, folder)


DATES = {format_date((NOW + number * DAY).date(), "full", LANGUAGE) for number in range(-130, 130)}

DATES |= {
    format_date(date(2026, month, 1), form, LANGUAGE)
    for month in range(1, 13)
    for form in ("MMMM yyyy", "MMM yy")
}


@cache
def _left(text: str, cast: Cast) -> list[str]:
    """The words of a text that no translator has had in hand: of one that stands on many screens,
    once."""
    text = MENTIONS.sub("", MARKED.sub("", text))
    for known in _known(cast):
        text = text.replace(known, "")
    return WORD.findall(text)


@cache
def _known(cast: Cast) -> tuple[str, ...]:
    """What is not ours to translate, as it is and as it stands in a notification."""
    typed = sorted(cast.typed, key=len, reverse=True)
    known = (
        *sorted(DATES, key=len, reverse=True),
        *EXAMPLES,
        *typed,
        CODE_TEXT,
        CODE_TEXT[:2],
        COMMAND,
        "mailto",
    )
    return tuple(form for text in known for form in dict.fromkeys((text, in_notification(text))))


def _all_texts(seen: Seen) -> list[str]:
    """With those of a mail to be, which stand in the address of a link."""
    shown = on_screen(seen)
    urls = [unquote(link[1]) for text in shown for link in MAIL_LINK.finditer(text)]
    mails = [re.split(r"[?&](?:amp;)?(?:subject|body)=", url) for url in urls]
    return [*(MAIL_LINK.sub(r"\2", text) for text in shown), *(t for mail in mails for t in mail)]


def test_every_word_on_every_screen_is_translated(marked_words: Words) -> None:
    cast = ORDINARY
    for screen in ALL_SCREENS:
        if screen.cast is cast:
            for text in _all_texts(screen.seen(marked_words)):
                assert _left(text, cast) == [], (screen.name, text)


def test_every_word_beside_a_field_is_translated(marked_words: Words) -> None:
    cast = ORDINARY
    for name, explained in explanations(cast):
        assert _left(explained(marked_words).plain, cast) == [], name
    for problem in Problem:
        assert _left(problem_text(marked_words, problem), cast) == [], problem


def test_the_marked_language_is_read_from_its_catalogue(marked_words: Words) -> None:
    assert marked_words.language == LANGUAGE
    assert marked_words.days(1) == "⟦⟧1⟦ dag⟧"
    assert marked_words.days(3) == "⟦⟧3⟦ dager⟧"
    assert marked_words.date(NOW) == "Thursday, 24 September 2026"


def test_no_text_types_a_number_that_a_rule_or_a_limit_makes() -> None:
    ways = [("**.py", "python"), ("**.j2", "jinja2")]
    for path, line, message, *_ in extract_from_dir(HERE, ways):
        for text in [message] if isinstance(message, str) else message:
            typed = LIST_NUMBER.sub("", text.replace(EXAMPLES[0], ""))
            assert not re.search(r"\d", typed), (path, line, text)


def test_the_template_of_all_texts_is_up_to_date(tmp_path: Path) -> None:
    """When it fails: `make messages`."""
    fresh = tmp_path / "messages.pot"
    options = ["--no-location", "--sort-output", "--omit-header", "-F", "templates/babel.cfg"]
    subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", "extract", *options, "-o", fresh, "."],
        check=True,
        capture_output=True,
        cwd=HERE.parent,
    )
    assert fresh.read_text() == POT.read_text()
