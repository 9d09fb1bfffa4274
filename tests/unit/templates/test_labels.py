"""The product's vocabulary: labels, exactly as they are agreed, and the ids that answer."""

import pytest

from templates.using import place
from templates.words import Words
from tests.unit.templates.reading import buttons, fields, options, texts, whole_text
from tests.unit.templates.screens import ALL_SCREENS, Seen

SCREENS = {screen.name: screen for screen in ALL_SCREENS}


def seen(words: Words, name: str) -> Seen:
    return SCREENS[f"ordinary:{name}"].seen(words)


def frame(view: Seen) -> tuple[str, str | None, str]:
    """Title, submit and close."""
    assert view.view is not None
    submit = view.view.get("submit")
    return view.view["title"]["text"], submit and submit["text"], view.view["close"]["text"]


@pytest.mark.parametrize(
    ("name", "callback_id", "labels"),
    [
        ("form/member-empty", "request_form", ("Be om godkjenningskode", "Send", "Avbryt")),
        ("form/skeleton-member", "request_form", ("Be om godkjenningskode", None, "Avbryt")),
        ("form/holder-empty", "make_form", ("Ny godkjenningskode", "Lag kode", "Avbryt")),
        ("form/skeleton-holder", "make_form", ("Ny godkjenningskode", None, "Avbryt")),
        (
            "deciding/approve-new-never",
            "approve_request",
            ("Godkjenn forespørsel", "Godkjenn", "Avbryt"),
        ),
        ("deciding/decline", "decline_request", ("Avslå forespørsel", "Avslå", "Avbryt")),
        ("deciding/waiting-1-on-1-of-1", "waiting_requests", ("Venter på svar", None, "Lukk")),
        ("code/valid-member", "code", ("Godkjenningskoden", None, "Lukk")),
        ("codes/mine-member-none", "codes", ("Mine koder", None, "Lukk")),
        ("codes/all-holder-none", "codes", ("Organisasjonens koder", None, "Lukk")),
        ("codes/found-all-one", "codes", ("Organisasjonens koder", "Søk", "Lukk")),
        ("paste/valid", "paste_refreshed_code", ("Oppdater koden", "Oppdater", "Avbryt")),
        ("note_use/valid", "note_use_of_code", ("Koden er brukt", "Lagre", "Avbryt")),
        ("reply", "reply_form", ("Svar", "Send svar", "Avbryt")),
        ("told_view/trouble", "told", ("Godkjenningskode", None, "Lukk")),
        ("holders/two-and-a-deputy", "account_holders", ("Kontoholdere", None, "Lukk")),
        ("holders/add", "add_account_holder", ("Legg til kontoholder", "Legg til", "Avbryt")),
        ("holders/deputy", "appoint_deputy", ("Stedfortreder", "Lagre", "Avbryt")),
    ],
)
def test_titles_and_buttons_of_views(
    words: Words, name: str, callback_id: str, labels: tuple[str, str | None, str]
) -> None:
    view = seen(words, name)
    assert frame(view) == labels
    assert view.view is not None
    assert view.view["callback_id"] == callback_id


FORM = {
    "Hvem er koden til?": "radio_buttons",
    "Fornavn": "plain_text_input",
    "Etternavn": "plain_text_input",
    "E-post": "email_text_input",
    "Rolle i organisasjonen": "static_select",
    "Hva skal koden brukes til?": "plain_text_input",
    "Representasjonsmyndighet": "checkboxes",
}


@pytest.mark.parametrize("name", ["form/member-empty", "form/member-empty-paste"])
def test_the_form_asks_what_the_rules_ask(words: Words, name: str) -> None:
    form = fields(seen(words, name))
    assert {label: field["element"]["type"] for label, field in form.items()} == FORM
    assert [label for label in form if form[label]["optional"]] == ["Hva skal koden brukes til?"]
    lengths = [field["element"].get("max_length") for field in form.values()]
    assert lengths == [None, 60, 60, None, None, 200, None]


def test_it_is_for_oneself_unless_one_says_otherwise(words: Words) -> None:
    choice = fields(seen(words, "form/member-empty"))["Hvem er koden til?"]
    assert options(choice) == {
        "Meg": "me",
        "En kollega": "colleague",
        "En utenfor Slack": "outsider",
    }
    assert choice["element"]["initial_option"]["value"] == "me"
    assert choice["dispatch_action"] is True


def test_which_colleague_is_asked_of_whoever_chooses_one(words: Words) -> None:
    form = fields(seen(words, "form/member-for-colleague"))
    assert list(form)[:3] == ["Hvem er koden til?", "Kollega", "Fornavn"]
    assert form["Kollega"]["element"]["type"] == "users_select"
    assert "initial_user" not in form["Kollega"]["element"]
    known = fields(seen(words, "form/member-for-U0OTHER"))["Kollega"]
    assert known["element"]["initial_user"] == "U0OTHER"
    assert "Kollega" not in fields(seen(words, "form/member-for-outsider"))


def test_what_is_about_one_person_is_not_kept_for_another(words: Words) -> None:
    """Slack keeps what was typed, or ticked, as long as a field has its id."""
    whom = ("empty", "for-colleague", "for-U0OTHER", "for-outsider")
    forms = [fields(seen(words, f"form/member-{who}")) for who in whom]
    for label in ("Fornavn", "Etternavn", "E-post", "Rolle i organisasjonen"):
        assert len({form[label]["block_id"] for form in forms}) == len(whom), label
    assert len({form["Representasjonsmyndighet"]["block_id"] for form in forms}) == len(whom)
    assert len({form["Hva skal koden brukes til?"]["block_id"] for form in forms}) == 1


def test_only_an_account_holder_pastes_a_code(words: Words) -> None:
    form = fields(seen(words, "form/holder-empty-paste"))
    assert list(form) == [*FORM, "Koden fra TechSoup", "Laget hos TechSoup"]


def test_roles_and_the_word_on_authority(words: Words) -> None:
    form = fields(seen(words, "form/member-empty"))
    assert options(form["Rolle i organisasjonen"]) == {
        "Styremedlem": "board_member",
        "Frivillig": "volunteer",
        "Ansatt": "employee",
        "Annen tilknytning": "other",
    }
    assert options(form["Representasjonsmyndighet"]) == {
        "Jeg har representasjonsmyndighet i organisasjonen": "confirmed"
    }
    for_another = fields(seen(words, "form/member-for-outsider"))
    assert options(for_another["Representasjonsmyndighet"]) == {
        "Personen har representasjonsmyndighet i organisasjonen": "confirmed"
    }


def test_what_slack_knows_stands_in_the_form(words: Words) -> None:
    form = fields(seen(words, "form/member-filled"))
    values = [form[label]["element"]["initial_value"] for label in list(FORM)[1:4]]
    assert values == ["Kari", "Nordmann", "kari@example.no"]


@pytest.mark.parametrize("name", ["never", "confirmed", "withdrawn"])
def test_authority_is_confirmed_anew_every_time(words: Words, name: str) -> None:
    field = fields(seen(words, f"deciding/approve-new-{name}"))["Representasjonsmyndighet"]
    assert list(options(field)) == ["Jeg bekrefter at Kari Nordmann har representasjonsmyndighet"]
    assert field["optional"] is False
    assert "initial_options" not in field["element"]


def test_a_pasted_code_is_asked_for_where_techsoup_makes_them(words: Words) -> None:
    assert "Koden fra TechSoup" in fields(seen(words, "deciding/approve-new-never"))
    assert "Koden fra TechSoup" not in fields(seen(words, "deciding/approve-refresh-never"))
    assert "Koden fra TechSoup" in fields(seen(words, "paste/valid"))


def test_reasons_to_decline(words: Words) -> None:
    form = fields(seen(words, "deciding/decline"))
    assert options(form["Grunn"]) == {
        "Mangler representasjonsmyndighet": "no_authority",
        "Kjenner ikke personen": "unknown_person",
        "Trenger mer informasjon": "more_information",
        "Annet": "other",
    }
    assert form["Melding"]["optional"] is True
    assert form["Melding"]["element"]["max_length"] == 500


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        (
            "request_sent/pending-new-to-2",
            {"Trekk forespørselen": "01REQUEST01", "Purre": "01REQUEST01"},
        ),
        ("request_sent/pending-new-to-0", {"Trekk forespørselen": "01REQUEST01"}),
        ("code_ended/replaced", {}),
        ("code_ended/revoked", {}),
        ("code_to_send/sent", {"Vis koden": "01CODE01"}),
        ("code/valid-to-send", {"Jeg har sendt den": "01CODE01"}),
        ("code/valid-to-send-sent", {}),
        ("request_sent/approved-by-U0HOLDER", {}),
        (
            "request_asked/pending-new-self",
            {"Godkjenn": "01REQUEST01", "Avslå": "01REQUEST01"},
        ),
        ("request_asked/approved-by-U0HOLDER", {}),
        ("request_asked/declined-by-U0HOLDER", {}),
        ("request_asked/withdrawn-by-U0HOLDER", {}),
        ("request_asked/lapsed-by-bot", {}),
        ("request_approved/told", {}),
        ("request_declined/no_authority-new-self", {}),
        ("request_declined/no_authority-refresh-self", {}),
        ("request_declined/more_information-new-self", {"Be om godkjenningskode": None}),
        ("request_declined/more_information-refresh-self", {"Oppdater koden": "01CODE01"}),
        ("request_declined/None-refresh-self", {"Be om godkjenningskode": None}),
        ("request_lapsed/new", {"Be om godkjenningskode": None}),
        ("request_lapsed/refresh", {"Oppdater koden": "01CODE01"}),
        ("request_unattended", {"Trekk forespørselen": "01REQUEST01"}),
        ("code_left/bot", {"Trekk tilbake": "01CODE01"}),
        ("requests_waiting/3-of-3", {"Behandle": None}),
        ("code_ready/new", {"Vis koden": "01CODE01"}),
        ("code_to_send", {"Vis koden": "01CODE01", "Jeg har sendt den": "01CODE01"}),
        ("code_expires/14-holder", {"Oppdater koden": "01CODE01"}),
        ("code_expired/account-holder", {"Oppdater koden": "01CODE01"}),
        ("code_revoked/bot", {}),
        ("help/member", {"Be om godkjenningskode": None, "Mine koder": None}),
        (
            "help/holder",
            {
                "Ny godkjenningskode": None,
                "Mine koder": None,
                "Organisasjonens koder": None,
                "Behandle forespørsler": None,
                "Personer": None,
            },
        ),
        (
            "holders/alone",
            {"Legg til kontoholder": None, "Stedfortreder": None},
        ),
        ("deputy_began", {"Behandle forespørsler": None, "Organisasjonens koder": None}),
        ("codes/mine-member-none", {"Be om godkjenningskode": None}),
        ("codes/of-somebody-else", {}),
        (
            "codes/mine-member-first-page",
            {"Vis koden": "01CODE00", "Oppdater koden": "01CODE00", "Neste side": "1"},
        ),
        (
            "codes/all-holder-last-page",
            {
                "Vis koden": "01CODE00",
                "Oppdater koden": "01CODE00",
                "Trekk tilbake": "01CODE00",
                "Last ned liste": None,
                "Forrige side": "1",
            },
        ),
    ],
)
def test_buttons_and_what_they_are_about(
    words: Words, name: str, labels: dict[str, str | None]
) -> None:
    found = buttons(seen(words, name))
    assert {label: found[label].get("value") for label in found} == labels


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("request_asked/pending-new-self", "Kari Nordmann ber om godkjenningskode"),
        ("request_asked/pending-new-other", "<@U0ASKER> ber om godkjenningskode"),
        ("request_asked/pending-refresh-other", "ber om å få oppdatert godkjenningskode"),
        ("request_asked/pending-new-self", "<@U0ASKER> får se koden i Slack hvis du godkjenner."),
        ("request_asked/pending-new-not-in-slack", "Ingen i Slack har denne adressen."),
        ("request_asked/confirmed", "<@U0HOLDER> bekreftet tirsdag 16. juni 2026"),
        ("request_asked/approved-by-U0HOLDER", "godkjent av <@U0HOLDER>"),
        ("request_sent/pending-new-to-2", "sendt til <@U0HOLDER> og <@U0SECOND>"),
        ("request_sent/declined-by-U0HOLDER", "<@U0HOLDER> avslo den"),
        ("request_sent/approved-by-bot", "Den ble godkjent torsdag"),
        ("request_sent/pending-refresh-to-2", "Du har bedt om å få oppdatert koden."),
        ("request_lapsed/new", "utløpt"),
        ("request_declined/no_authority-new-self", "Mangler representasjonsmyndighet"),
        ("request_declined/unknown_person-new-self", "Fortell <@U0HOLDER> hvem du er."),
        ("request_declined/unknown_person-new-other", "Fortell <@U0HOLDER> hvem personen er."),
        ("code_ready/asked-by-U0HOLDER", "<@U0HOLDER> har laget denne koden til deg."),
        ("code_ready/asked-by-U0OTHER", "<@U0OTHER> ba om denne koden til deg."),
        ("code_revoked/bot-by-somebody", "<@U0HOLDER> har trukket tilbake koden."),
        ("code_revoked/bot", "fortsetter å virke"),
        ("code_revoked/techsoup", "Ikke bruk den mer."),
        ("code_expires/14-holder-asked", "Det er bedt om at den blir oppdatert."),
        ("code_expires/14-holder", "Når en kontoholder har godkjent"),
        ("code/of-nobody-in-slack-to-send", "Skriv e-post"),
        ("code_to_send/sent", "<@U0HOLDER> sendte koden"),
        ("code_sent", "Koden til Kari Nordmann er sendt"),
        (
            "holders/two-and-a-deputy",
            "Kontoholder siden tirsdag 25. august 2026, lagt til av <@U0HOL",
        ),
        ("holders/two-and-a-deputy", "Stedfortreder fra torsdag 24. september 2026 til og med"),
        ("holders/alone", "Du er den eneste."),
        ("holder_added/themselves-by-U0HOLDER", "<@U0HOLDER> har lagt deg inn som kontoholder"),
        ("holder_added/colleague-by-U0HOLDER", "<@U0HOLDER> har lagt inn <@U0OTHER>"),
        ("holder_added/themselves-techsoup", "Lag koden hos TechSoup Norge"),
        ("holder_added/themselves-awaiting", "ikke godkjent ennå"),
        ("answer/holder-bot-with-deputy-to-holder", "Du er kontoholder, den eneste"),
        ("answer/holder-bot-with-deputy-to-holder", "<@U0OTHER> er stedfortreder nå"),
        ("answer/holder-bot-with-deputy-to-member", "Hos dere er det <@U0HOLDER>."),
        ("answer/holder-bot-with-deputy-to-deputy", "Du er stedfortreder nå"),
        ("answer/holder-bot-with-deputy-to-left-alone", "har ingen kontoholder nå"),
        ("answer/privacy-bot-with-deputy-to-deputy", "at du er stedfortreder"),
        ("answer/get-techsoup-with-deputy-to-deputy", "En kontoholder må lage koden hos TechSoup"),
        ("answer/what-bot-with-deputy-to-deputy", "Du er stedfortreder og lager koder"),
        ("answer/authority-bot-with-deputy-to-deputy", "Du er stedfortreder, så nå gjør du det"),
        ("holder_removed/holder-colleague-by-bot", "<@U0OTHER> er ikke lenger i Slack"),
        ("holder_removed/holder-colleague-by-U0OTHER", "<@U0OTHER> har sluttet som kontoholder"),
        ("holder_removed/holder-colleague-by-operator", "Du er den eneste kontoholderen nå"),
        ("request_sent/nudged-new-to-2", "Du purret"),
        ("request_sent/nudged-new-to-2", "flere forespørsler om kode til samme person"),
        ("request_asked/nudged", "Purret"),
        ("request_asked/much", "<@U0HOLDER> avslo"),
        ("request_asked/much", "Mangler representasjonsmyndighet"),
        ("request_asked/much", "Gyldig kode"),
        ("request_asked/much", "<@U0OTHER> ba om kode"),
        ("outcome/made-U0OTHER", "<@U0OTHER> får beskjed"),
        ("request_approved/told", "<@U0OTHER> får beskjed"),
        ("request_approved/to-be-sent", "Kontoholderne sender koden"),
        ("request_approved/sent-since", "<@U0HOLDER> sendte koden"),
        ("request_approved/withdrawn-since", "Denne koden skal ikke brukes lenger."),
        ("request_approved/unfounded-since", "har ikke lenger representasjonsmyndighet her"),
        ("form/holder-declined-themselves", "har avslått å gi deg kode"),
        ("form/holder-declined-themselves", "Jeg har representasjonsmyndighet"),
        ("form/holder-declined-themselves", "Du kjenner organisasjonen som helhet"),
        ("form/holder-declined-other", "har avslått å gi denne personen kode"),
        ("requests_waiting/10-of-27", "og 17 til"),
        ("code_ready/new", "Koden din er klar"),
        ("code_ready/new", "gyldig til mandag 9. november 2026"),
        ("code_to_send", "Send koden til Kari Nordmann"),
        ("code_expires/14-holder", "Koden går ut om 14 dager"),
        ("code_expires/7-account-holder", "Koden går ut om 7 dager"),
        ("code_expires/1-holder", "Koden går ut om 1 dag"),
        ("code_expires/0.5-holder", "Koden går ut om 1 dag"),
        ("code_expires/0.1-holder", "Koden går ut i dag"),
        ("code_expires/0.1-holder", "torsdag 24. september 2026 kl. 16.29"),
        ("code_expires/1-holder", "fredag 25. september 2026 kl. 14.05"),
        ("code_expires/-1-holder", "Koden er gått ut"),
        ("code_expired/holder", "Koden er gått ut"),
        ("code_expires/14-holder", "fortsetter å virke"),
        ("code/valid-member", "mandag 9. november 2026 kl. 13.05 (46 dager igjen)"),
        ("code/valid-member", "fortsetter å virke"),
        ("code/expired-member", "Koden er gått ut"),
        ("codes/mine-member-asked", "Det er bedt om at koden blir oppdatert"),
        ("codes/mine-member-first-page", "Side 1 av 3"),
        ("home/holder-3-8", "3 forespørsler venter på svar"),
    ],
)
def test_what_is_said(words: Words, name: str, said: str) -> None:
    assert said in whole_text(seen(words, name))


def test_a_list_tells_each_state_of_a_code(words: Words) -> None:
    shown = texts(seen(words, "codes/all-holder-each-state"), "plain_text")
    states = ("Gyldig", "Går snart ut", "Utløpt", "Erstattet", "Trukket tilbake")
    in_the_menu, *told = [text for text in shown if text in states]
    assert in_the_menu == "Går snart ut"
    assert told == [
        *("Gyldig", "Går snart ut", "Går snart ut", "Utløpt", "Utløpt"),
        *("Erstattet", "Trukket tilbake", "Gyldig"),
    ]
    assert shown.count("qx•••") == 8


def test_a_list_remembers_where_it_is(words: Words) -> None:
    mine = seen(words, "codes/mine-member-middle-page").view
    every = seen(words, "codes/all-holder-last-page").view
    assert mine is not None
    assert every is not None
    assert (mine["private_metadata"], every["private_metadata"]) == ("mine:1", "all:2")


def test_a_refresh_that_is_asked_for_is_not_asked_for_again(words: Words) -> None:
    for reader in ("mine-member", "mine-holder", "all-holder"):
        blocks = seen(words, f"codes/{reader}-asked").blocks
        values = [
            button["value"]
            for block in blocks
            if block["type"] == "actions"
            for button in block["elements"]
            if button["action_id"] == "refresh_code"
        ]
        assert "01CODE02" in values
        can_do_it = reader.endswith("holder")  # whoever was asked
        assert bool({"01CODE01", "01CODE03"} & set(values)) is can_do_it


@pytest.mark.parametrize("name", ["approve-new-never", "decline"])
def test_a_decision_knows_its_request(words: Words, name: str) -> None:
    view = seen(words, f"deciding/{name}").view
    assert view is not None
    assert view["private_metadata"].partition(":")[0] == "01REQUEST01"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("request_sent/pending-new-to-1", "Trekk forespørselen"),
        ("codes/all-holder-each-state", "Trekk tilbake"),
    ],
)
def test_what_cannot_be_undone_is_asked_about_first(words: Words, name: str, label: str) -> None:
    assert buttons(seen(words, name))[label]["confirm"]["confirm"]["text"] == label


def test_a_code_that_is_good_is_not_replaced_without_asking(words: Words) -> None:
    """By whom it would stop at once; nor is one withdrawn that has run out."""
    for name, asks in (
        ("code_expires/14-both", True),
        ("code_expires/14-holder", False),
        ("code_expires/14-account-holder", True),
        ("code_expired/both", False),
        ("codes/all-holder-first-page", True),
        ("codes/mine-member-first-page", False),
    ):
        found = buttons(seen(words, name))["Oppdater koden"]
        assert ("confirm" in found) is asks, name
    for name in ("codes/all-holder-each-state", "codes/mine-holder-each-state"):
        blocks = [each for each in seen(words, name).blocks if each["type"] == "actions"]
        withdrawn = [
            button["value"]
            for block in blocks
            for button in block["elements"]
            if button["action_id"] == "revoke_code"
        ]
        assert not {"01CODE04", "01CODE05"} & set(withdrawn)


def test_what_was_answered_alike_on_one_day_is_read_once(words: Words) -> None:
    assert whole_text(seen(words, "request_asked/answered-alike")).count("Svart før") == 1


def test_whoever_looks_after_the_codes_comes_to_them_also_when_suspended(words: Words) -> None:
    for who, there in (("holder", True), ("holder-suspended", True), ("member-suspended", False)):
        assert ("Organisasjonens koder" in buttons(seen(words, f"home/{who}-0-0"))) is there


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("somebody", {"Be om godkjenningskode"}),
        ("holder", {"Ny godkjenningskode"}),
        ("suspended", set()),
        ("nobody-to-ask", set()),
    ],
)
def test_a_greeting_offers_what_its_reader_can_do(
    words: Words, who: str, offered: set[str]
) -> None:
    found = buttons(seen(words, f"greeting/{who}")).keys()
    assert found & {"Be om godkjenningskode", "Ny godkjenningskode"} == offered


def test_nothing_is_offered_where_nothing_can_be_done(words: Words) -> None:
    """An organisation that is not approved is told so, and is not sent into a form."""
    for who in ("member-unapproved", "member-nobody", "holder-unapproved"):
        home = seen(words, f"home/{who}-0-0")
        assert not {"Be om godkjenningskode", "Ny godkjenningskode"} & set(buttons(home))


@pytest.mark.parametrize(("often", "others"), [("once", ""), ("many", "og 997 til")])
def test_where_a_code_was_used_is_said_with_the_day_and_how_many_there_are_more(
    words: Words, often: str, others: str
) -> None:
    read = whole_text(seen(words, f"codes/all-U0HOLDER-used-{often}"))
    assert "*Brukt hos*" in read
    line = "Kontorpakke til styret (Fjellvettringene), onsdag 23. september 2026"
    assert f"{line}\n{others}".strip() in read
    assert ("til" in others) == ("997" in read)


def test_a_service_is_said_with_its_partner_where_that_says_more() -> None:
    assert place("Kontorpakke", "Nettbutikken") == "Kontorpakke (Nettbutikken)"
    assert place("Adobe Express", "adobe") == "Adobe Express"
    assert place(" Kontorpakke ", None) == "Kontorpakke"
    assert len(place("x" * 900, "y" * 900)) < 200


def test_what_a_use_is_asked_for(words: Words) -> None:
    form = fields(seen(words, "note_use/valid"))
    assert {label: field["element"]["type"] for label, field in form.items()} == {
        "Tjeneste": "plain_text_input",
        "Dato": "datepicker",
    }
    assert not any(field["optional"] for field in form.values())
    assert form["Tjeneste"]["element"]["max_length"] == 200
    assert form["Dato"]["element"]["initial_date"] == "2026-09-24"
    assert form["Dato"]["hint"]["text"] == (
        "Fra tirsdag 15. september 2026 til torsdag 24. september 2026."
    )


@pytest.mark.parametrize("who", ["mine-U0ASKER", "all-U0HOLDER"])
def test_of_what_techsoup_makes_one_says_oneself_that_it_is_used(words: Words, who: str) -> None:
    blocks = seen(words, f"codes/{who}-used-once").blocks
    offered = [b for b in blocks if b["type"] == "actions" and "Koden er brukt" in str(b)]
    theirs = 8 if "all" in who else 7  # one is of nobody in Slack
    assert len(offered) == theirs
    by_the_bot = seen(words, "codes/mine-member-each-state")
    assert "Koden er brukt" not in whole_text(by_the_bot)


def test_that_it_is_a_valid_user_is_told_with_where_and_when(words: Words) -> None:
    holder, other = (
        whole_text(seen(words, f"first_use/once-{who}")) for who in ("holder", "account-holder")
    )
    for read in (holder, other):
        assert read.startswith("Organisasjonen er nå gyldig bruker")
        assert "Kontorpakke til styret (Fjellvettringene)" in read
        assert "onsdag 23. september 2026 kl. 14.05" in read
        assert "Notert av" not in read
    assert "Koden din" in holder
    assert "Koden din" not in other
    by_hand = whole_text(seen(words, "first_use/by-hand-holder"))
    assert "*Notert av*\n" in by_hand
    assert "torsdag 24. september 2026\n" in by_hand


def test_a_partner_is_called_by_name_and_never_mentioned(words: Words) -> None:
    histories = [name for name in SCREENS if name.startswith("ordinary:history")]
    assert histories
    for name in histories:
        assert "<@01PARTNER>" not in whole_text(SCREENS[name].seen(words)), name
    assert "En leverandør tok imot koden" in whole_text(seen(words, "history/some"))
    assert "Fjellvettringene" in whole_text(seen(words, "history/some"))
