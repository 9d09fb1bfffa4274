"""Account holders see what has happened, in words, with who and when."""

from bot.trial.sandbox import Human
from bot.trial.sandbox.screen import SeenView
from storage import audit
from storage.records import Action
from tests.slack.stage import COMMAND, Stage


async def opens_history(who: Human) -> SeenView:
    await who.types(f"{COMMAND} historikk")
    return await who.sees_view("Historikk")


async def test_what_has_happened_is_read_with_who_and_when(play: Stage) -> None:
    await play.has_code(play.kari)
    view = await opens_history(play.ola)
    for words in (
        "@Ola Nordmann godkjente forespørselen",
        "@Kari Nordmann ba om kode",
        "søndag 1. mars 2026 kl. 13.00",
        "Innstillingene la til organisasjonen",
    ):
        assert words in view.text(), words


async def test_it_is_searched_by_person_and_by_code(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.has_code(play.per)
    kari, per = sorted(await play.codes(), key=lambda code: code.person.first_name)
    await opens_history(play.ola)
    await play.ola.fills({"Person": "kari"})
    await play.ola.submits()
    view = await play.ola.sees("hendelser")
    assert f"{kari.hint}•••" in view.text()
    assert "Per Nordmann" not in view.text()
    await play.ola.fills({"Person": "", "Kode": per.hint})
    await play.ola.submits()
    view = await play.ola.sees("Per Nordmann")
    await play.ola.fills({"Person": "finnes ikke"})
    await play.ola.submits()
    await play.ola.sees("Ingenting passer til søket")


async def test_what_does_not_fit_on_a_page_is_turned_to(play: Stage) -> None:
    async with play.deciding() as desk:
        for _ in range(20):
            await audit.record(desk, play.ola.id, Action.QUESTION_ANSWERED)
    first = await opens_history(play.ola)
    assert "Side 1 av" in first.text()
    await play.ola.clicks("Neste side")
    await play.ola.sees("Side 2 av")
    await play.ola.clicks("Forrige side")
    await play.ola.sees("Side 1 av")


async def test_it_is_account_holders_alone_who_see_it(play: Stage) -> None:
    await play.per.types(f"{COMMAND} historikk")
    await play.per.sees("Bare kontoholdere kan gjøre dette")
    await play.ola.opens_home()
    await play.ola.clicks("Historikk")
    await play.ola.sees_view("Historikk")
