"""The roll call by itself: at Slack's rates with a thousand people, and after a wrong clock."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import Human, Sandbox
from handlers.agent import Agent
from handlers.directory import Directory
from handlers.faq import learning
from handlers.house import House, Workspace
from handlers.roll_call import RollCall
from handlers.ties import Ties
from storage import authority, decisions, meeting, requests
from storage.migrate import opened
from templates.words import Words
from tests.conftest import TravellingClock
from tests.migrated import migrated_at_once
from tests.unit.storage.cast import Office, details

IN_SLACK, OUTSIDE = 900, 100
PROFILES_A_MINUTE, ADDRESSES_A_MINUTE = 100, 50
"""What Slack allows: Tier 4 for `users.info`, Tier 3 for `users.lookupByEmail`."""


@dataclass
class Time:
    """Passes only while somebody waits for it."""

    seconds: float = 0.0
    asked_at: dict[str, list[float]] = field(default_factory=dict)

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds + 0.001  # no clock is exact

    def asked(self, method: str) -> None:
        self.asked_at.setdefault(method, []).append(self.seconds)

    def most_in_a_minute(self, method: str) -> int:
        at = self.asked_at[method]
        return max(sum(began <= other < began + 60 for other in at) for began in at)


class Watched(AsyncWebClient):
    time: Time

    async def api_call(self, api_method: str, **rest: object) -> object:  # type: ignore[override]
        self.time.asked(api_method)
        return await super().api_call(api_method, **rest)  # type: ignore[arg-type]


async def test_a_thousand_people_are_asked_about_within_slacks_rates(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with (
        Sandbox() as slack,
        opened(migrated_at_once(tmp_path / "ledger.sqlite3"), clock) as database,
    ):
        people = [slack.person("Nr", str(n), email=f"n{n}@example.org") for n in range(IN_SLACK)]
        office = await Office.begin(database, holders=(people[0].id, people[1].id))
        await enter(office, people)
        time = Time()
        roll_call = RollCall(workspace_of(office, slack, time), clock, time.sleep)

        await roll_call.call()
        assert len(time.asked_at["users.info"]) == IN_SLACK
        assert len(time.asked_at["users.lookupByEmail"]) == OUTSIDE
        assert time.most_in_a_minute("users.info") <= PROFILES_A_MINUTE
        assert time.most_in_a_minute("users.lookupByEmail") <= ADDRESSES_A_MINUTE
        assert time.seconds < 30 * 60

        await roll_call.call()
        assert len(time.asked_at["users.info"]) == IN_SLACK, "whoever was seen is asked about anew"
        assert len(time.asked_at["users.lookupByEmail"]) == OUTSIDE


async def test_a_clock_that_was_ahead_for_a_while_keeps_nobody_from_being_asked_about(
    tmp_path: Path, clock: TravellingClock
) -> None:
    """What it made seem to have been seen later than now has not been seen."""
    async with (
        Sandbox() as slack,
        opened(migrated_at_once(tmp_path / "ledger.sqlite3"), clock) as database,
    ):
        ola, anne = slack.person("Ola"), slack.person("Anne")
        office = await Office.begin(database, holders=(ola.id, anne.id))
        roll_call = RollCall(workspace_of(office, slack, Time()), clock)
        clock.forward(days=30)
        await roll_call.call()
        clock.forward(days=-30)
        slack.workspace.deactivate(ola.record)

        keeping = asyncio.create_task(roll_call.keep())
        try:
            await until_they_are(office, anne)
        finally:
            keeping.cancel()


async def until_they_are(office: Office, *holders: Human) -> None:
    for _ in range(200):
        async with office.looking() as desk:
            if set(desk.standing.holders) == {holder.id for holder in holders}:
                return
        await asyncio.sleep(0.02)
    raise AssertionError("others hold the account")


def workspace_of(office: Office, slack: Sandbox, time: Time) -> Workspace:
    client = Watched(slack.bot_token, base_url=slack.api_url)
    client.time = time
    team_id = slack.workspace.team_id
    directory = Directory(client, client, team_id, office.database.clock, time)
    house = House(office.ledger, learning.matcher(), Words.of("nb"))
    ties = Ties(client, team_id)
    return Workspace(
        house, team_id, "B", "U", client, client, directory, ties, Agent(is_granted=False)
    )


async def enter(office: Office, people: list[Human]) -> None:
    """Those in Slack are known there; those outside have a code that was sent by mail."""
    async with office.deciding() as desk:
        for number, member in enumerate(people):
            person, _ = await authority.enter_person(desk, details("Nr", f"{number}"))
            await meeting.note_lookup(desk, person.id, member.id)
        for number in range(OUTSIDE):
            outside = details("Ute", f"{number}", email=f"ute{number}@example.com")
            form = requests.NewRequest(people[0].id, outside, "Nettside", f"V{number}")
            await decisions.make_at_once(desk, form)
