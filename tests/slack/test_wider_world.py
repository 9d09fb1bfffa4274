"""Beyond the workspace: channels shared with others, Enterprise Grid, and a Slack that does not say
who somebody is. Members are served, strangers are told that it is not for them."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import Human, RateLimited, Silence, SlackError
from bot.trial.sandbox.faults import Fault
from bot.trial.sandbox.payloads import action_in_message, shortcut, slash_command
from handlers.directory import Directory
from storage import holding
from storage.records import OPERATOR
from templates import ids
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, Stage

OURS, HOST, ELSEWHERE, GRID = "T0ORG", "T0HOST", "T0ELSEWHERE", "E0GRID"
QUESTION = "Når går koden min ut?"


def in_channel(play: Stage, channel: Any) -> list[str]:
    """What everybody there can read of what the bot has said."""
    found = [each for each in channel.messages if each.bot_id and each.ephemeral_for is None]
    return [f"{each.text} {each.blocks}" for each in found]


def of_grid(play: Stage, name: str, team_id: str, *workspaces: str, **more: Any) -> Human:
    return play.slack.person(
        name,
        "Nordmann",
        email=f"{name.lower()}@example.org",
        team_id=team_id,
        organisation_id=GRID,
        workspace_ids=workspaces,
        **more,
    )


# Slack Connect


async def test_a_member_is_answered_in_a_channel_that_another_workspace_hosts(play: Stage) -> None:
    await play.has_code(play.kari)
    eve = play.slack.stranger("Eve", team_id=HOST)
    channel = play.slack.channel("samarbeid", play.kari, eve, host_id=HOST)
    await play.kari.says(f"{play.slack.mention} {QUESTION}", channel)
    await eve.sees_message("gyldig i 60 dager")
    await play.kari.sees_message("Gyldig til")
    (answer,) = in_channel(play, channel)
    for personal in ("Kari", "Ola", play.kari.id, play.ola.id, play.anne.id, "Nettside"):
        assert personal not in answer


async def test_a_stranger_who_calls_the_bot_is_told_alone_that_it_is_not_for_them(
    play: Stage,
) -> None:
    eve = play.slack.stranger("Eve", team_id=HOST)
    channel = play.slack.channel("samarbeid", play.kari, eve, host_id=HOST)
    await eve.says(f"{play.slack.mention} {QUESTION}", channel)
    told = await eve.sees_message("medlemmer av dette arbeidsområdet")
    assert told.is_ephemeral
    assert in_channel(play, channel) == []
    assert "medlemmer" not in play.kari.text_on_screen()
    for name in ("Røde Kors", "Ola", play.ola.id):
        assert name not in told.text()


async def test_a_stranger_is_told_once_however_often_slack_sends_it(http_play: Stage) -> None:
    eve = http_play.slack.stranger("Eve", team_id=HOST)
    channel = http_play.slack.channel("samarbeid", eve, host_id=HOST)
    event = {
        "type": "app_mention",
        "user": eve.id,
        "team": HOST,
        "text": f"{http_play.slack.mention} hei",
        "ts": "1.1",
        "channel": channel.id,
    }
    envelope = http_play.slack.event(event)
    answers = [await http_play.slack.deliver("event", envelope) for _ in range(3)]
    assert answers[-1].status == 200  # by then it is known who she is
    await eve.sees_message("medlemmer")
    assert len(eve.messages()) == 1


# Enterprise Grid


@pytest.mark.parametrize("team_id", [GRID, ELSEWHERE, OURS])
@pytest.mark.parametrize("user_id", ["W0GRIDKARI", "U0GRIDKARI"])
async def test_a_member_by_enterprise_grid_goes_the_whole_way(
    play: Stage, team_id: str, user_id: str
) -> None:
    liv = of_grid(play, "Liv", team_id, ELSEWHERE, OURS, id=user_id)
    await liv.opens_home()
    await liv.sees_home("Røde Kors")
    await play.asks(liv)
    await play.ola.sees("Liv Nordmann ber om")
    await play.approves(play.ola)
    ready = await liv.sees_message("Koden din er klar")
    await liv.clicks("Vis koden", where=ready)
    await liv.sees_view("Godkjenningskoden")
    await liv.closes()
    await liv.says(QUESTION)
    await liv.sees_message("Gyldig til")
    await liv.uses_shortcut(ids.SHORTCUT_ASK)
    await liv.sees_view("Be om godkjenningskode")


@pytest.mark.parametrize("team_id", [GRID, ELSEWHERE])
async def test_a_stranger_of_the_same_organisation_is_no_member(play: Stage, team_id: str) -> None:
    eve = of_grid(play, "Eve", team_id, ELSEWHERE)
    answered = await eve.types(COMMAND)
    assert answered
    assert "medlemmer av dette arbeidsområdet" in answered.text()
    await eve.opens_home()
    home = await eve.sees_home("medlemmer av dette arbeidsområdet")
    assert home.buttons() == []
    channel = play.slack.channel("felles", play.kari, eve)
    await eve.says(f"{play.slack.mention} {QUESTION}", channel)
    await eve.sees_message("medlemmer")
    assert in_channel(play, channel) == []


async def test_whoever_is_taken_out_of_the_workspace_alone_has_left(play: Stage) -> None:
    """They stay in the organisation, and Slack calls nobody deleted."""
    liv = of_grid(play, "Liv", GRID, ELSEWHERE, OURS)
    async with play.deciding() as desk:
        await holding.add(desk, liv.id, OPERATOR)
    play.bot.wake()
    await liv.sees("Du er nå kontoholder")
    await play.slack.changes(liv, display_name="Liv")
    assert liv.id in (await play.standing()).holders
    await play.slack.changes(liv, workspace_ids=(ELSEWHERE,))
    assert liv.id not in (await play.standing()).holders
    answered = await liv.types(COMMAND)
    assert answered
    assert "medlemmer av dette arbeidsområdet" in answered.text()


@pytest.mark.parametrize(
    ("described", "is_member", "is_nobody"),
    [
        ({"team_id": OURS}, True, False),
        ({"team_id": OURS, "deleted": True}, False, True),
        ({"team_id": OURS, "is_bot": True}, False, True),
        ({"team_id": OURS, "is_stranger": True}, False, True),
        ({"team_id": ELSEWHERE}, False, True),
        ({"profile": {"team": OURS}}, True, False),
        ({}, False, False),
        ({"team_id": GRID}, False, False),
        ({"team_id": GRID, "enterprise_user": {"teams": [OURS]}}, True, False),
        ({"team_id": ELSEWHERE, "enterprise_user": {"teams": [ELSEWHERE, OURS]}}, True, False),
        ({"team_id": GRID, "enterprise_user": {"teams": [ELSEWHERE]}}, False, True),
    ],
)
def test_a_member_is_who_slack_says_is_one_and_nobody_is_who_it_says_is_none(
    described: dict[str, Any], is_member: bool, is_nobody: bool, clock: TravellingClock
) -> None:
    """Where it does not say, nobody is let in, and nobody loses what they hold."""
    client = AsyncWebClient()
    profile = Directory(client, client, OURS, clock).described({"id": "U1", **described}, 0)
    assert (profile.is_member, profile.is_nobody) == (is_member, is_nobody)


async def test_installed_for_the_whole_organisation_an_interaction_names_no_workspace(
    play: Stage,
) -> None:
    """`team` is null there, and the person's own team is the organisation's."""
    workspace = play.slack.workspace
    liv = of_grid(play, "Liv", GRID, OURS)
    eve = of_grid(play, "Eve", GRID, ELSEWHERE)
    for person, title in ((liv, "Be om godkjenningskode"), (eve, "Godkjenningskode")):
        payload = shortcut(workspace, person.record, ids.SHORTCUT_ASK)
        payload |= {"team": None, "is_enterprise_install": True}
        await play.slack.deliver("interactive", payload)
        await person.sees_view(title)


async def test_a_command_names_the_organisation_beside_the_workspace(play: Stage) -> None:
    workspace = play.slack.workspace
    liv = of_grid(play, "Liv", GRID, OURS)
    payload = slash_command(workspace, liv.record, liv.direct_messages, COMMAND, "")
    payload |= {"enterprise_id": GRID, "enterprise_name": "Alle", "is_enterprise_install": "true"}
    await play.slack.deliver("command", payload)
    await liv.sees_view("Be om godkjenningskode")


# While Slack does not say who somebody is


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.home.PROFILE_SECONDS", 0.3)
    monkeypatch.setattr("handlers.membership.LOOK_SECONDS", 0.3)


UNTOLD: dict[str, Fault] = {
    "silent": Silence(1.0),
    "refused": SlackError("internal_error"),
    "a scope is missing": SlackError("missing_scope"),
    "ratelimited": RateLimited(retry_after=60),
}


@pytest.mark.parametrize("fault", UNTOLD)
async def test_home_is_closed_with_words_and_opens_when_slack_answers(
    play: Stage, fault: str
) -> None:
    eve = play.slack.stranger("Eve", team_id=ELSEWHERE)
    play.slack.workspace.fail("users.info", UNTOLD[fault], times=99)
    for person in (play.kari, eve):
        await person.opens_home()
        home = await person.sees_home("fikk ikke sjekket")
        assert home.buttons() == []
        assert "Røde Kors" not in home.text()
    play.slack.workspace.faults.clear()
    await play.kari.opens_home()
    await play.kari.sees_home("Røde Kors")
    await eve.opens_home()
    await eve.sees_home("medlemmer av dette arbeidsområdet")


@pytest.mark.parametrize("fault", UNTOLD)
async def test_a_command_of_somebody_unknown_is_refused_in_words_until_slack_answers(
    play: Stage, fault: str
) -> None:
    liv = of_grid(play, "Liv", ELSEWHERE, ELSEWHERE, OURS)
    payload = slash_command(
        play.slack.workspace, liv.record, liv.direct_messages, COMMAND, QUESTION
    )
    payload["team_id"] = ELSEWHERE
    play.slack.workspace.fail("users.info", UNTOLD[fault], times=99)
    told = await play.slack.deliver("command", payload)
    assert "fikk ikke sjekket" in told.text()
    play.slack.workspace.faults.clear()
    told = await play.slack.deliver("command", payload)
    assert "60 dager" in told.text()


async def test_what_somebody_unknown_wrote_is_taken_when_slack_has_said_who_they_are(
    play: Stage,
) -> None:
    """Not acknowledged meanwhile: Slack brings it again."""
    liv = of_grid(play, "Liv", GRID, OURS)
    play.slack.workspace.fail("users.info", SlackError("internal_error"), times=2)
    await liv.says(QUESTION)
    await liv.sees_message("60 dager")
    await play.slack.settles()
    assert len([each for each in liv.messages() if "60 dager" in each.text()]) == 1
    play.slack.workspace.violations.clear()


async def test_whoever_waited_in_vain_finds_the_door_open_when_slack_has_answered_late(
    http_play: Stage,
) -> None:
    liv = of_grid(http_play, "Liv", GRID, OURS)
    http_play.slack.workspace.fail("users.info", Silence(0.6), times=99)
    await liv.opens_home()
    await liv.sees_home("fikk ikke sjekket")

    async def is_open() -> bool:
        await liv.opens_home()
        home = liv.home()
        return home is not None and "Røde Kors" in home.text()

    await http_play.until(is_open, "the door stays shut")


# The address of an interaction has run out


@pytest.mark.parametrize("why", ["used_url", "expired_url", "none"])
async def test_a_click_whose_address_has_run_out_is_answered_in_a_direct_message(
    play: Stage, why: str
) -> None:
    workspace = play.slack.workspace
    channel = play.slack.channel("styret", play.kari)
    await play.kari.says(f"{play.slack.mention} hvor mange koder kan jeg ha?", channel)
    answer = await play.kari.sees_message("ingen grense")
    thumb = next(button for button in answer.buttons() if button.text == "👎")
    action = {"type": "button", "action_id": ids.UNHELPFUL, "value": thumb.value}
    payload = action_in_message(workspace, play.kari.record, answer.as_seen, action)
    url = workspace.response_urls[payload["response_url"].rsplit("/", 1)[1]]
    match why:
        case "used_url":
            url.uses = 5
        case "expired_url":
            url.expires_at = workspace.clock().replace(year=2000)
        case _:
            del payload["response_url"]
    await play.slack.deliver("interactive", payload)
    told = await play.kari.sees_message("Takk for at du sier fra")
    assert not told.is_ephemeral
    assert told.record.channel_id == play.kari.direct_messages.id
    workspace.violations.clear()
