"""Two organisations in one workspace: each for itself, and whoever has to do with both chooses."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.app import running
from bot.trial.sandbox import Human, Sandbox
from handlers import choosing, chosen, helping
from storage import holding, leaving, organisations, outbox, registering
from storage.desk import Ledger
from storage.migrate import opened
from storage.records import (
    MOST_OF_ONE_WORKSPACE,
    OPERATOR,
    Issuer,
    Organisation,
    OrganisationState,
)
from tests.conftest import TravellingClock
from tests.migrated import migrated_at_once
from tests.slack.stage import BOT_SCOPES, COMMAND, FORM, REGISTRATION, Stage, settings_for
from tests.welcomed import welcomed

OURS, THEIRS = "Røde Kors", "Nabolaget"
ASKING = "Be om godkjenningskode"


@dataclass
class Two:
    """Ola and Anne hold the account of the one, Liv that of the other, Nils that of both."""

    play: Stage
    liv: Human
    nils: Human
    ours: str
    theirs: str


@pytest.fixture
async def two(play: Stage) -> Two:
    liv, nils = (
        play.slack.person(name, "Nordmann", email=f"{name.lower()}@example.org")
        for name in ("Liv", "Nils")
    )
    team_id = play.slack.workspace.team_id
    play.travel(seconds=1)
    async with play.database.transaction() as transaction:
        approved = OrganisationState.APPROVED
        await organisations.add(transaction, team_id, THEIRS, state=approved, another=True)
        ours, theirs = [each.id for each in await organisations.of_team(transaction, team_id)]
    for which, holder in ((theirs, liv), (ours, nils), (theirs, nils)):
        async with play.ledger.deciding_at(which) as desk:
            await holding.add(desk, holder.id, OPERATOR)
    await welcomed(play.database)
    play.organisation_id = ours
    return Two(play, liv, nils, ours, theirs)


async def chooses(who: Human, name: str) -> None:
    await who.sees_view("Velg organisasjon")
    await who.fills({"Organisasjon": name})
    outcome = await who.submits()
    assert outcome.closed or outcome.updated, outcome


async def asks(two: Two, who: Human, name: str) -> None:
    await who.types(COMMAND)
    await chooses(who, name)
    form = await who.sees_view("Be om godkjenningskode")
    assert f"Organisasjon: {name}" in form.text()
    await who.sees("Fornavn")
    await who.fills(FORM)
    assert (await who.submits()).closed


async def approves(who: Human) -> None:
    await who.clicks("Godkjenn")
    await who.sees_view("Godkjenn forespørsel")
    await who.fills({"Representasjonsmyndighet": True})
    assert (await who.submits()).closed


async def test_whoever_belongs_to_none_chooses_and_only_that_one_hears_of_it(two: Two) -> None:
    kari = two.play.kari
    await asks(two, kari, THEIRS)
    asked = await two.liv.sees_message("ber om")
    assert f"Organisasjon: {THEIRS}" in asked.text()
    await approves(two.liv)
    ready = await kari.sees_message("Koden din er klar")
    assert "@Nabolaget" not in ready.text()
    await kari.clicks("Vis koden", where=ready)
    shown = await kari.sees_view("Godkjenningskoden")
    assert "@Nabolaget" in shown.text()
    for who in (two.play.ola, two.play.anne):
        assert "ber om" not in who.text_on_screen()


async def test_what_was_chosen_counts_until_one_chooses_anew(two: Two) -> None:
    kari = two.play.kari
    await asks(two, kari, THEIRS)
    await kari.types(COMMAND)
    form = await kari.sees_view("Be om godkjenningskode")
    assert f"Organisasjon: {THEIRS}" in form.text()
    await kari.clicks("Bytt organisasjon")
    await chooses(kari, OURS)
    form = await kari.sees_view("Be om godkjenningskode")
    assert f"Organisasjon: {OURS}" in form.text()


async def test_what_was_filled_in_for_the_other_is_not_sent_after_it(two: Two) -> None:
    """Whoever thinks better of it finds their form; whoever has sent the other, none."""
    kari = two.play.kari
    await kari.types(COMMAND)
    await chooses(kari, THEIRS)
    await kari.sees("Fornavn")
    await kari.fills(FORM)
    await kari.clicks("Bytt organisasjon")
    await kari.sees_view("Velg organisasjon")
    await kari.closes()
    form = await kari.sees_view(ASKING)
    assert form.field("Hva skal koden brukes til?").value == "Nettside"
    await kari.clicks("Bytt organisasjon")
    await chooses(kari, OURS)
    await kari.sees("Fornavn")
    await kari.fills(FORM)
    assert (await kari.submits()).closed
    assert not kari.views()
    await two.play.ola.sees_message("ber om")
    assert "ber om" not in two.liv.text_on_screen()


async def test_nor_is_a_second_code_made_in_the_other(two: Two) -> None:
    nils = two.nils
    await nils.types(COMMAND)
    await chooses(nils, THEIRS)
    await nils.sees("Fornavn")
    await nils.clicks("Bytt organisasjon")
    await chooses(nils, OURS)
    await nils.sees("Fornavn")
    await nils.fills({**FORM, "Representasjonsmyndighet": True})
    assert (await nils.submits()).updated
    await nils.sees_view("Godkjenningskoden")
    await nils.closes()
    assert not nils.views()


async def test_one_that_nobody_has_approved_is_no_choice(two: Two) -> None:
    play, kari = two.play, two.play.kari
    async with play.database.transaction() as transaction:
        await organisations.add(
            transaction, play.slack.workspace.team_id, "Ventelaget", another=True
        )
    await kari.types(COMMAND)
    view = await kari.sees_view("Velg organisasjon")
    assert {each.text for each in view.field("Organisasjon").options} == {OURS, THEIRS}
    await kari.closes()
    async with play.database.transaction() as transaction:
        await leaving.leave(transaction, two.theirs)
    await kari.types(COMMAND)
    form = await kari.sees_view(ASKING)
    assert "Organisasjon:" not in form.text()


async def test_a_refusal_says_of_which_and_leads_to_the_other(two: Two) -> None:
    liv = two.liv
    await liv.types(f"{COMMAND} koder")
    codes = await liv.sees_view("Organisasjonens koder")
    await liv.closes()
    assert f"Organisasjon: {THEIRS}" in codes.text()
    async with two.play.deciding() as desk:
        await holding.add(desk, liv.id, OPERATOR)
    await liv.types(f"{COMMAND} behandle")
    await chooses(liv, OURS)
    await liv.sees_view("Venter på svar")
    await liv.closes()
    async with two.play.deciding() as desk:
        await holding.remove(desk, liv.id, OPERATOR)
    await liv.types(f"{COMMAND} behandle")
    told = await liv.sees("Bare kontoholdere")
    assert f"Organisasjon: {OURS}" in told.text()
    await liv.clicks("Bytt organisasjon", where=told)
    await chooses(liv, THEIRS)
    await liv.types(f"{COMMAND} behandle")
    await liv.sees_view("Venter på svar")


async def test_an_answer_after_the_command_says_of_which(two: Two) -> None:
    per = two.play.per
    await per.types(f"{COMMAND} hvem er kontoholder?")
    told = await per.sees("@Ola")
    assert f"Organisasjon: {OURS}" in told.text()
    await per.clicks("Bytt organisasjon", where=told)
    await chooses(per, THEIRS)
    await per.types(f"{COMMAND} hvem er kontoholder?")
    told = await per.sees("@Liv")
    assert f"Organisasjon: {THEIRS}" in told.text()


async def test_what_is_about_one_that_is_gone_is_not_done_in_another(two: Two) -> None:
    kari = two.play.kari
    await kari.types(COMMAND)
    await chooses(kari, THEIRS)
    await kari.sees("Fornavn")
    await kari.fills(FORM)
    async with two.play.database.transaction() as transaction:
        await leaving.leave(transaction, two.theirs)
    refused = await kari.submits()
    assert refused.errors
    assert "ber om" not in two.play.ola.text_on_screen()


async def test_whoever_holds_one_account_sees_that_one_and_never_the_other(two: Two) -> None:
    await asks(two, two.play.kari, OURS)
    await two.play.ola.sees_message("ber om")
    await approves(two.play.ola)
    await two.play.kari.sees_message("Koden din er klar")
    for who, name, count in ((two.play.ola, OURS, 1), (two.liv, THEIRS, 0)):
        await who.opens_home()
        home = await who.sees_home(f"Godkjenningskoder for {name}")
        assert f"{count} gyldig" in home.text() or not count
        await who.types(f"{COMMAND} koder")
        codes = await who.sees_view("Organisasjonens koder")
        assert ("Kari Nordmann" in codes.text()) == bool(count)
        await who.closes()
        await who.types(f"{COMMAND} historikk")
        history = await who.sees_view("Historikk")
        assert ("Kari Nordmann" in history.text()) == bool(count)
        await who.closes()


async def test_whoever_holds_both_accounts_changes_between_them(two: Two) -> None:
    await asks(two, two.play.kari, OURS)
    asked = await two.nils.sees_message("ber om")
    await two.nils.types(f"{COMMAND} koder")
    await chooses(two.nils, THEIRS)
    codes = await two.nils.sees_view("Organisasjonens koder")
    assert f"Organisasjon: {THEIRS}" in codes.text()
    await two.nils.closes()
    await two.nils.clicks("Godkjenn", where=asked)  # whatever has been chosen
    await two.nils.sees_view("Godkjenn forespørsel")
    await two.nils.fills({"Representasjonsmyndighet": True})
    assert (await two.nils.submits()).closed
    await two.play.kari.sees_message("Koden din er klar")
    await two.nils.opens_home()
    home = await two.nils.sees_home(f"Godkjenningskoder for {THEIRS}")
    await two.nils.clicks("Bytt organisasjon", where=home)
    await chooses(two.nils, OURS)
    await two.nils.sees_home(f"Godkjenningskoder for {OURS}")


async def test_a_question_is_answered_by_what_is_ones_own(two: Two) -> None:
    await asks(two, two.play.kari, THEIRS)
    await two.liv.sees_message("ber om")
    await approves(two.liv)
    await two.play.kari.sees_message("Koden din er klar")
    await two.play.kari.says("Når går koden min ut?")
    await two.play.kari.sees_message("Gyldig til")
    await two.play.per.says("Hvem er kontoholder?")
    await two.play.per.sees_message("@Ola")


async def test_what_cannot_go_on_after_a_choice_is_not_asked_for_one(two: Two) -> None:
    """A topic is answered by the first there is, for whoever belongs to none."""
    per = two.play.per
    await per.opens_home()
    home = await per.sees_home(f"Godkjenningskoder for {OURS}")
    await per.clicks("Alle spørsmål", where=home)
    await per.sees_view("Alle spørsmål")
    await per.clicks("Hva er en godkjenningskode?")
    await per.sees("viser en leverandør")
    assert "Velg organisasjon" not in per.text_on_screen()


def test_whatever_is_asked_for_a_choice_goes_on_after_it() -> None:
    assert chosen.HANDLERS.keys() == choosing.GOES_ON


def test_the_words_that_open_something_of_one_organisation_are_the_commands_own() -> None:
    """All but what is of the whole workspace, and what everybody is told."""
    assert helping._WORDS.keys() - {"registrer", "hjelp"} == choosing.MODAL_WORDS


async def test_a_bot_of_one_workspace_starts_again_where_there_are_two(
    tmp_path: Path, clock: TravellingClock
) -> None:
    url = migrated_at_once(tmp_path / "bot.sqlite3")
    async with Sandbox(clock=clock, scopes=BOT_SCOPES) as slack:
        settings = settings_for(slack, "socket_mode", url, (), Issuer.BOT)
        settings = replace(settings, organisation_name=None, account_holders=None, issuer=None)
        async with opened(url, clock) as database, database.transaction() as transaction:
            for name in (OURS, THEIRS):
                await organisations.add(transaction, slack.workspace.team_id, name, another=True)
        for channel in (None, "C0DRIFT"):
            async with running(replace(settings, operator_channel=channel), clock) as bot:
                assert (await bot.is_ready())["database"]


async def test_a_bot_of_one_workspace_says_which_of_two_is_to_be_approved(
    tmp_path: Path, clock: TravellingClock, caplog: pytest.LogCaptureFixture
) -> None:
    url = migrated_at_once(tmp_path / "bot.sqlite3")
    async with Sandbox(clock=clock, scopes=BOT_SCOPES) as slack:
        team_id = slack.workspace.team_id
        settings = settings_for(slack, "socket_mode", url, (), Issuer.BOT)
        settings = replace(settings, organisation_name=OURS, account_holders=None)
        async with opened(url, clock) as database, database.transaction() as transaction:
            for name in (OURS, THEIRS):
                await organisations.add(transaction, team_id, name, another=True)
                clock.forward(seconds=1)
        async with running(settings, clock):
            pass
    (told,) = [each for each in caplog.records if each.message == "organisation_awaits_approval"]
    assert f"organisation approve {team_id}/RodeKors" in vars(told)["in_words"]


async def test_a_bot_of_one_workspace_shows_its_operator_none_of_anothers(
    tmp_path: Path, clock: TravellingClock
) -> None:
    url = migrated_at_once(tmp_path / "bot.sqlite3")
    async with Sandbox(clock=clock, scopes=BOT_SCOPES) as slack:
        settings = settings_for(slack, "socket_mode", url, (), Issuer.BOT)
        settings = replace(settings, organisation_name=None, account_holders=None, issuer=None)
        team_ids = slack.workspace.team_id, "T0ELSEWHERE"
        async with opened(url, clock) as database:
            for team_id in team_ids:
                lag = replace(LAG, holders=("U0LEDER",), short_name=f"Lag{team_id[-5:]}")
                await registering.register(Ledger(database), team_id, lag, "U0LEDER", channel=None)
            async with running(replace(settings, operator_channel="C0DRIFT"), clock):
                pass
            async with database.reading() as reading:
                shown = [
                    each.organisation_id
                    for each in await outbox.undelivered(reading)
                    if each.kind == outbox.ORGANISATION_REGISTERED
                ]
                ours, theirs = [
                    (await organisations.of_team(reading, each))[0].id for each in team_ids
                ]
    assert ours in shown
    assert theirs not in shown


async def test_whoever_leaves_lets_go_of_both(two: Two) -> None:
    await two.play.slack.deactivates(two.nils)
    await two.play.slack.settles()
    for which in (two.ours, two.theirs):
        async with two.play.ledger.looking_at(which) as desk:
            assert two.nils.id not in desk.standing.holders


async def test_an_administrator_registers_one_more(two: Two) -> None:
    kari = two.play.kari
    kari.record.is_admin = True
    two.play.travel(seconds=1)
    await kari.types(f"{COMMAND} registrer")
    told = await kari.sees_message("registrert")
    await kari.clicks("Registrer en til", where=told)
    form = await kari.sees_view("Registrer organisasjonen")
    assert "egne kontoholdere, personer og koder" in form.text()
    await kari.fills({**REGISTRATION, "Kontoholdere": [kari]})
    assert (await kari.submits()).updated
    team_id = two.play.slack.workspace.team_id
    async with two.play.database.reading() as reading:
        there = await organisations.of_team(reading, team_id)
        waiting = await outbox.undelivered(reading)
    assert [each.name for each in there] == [OURS, THEIRS, "Blåbærlaget"]
    assert {each.organisation_id for each in waiting} <= {each.id for each in there}
    await two.play.anne.types(f"{COMMAND} registrer")
    seen = await two.play.anne.sees("har registrert organisasjonen fra før. Nå venter dere på svar")
    assert "Organisasjon: Blåbærlaget" in seen.text()
    assert seen.buttons() == []  # she runs no workspace


@pytest.fixture
async def first(two: Two) -> Organisation:
    """Kari has registered one that waits, and so may Per."""
    kari, team_id = two.play.kari, two.play.slack.workspace.team_id
    kari.record.is_admin = two.play.per.record.is_admin = True
    two.play.travel(seconds=1)
    lag = replace(LAG, holders=(kari.id,))
    return await registering.register(
        two.play.ledger, team_id, lag, kari.id, channel=None, another=True
    )


LAG = registering.Registration(
    "Blåbærlaget", "988077917", "Blabaer", (), is_at_techsoup=True, issuer=Issuer.BOT
)


async def refuses(two: Two, which: Organisation) -> None:
    async with registering.answering(two.play.ledger, which.id) as desk:
        await registering.refuse(desk, "Nummeret er feil.")


@pytest.mark.parametrize("is_refused", [False, True])
async def test_what_somebody_else_has_registered_is_left_to_them(
    two: Two, first: Organisation, *, is_refused: bool
) -> None:
    per = two.play.per
    if is_refused:
        await refuses(two, first)
    await per.types(f"{COMMAND} registrer")
    told = await per.sees_message("@Kari Nordmann har registrert organisasjonen fra før.")
    assert "Organisasjon: Blåbærlaget" in told.text()
    assert "Nummeret er feil." not in told.text()
    two.play.travel(seconds=1)
    await per.clicks("Registrer en til", where=told)
    form = await per.sees_view("Registrer organisasjonen")
    assert form.field("Navn").value in (None, "")
    changes = {"Navn": "Tyttebærlaget", "Kortnavn i kodene": "Tyttebaer", "Kontoholdere": [per]}
    await per.fills({**REGISTRATION, **changes})
    assert (await per.submits()).updated
    async with two.play.database.reading() as reading:
        there = await organisations.of_team(reading, first.team_id)
    assert [(each.name, each.registered_by) for each in there[2:]] == [
        ("Blåbærlaget", two.play.kari.id),
        ("Tyttebærlaget", per.id),
    ]


async def test_whoever_waits_may_register_one_more_over_what_they_put_right(
    two: Two, first: Organisation
) -> None:
    kari = two.play.kari
    await kari.types(f"{COMMAND} registrer")
    form = await kari.sees_view("Registrer organisasjonen")
    assert form.field("Navn").value == first.name
    await kari.clicks("Registrer en til")
    await kari.sees("egne kontoholdere, personer og koder")
    assert (await kari.sees_view("Registrer organisasjonen")).field("Navn").value in (None, "")
    await kari.closes()
    assert (await kari.sees_view("Registrer organisasjonen")).field("Navn").value == first.name


async def test_of_two_that_wait_that_is_put_right_which_the_button_is_about(
    two: Two, first: Organisation
) -> None:
    kari = two.play.kari
    two.play.travel(seconds=1)
    another = replace(LAG, name="Tyttebærlaget", short_name="Tyttebaer", holders=(kari.id,))
    await registering.register(
        two.play.ledger, first.team_id, another, kari.id, channel=None, another=True
    )
    await refuses(two, first)
    two.play.bot.wake()
    told = await kari.sees_message("Registreringen er ikke godkjent")
    await kari.clicks("Rett og send på nytt", where=told)
    form = await kari.sees_view("Registrer organisasjonen")
    assert form.field("Navn").value == first.name


async def test_where_there_are_as_many_as_may_be_that_is_said_and_no_more_is_offered(
    two: Two,
) -> None:
    per, team_id = two.play.per, two.play.slack.workspace.team_id
    per.record.is_admin = True
    await per.types(f"{COMMAND} registrer")
    offered = await per.sees_message("registrert")
    async with two.play.database.transaction() as transaction:
        for number in range(MOST_OF_ONE_WORKSPACE - 2):
            await organisations.add(transaction, team_id, f"Lag {number}", another=True)
    await per.clicks("Registrer en til", where=offered)
    said = f"har {MOST_OF_ONE_WORKSPACE} organisasjoner, og det er ikke plass til flere"
    assert said in (await per.sees_view("Godkjenningskode")).text()
    await per.closes()
    await per.types(f"{COMMAND} registrer")
    assert (await per.sees_message(said)).buttons() == []
