"""Account holders say in Slack who decides: they add, remove and appoint, and all hear of it."""

from datetime import date, timedelta

import pytest

from bot.trial.sandbox import Human, SlackError
from bot.trial.sandbox.screen import Button, SeenView
from storage import holding
from storage.records import OSLO
from tests.slack.stage import COMMAND, Stage
from tests.slack.test_telling import settled

SUBMISSION = "view_submission"


async def opens_holders(who: Human) -> SeenView:
    if who.view():
        await who.closes(everything=True)
    await who.types(f"{COMMAND} kontoholdere")
    return await who.sees_view("Kontoholdere")


def today(play: Stage) -> date:
    return play.clock().astimezone(OSLO).date()


async def adds(who: Human, new: Human) -> None:
    await opens_holders(who)
    await who.clicks("Legg til kontoholder")
    await who.sees_view("Legg til kontoholder")
    await who.fills({"Ny kontoholder": new})
    outcome = await who.submits()
    assert outcome.closed, outcome


async def appoints(play: Stage, who: Human, deputy: Human, first: int, last: int) -> None:
    await opens_holders(who)
    await who.clicks("Stedfortreder")
    await who.sees_view("Stedfortreder")
    days = {"Fra": today(play) + timedelta(days=first), "Til": today(play) + timedelta(days=last)}
    await who.fills({"Stedfortreder": deputy, **days})
    outcome = await who.submits()
    assert outcome.closed, outcome


def button_at(view: SeenView, who: Human) -> Button:
    """**Fjern** beside somebody."""
    of_them = (block for block in view.blocks if f"<@{who.id}>" in str(block.get("text")))
    value = next(of_them)["accessory"]["value"]
    return next(button for button in view.buttons() if button.value == value)


async def removes(who: Human, gone: Human) -> None:
    view = await opens_holders(who)
    await who.presses(button_at(view, gone), view)


async def test_a_colleague_becomes_account_holder_and_all_hear_of_it(play: Stage) -> None:
    await adds(play.ola, play.per)
    assert (await play.standing()).is_account_holder(play.per.id)
    told = await play.per.sees("Du er nå kontoholder")
    assert "har lagt deg inn som kontoholder her" in told.text()
    assert [each.text for each in told.buttons()] == ["Kontoholdere"]
    assert "har lagt inn @Per" in (await play.anne.sees("Ny kontoholder")).text()
    await play.ola.sees("lagt til av @Ola")


async def test_whoever_is_removed_decides_no_more_and_all_hear_of_it(play: Stage) -> None:
    await play.asks(play.kari)
    await play.anne.sees("ber om")
    await removes(play.ola, play.anne)
    told = await play.anne.sees("Du er ikke lenger kontoholder")
    assert "har fjernet deg som kontoholder" in told.text()
    assert not (await play.standing()).is_account_holder(play.anne.id)
    view = await play.ola.sees("Du er den eneste")
    assert "@Anne" not in view.text()


async def test_the_last_one_is_not_removed_and_it_is_said_why(play: Stage) -> None:
    seen = await opens_holders(play.ola)
    await play.ola.presses(button_at(seen, play.anne), seen)
    shown = await play.ola.sees("Du er den eneste")
    assert "Fjern" not in [each.text for each in shown.buttons()]
    await play.ola.presses(button_at(seen, play.ola), seen)
    await play.ola.sees("eneste kontoholderen")
    assert (await play.standing()).holders == (play.ola.id,)


async def test_whoever_removes_themselves_sees_no_list_any_more(play: Stage) -> None:
    await removes(play.ola, play.ola)
    await play.ola.sees("Du er ikke lenger kontoholder")
    assert "har sluttet som kontoholder" in (await play.anne.sees("er fjernet")).text()


async def test_a_deputy_decides_in_their_time_is_told_and_stops_by_themselves(play: Stage) -> None:
    await appoints(play, play.ola, play.per, 1, 2)
    told = await play.per.sees("Du er valgt som stedfortreder")
    assert "har valgt deg som stedfortreder" in told.text()
    assert "har valgt @Per" in (await play.anne.sees("Ny stedfortreder")).text()
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    play.travel(days=1)
    await play.per.sees("Nå er du stedfortreder")
    waiting = await play.per.sees("venter på svar")
    assert waiting.buttons()
    await play.per.clicks("Behandle forespørsler")
    await play.per.sees_view("Venter på svar")
    await play.approves(play.per)
    await play.kari.sees("Koden din er klar")
    play.travel(days=2)
    await play.per.sees("Tiden som stedfortreder er over")
    await play.per.types(f"{COMMAND} behandle")
    await play.per.sees("Bare kontoholdere kan gjøre dette")


async def test_a_deputy_sees_nothing_of_who_decides(play: Stage) -> None:
    await appoints(play, play.ola, play.per, 0, 2)
    await play.per.sees("Du er valgt som stedfortreder")
    await play.per.types(f"{COMMAND} kontoholdere")
    await play.per.sees("kan ikke endre hvem som er kontoholder")
    await play.per.opens_home()
    home = await play.per.sees("Organisasjonens koder")
    assert "Kontoholdere" not in [each.text for each in home.buttons()]
    await play.ola.opens_home()
    home = await play.ola.sees("Organisasjonens koder")
    assert "Kontoholdere" in [each.text for each in home.buttons()]


async def test_a_member_is_told_whom_to_ask(play: Stage) -> None:
    await play.kari.types(f"{COMMAND} kontoholdere")
    assert "@Ola" in (await play.kari.sees("Bare kontoholdere kan gjøre dette")).text()


@pytest.mark.parametrize(
    ("first", "last", "field", "said"),
    [
        (-1, 2, "Fra", "Denne dagen har vært"),
        (2, 1, "Til", "kan ikke komme før den første"),
        (0, 400, "Til", "Perioden er for lang"),
    ],
)
async def test_a_time_that_cannot_be_is_said_beside_the_day(
    play: Stage, first: int, last: int, field: str, said: str
) -> None:
    await opens_holders(play.ola)
    await play.ola.clicks("Stedfortreder")
    await play.ola.sees_view("Stedfortreder")
    days = {"Fra": today(play) + timedelta(days=first), "Til": today(play) + timedelta(days=last)}
    await play.ola.fills({"Stedfortreder": play.per, **days})
    outcome = await play.ola.submits()
    assert said in outcome.errors[field], outcome


async def test_whom_slack_does_not_know_as_a_person_is_not_chosen(play: Stage) -> None:
    await opens_holders(play.ola)
    await play.ola.clicks("Legg til kontoholder")
    await play.ola.sees_view("Legg til kontoholder")
    await play.ola.fills({"Ny kontoholder": play.slack.workspace.installation.bot_user_id})
    outcome = await play.ola.submits()
    assert "ikke en person i arbeidsområdet" in outcome.errors["Ny kontoholder"]
    await play.ola.fills({"Ny kontoholder": play.anne})
    outcome = await play.ola.submits()
    assert "kontoholder fra før" in outcome.errors["Ny kontoholder"]


async def test_what_a_colleague_has_done_meanwhile_is_said(play: Stage) -> None:
    async with play.deciding() as desk:
        await holding.add(desk, play.per.id, play.ola.id)
    play.bot.wake()
    await play.per.sees("Du er nå kontoholder")
    theirs = await opens_holders(play.anne)
    await removes(play.ola, play.per)
    await play.per.sees("Du er ikke lenger kontoholder")
    await play.anne.presses(button_at(theirs, play.per), theirs)
    await play.anne.sees("har allerede fjernet denne personen")


async def test_who_leaves_slack_stands_in_no_more(play: Stage) -> None:
    await appoints(play, play.ola, play.per, 3, 5)
    await play.per.sees("Du er valgt som stedfortreder")
    await play.slack.deactivates(play.per)
    await play.anne.sees("er ikke lenger i Slack")
    async with play.looking() as desk:
        assert [each.user_id for each in await holding.there(desk) if each.is_deputy] == []


async def test_who_stands_in_again_has_the_buttons_again(play: Stage) -> None:
    await appoints(play, play.ola, play.per, 0, 1)
    await play.per.sees("Du er valgt som stedfortreder")
    await play.asks(play.kari)
    asked = await play.per.sees_message("Kari Nordmann ber om")
    assert asked.buttons()
    await removes(play.ola, play.per)
    await play.per.sees("Du avgjør ikke forespørsler her lenger")
    await appoints(play, play.anne, play.per, 0, 1)
    await play.approves(play.per)
    await play.kari.sees("Koden din er klar")


async def test_that_nobody_holds_the_account_is_in_the_log_also_when_somebody_stands_in(
    play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await appoints(play, play.ola, play.per, 0, 5)
    await play.per.sees("Du er valgt som stedfortreder")
    await play.slack.deactivates(play.anne)
    await play.slack.deactivates(play.ola)
    await play.per.sees("Organisasjonen har ingen kontoholder nå")
    assert "organisation_without_account_holder" in [each.message for each in caplog.records]


async def test_who_decides_again_is_not_told_that_they_do_not(play: Stage) -> None:
    await appoints(play, play.ola, play.per, 0, 0)
    await play.per.sees("Du er valgt som stedfortreder")
    play.slack.workspace.fail(
        "chat.postMessage",
        SlackError("internal_error"),
        times=1,
        when=lambda body: "er over" in body["text"],
    )
    play.travel(days=2)
    await play.until(lambda: _is_over(play), "nobody has swept")
    await adds(play.ola, play.per)
    await play.per.sees("Du er nå kontoholder")
    await settled(play)
    assert "Tiden som stedfortreder er over" not in play.per.text_on_screen()


async def _is_over(play: Stage) -> bool:
    async with play.looking() as desk:
        return play.per.id not in {each.user_id for each in await holding.there(desk)}


async def test_the_same_form_sent_twice_adds_once_and_complains_of_nothing(play: Stage) -> None:
    await adds(play.ola, play.per)
    await play.per.sees("Du er nå kontoholder")
    seen = play.slack.workspace.acknowledgements
    sent = next(each.payload for each in reversed(seen) if each.payload["type"] == SUBMISSION)
    again = await play.slack.deliver("interactive", dict(sent))
    assert (again.status, again.body) == (200, b"")
    await play.slack.settles()
    assert sum("Du er nå kontoholder" in each.text() for each in play.per.messages()) == 1
