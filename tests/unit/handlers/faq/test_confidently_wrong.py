"""What does not belong to a question decides nothing, and what nobody can know is asked about."""

import pytest

from handlers.faq.matcher import Matcher
from handlers.faq.normalising import words
from handlers.faq.reading import understand, understand_each
from storage.records import Topic, Verdict


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("skriv til ola@rødekors.no i dag", "skriv til i dag"),
        ("skriv til OLA@RØDEKORS.NO i dag", "skriv til i dag"),
        ("skriv til kari.nordmann+kode@post.lag.ålesund.no", "skriv til"),
        ("skriv til <kari@x.no> nå", "skriv til na"),
        ("skriv til mailto:kari@x.no nå", "skriv til na"),
        ("skriv til kari＠x.no nå", "skriv til na"),
        ("skriv til [adresse], se [lenke], ring [tall]", "skriv til se ring"),
        ("se https://kode.no/hvordan-ser-koden-ut?x=1 nå", "se na"),
        ("se www.kode.org/kode nå", "se na"),
        ("står på kode.no/gyldig nå", "star pa na"),
        ("er det noe med @ i", "er det noe med @ i"),
        ("er ab1@Turnlaget riktig", "er ab1 @ turnlaget riktig"),
        ("er ab12cd34@Turnlaget riktig", "er kode riktig"),
        ("er ab12cd34 @Turnlaget riktig", "er kode riktig"),
    ],
)
def test_addresses_and_links_say_nothing_of_the_topic(written: str, left: str) -> None:
    assert " ".join(words(written)) == left


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("går den ut? mvh Kari", "gar den ut"),
        ("går den ut. Mvh Kari Nordmann, leder, kari@lag.no", "gar den ut"),
        ("går den ut? Med vennlig hilsen\nOla Nordmann\nStyreleder, Røde Kors", "gar den ut"),
        ("går den ut hilsen Ola Nordmann", "gar den ut"),
        ("går den ut hilsen Ola Nordmann, styreleder i koret", "gar den ut"),
        ("går den ut. Med hilsen Ola Nordmann, leder", "gar den ut"),
        ("går den ut m.v.h Ola", "gar den ut"),
        ("går han ut? Beste helsing Ola, leiar", "gar han ut"),
        ("it expires Regards Anna Smith", "it expires"),
        ("does it expire? Best regards, Anna Smith, treasurer", "does it expire"),
        ("Hilsen fra styret. Går den ut?", "gar den ut"),
        ("with regards to this, does it expire", "with regards to this does it expire"),
        ("in regards to it", "in regards to it"),
        ("mvh Ola, virker koden ikke", "mvh ola virker kode ikke"),
        ("jeg fikk en hilsen fra dere med en kode i", "jeg fikk en hilsen fra dere med en kode i"),
    ],
)
def test_a_signature_says_nothing_of_the_topic(written: str, left: str) -> None:
    assert " ".join(words(written)) == left


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("min epost er nordmann@rødekors.no, hvordan får jeg kode", "get"),
        ("jeg heter Per, per+lag@post.ung.no, og trenger en kode", "get"),
        ("kan du sende koden til kari@example.org", "get"),
        ("kari@example.org har sluttet", "leaving"),
        ("koden virker ikke. Hilsen kari@rk.no", "trouble"),
        ("koden virker ikke. Vennlig hilsen Ola Nordmann, styreleder", "trouble"),
        ("post@kode.no har ikke fått svar", "waiting"),
        ("når går koden ut? mvh Kari Nordmann, kontoholder, kari@lag.no", "expiry"),
        ("hvem er kontoholder? se https://kode.no/hva-er-en-kode", "holder"),
        ("jeg har fått ab12cd34@Laget av ola@lag.no, hva gjør jeg nå?", "after"),
        ("ab12cd34@Laget virker ikke", "trouble"),
    ],
)
def test_who_asks_does_not_decide_what_is_asked(matcher: Matcher, written: str, label: str) -> None:
    assert [each.match.label for each in understand_each(written, matcher)] == [label]


@pytest.mark.parametrize("text", ["kari@example.org", "mvh Kari", "https://kode.no/kode"])
def test_somebody_alone_is_no_question(matcher: Matcher, text: str) -> None:
    assert understand(text, matcher).match.verdict is Verdict.REFUSED


def test_thanks_with_a_signature_are_thanks(matcher: Matcher) -> None:
    assert understand("Tusen takk! Mvh Kari, kari@lag.no", matcher).small_talk == "thanks"


@pytest.mark.parametrize(
    "written",
    [
        "gi @per en kode",
        "gi <@U0123> en kode",
        "gje @per ein kode",
        "kan du gi <@U0123> en ny kode",
        "lag @per en kode",
        "send @per en kode",
        "send kode til <@U0123>",
        "ordne @per en kode",
        "fiks <@U0123> en kode",
        "skaff @per en kode",
        "give @per a code",
        "make <@U0123> a code",
        "@per trenger kode",
        "gi Per en kode",
        "utsted en kode til Per",
    ],
)
def test_a_code_for_somebody_is_got_and_not_shared(matcher: Matcher, written: str) -> None:
    assert understand(written, matcher).match.label == "get"


@pytest.mark.parametrize("written", ["gi koden min til @per", "kan jeg gi koden videre til @per"])
def test_ones_own_code_for_somebody_is_shared(matcher: Matcher, written: str) -> None:
    assert understand(written, matcher).match.label == "share"


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("jeg slettet meldingen med koden", "share"),
        ("fikk slettet eposten hvor koden var", "share"),
        ("I deleted the message with the code", "share"),
        ("slett koden", "leaving"),
        ("koden er oppdatert, men den nye virker ikke", "trouble"),
        ("koden ble fornyet i går og nå virker den ikke", "trouble"),
        ("my refreshed token is refused", "trouble"),
        ("er koden ikke gyldig lenger enn 60 dager", "expiry"),
        ("gjelder ikke koden mer enn 60 dager", "expiry"),
        ("isn't it valid for more than two months", "expiry"),
        ("kan koden ikke brukes to ganger", "reuse"),
        ("kan man ikke bruke koden mer enn én gang", "reuse"),
        ("can't the code be used twice", "reuse"),
        ("kan ikke nestlederen også ha kode", "several_people"),
        ("kan ikke sønnen min bruke koden", "share"),
        ("Canva ber om organisasjonsnummer, er det koden", "what"),
        ("Zoom ber om orgnummer, er det koden", "what"),
        ("hvor gammel må man være for å få kode", "get"),
        ("who made Berit's code", "holder"),
        ("who approved Kari's code", "holder"),
        ("hvem laget koden til Berit", "holder"),
        ("kven godkjende koden til Kari", "holder"),
    ],
)
def test_what_was_confidently_misunderstood(matcher: Matcher, written: str, label: str) -> None:
    assert matcher.match(written).label == label


@pytest.mark.parametrize(
    "written",
    [
        "jeg vil ikke ha kode",
        "ønsker ikke noen kode",
        "eg treng ingen kode",
        "I don't want a code",
        "jeg har ikke bedt om kode, men fikk en",
        "har fått kode uten å spørre om det",
        "I got a code I never asked for",
    ],
)
def test_where_no_topic_fits_it_is_asked_what_was_meant(matcher: Matcher, written: str) -> None:
    assert matcher.match(written).verdict is Verdict.CHOICE


@pytest.mark.parametrize(
    "written",
    [
        "når blir organisasjonen vår godkjent",
        "er vi godkjent hos TechSoup",
        "er korpset vårt godkjent",
        "blir vi godkjent snart",
        "have we been approved yet",
        "når vert laget godkjent",
    ],
)
def test_whether_techsoup_has_approved_the_organisation_is_asked_of_techsoup(
    matcher: Matcher, written: str
) -> None:
    assert matcher.match(written).verdict is Verdict.REFUSED


def test_but_what_to_do_until_then_is_answered(matcher: Matcher) -> None:
    assert matcher.match("vi er ikke godkjent ennå, kan vi få kode").label == "get"
    assert matcher.match("er forespørselen min godkjent").label == Topic.WAITING
