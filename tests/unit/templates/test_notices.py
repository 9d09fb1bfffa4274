"""What is told of codes and requests leads nobody to what would be refused, and is not untrue."""

import pytest

from templates import ids
from templates.words import Words
from tests.unit.templates.cast import ORDINARY
from tests.unit.templates.notice_screens import notice_screens
from tests.unit.templates.reading import buttons, whole_text
from tests.unit.templates.screens import ALL_SCREENS, Screen, Seen
from tests.unit.templates.table import PLACES

SCREENS = {screen.name: screen for screen in ALL_SCREENS if screen.cast is ORDINARY}
TOLD = [SCREENS[f"ordinary:{name}"] for name, _ in notice_screens(ORDINARY)]
CLOSED = ("suspended", "nobody")
REFUSED = {ids.REFRESH_CODE, ids.NUDGE, ids.ASK, ids.APPROVE}
"""What nobody can do where nobody can be given a code."""

PROMISES = (
    *("velger du Oppdater koden", "Velg Oppdater koden", "når den nye er klar"),
    *("be om kode på nytt.", "be på nytt", "Be om en ny", "velge Godkjenn"),
)
"""What is said where it can be done."""


def seen(words: Words, name: str) -> Seen:
    return SCREENS[f"ordinary:{name}"].seen(words)


def where(screen: Screen) -> str:
    """How the organisation stands."""
    last = screen.name.rpartition("-")[2]
    return last if last in PLACES else ""


@pytest.mark.parametrize("place", CLOSED)
def test_nothing_is_offered_or_promised_where_it_would_be_refused(words: Words, place: str) -> None:
    told = [screen for screen in TOLD if where(screen) == place]
    refused = REFUSED | ({ids.SHOW_CODE} if place == "suspended" else set())
    assert told
    for screen in told:
        shown = screen.seen(words)
        offered = {button["action_id"] for button in buttons(shown).values()}
        assert not offered & refused, screen.name
        read = whole_text(shown)
        for promised in PROMISES:
            assert promised not in read, (screen.name, promised)


def test_what_is_asked_for_is_not_offered_again(words: Words) -> None:
    for screen in TOLD:
        if "holder-asked" in screen.name and "account-holder" not in screen.name:
            assert "Oppdater koden" not in buttons(screen.seen(words)), screen.name


def test_a_code_that_is_over_is_not_called_dangerous(words: Words) -> None:
    for state in ("expired", "expired-unswept", "replaced", "withdrawn", "withdrawn-and-past"):
        for who in ("holder", "both", "account-holder", "somebody-else"):
            read = whole_text(seen(words, f"code_exposed/{state}-{who}"))
            assert "Den som ser den, kan bruke den" not in read, (state, who)
            assert "Den gamle gjelder til det er gjort" not in read, (state, who)
            assert "så ingen kan bruke den" in read, (state, who)


@pytest.mark.parametrize("who", ["holder", "both", "somebody-else"])
def test_what_techsoup_has_made_is_good_there_until_it_is_deleted(words: Words, who: str) -> None:
    read = whole_text(seen(words, f"code_exposed/withdrawn-{who}-techsoup"))
    assert "ingen kan bruke den" not in read
    assert "hos TechSoup virker den ellers til den går ut" in read
    past = whole_text(seen(words, f"code_exposed/withdrawn-and-past-{who}-techsoup"))
    assert "så ingen kan bruke den" in past


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("code_exposed/good-holder-asked", "Det er allerede bedt om at koden blir oppdatert"),
        ("code_exposed/good-holder-suspended", "Si fra til <@U0HOLDER> og <@U0SECOND>"),
        ("code_exposed/good-both-suspended", "Trekk den tilbake i Organisasjonens koder"),
        ("code_exposed/good-holder-nobody", "Si fra til den ansvarlige for boten"),
        ("code_found/holder-asked", "Den gamle gjelder til det er gjort"),
        ("code_found/both-techsoup", "Oppdater koden hos TechSoup"),
        ("code_found/holder-suspended", "som kan trekke den tilbake"),
        ("code_expires/14-holder-suspended", "Den kan ikke oppdateres nå"),
        ("code_expires/14-holder-asked-suspended", "ingen kan gjøre det nå"),
        ("code/told-holder-asked", "Det er bedt om at den blir oppdatert"),
        ("code/told-both-asked", "Velg Oppdater koden hvis den trengs igjen"),
        ("code/told-holder-nobody", "Den kan ikke oppdateres nå"),
        ("code_ready/new-suspended", "Koden din er laget"),
        ("code_ready/new-suspended", "Den kan ikke vises nå"),
        ("code_to_send/to-send-suspended", "er laget"),
        ("code_to_send/to-send-suspended", "Vent med å sende den"),
        ("request_approved/U0OTHER-suspended", "men den kan ikke vises nå"),
        ("code_left/bot", "Velg Trekk tilbake. Da kan ingen bruke koden lenger."),
        ("code_left/techsoup", "Slett koden hos TechSoup, og velg Trekk tilbake her."),
        ("code_expired/holder-nobody", "Organisasjonen har ingen kontoholder nå"),
        ("request_sent/new-suspended", "men den kan ikke godkjennes nå"),
        ("request_sent/new-suspended", "Spør den ansvarlige for boten hvorfor"),
        ("request_lapsed/new-suspended", "Organisasjonen kan ikke lage koder nå"),
        ("request_lapsed/new-nobody", "Organisasjonen har ingen kontoholder nå"),
        ("request_declined/unknown_person-new-suspended", "Nye koder kan ikke lages nå"),
        ("request_asked/new-suspended", "Du kan avslå, men ingen kan godkjenne nå"),
        ("deciding/waiting-new-suspended", "Du kan avslå, men ingen kan godkjenne nå"),
    ],
)
def test_what_is_said_where_it_stands(words: Words, name: str, said: str) -> None:
    assert said in whole_text(seen(words, name))


def test_a_code_that_is_left_behind_is_not_called_good_until_it_is_withdrawn(words: Words) -> None:
    for issuer in ("bot", "techsoup"):
        read = whole_text(seen(words, f"code_left/{issuer}"))
        assert "gyldig til noen" not in read
        assert ("ingen bruke koden" in read) is (issuer == "bot")


def test_what_others_have_asked_for_is_not_told_to_whoever_wrote_the_code(words: Words) -> None:
    one, other = (
        whole_text(seen(words, f"code_exposed/good-somebody-else{asked}"))
        for asked in ("", "-asked")
    )
    assert one == other
