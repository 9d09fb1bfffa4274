"""The ten answers: what each must tell (`domain.md`), who is told what, and how long they are."""

import re
from collections.abc import Iterator

import pytest

from storage.keys import CODE_FORMAT
from storage.records import CODE_LIFETIME, NOTICE_DAYS, Topic
from storage.scrubbing import EXAMPLE
from templates import answers, notices
from templates.answers import Situation
from templates.topics import related, titles
from templates.words import Words
from tests.unit.templates.cast import HOLDERS, ORDINARY
from tests.unit.templates.faq_screens import QUESTION_ID, SHORT_NAME, readers
from tests.unit.templates.reading import buttons, parts
from tests.unit.templates.screens import Seen

LONGEST = 120
"""Words that are read on a phone without scrolling on and on."""

READERS = readers(ORDINARY)
LIFETIME = f"{CODE_LIFETIME.days} dager"

FACTS: dict[str, list[str]] = {
    # Rules 1 to 13 and the table of topics: what the answer holds, whoever reads it.
    "what": ["unik", "én person", "på vegne av organisasjonen", "godkjent av TechSoup Norge",
             "Første gang", "gyldig bruker"],
    "looks": [EXAMPLE, "åtte bokstaver og tall", "krøllalfa", "bare bokstaver og tall"],
    "get": [],
    "after": ["der leverandøren spør etter den",
              "frivillige organisasjoner, bedrifter og stiftelser", "TechSoup Norge"],
    "reuse": ["én gang", "Noen spør flere ganger", "flere produkter", "går ut"],
    "expiry": [LIFETIME, "fra den blir laget", "fortsetter å virke"],
    "expired": ["Bare kontoholderen", LIFETIME, "erstatter den gamle", "samme person",
                "Også en kode som er gått ut, kan oppdateres"],
    "how_many": ["ingen grense", "representasjonsmyndighet"],
    "why_new": ["nytt produkt", "Den gamle lever videre", "ut før den ble brukt",
                "erstatter den nye koden den gamle"],
    "several_people": ["Alle", "representasjonsmyndighet", "hver sin kode", LIFETIME,
                       "lage den når den skal brukes"],
}  # fmt: skip

FIRST: dict[tuple[str, str], str] = {
    # What this reader of this answer is told first, and may do at once.
    ("get", "member"): "Velg Be om godkjenningskode. Forespørselen går til <@U0HOLDER>",
    ("get", "waiting"): "Du har bedt om en kode. Forespørselen ligger hos <@U0HOLDER>",
    ("get", "valid"): "Du har en kode som er gyldig til",
    ("get", "holder"): "Du er kontoholder. Velg Ny godkjenningskode",
    ("get", "holder-techsoup"): "Du er kontoholder. Lag koden hos TechSoup",
    ("get", "everybody"): "Skriv `/godkjenningskode`",
    ("get", "member-unapproved"): "Organisasjonen er ikke godkjent ennå. Fullfør registreringen",
    ("get", "member-suspended"): "Organisasjonen kan ikke lage koder nå",
    ("get", "member-nobody"): "Organisasjonen har ingen kontoholder ennå",
    ("after", "valid"): "Velg Vis koden",
    ("after", "expired"): "Koden er gått ut. Velg Oppdater koden",
    ("after", "refresh-asked"): "Koden er gått ut, og kontoholderen er spurt",
    ("after", "valid-unapproved"): "Organisasjonen er ikke godkjent ennå",
    ("after", "waiting"): "Koden er ikke laget ennå. Jeg sier fra",
    ("looks", "valid"): "Velg Vis koden",
    ("looks", "member"): "En godkjenningskode ser slik ut",
    ("reuse", "valid"): "Ja, du kan bruke koden din til flere produkter",
    ("expired", "member"): "Jeg finner ingen utgått kode som er din. Be <@U0HOLDER>",
    ("expired", "expired"): "Velg Oppdater koden. Da spør jeg <@U0HOLDER>",
    ("expired", "refresh-asked"): "Kontoholderen er spurt",
    ("expired", "holder"): "Ingen av kodene er gått ut",
    ("expired", "holder-expired"): "Velg Oppdater koden ved koden det gjelder",
    ("expired", "expired-unapproved"): "Organisasjonen er ikke godkjent ennå",
    ("how_many", "member-unapproved"): "Organisasjonen er ikke godkjent ennå",
}


def _seen(words: Words, topic: str, situation: Situation) -> Seen:
    said = notices.answer(words, topic, situation, others=related(topic), question_id=QUESTION_ID)
    return Seen(None, said.text, said.blocks)


def _everything() -> Iterator[tuple[str, str, Situation]]:
    for topic in Topic:
        for name, situation in READERS.items():
            yield topic, name, situation


def _before_the_buttons(seen: Seen) -> str:
    """All that is read from the top to where one can do something else."""
    read = []
    for block in seen.blocks:
        if block["type"] in ("actions", "context_actions"):
            break
        read.append(block["text"]["text"])
    return "\n".join(read)


@pytest.mark.parametrize("topic", Topic)
def test_an_answer_tells_what_the_domain_says(words: Words, topic: Topic) -> None:
    blocked = {name for name, each in READERS.items() if each.is_blocked}
    for name in READERS.keys() - blocked:
        told = answers.text(words, topic, READERS[name])
        assert [fact for fact in FACTS[topic] if fact not in told] == [], name


def test_an_account_holder_is_told_how_codes_are_made_and_for_whom(words: Words) -> None:
    for name in ("holder", "holder-expired", "holder-techsoup"):
        told = answers.text(words, "get", READERS[name])
        for fact in (
            "«Legg til ny godkjenningskode»",
            "navn og e-post",
            "Lag aldri en kode til noen som mangler representasjonsmyndighet",
            "Er koden til deg, kopierer du den og limer den inn",
            "Er den til en annen, blir den sendt",
        ):
            assert fact in told, name
        assert "«Oppdater godkjenningskode»" in answers.text(words, "expired", READERS[name])


def test_others_are_told_that_it_takes_authority(words: Words) -> None:
    for name in ("member", "waiting", "valid", "expired", "everybody"):
        told = answers.text(words, "get", READERS[name])
        assert "må du ha representasjonsmyndighet" in told, name
        assert "Legg til ny" not in told, name


@pytest.mark.parametrize(("topic", "reader"), FIRST)
def test_who_asks_is_told_first_what_they_need(words: Words, topic: str, reader: str) -> None:
    assert answers.text(words, topic, READERS[reader]).startswith(FIRST[topic, reader])


def test_an_example_of_a_code_is_one(words: Words) -> None:
    told = answers.text(words, "looks", READERS["member"])
    assert [found for found in re.findall(r"`([^`]+)`", told) if CODE_FORMAT.fullmatch(found)] == [
        EXAMPLE
    ]
    assert f"`@{SHORT_NAME}`" in told
    assert SHORT_NAME not in answers.text(words, "looks", READERS["member-techsoup"])


def test_the_days_of_the_notices_are_told(words: Words) -> None:
    *first, last = map(str, NOTICE_DAYS)
    told = answers.text(words, "expiry", READERS["member"])
    assert f"Jeg sier fra {', '.join(first)} og {last} dag før" in told


def test_every_answer_can_be_read_on_a_phone(words: Words) -> None:
    for topic, name, situation in _everything():
        count = len(_before_the_buttons(_seen(words, topic, situation)).split())
        assert count < LONGEST, (topic, name, count)


def test_in_public_nobody_is_named_or_shown(words: Words) -> None:
    for topic in Topic:
        seen = _seen(words, topic, READERS["everybody"])
        assert "<@" not in str(seen.whole), topic
        assert not {"Vis koden", "Oppdater koden", "Mine koder"} & buttons(seen).keys(), topic


def test_my_codes_with_dates_and_days_left(words: Words) -> None:
    told = _before_the_buttons(_seen(words, "expiry", READERS["both"]))
    assert (
        "qx••• Kontorpakke til styret\nGyldig til: mandag 9. november 2026 (46 dager igjen)" in told
    )
    assert "Gikk ut: mandag 21. september 2026" in told
    assert told.index("qx•••") < told.index(LIFETIME), "one's own come first"


@pytest.mark.parametrize(
    ("topic", "reader", "label", "count"),
    [
        ("after", "valid", "Vis koden", 1),
        ("looks", "valid", "Vis koden", 1),
        ("expiry", "valid", "Vis koden", 1),
        ("expired", "expired", "Oppdater koden", 2),
        ("after", "expired", "Oppdater koden", 2),
        ("expired", "holder-expired", "Oppdater koden", 3),
        ("expired", "refresh-asked", "Oppdater koden", 0),
        ("expired", "expired-unapproved", "Oppdater koden", 0),
        ("expiry", "valid-unapproved", "Vis koden", 0),
        ("expiry", "many", "Vis koden", 3),
        ("get", "member", "Be om godkjenningskode", 1),
        ("get", "holder", "Ny godkjenningskode", 1),
        ("get", "member-nobody", "Be om godkjenningskode", 0),
        ("get", "member-unapproved", "Be om godkjenningskode", 0),
    ],
)
def test_what_can_be_done_at_once(
    words: Words, topic: str, reader: str, label: str, count: int
) -> None:
    seen = _seen(words, topic, READERS[reader])
    found = [
        part
        for part in parts(seen.blocks)
        if part.get("type") == "button" and part["text"]["text"] == label
    ]
    assert len(found) == count
    if label in ("Vis koden", "Oppdater koden"):
        assert all(button["value"].startswith("01CODE") for button in found)


LABELS = (
    "Vis koden",
    "Oppdater koden",
    "Mine koder",
    "Organisasjonens koder",
    "Be om godkjenningskode",
    "Ny godkjenningskode",
)


def test_every_button_that_is_spoken_of_is_there(words: Words) -> None:
    for topic, name, situation in _everything():
        seen = _seen(words, topic, situation)
        told = re.sub(r"«[^»]*»", "", _before_the_buttons(seen))
        spoken_of = {label for label in LABELS if re.search(rf"\b{label}\b", told)}
        assert spoken_of <= buttons(seen).keys(), (topic, name)


def test_more_codes_than_fit_are_a_click_away(words: Words) -> None:
    assert "Mine koder" in buttons(_seen(words, "expiry", READERS["many"]))
    assert "Mine koder" not in buttons(_seen(words, "expiry", READERS["valid"]))
    assert "Organisasjonens koder" in buttons(_seen(words, "expired", READERS["holder"]))


def test_the_way_on_and_the_way_to_say_whether_it_helped(words: Words) -> None:
    seen = _seen(words, "expiry", READERS["member"])
    named = titles(words)
    for topic in related("expiry"):
        assert buttons(seen)[named[topic]]["value"] == QUESTION_ID
    feedback = seen.blocks[-1]["elements"][0]
    assert feedback["type"] == "feedback_buttons"
    assert feedback["positive_button"]["value"] == f"{QUESTION_ID}:expiry:up"
    assert feedback["negative_button"]["value"] == f"{QUESTION_ID}:expiry:down"


def test_a_title_fits_on_a_button(words: Words) -> None:
    assert set(titles(words)) == set(Topic)
    assert max(len(title) for title in titles(words).values()) <= 30


def test_answers_are_addressed_to_nobody_who_cannot_help(words: Words) -> None:
    for topic, name, situation in _everything():
        if not situation.holders:
            told = answers.text(words, topic, situation)
            assert not set(HOLDERS) & set(re.findall(r"<@(\w+)>", told)), (topic, name)
            assert "  " not in told, (topic, name)
            assert not re.search(r"\b(?:Be|hos|spør jeg|går til) +[.,o]", told), (topic, name)
