"""Each sentence as a reader meets it: easy to read, right in number, in the words agreed on."""

import re
from datetime import timedelta
from io import BytesIO
from statistics import median

import pytest
from babel.messages.pofile import read_po
from msgspec.structs import replace

from handlers.locked_out import LIMITS
from storage.records import Topic
from templates import answers
from templates.locked_out import strangers_locked_out
from templates.partner_answers import ENGLISH
from templates.words import CATALOGUES, Words
from tests.unit.templates.cast import ORDINARY
from tests.unit.templates.lix import lix, sentences
from tests.unit.templates.reading import whole_text
from tests.unit.templates.screens import ALL_SCREENS, Seen
from tests.unit.templates.table import readers

HARDEST, TYPICAL = 38, 25
"""Of LIX: what an official letter reads like, and what a newspaper does."""

LONGEST_SENTENCE = 20
"""In words."""

POT = CATALOGUES / "messages.pot"

SCREENS = [screen for screen in ALL_SCREENS if screen.cast is ORDINARY]

NOT_OUR_WORDS = (
    # Whom nobody finds, what nobody may, what is said otherwise elsewhere: each once stood here.
    "den som drifter boten",
    "Kontakt TechSoup Norge",
    "Bare en kontoholder kan",
    "Kontoholder er ",
    "Kontoholder er spurt",
    "er spurt om å",
    "Spør kontoholderen om å",
    "Spurt av",
    "Den som spurte",
    "i Meldinger",
    "lever videre",
    "skriv navn og e-post",
    "du kan ikke angre",
    "galt hos oss",
    "Vi fant",
    "spør etter den",
    "både nå og senere",
    "denne personen.\n@",
    "driver boten",
    "tjenesteleverandør",
    "trenger ikke å",
    " alt registrert",
    "alt er brukt",
    "Et av tallene",
    "Med den får",
    "på 24 timer",
    "hos dem. Det kan",
    "nøkkelen deres",
    "trykker",
    "legger inn den nye",
)

WHERE_IT_IS_SO = "Er|Fyller|Får|Har|Haster|Hjelper|Sier|Skal|Skjer|Står|Trenger"
TO_BE_DONE = "be|bruk|prøv|se|si|sjekk|skriv|snakk|spør|velg"
BARE_COMMAND = re.compile(rf"\b({WHERE_IT_IS_SO}) [^.?!]*, ({TO_BE_DONE})\b(?! (du|dere)\b)")
"""What to do where something is so: it is said as what the reader can do, and not as an order."""

WRITTEN = [
    text
    for catalogue in (POT, ENGLISH)
    for message in read_po(BytesIO(catalogue.read_bytes()))
    for text in ([message.id] if isinstance(message.id, str) else message.id)
]
"""All texts, on a screen or not, as they are written."""


def prose_of(seen: Seen) -> str:
    """What is read as sentences: no headings, no facts in tables, nothing that was typed."""
    sections = [block for block in seen.blocks if block["type"] == "section" and "text" in block]
    texts = [section["text"] for section in sections]
    return "\n".join(text["text"] for text in texts if text["type"] == "mrkdwn")


def test_every_text_is_easy_to_read(words: Words) -> None:
    found = {screen.name: prose_of(screen.seen(words)) for screen in SCREENS}
    hardness = {name: lix(prose) for name, prose in found.items() if prose.strip()}
    hard = {name: (round(how), found[name]) for name, how in hardness.items() if how > HARDEST}
    assert hard == {}
    assert median(hardness.values()) <= TYPICAL


def test_no_sentence_is_long(words: Words) -> None:
    found = {
        " ".join(sentence)
        for screen in SCREENS
        for sentence in sentences(prose_of(screen.seen(words)))
        if len(sentence) > LONGEST_SENTENCE
    }
    assert found == set()


def test_hardness_is_counted_as_it_always_was() -> None:
    assert lix("Ola går. Kari representerer organisasjonen.") == pytest.approx(5 / 2 + 100 * 2 / 5)
    assert sentences("<@U1> går.\nNå!") == [["Navn", "går"], ["Nå"]]


def test_nothing_is_said_in_words_that_were_given_up(words: Words) -> None:
    for screen in SCREENS:
        read = whole_text(screen.seen(words))
        assert [word for word in NOT_OUR_WORDS if word in read] == [], screen.name


def test_nothing_is_written_in_words_that_were_given_up() -> None:
    assert [(word, text) for text in WRITTEN for word in NOT_OUR_WORDS if word in text] == []


def test_what_can_be_done_where_something_is_so_is_no_order() -> None:
    assert [text for text in WRITTEN if BARE_COMMAND.search(text)] == []
    assert BARE_COMMAND.search("Skjer det igjen, snakk med partneren.")


def test_how_often_is_said_as_people_say_it(words: Words) -> None:
    for hours, said in ((1, "i timen"), (6, "på 6 timer"), (24, "i døgnet")):
        limits = replace(LIMITS, told_every=timedelta(hours=hours))
        message = strangers_locked_out(words, limits, "partner")
        assert f"høyst én gang {said}," in str(message.blocks)


def test_one_is_one_and_several_are_several(words: Words) -> None:
    several = re.compile(r"kontoholderen er <@\w+>(,| og )", re.IGNORECASE)
    one = re.compile(r"kontoholderne er <@\w+>\.", re.IGNORECASE)
    counted = re.compile(r"(?<!\d)1 (dager|koder|meldinger|forespørsler|eksempler)\b")
    for screen in SCREENS:
        read = whole_text(screen.seen(words))
        for wrong in (several, one, counted):
            assert not wrong.search(read), screen.name


@pytest.mark.parametrize("topic", Topic)
def test_no_answer_opens_with_a_bare_yes_or_no(words: Words, topic: Topic) -> None:
    """That a question beside it would turn into bad advice."""
    for name, seen in readers(ORDINARY).items():
        assert not re.match(r"(ja|nei)\b", answers.text(words, topic, seen), re.IGNORECASE), name


def test_whoever_runs_the_bot_is_called_by_name_where_that_is_known(words: Words) -> None:
    named = words.naming("Siri i styret & co", timedelta(days=100))
    template = "refusals/organisation_not_approved"
    assert "Spør Siri i styret &amp; co hvorfor" in named.prose(template, suspended=True)
    assert "Spør Siri i styret & co hvorfor" in named.plain_prose(template, suspended=True)
    assert "den ansvarlige for boten" in words.prose(template, suspended=True)
