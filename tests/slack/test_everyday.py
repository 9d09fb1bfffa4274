"""What people put right, ask for once more and tell one another from day to day."""

import re
from collections.abc import Callable

import pytest

from bot.trial.sandbox import Human, SeenMessage
from bot.trial.sandbox.screen import SeenView
from storage import holding, outbox, registering
from storage.records import OPERATOR, Action
from tests.slack.stage import COMMAND, FORM, Stage

CODE_SHOWN, CODE_SENT = Action.CODE_SHOWN, Action.CODE_SENT
OUTSIDER = {"Fornavn": "Liv", "Etternavn": "Utenfor", "E-post": "liv@other.example"}


def messages(who: Human, text: str) -> list[SeenMessage]:
    return [message for message in who.messages() if text in message.text()]


def labels(message: SeenMessage) -> set[str]:
    return {button.text for button in message.buttons()}


async def filled_in(who: Human, first_name: str) -> SeenView:
    """The form, when it has that name in it."""

    def is_there() -> SeenView | None:
        form = who.view()
        return form if form and (form.field("Fornavn").value or "") == first_name else None

    return await who.waits_for(is_there, f"«{first_name}» does not stand in the form")


async def chooses(who: Human, colleague: Human) -> None:
    """In a form of their own, whom the code is for."""
    await who.types(COMMAND)
    await who.sees("Fornavn")
    await who.fills({"Hvem er koden til?": "En kollega"})
    await who.sees("Kollega")
    await who.fills({"Kollega": colleague})


# Whom a code is for


async def test_a_colleague_is_chosen_and_the_form_is_filled_in(play: Stage) -> None:
    await play.kari.types(COMMAND)
    await play.kari.sees("Fornavn")
    await play.kari.fills({"Hva skal koden brukes til?": "Nettside"})
    await play.kari.fills({"Hvem er koden til?": "En kollega"})
    form = await play.kari.sees("Kollega")
    assert not form.field("Fornavn").value
    await play.kari.fills({"Kollega": play.per})
    form = await filled_in(play.kari, "Per")
    assert form.field("E-post").value == "per@example.org"
    assert form.field("Hva skal koden brukes til?").value == "Nettside"
    await play.kari.fills({**FORM, "Hva skal koden brukes til?": "Nettside"})
    assert (await play.kari.submits()).closed
    asked = await play.ola.sees_message("Godkjenningskode til Per Nordmann")
    assert "@Per Nordmann får se koden" in asked.text()
    await play.approves(play.ola)
    told = await play.per.sees_message("Koden din er klar")
    assert "@Kari Nordmann ba om denne koden til deg." in told.text()


async def test_whoever_is_chosen_does_not_get_what_goes_to_anothers_address(
    http_play: Stage,
) -> None:
    """The address decides: somebody chosen beside it is not who it says."""
    play = http_play
    await chooses(play.kari, play.per)
    await filled_in(play.kari, "Per")
    await play.kari.fills({**FORM, "E-post": "anne@example.org"})
    assert (await play.kari.submits()).closed
    asked = await play.ola.sees_message("ber om godkjenningskode til denne personen")
    assert "@Anne Nordmann får se koden" in asked.text()


async def test_whoever_makes_a_code_for_themselves_sees_it_at_once(play: Stage) -> None:
    await play.ola.types(COMMAND)
    await play.ola.sees_view("Ny godkjenningskode")
    await play.ola.sees("Fornavn")
    await play.ola.fills(FORM)
    shown = (await play.ola.submits()).updated
    assert shown
    assert shown.title == "Godkjenningskoden"
    assert "@RodeKors" in shown.text()
    assert not shown.buttons()


async def test_whoever_makes_one_for_somebody_outside_sends_it_from_there(play: Stage) -> None:
    await play.ola.types(COMMAND)
    await play.ola.sees("Fornavn")
    await play.ola.fills({"Hvem er koden til?": "En utenfor Slack"})
    await filled_in(play.ola, "")
    await play.ola.fills({**FORM, **OUTSIDER})
    shown = (await play.ola.submits()).updated
    assert shown
    assert "@RodeKors" in shown.text()
    assert shown.links()["Skriv e-post"].startswith("mailto:liv@other.example")
    for holder in (play.ola, play.anne):
        await holder.sees_message("Send koden til Liv Utenfor")
    await play.ola.clicks("Jeg har sendt den", where=shown)
    view = await play.ola.sees("@Ola Nordmann sendte koden")
    assert "@RodeKors" in view.text()
    history = await play.history()
    told = [row["action"] for row in history if row["action"] in (CODE_SHOWN, CODE_SENT)]
    assert sorted(told) == [CODE_SENT, CODE_SHOWN]  # once, and it went on standing there
    copy = await play.anne.sees_message("Koden til Liv Utenfor er sendt")
    assert labels(copy) == {"Vis koden"}


async def test_whoever_makes_one_for_a_colleague_is_told_that_they_hear_of_it(
    play: Stage,
) -> None:
    await chooses(play.ola, play.per)
    await filled_in(play.ola, "Per")
    await play.ola.fills(FORM)
    told = (await play.ola.submits()).updated
    assert told
    assert "@Per Nordmann får beskjed" in told.text()
    assert "@RodeKors" not in told.text()
    await play.per.sees("Koden din er klar")


# Who has sent it


async def test_who_has_sent_a_code_stands_on_every_copy_and_the_asker_hears(play: Stage) -> None:
    await play.asks(play.kari, **OUTSIDER)
    await play.ola.sees("ber om")
    await play.approves(play.ola)
    for holder in (play.ola, play.anne):
        copy = await holder.sees_message("Send koden til Liv Utenfor")
        assert labels(copy) == {"Vis koden", "Jeg har sendt den"}
    old = copy
    await play.ola.clicks("Jeg har sendt den")
    for holder in (play.ola, play.anne):
        copy = await holder.sees_message("@Ola Nordmann sendte koden")
        assert labels(copy) == {"Vis koden"}
    told = await play.kari.sees_message("Koden til Liv Utenfor er sendt")
    assert "@Ola Nordmann sendte koden" in told.text()
    await play.anne.clicks("Jeg har sendt den", where=old)
    refused = await play.anne.sees_view("Godkjenningskode")
    assert "@Ola Nordmann har allerede sendt koden" in refused.text()


async def test_whoever_begins_a_new_one_reads_what_they_have_and_wait_for(http_play: Stage) -> None:
    play = http_play
    await play.has_code(play.kari)
    await play.asks(play.kari, Fornavn="Kari Anne")
    await play.kari.types(COMMAND)
    form = await play.kari.sees("Du har en gyldig kode")
    assert "•••" in form.text()
    assert "Du venter på svar på en forespørsel" in form.text()
    await play.kari.fills({"Hvem er koden til?": "En kollega"})
    form = await play.kari.sees("Kollega")
    assert "Du har en gyldig kode" not in form.text()


# Asked once more


async def test_an_answer_is_asked_for_once_more_and_comes_up_anew(play: Stage) -> None:
    await play.asks(play.kari)
    before = {
        holder.id: (await holder.sees_message("ber om")).ts for holder in (play.ola, play.anne)
    }
    play.travel(minutes=5)
    await play.kari.clicks("Purre")
    await play.kari.sees_view("Godkjenningskode")
    await play.kari.closes()
    for holder in (play.ola, play.anne):
        copy = await holder.sees_message("Purret")
        assert copy.ts != before[holder.id]
        await holder.waits_for(
            lambda holder=holder: len(messages(holder, "ber om")) == 1 or None,  # type: ignore[misc]
            "the old copy stands there still",
        )
        assert messages(holder, "ber om")[0].ts == copy.ts
    await play.kari.sees("Du purret")
    await play.approves(play.anne)
    await play.kari.sees("Koden din er klar")


async def test_it_is_asked_for_once_a_day(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.kari.clicks("Purre")
    await play.kari.sees_view("Godkjenningskode")
    await play.kari.closes()
    await play.ola.sees("Purret")
    await play.kari.clicks("Purre", where=await play.kari.sees_message("sendt til"))
    told = await play.kari.sees_view("Godkjenningskode")
    assert "Du har purret det siste døgnet" in told.text()
    await play.kari.closes()
    play.travel(hours=24)
    await play.kari.clicks("Purre", where=await play.kari.sees_message("sendt til"))
    told = await play.kari.sees_view("Godkjenningskode")
    assert "har fått forespørselen på nytt" in told.text()


async def test_nobody_asks_for_an_answer_to_what_is_anothers_or_answered(
    http_play: Stage,
) -> None:
    await http_play.asks(http_play.kari)
    own = await http_play.kari.sees_message("sendt til")
    await http_play.ola.sees("ber om")
    await http_play.approves(http_play.ola)
    await http_play.kari.sees("Koden din er klar")
    await http_play.kari.clicks("Purre", where=own)
    told = await http_play.kari.sees_view("Godkjenningskode")
    assert "allerede godkjent" in told.text()


# What colleagues have decided


async def test_what_a_colleague_decided_stands_beside_the_next_request(play: Stage) -> None:
    await play.asks(play.per)
    await play.ola.sees("ber om")
    await play.ola.clicks("Avslå")
    await play.ola.sees_view("Avslå forespørsel")
    await play.ola.fills({"Grunn": "Mangler representasjonsmyndighet"})
    assert (await play.ola.submits()).closed
    await play.per.sees("avslått")
    await play.asks(play.kari, Fornavn="Per", **{"E-post": "per@example.org"})
    asked = await play.anne.sees_message("Godkjenningskode til Per Nordmann")
    said = "@Ola Nordmann avslo"
    assert said in asked.text()
    assert "Mangler representasjonsmyndighet" in asked.text()
    await play.anne.clicks("Godkjenn", where=asked)
    view = await play.anne.sees_view("Godkjenn forespørsel")
    assert said in view.text()


async def declines(play: Stage, reason: str, message: str = "") -> None:
    """Ola, what Per has asked for."""
    await play.asks(play.per)
    await play.ola.sees("ber om")
    await play.ola.clicks("Avslå")
    await play.ola.sees_view("Avslå forespørsel")
    await play.ola.fills({"Grunn": reason, **({"Melding": message} if message else {})})
    assert (await play.ola.submits()).closed
    await play.per.sees("avslått")


PER = {"Fornavn": "Per", "E-post": "per@example.org"}


async def test_whoever_makes_a_code_reads_first_what_a_colleague_has_answered(play: Stage) -> None:
    await declines(play, "Annet", "Vi kjenner ham ikke.")
    await play.anne.types(COMMAND)
    await play.anne.sees("Fornavn")
    await play.anne.fills({"Hvem er koden til?": "En kollega"})
    await play.anne.sees("Kollega")
    await play.anne.fills({"Kollega": play.per})
    await filled_in(play.anne, "Per")
    await play.anne.fills({**FORM, **PER, "Hva skal koden brukes til?": "Nettside"})
    asked_again = (await play.anne.submits()).updated
    assert asked_again
    assert asked_again.title == "Ny godkjenningskode"
    assert "@Ola Nordmann har avslått å gi denne personen kode" in asked_again.text()
    assert "Vi kjenner ham ikke." in asked_again.text()
    kept = ("Fornavn", "Etternavn", "E-post", "Hva skal koden brukes til?")
    assert [asked_again.field(label).value for label in kept] == [
        "Per",
        "Nordmann",
        "per@example.org",
        "Nettside",
    ]
    assert not await play.codes()
    outcome = await play.anne.submits()
    assert outcome.errors  # the word on authority is given anew, by somebody who has read it
    await play.anne.fills({"Representasjonsmyndighet": True})
    assert (await play.anne.submits()).updated
    await play.per.sees_message("Koden din er klar")


async def test_nobody_is_asked_about_what_they_answered_themselves_or_has_been_settled_since(
    http_play: Stage,
) -> None:
    play = http_play
    await declines(play, "Kjenner ikke personen")
    play.travel(minutes=1)
    await play.makes(play.ola, **PER)
    await play.per.sees_message("Koden din er klar")
    play.travel(minutes=1)
    await play.makes(play.anne, **PER)
    await play.until(lambda: has_codes(play, 2), "the second code was not made at once")


async def has_codes(play: Stage, count: int) -> bool:
    return len(await play.codes()) == count


async def test_what_a_colleague_answered_stands_in_the_list_of_what_waits(http_play: Stage) -> None:
    play = http_play
    await declines(play, "Kjenner ikke personen")
    await play.asks(play.per)
    await play.anne.types(f"{COMMAND} behandle")
    listed = await play.anne.sees_view("Venter på svar")
    assert "@Ola Nordmann avslo" in listed.text()
    assert "Kjenner ikke personen" in listed.text()


async def test_whoever_was_declined_hears_of_it_when_they_ask(http_play: Stage) -> None:
    play = http_play
    await declines(play, "Kjenner ikke personen")
    await play.per.says("Når får jeg svar på forespørselen?")
    told = await play.per.sees_message("Når får jeg svar?")
    assert "@Ola Nordmann avslo den siste forespørselen" in told.text()
    assert "Kjenner ikke personen" in told.text()
    play.travel(days=40)
    await play.per.says("Hvor lenge må jeg vente på kode?")
    await play.per.sees_message("Du har ingen forespørsel som venter på svar")


async def test_colleagues_see_why_a_request_was_declined(http_play: Stage) -> None:
    play = http_play
    await declines(play, "Annet", "Per er\nikke medlem.")
    copy = await play.anne.sees_message("Avslått: Per Nordmann")
    assert "Per er\nikke medlem." in copy.text()


async def test_two_who_ask_for_one_person_are_seen_beside_one_another(play: Stage) -> None:
    per = {"Fornavn": "Per", "E-post": "per@example.org"}
    await play.asks(play.kari, **per)
    first = await play.ola.sees_message("@Kari Nordmann ber om")
    assert "Venter også" not in first.text()
    await play.asks(play.per)
    second = await play.ola.sees_message("Per Nordmann ber om godkjenningskode")
    assert "@Kari Nordmann ba om kode" in second.text()
    await play.ola.sees("@Per Nordmann ba om kode")
    for asker in (play.kari, play.per):
        await asker.sees("flere forespørsler om kode til samme person")
    await play.approves(play.ola)
    await play.ola.sees("Gyldig kode")


@pytest.mark.parametrize("how", ["Oppdater koden", "Trekk tilbake"])
async def test_a_request_shows_what_has_become_of_the_code_beside_it(play: Stage, how: str) -> None:
    await play.has_code(play.kari)
    await play.asks(play.kari, Fornavn="Kari Anne")
    asked = await play.anne.sees_message("Gyldig kode")
    hint = re.search(r"Gyldig kode\W+(\w+)•", asked.text())
    assert hint, asked.text()
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.clicks(how)
    if how == "Trekk tilbake":
        await play.ola.sees("Trukket tilbake")
    else:
        await play.ola.sees("Erstattet")

    def is_told() -> bool | None:
        (waiting,) = messages(play.anne, "Kari Anne Nordmann ber om")
        label = "Trukket tilbake" if how == "Trekk tilbake" else ""
        is_good = re.search(rf"Gyldig kode\W+{hint[1]}•", waiting.text())
        return (label in waiting.text() and not is_good) or None

    await play.anne.waits_for(is_told, "the request goes on telling of a code that is over")


# What has been told


async def test_what_was_told_of_a_code_that_is_replaced_loses_its_buttons(play: Stage) -> None:
    await play.has_code(play.kari)
    play.travel(days=46)
    told = await play.kari.sees_message("Koden går ut om 14 dager")
    assert labels(told) == {"Oppdater koden"}
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.clicks("Oppdater koden")
    await play.ola.sees("Erstattet")

    def are_without() -> bool | None:
        old = messages(play.kari, "skal ikke brukes lenger")
        return (len(old) == 2 and not any(each.buttons() for each in old)) or None

    await play.kari.waits_for(are_without, "what is over can be pressed")
    ready = await play.kari.sees_message("Den erstatter den gamle koden din")
    assert labels(ready) == {"Vis koden"}


async def test_what_was_told_of_a_code_that_is_withdrawn_says_so(http_play: Stage) -> None:
    play = http_play
    await play.has_code(play.kari)
    ready = await play.kari.sees_message("Koden din er klar")
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.clicks("Trekk tilbake")

    def says_so() -> bool | None:
        now = [each for each in play.kari.messages() if each.ts == ready.ts]
        return "Koden er trukket tilbake" in now[0].text() or None

    await play.kari.waits_for(says_so, "it still says that the code is ready")


async def test_what_tells_that_a_code_runs_out_knows_whether_a_new_one_is_asked_for(
    play: Stage,
) -> None:
    await play.has_code(play.kari)
    play.travel(days=46)
    told = await play.kari.sees_message("Koden går ut om 14 dager")
    await play.kari.clicks("Oppdater koden", where=told)

    def is_left(buttons: set[str]) -> Callable[[], bool | None]:
        def look() -> bool | None:
            now = [each for each in play.kari.messages() if each.ts == told.ts]
            asked = "Det er bedt om at den blir oppdatert" in now[0].text()
            return (labels(now[0]) == buttons and asked is not bool(buttons)) or None

        return look

    await play.kari.waits_for(is_left(set()), "it can be asked for twice")
    await play.ola.sees("ber om å få oppdatert")
    await play.ola.clicks("Avslå")
    await play.ola.sees_view("Avslå forespørsel")
    await play.ola.fills({"Grunn": "Trenger mer informasjon"})
    assert (await play.ola.submits()).closed
    await play.kari.waits_for(is_left({"Oppdater koden"}), "it cannot be asked for again")


async def test_from_a_code_that_is_replaced_one_comes_to_the_one_that_is_there(
    http_play: Stage,
) -> None:
    play = http_play
    await play.has_code(play.kari)
    old = await play.kari.sees_message("Koden din er klar")
    for _ in range(2):
        play.travel(minutes=1)
        await play.ola.types(f"{COMMAND} koder")
        await play.ola.sees_view("Organisasjonens koder")
        await play.ola.clicks("Oppdater koden")
        await play.ola.sees("Erstattet")
    await play.kari.clicks("Vis koden", where=old)
    told = await play.kari.sees_view("Godkjenningskode")
    await play.kari.clicks("Vis den nye koden", where=told)
    shown = await play.kari.sees_view("Godkjenningskoden")
    assert "@RodeKors" in shown.text()
    await play.kari.closes(everything=True)


async def test_what_waits_is_one_reminder_that_is_kept_up_to_date_and_goes(play: Stage) -> None:
    await play.asks(play.kari)
    await play.asks(play.per)
    await play.ola.sees("Per Nordmann ber om")
    play.travel(hours=24)
    await play.ola.sees_message("2 forespørsler venter på svar")
    await play.per.clicks("Trekk forespørselen")
    await play.ola.sees_message("1 forespørsel venter på svar")
    for days in (3, 6):
        before = (await play.ola.sees_message("1 forespørsel venter på svar")).ts
        play.travel(days=3)
        await play.ola.waits_for(
            lambda before=before: (  # type: ignore[misc]
                [m.ts != before for m in messages(play.ola, "venter på svar")] == [True] or None
            ),
            f"after {days} days more there is not one",
        )
    await play.kari.clicks("Trekk forespørselen")
    for holder in (play.ola, play.anne):
        await holder.waits_for(
            lambda holder=holder: not messages(holder, "venter på svar") or None,  # type: ignore[misc]
            "it stands there still",
        )


# What is told where it was pressed


async def test_a_request_that_is_taken_back_from_an_answer_is_said_to_be(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.kari.says("når får jeg svar på forespørselen min?")
    answer = await play.kari.sees_message("Forespørselen din er kommet frem")
    await play.kari.clicks("Trekk forespørselen", where=answer)
    told = await play.kari.sees_view("Godkjenningskode")
    assert "Forespørselen er trukket" in told.text()
    await play.ola.sees("Trukket: Kari Nordmann")


async def all_is_settled(play: Stage) -> bool:
    async with play.database.reading() as transaction:
        return await outbox.undelivered(transaction) == []


async def test_a_request_that_is_taken_back_where_it_shows_is_said_nowhere_else(
    play: Stage,
) -> None:
    await play.asks(play.kari)
    sent = await play.kari.sees_message("sendt til")
    await play.until(lambda: all_is_settled(play), "where it stands is not kept")
    await play.kari.clicks("Trekk forespørselen", where=sent)
    await play.kari.sees_message("Forespørselen er trukket")
    await play.slack.settles()
    assert play.kari.view() is None


@pytest.mark.parametrize("whom", ["En kollega", "En utenfor Slack"])
async def test_what_is_refused_is_said_in_a_form_about_anybody(http_play: Stage, whom: str) -> None:
    play = http_play
    await play.kari.types(COMMAND)
    await play.kari.sees("Fornavn")
    await play.kari.fills({"Hvem er koden til?": whom})
    if whom == "En kollega":
        await play.kari.sees("Kollega")
        await play.kari.fills({"Kollega": play.per})
        await filled_in(play.kari, "Per")
        await play.kari.fills(FORM)
    else:
        await play.kari.waits_for(
            lambda: play.kari.view().field("Fornavn").value is None or None,  # type: ignore[union-attr]
            "it is not empty",
        )
        await play.kari.fills({**FORM, "Fornavn": "Liv", "Etternavn": "Li", "E-post": "liv@x.no"})
    async with play.deciding() as desk:
        await registering.suspend(desk)
    outcome = await play.kari.submits()
    assert "Organisasjonen kan ikke lage koder nå" in outcome.errors["Representasjonsmyndighet"]


async def test_of_two_quick_choices_the_last_one_counts(http_play: Stage) -> None:
    play = http_play
    await chooses(play.kari, play.per)
    await play.kari.fills({"Kollega": play.ola})
    form = await filled_in(play.kari, "Ola")
    await play.slack.settles()
    assert form.field("Fornavn").value == "Ola"


async def test_whoever_is_account_holder_no_more_has_nothing_to_decide_by(
    http_play: Stage,
) -> None:
    play = http_play
    await play.asks(play.kari)
    await play.anne.sees_message("ber om")
    async with play.deciding() as desk:
        await holding.remove(desk, play.anne.id, OPERATOR)
    play.travel(minutes=1)
    copy = await play.anne.sees_message("Du avgjør ikke forespørsler her lenger")
    assert not copy.buttons()
    assert "kari@example.org" not in copy.text()
