"""Account holders look after the register of authority in Slack, and are asked in time."""

from datetime import date, timedelta

import pytest

from bot.trial.sandbox import Human
from bot.trial.sandbox.screen import SeenView
from storage import holding
from storage.holding import Period
from storage.notice_times import next_review
from storage.records import OSLO, CodeState
from tests.slack.stage import COMMAND, Stage
from tests.slack.test_everyday import messages

KARI = {
    "Fornavn": "Kari",
    "Etternavn": "Nordmann",
    "E-post": "kari@example.org",
    "Rolle i organisasjonen": "Styremedlem",
    "Representasjonsmyndighet": True,
}


async def opens_people(who: Human) -> SeenView:
    if who.view():
        await who.closes(everything=True)
    await who.types(f"{COMMAND} personer")
    return await who.sees_view("Personer")


async def enters(who: Human, **changes: object) -> None:
    await opens_people(who)
    await who.clicks("Legg til person")
    await who.sees_view("Legg til person")
    await who.fills({**KARI, **changes})
    outcome = await who.submits()
    assert outcome.closed, outcome


async def changes(who: Human, **fields: object) -> None:
    await opens_people(who)
    await who.clicks("Endre")
    await who.sees_view("Endre")
    await who.fills({**fields, "Representasjonsmyndighet": True})
    outcome = await who.submits()
    assert outcome.closed, outcome


def shown_to(who: Human) -> str:
    view = who.view()
    assert view is not None
    return view.text()


def day(play: Stage, days: int) -> date:
    return play.clock().astimezone(OSLO).date() + timedelta(days=days)


async def test_somebody_is_entered_and_stands_in_the_list(play: Stage) -> None:
    view = await opens_people(play.ola)
    assert "Ingen står her nå" in view.text()
    last = day(play, 100)
    await enters(play.ola, **{"Gyldig til": last})
    shown = (await play.ola.sees("Gjelder til")).text()
    for words in ("Kari Nordmann", "kari@example.org", "Styremedlem", "av @Ola"):
        assert words in shown, words


async def test_whoever_has_a_code_stands_there_and_is_found(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.has_code(play.per)
    view = await opens_people(play.ola)
    assert "2 personer" in view.text()
    await play.ola.fills({"Søk": "per"})
    await play.ola.submits()
    await play.ola.sees("1 person")
    assert "Kari Nordmann" not in shown_to(play.ola)
    await play.ola.fills({"Søk": "finnes ikke"})
    await play.ola.submits()
    await play.ola.sees("Ingen her passer")
    await play.ola.fills({"Søk": ""})
    await play.ola.submits()
    await play.ola.sees("2 personer")


async def test_a_deputy_looks_after_it_too_and_nobody_else(play: Stage) -> None:
    async with play.deciding() as desk:
        period = Period(day(play, 0), day(play, 3))
        await holding.appoint(desk, play.kari.id, play.ola.id, period, seen=())
    await enters(play.kari)
    await play.kari.sees("1 person")
    await play.per.types(f"{COMMAND} personer")
    await play.per.sees("Bare kontoholdere kan gjøre dette")


async def test_a_person_is_confirmed_anew_in_the_list(play: Stage) -> None:
    await enters(play.anne)
    play.travel(days=3)
    await opens_people(play.ola)
    await play.ola.clicks("Bekreft på nytt")
    await play.ola.sees("av @Ola")


async def test_a_colleague_was_first_and_the_second_is_told(play: Stage) -> None:
    await enters(play.ola)
    await opens_people(play.ola)
    await changes(play.anne, **{"Rolle i organisasjonen": "Ansatt"})
    await play.ola.clicks("Bekreft på nytt")
    told = await play.ola.sees_view("Godkjenningskode")
    assert "@Anne Nordmann har bekreftet denne personen på nytt" in told.text()
    await play.ola.closes()
    await play.ola.sees("Ansatt")


async def test_what_was_typed_stays_where_a_colleague_was_first(play: Stage) -> None:
    await enters(play.ola)
    await opens_people(play.ola)
    await play.ola.clicks("Endre")
    await play.ola.sees_view("Endre")
    await changes(play.anne, **{"Rolle i organisasjonen": "Ansatt"})
    await play.ola.fills({"Rolle i organisasjonen": "Frivillig", "Representasjonsmyndighet": True})
    outcome = await play.ola.submits()
    assert "har bekreftet denne personen på nytt" in str(outcome.errors)


async def test_an_end_is_set_and_taken_away(play: Stage) -> None:
    await enters(play.ola)
    await changes(play.ola, **{"Gyldig til": day(play, 20)})
    await play.ola.sees("(20 dager igjen)")
    await changes(play.ola, **{"Uten sluttdato": True})
    await play.ola.sees("Uten sluttdato")


async def test_a_day_that_has_passed_is_refused_beside_the_field(play: Stage) -> None:
    await opens_people(play.ola)
    await play.ola.clicks("Legg til person")
    await play.ola.sees_view("Legg til person")
    await play.ola.fills({**KARI, "Gyldig til": day(play, -1)})
    outcome = await play.ola.submits()
    assert outcome.errors == {
        "Gyldig til": "Denne dagen har vært. Velg i dag eller en dag som kommer."
    }


async def withdraws(who: Human, **choices: str) -> None:
    await opens_people(who)
    await who.clicks("Trekk myndigheten")
    await who.sees_view("Trekk myndigheten")
    await who.fills(choices)
    outcome = await who.submits()
    assert outcome.closed, outcome


@pytest.mark.parametrize("codes", ["La kodene gjelde", "Trekk kodene tilbake"])
async def test_authority_is_withdrawn_with_or_without_the_codes(play: Stage, codes: str) -> None:
    await play.has_code(play.kari)
    await opens_people(play.ola)
    await play.ola.clicks("Trekk myndigheten")
    view = await play.ola.sees_view("Trekk myndigheten")
    assert "den gyldige koden" in view.text()
    await play.ola.fills({"Hva skal skje med den gyldige koden?": codes})
    outcome = await play.ola.submits()
    assert outcome.closed, outcome
    await play.ola.sees("Ingen står her nå")
    told = await play.kari.sees_message("Representasjonsmyndigheten din er trukket")
    assert "@Ola" in told.text()
    (code,) = await play.codes()
    ended = codes == "Trekk kodene tilbake"
    assert (code.state is CodeState.REVOKED) is ended
    assert ("gjelder til de går ut" in told.text()) is not ended


async def test_what_becomes_of_the_codes_has_to_be_chosen(play: Stage) -> None:
    await play.has_code(play.kari)
    await opens_people(play.ola)
    await play.ola.clicks("Trekk myndigheten")
    await play.ola.sees_view("Trekk myndigheten")
    outcome = await play.ola.submits()
    assert not outcome.closed


async def test_a_form_without_fields_says_itself_that_a_colleague_was_first(play: Stage) -> None:
    await enters(play.ola)
    await opens_people(play.ola)
    await play.ola.clicks("Trekk myndigheten")
    await play.ola.sees_view("Trekk myndigheten")
    await changes(play.anne, **{"Rolle i organisasjonen": "Ansatt"})
    await play.ola.submits()
    await play.ola.sees("har bekreftet denne personen på nytt")


async def test_requests_that_wait_are_declined_with_it(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await opens_people(play.ola)
    await play.ola.clicks("Trekk myndigheten")
    await play.ola.sees_view("Trekk myndigheten")
    await play.ola.fills(
        {
            "Hva skal skje med den gyldige koden?": "Trekk kodene tilbake",
            "Hva skal skje med forespørselen som venter?": "Avslå forespørselen",
        }
    )
    await play.ola.submits()
    await play.kari.sees("avslått")
    assert await play.waiting() == []


async def test_whoever_was_withdrawn_is_entered_again_by_somebody_who_has_read_it(
    play: Stage,
) -> None:
    await enters(play.ola)
    await withdraws(play.ola)
    await opens_people(play.anne)
    await play.anne.clicks("Legg til person")
    await play.anne.sees_view("Legg til person")
    await play.anne.fills(KARI)
    outcome = await play.anne.submits()
    assert outcome.updated, outcome
    await play.anne.sees("@Ola Nordmann har trukket myndigheten")
    assert not (await play.anne.submits()).closed, "it is not asked for anew"
    await play.anne.fills({"Representasjonsmyndighet": True})
    assert (await play.anne.submits()).closed
    await play.anne.sees("Kari Nordmann")


async def test_whoever_makes_a_code_reads_first_that_a_colleague_has_withdrawn_authority(
    play: Stage,
) -> None:
    await enters(play.ola)
    await withdraws(play.ola)
    await play.anne.types(COMMAND)
    await play.anne.sees("Fornavn")
    await play.anne.fills({"Hvem er koden til?": "En utenfor Slack"})
    await play.anne.sees("Personen har representasjonsmyndighet")
    await play.anne.fills({**KARI, "Hva skal koden brukes til?": "Nettside"})
    asked_again = (await play.anne.submits()).updated
    assert asked_again
    assert "@Ola Nordmann har trukket myndigheten til denne personen" in asked_again.text()
    assert asked_again.field("Hva skal koden brukes til?").value == "Nettside"
    assert not await play.codes()
    assert (await play.anne.submits()).errors, "it is not asked for anew"
    await play.anne.fills({"Representasjonsmyndighet": True})
    assert (await play.anne.submits()).updated
    assert await play.codes()


@pytest.mark.parametrize("declines", ["Avslå forespørselen", "La forespørselen vente"])
async def test_whoever_approves_reads_first_what_a_colleague_has_withdrawn_meanwhile(
    play: Stage, declines: str
) -> None:
    await play.has_code(play.kari)
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.ola.clicks("Godkjenn")
    await play.ola.sees_view("Godkjenn forespørsel")
    await withdraws(
        play.anne,
        **{
            "Hva skal skje med den gyldige koden?": "La kodene gjelde",
            "Hva skal skje med forespørselen som venter?": declines,
        },
    )
    await play.ola.fills({"Representasjonsmyndighet": True})
    outcome = await play.ola.submits()
    assert len(await play.codes()) == 1
    if declines == "Avslå forespørselen":
        assert not outcome.updated
        return
    assert outcome.updated
    assert "@Anne Nordmann har nettopp trukket myndigheten" in outcome.updated.text()
    assert (await play.ola.submits()).errors, "it is not asked for anew"
    await play.ola.fills({"Representasjonsmyndighet": True})
    assert (await play.ola.submits()).closed
    assert len(await play.codes()) == 2


async def test_account_holders_are_told_before_it_ends_and_confirm_with_one_click(
    play: Stage,
) -> None:
    await enters(play.ola, **{"Gyldig til": day(play, 40)})
    play.travel(days=12)
    asked = await play.anne.sees_message("Representasjonsmyndighet går ut")
    assert "Kari Nordmann, Styremedlem" in asked.text()
    await play.anne.clicks("Bekreft på nytt", where=asked)
    for holder in (play.anne, play.ola):
        await holder.waits_for(
            lambda holder=holder: (  # type: ignore[misc]
                not messages(holder, "Representasjonsmyndighet går ut") or None
            ),
            "it stands there still",
        )
    play.travel(days=60)
    await opens_people(play.ola)
    assert "Gikk ut" not in shown_to(play.ola)


async def test_once_a_year_the_list_is_gone_through(play: Stage) -> None:
    await enters(play.ola)
    await enters(play.ola, Fornavn="Per", **{"E-post": "per@example.org"})
    play.clock.now = next_review(next_review(play.clock()))
    play.bot.wake()
    asked = await play.ola.sees_message("Hvem har fortsatt representasjonsmyndighet?")
    assert asked.text().count("Styremedlem") == 2
    await play.ola.clicks("Bekreft på nytt", where=asked)
    await play.ola.waits_for(
        lambda: (
            [m.text().count("Styremedlem") for m in messages(play.ola, "Hvem har fortsatt")] == [1]
            or None
        ),
        "whoever is confirmed stands there still",
    )


async def test_what_a_colleague_did_meanwhile_is_said_beside_the_message(play: Stage) -> None:
    await enters(play.ola, **{"Gyldig til": day(play, 40)})
    play.travel(days=12)
    asked = await play.anne.sees_message("Representasjonsmyndighet går ut")
    await changes(play.ola, **{"Rolle i organisasjonen": "Ansatt", "Gyldig til": day(play, 300)})
    await play.anne.clicks("Bekreft på nytt", where=asked)
    await play.anne.sees("@Ola Nordmann har bekreftet denne personen på nytt")


async def test_whoever_asks_for_a_code_is_shown_with_how_long_their_authority_holds(
    play: Stage,
) -> None:
    await enters(play.ola, **{"Gyldig til": day(play, 100)})
    await play.asks(play.kari)
    shown = await play.ola.sees_message("ber om")
    assert "Myndigheten gjelder til" in shown.text()
