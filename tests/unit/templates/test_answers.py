"""The answers: what each must tell (`RULES.md`), who is told what, and how long they are."""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from storage.keys import CODE_FORMAT
from storage.records import CODE_LIFETIME, NOTICE_DAYS, Topic
from storage.scrubbing import EXAMPLE
from templates import answers
from templates.situation import Situation
from templates.topics import related, titles
from templates.words import Words
from tests.unit.templates.cast import HOLDERS, ORDINARY, SHORT_NAME
from tests.unit.templates.reading import buttons, on_screen, parts
from tests.unit.templates.screens import Seen
from tests.unit.templates.table import QUESTION_ID, readers

LONGEST = 120
"""Words that are read on a phone without scrolling on and on."""

READERS = readers(ORDINARY)
LIFETIME = f"{CODE_LIFETIME.days} dager"

FACTS: dict[Topic, list[str]] = {
    # Rules 1 to 13 and the table of topics: what the answer holds, whoever reads it.
    Topic.WHAT: ["unik", "én person", "på vegne av organisasjonen", "godkjent av TechSoup Norge",
             "Første gang", "gyldig bruker"],
    Topic.LOOKS: [EXAMPLE, "åtte bokstaver og tall", "krøllalfa", "bare bokstaver og tall"],
    Topic.GET: [],
    Topic.AFTER: ["der leverandøren ber om den",
              "frivillige organisasjoner. De kommer fra bedrifter og stiftelser", "TechSoup Norge"],
    Topic.REUSE: ["én gang", "Noen ber om den flere ganger", "flere produkter", "går ut"],
    Topic.EXPIRY: [LIFETIME, "fra den blir laget", "fortsetter å virke"],
    Topic.EXPIRED: ["Bare kontoholdere", LIFETIME, "erstatter den gamle", "samme person",
                "Også en kode som er gått ut, kan oppdateres"],
    Topic.HOW_MANY: ["ingen grense", "representasjonsmyndighet"],
    Topic.WHY_NEW: ["nytt produkt", "Den gamle gjelder til den går ut", "ut før den ble brukt",
                "erstatter den nye koden den gamle"],
    Topic.SEVERAL_PEOPLE: ["Alle", "representasjonsmyndighet", "hver sin kode", LIFETIME,
                       "lage den når den skal brukes"],
    Topic.AUTHORITY: ["organisasjonen som helhet", "representere den utad",
                      "Styremedlem, frivillig eller ansatt", "kontoholder bekrefter",
                      "hver gang", "trekke den tilbake"],
    Topic.HOLDER: ["konto hos TechSoup Norge", "Bare kontoholdere bekrefter", "lager koder",
                   "De svarer på hvem som står der"],
    Topic.SHARE: ["én navngitt person", "på vegne av organisasjonen", "ikke deles, lånes bort",
                  "brukes privat", "IT", "sin egen", "representasjonsmyndighet"],
    Topic.TROUBLE: ["organisasjonen kravene deres, hjelper ikke en ny kode", "allerede er brukt"],
    Topic.WAITING: ["etter 30 dager"],
    Topic.LEAVING: ["skal ikke bruke koden videre", "kan ikke angres", "fortsetter å virke",
                    "mister representasjonsmyndigheten automatisk"],
    Topic.PRIVACY: ["uten navn", "90 dager", "3 år", "kryptert", "kopi", "slettet",
                    "den ansvarlige for boten"],
}  # fmt: skip

FIRST: dict[tuple[Topic, str], str] = {
    # What this reader of this answer is told first, and may do at once.
    (Topic.GET, "member"): "Velg Be om godkjenningskode. Forespørselen går til <@U0HOLDER>",
    (Topic.GET, "waiting"): "Du har bedt om en kode. Forespørselen ligger hos <@U0HOLDER>",
    (Topic.GET, "refresh-asked"): "Du har bedt om å få oppdatert koden. Forespørselen ligger hos",
    (
        Topic.GET,
        "waiting-for-another",
    ): "Du har bedt om en kode til <@U0OTHER>. Forespørselen ligger hos",
    (Topic.GET, "expired"): "Du har koder som er gått ut. Velg Oppdater koden",
    (Topic.GET, "many"): "Du har 6 gyldige koder.",
    (Topic.AFTER, "waiting-for-another"): "Du har bedt om en kode til <@U0OTHER>",
    (Topic.REUSE, "many"): "Du kan bruke hver av kodene dine",
    (
        Topic.REUSE,
        "expired",
    ): "Samme kode kan brukes til flere produkter helt til den går ut.\nKodene",
    (Topic.GET, "valid"): "Du har en kode som er gyldig til",
    (Topic.GET, "holder"): "Du er kontoholder. Velg Ny godkjenningskode",
    (Topic.GET, "holder-techsoup"): "Du er kontoholder. Lag koden hos TechSoup",
    (Topic.GET, "everybody"): "Velg Be om godkjenningskode, så går",
    (
        Topic.GET,
        "member-unapproved",
    ): "Organisasjonen er ikke godkjent ennå. Fullfør registreringen",
    (Topic.GET, "member-suspended"): "Organisasjonen kan ikke lage koder nå",
    (Topic.GET, "member-nobody"): "Organisasjonen har ingen kontoholder nå",
    (Topic.AFTER, "valid"): "Velg Vis koden",
    (Topic.AFTER, "expired"): "Kodene dine er gått ut. Velg Oppdater koden ved",
    (Topic.AFTER, "refresh-asked"): "Koden er gått ut, og det er bedt om at den blir oppdatert",
    (Topic.AFTER, "valid-unapproved"): "Organisasjonen er ikke godkjent ennå",
    (Topic.AFTER, "waiting"): "Koden er ikke laget ennå. Jeg sier fra",
    (Topic.LOOKS, "valid"): "Velg Vis koden",
    (Topic.LOOKS, "member"): "En godkjenningskode ser slik ut",
    (Topic.REUSE, "valid"): "Du kan bruke koden din til flere produkter",
    (Topic.EXPIRED, "member"): "Du har ingen koder som er gått ut.",
    (Topic.EXPIRED, "expired"): "Velg Oppdater koden. Da ber jeg <@U0HOLDER>",
    (Topic.EXPIRED, "refresh-asked"): "Det er bedt om at koden din blir oppdatert",
    (Topic.EXPIRED, "holder"): "Ingen av kodene er gått ut",
    (Topic.EXPIRED, "holder-others-expired"): "Velg Oppdater koden ved koden det gjelder",
    (Topic.EXPIRED, "expired-unapproved"): "Organisasjonen er ikke godkjent ennå",
    (Topic.HOW_MANY, "member-unapproved"): "Organisasjonen er ikke godkjent ennå",
    (Topic.AUTHORITY, "member"): "Har du representasjonsmyndighet, kjenner du",
    (Topic.AUTHORITY, "holder"): "Har du representasjonsmyndighet, kjenner du",
    (Topic.AUTHORITY, "everybody"): "Har du representasjonsmyndighet, kjenner du",
    (Topic.HOLDER, "member"): "Hos dere er det <@U0HOLDER> og <@U0SECOND>.",
    (Topic.HOLDER, "holder"): "Du er kontoholder. Hos dere er det",
    (Topic.HOLDER, "holder-alone"): "Du er kontoholder, den eneste i organisasjonen.",
    (Topic.HOLDER, "member-nobody"): "Organisasjonen har ingen kontoholder nå.",
    (Topic.HOLDER, "everybody"): "Kontoholderen har organisasjonens konto",
    (Topic.SHARE, "valid"): "Koden skal ikke deles, lånes bort eller brukes privat.",
    (Topic.TROUBLE, "valid"): "Koden din er gyldig. Prøv dette:",
    (Topic.TROUBLE, "expired"): "Kodene dine er gått ut. Velg Oppdater koden ved den du trenger",
    (Topic.TROUBLE, "holder-expired"): "Kodene dine er gått ut. Velg Oppdater koden ved",
    (Topic.TROUBLE, "refresh-asked"): "Koden din er gått ut, og det er bedt om",
    (Topic.TROUBLE, "withdrawn"): "<@U0HOLDER> har trukket tilbake koden din.",
    (Topic.TROUBLE, "withdrawn-unknown-by-whom"): "Koden din er trukket tilbake.",
    (Topic.TROUBLE, "replaced"): "Ikke alle kodene dine er gyldige.",
    (Topic.TROUBLE, "replaced-and-no-more"): "Koden din er erstattet av en nyere",
    (Topic.TROUBLE, "waiting"): "Koden du har bedt om, er ikke laget ennå.",
    (Topic.TROUBLE, "member"): "Du har ingen kode her.",
    (Topic.TROUBLE, "everybody"): "Velg Mine koder for å se",
    (Topic.WAITING, "waiting"): "Forespørselen din er kommet frem.",
    (Topic.WAITING, "waiting-nobody"): "Organisasjonen har ingen kontoholder nå, men",
    (Topic.WAITING, "member"): "Du har ingen forespørsel som venter på svar.",
    (Topic.WAITING, "holder"): "Velg Behandle forespørsler for å se og svare",
    (Topic.WAITING, "everybody"): "Velg Mine koder. Der ser",
    (Topic.WAITING, "waiting-suspended"): "Forespørselen din er tatt vare på.",
    (
        Topic.WAITING,
        "holder-suspended",
    ): "Velg Behandle forespørsler for å se det andre venter på. Du kan avslå, men ingen",
    (Topic.GET, "holder-suspended"): "Organisasjonen kan ikke lage koder nå",
    (Topic.LEAVING, "member"): "Den som slutter, skal ikke bruke koden videre.",
    (Topic.PRIVACY, "valid"): "Om deg har jeg navn, e-post",
    (Topic.PRIVACY, "member"): "Du har ingen koder, og ingen forespørsel som venter.",
}


def _seen(words: Words, topic: Topic, situation: Situation) -> Seen:
    said = answers.answer(words, topic, situation, others=related(topic), question_id=QUESTION_ID)
    return Seen(None, said.text, said.blocks)


@cache
def _seen_by(words: Words, topic: Topic, name: str) -> Seen:
    """Rendered once for all tests that look at everything."""
    return _seen(words, topic, READERS[name])


def _everything() -> Iterator[tuple[Topic, str, Situation]]:
    for topic in Topic:
        for name, situation in READERS.items():
            yield topic, name, situation


def _before_the_buttons(seen: Seen) -> str:
    """All that is read from the top to where one can do something else."""
    read = []
    for block in seen.blocks:
        if block["type"] in ("actions", "context_actions"):
            break
        texts = [block["text"]] if "text" in block else block["fields"]
        read += [text["text"] for text in texts]
    return "\n".join(read)


@pytest.mark.parametrize("topic", Topic)
def test_an_answer_tells_what_the_domain_says(words: Words, topic: Topic) -> None:
    blocked = {name for name, each in READERS.items() if each.is_blocked}
    for name in READERS.keys() - blocked:
        told = answers.text(words, topic, READERS[name])
        assert [fact for fact in FACTS[topic] if fact not in told] == [], name


def test_an_account_holder_is_told_how_codes_are_made_and_for_whom(words: Words) -> None:
    for name in ("holder", "holder-others-expired", "holder-techsoup"):
        told = answers.text(words, Topic.GET, READERS[name])
        for fact in (
            "«Legg til ny godkjenningskode»",
            "fornavn, etternavn",
            "Lag aldri en kode til noen som mangler representasjonsmyndighet",
            "Er koden til deg, kopierer du den og limer den inn",
            "Er den til en annen, får personen beskjed",
        ):
            assert fact in told, name
        assert "«Oppdater godkjenningskode»" in answers.text(words, Topic.EXPIRED, READERS[name])


def test_where_nobody_can_be_given_a_code_no_answer_leads_to_one(words: Words) -> None:
    promises = (
        *("lag den når", "kopierer du den og limer", "be om kode på nytt.", "blir minnet på"),
        *("velger du Oppdater koden", "Velg Oppdater koden", "Velg Be om godkjenningskode"),
        *("velger du Be om godkjenningskode", "Velg Ny godkjenningskode", "velger du Purre"),
    )
    for topic, name, seen in _everything():
        if seen.is_blocked:
            told = answers.text(words, topic, seen)
            assert [each for each in promises if each in told] == [], (topic, name)


def test_a_code_ends_by_itself_too_and_at_techsoup_where_it_is_deleted(words: Words) -> None:
    told = answers.text(words, Topic.LEAVING, READERS["holder"])
    assert "til den går ut, eller til noen trekker den tilbake" in told
    for name in ("holder-techsoup", "member-techsoup"):
        told = answers.text(words, Topic.LEAVING, READERS[name])
        assert "til noen trekker den tilbake" not in told, name
        assert "Der virker den ellers til den går ut." in told, name


def test_others_are_told_that_it_takes_authority(words: Words) -> None:
    for name in ("member", "waiting", "valid", "expired", "everybody"):
        told = answers.text(words, Topic.GET, READERS[name])
        assert "må du ha representasjonsmyndighet" in told, name
        assert "Legg til ny" not in told, name


@pytest.mark.parametrize(("topic", "reader"), FIRST)
def test_who_asks_is_told_first_what_they_need(words: Words, topic: Topic, reader: str) -> None:
    assert answers.text(words, topic, READERS[reader]).startswith(FIRST[topic, reader])


def test_an_example_of_a_code_is_one(words: Words) -> None:
    told = answers.text(words, Topic.LOOKS, READERS["member"])
    assert [found for found in re.findall(r"`([^`]+)`", told) if CODE_FORMAT.fullmatch(found)] == [
        EXAMPLE
    ]
    assert f"`@{SHORT_NAME}`" in told
    assert SHORT_NAME not in answers.text(words, Topic.LOOKS, READERS["member-techsoup"])


def test_the_days_of_the_notices_are_told(words: Words) -> None:
    *first, last = map(str, NOTICE_DAYS)
    told = answers.text(words, Topic.EXPIRY, READERS["member"])
    assert f"Jeg sier fra {', '.join(first)} og {last} dag før" in told


def test_every_answer_can_be_read_on_a_phone(words: Words) -> None:
    for topic, name, _ in _everything():
        count = len(_before_the_buttons(_seen_by(words, topic, name)).split())
        assert count < LONGEST, (topic, name, count)


def test_in_public_nobody_is_named_or_shown(words: Words) -> None:
    for topic in Topic:
        seen = _seen(words, topic, READERS["everybody"])
        assert "<@" not in str(seen.whole), topic
        assert not {"Vis koden", "Oppdater koden"} & buttons(seen).keys(), topic


def test_my_codes_with_dates_and_days_left(words: Words) -> None:
    told = _before_the_buttons(_seen(words, Topic.EXPIRY, READERS["both"]))
    assert (
        "qx••• Kontorpakke til styret\nGyldig til: mandag 9. november 2026 (46 dager igjen)" in told
    )
    assert "Gikk ut: mandag 21. september 2026" in told
    assert told.index("qx•••") < told.index(LIFETIME), "one's own come first"


@pytest.mark.parametrize(
    ("topic", "reader", "label", "count"),
    [
        (Topic.AFTER, "valid", "Vis koden", 1),
        (Topic.LOOKS, "valid", "Vis koden", 1),
        (Topic.EXPIRY, "valid", "Vis koden", 1),
        (Topic.EXPIRED, "expired", "Oppdater koden", 2),
        (Topic.AFTER, "expired", "Oppdater koden", 2),
        (Topic.EXPIRED, "holder-others-expired", "Oppdater koden", 3),
        (Topic.EXPIRED, "refresh-asked", "Oppdater koden", 0),
        (Topic.EXPIRED, "expired-unapproved", "Oppdater koden", 0),
        (Topic.EXPIRY, "valid-unapproved", "Vis koden", 0),
        (Topic.EXPIRY, "many", "Vis koden", 3),
        (Topic.EXPIRY, "valid", "Oppdater koden", 0),
        (Topic.EXPIRY, "last-day", "Oppdater koden", 1),
        (Topic.GET, "member", "Be om godkjenningskode", 1),
        (Topic.GET, "holder", "Ny godkjenningskode", 1),
        (Topic.GET, "member-nobody", "Be om godkjenningskode", 0),
        (Topic.GET, "member-unapproved", "Be om godkjenningskode", 0),
        (Topic.SHARE, "valid", "Vis koden", 1),
        (Topic.SHARE, "valid", "Oppdater koden", 1),
        (Topic.SHARE, "seen-by-others", "Oppdater koden", 0),
        (Topic.SHARE, "valid-unapproved", "Oppdater koden", 0),
        (Topic.SHARE, "member", "Oppdater koden", 0),
        (Topic.SHARE, "holder", "Organisasjonens koder", 1),
        (Topic.TROUBLE, "valid", "Vis koden", 1),
        (Topic.TROUBLE, "expired", "Oppdater koden", 2),
        (Topic.TROUBLE, "replaced", "Vis koden", 1),
        (Topic.TROUBLE, "withdrawn", "Be om godkjenningskode", 1),
        (Topic.TROUBLE, "withdrawn", "Vis koden", 0),
        (Topic.WAITING, "waiting", "Trekk forespørselen", 1),
        (Topic.WAITING, "refresh-asked", "Trekk forespørselen", 1),
        (Topic.WAITING, "member", "Trekk forespørselen", 0),
        (Topic.WAITING, "member", "Be om godkjenningskode", 1),
        (Topic.WAITING, "holder", "Behandle forespørsler", 1),
        (Topic.LEAVING, "holder", "Organisasjonens koder", 1),
        (Topic.PRIVACY, "valid", "Mine koder", 1),
    ],
)
def test_what_can_be_done_at_once(
    words: Words, topic: Topic, reader: str, label: str, count: int
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
    "Behandle forespørsler",
    "Trekk forespørselen",
    "Purre",
)


def test_every_button_that_is_spoken_of_is_there(words: Words) -> None:
    for topic, name, _ in _everything():
        seen = _seen_by(words, topic, name)
        told = re.sub(r"«[^»]*»", "", _before_the_buttons(seen))
        spoken_of = {label for label in LABELS if re.search(rf"\b{label}\b", told)}
        assert spoken_of <= buttons(seen).keys(), (topic, name)


def test_whoever_waits_sees_what_for_whom_and_since_when(words: Words) -> None:
    told = _before_the_buttons(_seen(words, Topic.WAITING, READERS["waiting"]))
    for fact in (
        "Forespørselen er sendt til <@U0HOLDER> og <@U0SECOND>.",
        "Kari Nordmann",
        "kari@example.no",
        "tirsdag 22. september 2026 kl. 14.05",
    ):
        assert fact in told


def test_what_ended_before_its_time_is_shown_first_where_it_is_refused(words: Words) -> None:
    seen = _seen(words, Topic.TROUBLE, READERS["replaced"])
    told = "\n".join(on_screen(seen))
    assert "qx••• Kontorpakke til styret\nStatus: Erstattet" in told
    assert told.index("Erstattet") < told.index("krøllalfaen")


@pytest.mark.parametrize("topic", [Topic.SHARE, Topic.LEAVING])
def test_nobody_is_told_to_go_ahead_who_ought_not(words: Words, topic: Topic) -> None:
    for name, situation in READERS.items():
        told = answers.text(words, topic, situation)
        assert re.match(r"Koden skal ikke deles|Den som slutter, skal ikke", told), name
        assert not re.search(r"\b(lim|limer|kopier|kopierer)\b", told, re.IGNORECASE), name


def test_a_code_that_others_have_seen_is_refreshed_with_a_question_where_it_stops_at_once(
    words: Words,
) -> None:
    def dialog(reader: str) -> object:
        return buttons(_seen(words, Topic.SHARE, READERS[reader]))["Oppdater koden"].get("confirm")

    assert dialog("holder-others-expired")
    assert not dialog("valid"), "an account holder is asked, and nothing stops yet"


def test_whoever_has_a_good_code_is_led_to_it_before_a_new_one(words: Words) -> None:
    seen = _seen(words, Topic.WHAT, READERS["valid"])
    labels = [each["text"]["text"] for each in parts(seen.blocks) if each.get("type") == "button"]
    assert labels.index("Mine koder") < labels.index("Be om godkjenningskode")


def test_more_codes_than_fit_are_a_click_away(words: Words) -> None:
    assert "Mine koder" in buttons(_seen(words, Topic.EXPIRY, READERS["many"]))
    assert "Mine koder" not in buttons(_seen(words, Topic.EXPIRY, READERS["valid"]))
    assert "Organisasjonens koder" in buttons(_seen(words, Topic.EXPIRED, READERS["holder"]))


def test_the_way_on_and_the_way_to_say_whether_it_helped(words: Words) -> None:
    seen = _seen(words, Topic.EXPIRY, READERS["member"])
    named = titles(words)
    for topic in related(Topic.EXPIRY):
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
