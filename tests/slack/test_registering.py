"""A workspace without an organisation: an administrator registers it, the operator answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.trial.sandbox import Human
from bot.trial.sandbox.faults import Crowd, ServerError
from bot.trial.sandbox.outcomes import Outcome
from bot.trial.sandbox.payloads import action_in_message
from bot.trial.sandbox.screen import SeenMessage
from storage import holding, outbox, registering, retention
from storage.outbox import ORGANISATION_REGISTERED
from storage.records import OPERATOR, Action, Issuer, OrganisationState
from storage.refusals import NoOrganisation
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, REGISTRATION, Mode, Stage, stage


@pytest.fixture
async def play(
    way: tuple[Mode, str], tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    """Kari runs the workspace, and Per the bot."""
    mode, url = way
    async with stage(tmp_path, mode=mode, clock=clock, url=url, is_registered=False) as ready:
        ready.kari.record.is_admin = True
        yield ready


async def opens(who: Human) -> None:
    await who.types(f"{COMMAND} registrer")
    await who.sees_view("Registrer organisasjonen")


async def sends(who: Human, **changes: Any) -> Outcome:
    await opens(who)
    await who.fills({**REGISTRATION, **changes})
    return await who.submits()


async def registers(play: Stage, **changes: Any) -> None:
    outcome = await sends(play.kari, **{"Kontoholdere": [play.kari, play.ola], **changes})
    assert outcome.updated, outcome
    await play.kari.closes()


async def told_in_channel(play: Stage, text: str) -> SeenMessage:
    return await play.per.sees_message(text)


async def state(play: Stage) -> OrganisationState:
    return (await play.standing()).organisation.state


async def test_whoever_comes_first_is_told_and_an_administrator_registers(play: Stage) -> None:
    await play.kari.types(COMMAND)
    told = await play.kari.sees_message("ikke registrert her ennå")
    await play.kari.clicks("Registrer organisasjonen", where=told)
    form = await play.kari.sees_view("Registrer organisasjonen")
    assert form.field("Navn").value == play.slack.workspace.name
    assert play.kari.id in str(form.field("Kontoholdere").value)
    await play.kari.fills({**REGISTRATION, "Kontoholdere": [play.kari, play.ola]})
    sent = (await play.kari.submits()).updated
    assert sent
    assert sent.title == "Sendt til godkjenning"
    assert "123a4567@Blabaer" in sent.text()
    organisation = (await play.standing()).organisation
    assert (organisation.name, organisation.number) == ("Blåbærlaget", "988077917")
    assert (organisation.short_name, organisation.issuer) == ("Blabaer", Issuer.BOT)
    assert organisation.registered_by == play.kari.id
    await play.ola.sees_message("Du er nå kontoholder")
    asked = await told_in_channel(play, "Ny organisasjon")
    for words in ("Blåbærlaget", "988 077 917", "123a4567@Blabaer", "@Kari", "@Ola", "Ja"):
        assert words in asked.text(), words


async def test_what_waits_is_put_right_and_the_operator_reads_the_newest(play: Stage) -> None:
    await registers(play)
    seen = await told_in_channel(play, "Ny organisasjon")
    play.travel(minutes=1)
    await play.kari.types(f"{COMMAND} registrer")
    form = await play.kari.sees_view("Registrer organisasjonen")
    assert "venter på svar" in form.text()
    assert form.field("Organisasjonsnummer").value == "988077917"
    await play.kari.fills({"Navn": "Tyttebærlaget"})
    assert (await play.kari.submits()).updated
    await told_in_channel(play, "Tyttebærlaget")
    await told_in_channel(play, "Svar på den nyeste meldingen")
    await play.per.clicks("Godkjenn", where=seen)
    await play.per.sees("Noe er endret i mellomtiden")
    await play.per.closes()
    await play.per.clicks("Godkjenn", where=newest_in_channel(play))
    await play.kari.sees_message("Organisasjonen er godkjent")
    await play.kari.types(f"{COMMAND} registrer")
    await play.kari.sees("Du har registrert organisasjonen fra før. Den er godkjent")


async def test_only_whoever_runs_the_workspace_gets_the_button(play: Stage) -> None:
    for who, names in ((play.ola, []), (play.kari, ["Registrer organisasjonen"])):
        await who.types(COMMAND)
        told = await who.sees("ikke registrert her ennå")
        assert [each.text for each in told.buttons()] == names
        await who.opens_home()
        home = await who.sees_home("ikke registrert her ennå")
        assert [each.text for each in home.buttons()] == names


async def test_until_it_is_approved_everybody_is_told_what_is_waited_for(play: Stage) -> None:
    await registers(play)
    await play.anne.types(COMMAND)
    await play.anne.sees("Organisasjonen er registrert, men ikke godkjent ennå")
    await play.anne.types(f"{COMMAND} registrer")
    await play.anne.sees("@Kari Nordmann har registrert organisasjonen fra før.")


async def test_the_operator_approves_and_codes_are_made(play: Stage) -> None:
    await registers(play)
    asked = await told_in_channel(play, "Ny organisasjon")
    await play.per.clicks("Godkjenn", where=asked)
    await play.kari.sees_message("Organisasjonen er godkjent")
    await play.ola.sees_message("Organisasjonen er godkjent")
    shown = await told_in_channel(play, "Godkjent")
    assert "Steng" in [button.text for button in shown.buttons()]
    assert await state(play) is OrganisationState.APPROVED
    await play.makes(play.kari)
    (code,) = await play.codes()
    assert code.person.first_name == "Kari"


async def test_the_operator_refuses_with_a_reason_and_it_is_sent_anew(play: Stage) -> None:
    await registers(play)
    asked = await told_in_channel(play, "Ny organisasjon")
    await play.per.clicks("Avslå", where=asked)
    await play.per.sees_view("Avslå registreringen")
    await play.per.fills({"Grunn": "Nummeret er et annet *lag* sitt."})
    assert (await play.per.submits()).closed
    refused = await play.kari.sees_message("Registreringen er ikke godkjent")
    assert "Nummeret er et annet *lag* sitt." in refused.text()
    await play.kari.clicks("Rett og send på nytt", where=refused)
    form = await play.kari.sees_view("Registrer organisasjonen")
    assert "Nummeret er et annet *lag* sitt." in form.text()
    assert form.field("Navn").value == "Blåbærlaget"
    await play.kari.fills({"Navn": "Tyttebærlaget", "Kontoholdere": [play.kari, play.anne]})
    assert (await play.kari.submits()).updated
    await play.anne.sees_message("Du er nå kontoholder")
    await play.ola.sees_message("Du er ikke lenger kontoholder")
    await told_in_channel(play, "Tyttebærlaget")
    assert not (await play.standing()).organisation.is_refused


async def test_the_operator_suspends_and_opens_again(play: Stage) -> None:
    await registers(play)
    asked = await told_in_channel(play, "Ny organisasjon")
    await play.per.clicks("Godkjenn", where=asked)
    shown = await told_in_channel(play, "Godkjent")
    await play.per.clicks("Steng", where=shown)
    await play.per.sees_view("Steng organisasjonen")
    await play.per.fills({"Grunn": "Laget er lagt ned."})
    assert (await play.per.submits()).closed
    told = await play.ola.sees_message("Organisasjonen er stengt")
    assert "Laget er lagt ned." in told.text()
    shown = await told_in_channel(play, "Stengt")
    await play.per.clicks("Åpne igjen", where=shown)
    await told_in_channel(play, "Godkjent")


async def test_only_whoever_runs_the_workspace_registers_it_as_slack_says_at_that_moment(
    play: Stage,
) -> None:
    await play.ola.types(f"{COMMAND} registrer")
    await play.ola.sees("Bare administratorer og eiere")
    await opens(play.kari)
    await play.kari.fills({**REGISTRATION, "Kontoholdere": [play.kari]})
    play.kari.record.is_admin = False
    outcome = await play.kari.submits()
    assert "Bare administratorer og eiere" in str(outcome.errors)
    with pytest.raises(NoOrganisation):
        await play.standing()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("Organisasjonsnummer", "000000000", "ikke et organisasjonsnummer"),
        ("Organisasjonsnummer", "９８８０７７９１７", "ikke et organisasjonsnummer"),
        ("Organisasjonsnummer", "988077918", "Et av sifrene er feil"),
        ("Kortnavn i kodene", "…", "Skriv et kortnavn"),
        ("Navn", "–", "Skriv et navn"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(
    play: Stage, field: str, typed: str, said: str
) -> None:
    outcome = await sends(play.kari, **{field: typed, "Kontoholdere": [play.kari]})
    assert said in outcome.errors[field]


async def test_another_organisations_short_name_is_taken(play: Stage) -> None:
    registration = registering.Registration(
        "Naboen", "974760673", "BLABAER", ("U1",), is_at_techsoup=True, issuer=Issuer.BOT
    )
    await registering.register(play.ledger, "T0NEXT", registration, "U1", channel=None)
    outcome = await sends(play.kari, Kontoholdere=[play.kari])
    assert "bruker dette kortnavnet" in str(outcome.errors), outcome
    with pytest.raises(NoOrganisation):
        await play.standing()


async def test_whoever_comes_second_is_told_who_was_first(play: Stage) -> None:
    play.ola.record.is_owner = True
    await opens(play.ola)
    await registers(play)
    await play.ola.fills({**REGISTRATION, "Kontoholdere": [play.ola]})
    outcome = await play.ola.submits()
    assert "Kari Nordmann har registrert organisasjonen fra før" in str(outcome.errors)
    assert (await play.standing()).holders == (play.kari.id, play.ola.id)


async def test_nobody_decides_on_it_from_elsewhere(play: Stage) -> None:
    """By a button that somebody has made up."""
    await registers(play)
    organisation = (await play.standing()).organisation
    workspace, channel = play.slack.workspace, play.ola.direct_messages
    message = workspace.add_message(channel, "U0SANDBOX", "?", bot_id="B0")
    for action_id in ("approve_organisation", "refuse_organisation", "suspend_organisation"):
        value = f"{organisation.id}:{organisation.revision}"
        action = {"type": "button", "action_id": action_id, "value": value}
        payload = action_in_message(workspace, play.ola.record, message, action)
        await play.slack.deliver("interactive", payload)
        await play.ola.sees("godkjennes ikke i denne kanalen")
        await play.ola.closes(everything=True)
    assert await state(play) is OrganisationState.AWAITING


async def test_a_guest_decides_on_nothing(play: Stage) -> None:
    await registers(play)
    asked = await told_in_channel(play, "Ny organisasjon")
    play.per.record.is_guest = True
    await play.per.clicks("Godkjenn", where=asked)
    await play.per.sees("En gjest i arbeidsområdet kan ikke avgjøre dette")
    assert await state(play) is OrganisationState.AWAITING


async def test_until_it_is_answered_account_holders_stay_who_they_are(play: Stage) -> None:
    await registers(play)
    await play.ola.types(f"{COMMAND} kontoholdere")
    await play.ola.sees_view("Kontoholdere")
    for button in ("Legg til kontoholder", "Stedfortreder"):
        await play.ola.clicks(button)
        told = await play.ola.sees_view("Godkjenningskode")
        assert "ikke godkjent ennå" in told.text()
        await play.ola.closes()


async def test_of_a_lost_answer_the_operator_rather_hears_twice(play: Stage) -> None:
    """The bot cannot look there whether it has been posted."""
    assert play.operations
    place = play.operations.id
    lost = ServerError(503, before=False)
    play.slack.workspace.fail(
        "chat.postMessage", lost, times=1, when=lambda body: body.get("channel") == place
    )
    await registers(play)
    await told_in_channel(play, "Ny organisasjon")
    await play.until(lambda: is_unsure(play), "the answer is lost")
    play.travel(minutes=5)
    await play.until(lambda: is_shown(play, 2), "it is told once more")
    await play.per.clicks("Godkjenn", where=newest_in_channel(play))
    await told_in_channel(play, "Godkjent")


async def is_unsure(play: Stage) -> bool:
    async with play.looking() as desk:
        return any(each.unsure for each in await outbox.latest(desk, 10))


async def is_shown(play: Stage, count: int) -> bool:
    assert play.operations
    return sum("Ny organisasjon" in each.text for each in play.operations.messages) == count


def newest_in_channel(play: Stage) -> SeenMessage:
    return [each for each in play.per.messages() if "Ny organisasjon" in each.text()][-1]


async def test_many_account_holders_are_looked_up_at_once(play: Stage) -> None:
    """Slack waits for three seconds, whoever is named: here no look-up is answered before the last
    of them is asked."""
    named = [play.slack.person(f"Nina{n}") for n in range(12)]
    ids = {each.id for each in named}
    await opens(play.kari)
    await play.kari.fills({**REGISTRATION, "Kontoholdere": named})
    play.slack.workspace.fail(
        "users.info", Crowd(asyncio.Barrier(12)), times=12, when=lambda body: body["user"] in ids
    )
    assert (await play.kari.submits()).updated
    assert len((await play.standing()).lasting_holders) == 12


async def test_the_operators_message_is_kept_up_to_date_for_good(play: Stage) -> None:
    await registers(play)
    await play.per.clicks("Godkjenn", where=await told_in_channel(play, "Ny organisasjon"))
    await told_in_channel(play, "Godkjent")
    await play.slack.settles()
    play.travel(days=200)
    await retention.sweep(play.ledger)
    await play.per.clicks("Steng", where=newest_in_channel(play))
    await play.per.sees_view("Steng organisasjonen")
    assert (await play.per.submits()).closed
    await told_in_channel(play, "Stengt")


async def test_a_no_is_told_to_whoever_asks_with_the_way_on(play: Stage) -> None:
    await registers(play)
    async with play.deciding() as desk:
        await registering.refuse(desk, "Nummeret er feil.")
    await play.kari.types(COMMAND)
    told = await play.kari.sees("ble ikke godkjent")
    assert [each.text for each in told.buttons()] == ["Rett og send på nytt"]
    await play.kari.opens_home()
    await play.kari.sees_home("ble ikke godkjent")
    await play.kari.clicks("Rett og send på nytt")
    form = await play.kari.sees_view("Registrer organisasjonen")
    assert "Nummeret er feil." in form.text()


@pytest.mark.parametrize("way_in", ["koder", "hjelp", "hvordan får jeg en kode?", "behandle"])
async def test_after_a_no_every_command_says_so_and_nothing_fails(play: Stage, way_in: str) -> None:
    await registers(play)
    async with play.deciding() as desk:
        await registering.refuse(desk, "Nummeret er feil.")
    for who in (play.ola, play.anne):
        await who.types(f"{COMMAND} {way_in}")
        await who.says(f"hvordan går det med {way_in}?")
    await play.slack.settles()
    assert "Noe gikk galt" not in play.ola.text_on_screen() + play.anne.text_on_screen()
    assert len(play.anne.messages()) >= 1


async def test_the_operators_message_outlives_all_that_is_kept(play: Stage) -> None:
    await registers(play)
    await play.per.clicks("Godkjenn", where=await told_in_channel(play, "Ny organisasjon"))
    await told_in_channel(play, "Avgjort")
    await play.slack.settles()
    play.travel(days=5_000)
    await retention.sweep(play.ledger)
    async with play.looking() as desk:
        assert ORGANISATION_REGISTERED in [each.kind for each in await outbox.latest(desk, 9)]


async def test_what_the_operator_sees_follows_who_holds_the_account(play: Stage) -> None:
    await registers(play)
    seen = await told_in_channel(play, "Ny organisasjon")
    async with play.deciding() as desk:
        await holding.add(desk, play.anne.id, OPERATOR)
    play.bot.wake()
    await play.per.clicks("Godkjenn", where=seen)
    await play.per.sees("Noe er endret i mellomtiden")
    await told_in_channel(play, "@Anne")
    assert await state(play) is OrganisationState.AWAITING


async def test_what_happened_is_in_the_history(play: Stage) -> None:
    await registers(play)
    asked = await told_in_channel(play, "Ny organisasjon")
    await play.per.clicks("Godkjenn", where=asked)
    await told_in_channel(play, "Godkjent")
    actions = [row["action"] for row in await play.history()]
    assert actions == [
        Action.ORGANISATION_REGISTERED,
        Action.COLLEAGUE_ADDED,
        Action.COLLEAGUE_ADDED,
        Action.ORGANISATION_APPROVED,
    ]
