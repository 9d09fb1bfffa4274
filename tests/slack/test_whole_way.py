"""From the command to a code in hand, over HTTP and over Socket Mode."""

from bot.trial.sandbox import Silence
from bot.trial.sandbox.records import ApiCall
from storage import holding
from storage.records import OPERATOR
from tests.slack.stage import COMMAND, FORM, Stage


async def test_a_representative_asks_for_themselves_and_gets_the_code(play: Stage) -> None:
    await play.kari.types(COMMAND)
    form = await play.kari.sees_view("Be om godkjenningskode")
    await play.kari.sees("Fornavn")
    form = play.kari.view() or form
    assert form.field("Fornavn").value == "Kari"
    assert form.field("E-post").value == "kari@example.org"
    await play.kari.fills(FORM)
    assert (await play.kari.submits()).closed
    sent = await play.kari.sees_message("sendt")
    assert f"@{play.ola.record.display_name}" in sent.text()
    asked = await play.ola.sees_message("Kari Nordmann ber om")
    for fact in ("kari@example.org", "Frivillig", "Nettside", "@Kari"):
        assert fact in asked.text()
    await play.anne.sees("ber om")
    await play.approves(play.ola)
    await play.kari.sees("Koden din er klar")
    await play.kari.clicks("Vis koden")
    shown = await play.kari.sees_view("Godkjenningskoden")
    assert "@RodeKors" in shown.text()
    await play.anne.sees("godkjent av @Ola")
    assert "Godkjenn" not in [button.text for button in (await play.anne.sees("ber om")).buttons()]
    assert play.slack.workspace.violations == []


async def test_for_a_colleague_in_slack_the_code_goes_to_the_colleague(play: Stage) -> None:
    await play.asks(play.kari, Fornavn="Per", **{"E-post": "per@example.org"})
    asked = await play.ola.sees_message("ber om")
    for fact in ("Per Nordmann", "per@example.org", "@Per", "@Kari"):
        assert fact in asked.text()
    await play.approves(play.ola)
    await play.per.sees("Koden din er klar")
    told = await play.kari.sees_message("@Per")
    assert "Vis koden" not in [button.text for button in told.buttons()]
    await play.per.clicks("Vis koden")
    assert "@RodeKors" in (await play.per.sees_view("Godkjenningskoden")).text()


async def test_for_somebody_outside_slack_every_account_holder_sends_it(play: Stage) -> None:
    outsider = {"Fornavn": "Liv", "Etternavn": "Utenfor", "E-post": "liv@other.example"}
    await play.asks(play.kari, **outsider)
    asked = await play.ola.sees_message("ber om")
    assert "Liv Utenfor" in asked.text()
    await play.approves(play.ola)
    for holder in (play.ola, play.anne):
        message = await holder.sees_message("Send koden til Liv Utenfor")
        mail = message.links()["Skriv e-post"]
        assert mail.startswith("mailto:liv@other.example?subject=")
        assert "RodeKors" not in mail
    await play.kari.sees("Liv Utenfor")
    await play.anne.clicks("Vis koden")
    assert "@RodeKors" in (await play.anne.sees_view("Godkjenningskoden")).text()


async def test_a_name_says_nothing_about_who_somebody_is(play: Stage) -> None:
    """Everybody may call themselves what they like in Slack: only the address counts."""
    outsider = {"Fornavn": "Xenia", "Etternavn": "Ytre", "E-post": "xenia@other.example"}
    await play.makes(play.ola, **outsider)
    await play.ola.sees("Send koden til Xenia Ytre")
    await play.slack.changes(play.per, first_name="Xenia", last_name="Ytre")
    await play.asks(play.per, **outsider)
    await play.anne.sees("Dere må sende koden selv")
    await play.per.clicks("Trekk forespørselen")
    play.travel(days=46)
    await play.ola.sees("Koden går ut om 14 dager")
    assert {code.user_id for code in await play.codes()} == {None}
    play.per.sees_nothing_like("Koden går ut")


async def test_an_account_holder_makes_a_code_for_themselves(play: Stage) -> None:
    await play.makes(play.ola)
    await play.ola.sees("Koden din er klar")
    await play.ola.clicks("Vis koden")
    assert "@RodeKors" in (await play.ola.sees_view("Godkjenningskoden")).text()
    play.anne.sees_nothing_like("ber om")


async def test_an_account_holder_makes_a_code_for_another(play: Stage) -> None:
    await play.makes(play.ola, Fornavn="Per", **{"E-post": "per@example.org"})
    await play.per.sees("Koden din er klar")
    await play.ola.sees_message("@Per")


async def test_declined_with_the_reason_and_what_to_do_next(play: Stage) -> None:
    await play.asks(play.kari)
    for holder in (play.ola, play.anne):
        await holder.sees("ber om")
    await play.ola.clicks("Avslå")
    await play.ola.sees_view("Avslå forespørsel")
    await play.ola.fills({"Grunn": "Annet"})
    refused = await play.ola.submits()
    assert "Melding" in refused.errors
    await play.ola.fills({"Melding": "Ring meg, *Kari*"})
    assert (await play.ola.submits()).closed
    declined = await play.kari.sees_message("Ring meg, *Kari*")
    assert "Be om godkjenningskode" in [button.text for button in declined.buttons()]
    anne = await play.anne.sees_message("avslått av @Ola")
    assert anne.buttons() == []
    assert await play.codes() == []


async def test_withdrawn_by_the_asker(play: Stage) -> None:
    await play.asks(play.kari)
    for holder in (play.ola, play.anne):
        await holder.sees("ber om")  # what is not posted before it is decided is not posted at all
    await play.kari.clicks("Trekk forespørselen")
    for holder in (play.ola, play.anne):
        copy = await holder.sees_message("trukket")
        assert copy.buttons() == []
    assert await play.waiting() == []


async def test_a_request_lapses_after_thirty_days_and_can_be_made_again(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    play.travel(hours=24)
    reminder = await play.ola.sees_message("venter")
    assert "Kari Nordmann" in reminder.text()
    play.travel(days=30)
    await play.kari.sees("utløpt")
    await play.kari.clicks("Be om godkjenningskode")
    await play.kari.sees_view("Be om godkjenningskode")


async def test_the_holder_asks_for_a_refresh_before_expiry(play: Stage) -> None:
    await play.has_code(play.kari)
    play.travel(days=46)
    await play.kari.sees("Koden går ut om 14 dager")
    await play.kari.clicks("Oppdater koden")
    await play.kari.sees_view("Godkjenningskode")
    await play.kari.closes()
    await play.ola.sees("oppdatert")
    await play.approves(play.ola)
    old, new = sorted(await play.codes(), key=lambda code: code.made_at)
    assert (old.state, new.state, new.replaces_id) == ("replaced", "active", old.id)
    await play.kari.waits_for(
        lambda: sum("er klar" in m.text() for m in play.kari.messages()) == 2 or None,
        "no second code",
    )


async def test_an_account_holder_refreshes_after_expiry_at_once(play: Stage) -> None:
    await play.has_code(play.kari)
    play.travel(days=61)
    await play.kari.sees("Koden er gått ut")
    await play.ola.types(f"{COMMAND} koder")
    listed = await play.ola.sees_view("Organisasjonens koder")
    assert "Utløpt" in listed.text()
    await play.ola.clicks("Oppdater koden")
    await play.ola.sees("Erstattet")
    await play.kari.waits_for(
        lambda: sum("er klar" in m.text() for m in play.kari.messages()) == 2 or None,
        "no second code",
    )


async def test_revoked_for_good(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    clicked = await play.ola.clicks("Trekk tilbake")
    assert clicked.confirmation
    await play.ola.sees("Trukket tilbake")
    await play.kari.sees("trukket")
    await play.kari.clicks("Vis koden", where=await play.kari.sees_message("er klar"))
    told = await play.kari.sees_view("Godkjenningskode")
    assert "trukket" in told.text()


async def test_what_waits_is_decided_from_the_list(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.types(f"{COMMAND} behandle")
    listed = await play.ola.sees_view("Venter på svar")
    await play.ola.clicks("Godkjenn", where=listed)
    await play.ola.sees_view("Godkjenn forespørsel")
    await play.ola.fills({"Representasjonsmyndighet": True})
    assert (await play.ola.submits()).closed
    await play.kari.sees("Koden din er klar")
    await play.ola.waits_for(
        lambda: ((view := play.ola.view()) and not view.buttons()) or None, "the list is stale"
    )


async def test_mine_and_the_organisations_codes(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.kari.types(f"{COMMAND} koder")
    mine = await play.kari.sees_view("Mine koder")
    for fact in ("Kari Nordmann", "kari@example.org", "Nettside", "•••", "Gyldig", "60 dager"):
        assert fact in mine.text()
    assert {button.text for button in mine.buttons()} == {"Vis koden", "Oppdater koden"}
    await play.kari.clicks("Vis koden")
    await play.kari.sees_view("Godkjenningskoden")


async def test_home_does_all_that_the_command_does(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.kari.opens_home()
    home = await play.kari.sees_home("Røde Kors")
    await play.kari.clicks("Vis koden", where=home)
    await play.kari.sees_view("Godkjenningskoden")
    await play.asks(play.per)
    await play.ola.opens_home()
    await play.ola.clicks("Behandle forespørsler", where=await play.ola.sees_home("Røde Kors"))
    await play.ola.sees("Per Nordmann")


async def test_the_shortcut_opens_the_form(play: Stage) -> None:
    await play.kari.uses_shortcut("ask_for_code")
    await play.kari.sees_view("Be om godkjenningskode")


async def test_help(play: Stage) -> None:
    answered = await play.per.types(f"{COMMAND} hjelp")
    assert answered
    assert {"Be om godkjenningskode", "Mine koder"} <= {b.text for b in answered.buttons()}


async def test_whoever_became_account_holder_gets_their_help_once_something_happened(
    play: Stage,
) -> None:
    before = await play.kari.types(f"{COMMAND} hjelp")
    assert before
    assert "Behandle forespørsler" not in {button.text for button in before.buttons()}
    async with play.deciding() as desk:
        await holding.add(desk, play.kari.id, OPERATOR)
    await play.asks(play.per)
    after = await play.kari.types(f"{COMMAND} hjelp")
    assert after
    assert "Behandle forespørsler" in {button.text for button in after.buttons()}


async def test_under_another_name_than_ones_own_the_account_holder_is_warned(play: Stage) -> None:
    await play.asks(play.per, Fornavn="Kari")
    asked = await play.ola.sees_message("Se nøye etter")
    assert "Kari Nordmann ber om" not in asked.text()
    assert "@Per Nordmann ber om" in asked.text()
    await play.ola.clicks("Godkjenn")
    await play.ola.sees_view("Godkjenn forespørsel")
    view = play.ola.view()
    assert view
    assert "Se nøye etter" in view.text()


async def test_a_middle_name_more_or_less_is_no_other_name(play: Stage) -> None:
    await play.asks(play.kari, Fornavn="Kari Anne")
    asked = await play.ola.sees_message("Kari Anne Nordmann ber om")
    assert "Se nøye etter" not in asked.text()


async def test_a_form_closed_before_it_was_filled_is_no_trouble(play: Stage) -> None:
    """Were it trouble, a second modal would be opened by the same trigger: the stage forbids it."""
    play.slack.workspace.fail("users.info", Silence(0.3))
    await play.kari.uses_shortcut("ask_for_code")
    await play.kari.sees("Henter skjemaet")
    await play.kari.closes()

    def answered() -> ApiCall | None:
        calls = [c for c in play.slack.workspace.calls if c.method == "views.update" and c.elapsed]
        return next(iter(calls), None)

    filled = await play.kari.waits_for(answered, "the form is never filled")
    assert filled.outcome == "not_found"


async def test_who_has_one_name_is_not_proposed_it_twice(play: Stage) -> None:
    cher = play.slack.person("Cher", email="cher@example.org")
    await cher.types(COMMAND)
    await cher.sees("Fornavn")
    form = await cher.sees_view("Be om godkjenningskode")
    assert form.field("Fornavn").value == "Cher"
    assert not form.field("Etternavn").value


async def test_what_one_waits_for_stands_on_home_and_can_be_taken_back_there(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.kari.opens_home()
    home = await play.kari.sees_home("Venter på svar")
    assert "Det du har bedt om, venter på svar" in home.text()
    assert "@Ola Nordmann" in home.text()
    await play.kari.clicks("Trekk forespørselen", where=home)

    def is_gone() -> bool | None:
        shown = play.kari.home()
        return (shown is not None and "Venter på svar" not in shown.text()) or None

    await play.kari.waits_for(is_gone, "it stands there still")
    assert await play.waiting() == []


async def test_what_one_waits_for_stands_above_ones_codes(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.kari.types(f"{COMMAND} koder")
    mine = await play.kari.sees_view("Mine koder")
    assert "Venter på svar" in mine.text()
    await play.kari.clicks("Trekk forespørselen", where=mine)
    await play.kari.sees("Du har ingen koder ennå")
    assert await play.waiting() == []
    assert play.ola.text_on_screen().count("Venter på svar") == 0
