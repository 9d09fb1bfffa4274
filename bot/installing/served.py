"""The workspaces that the bot serves, however it came there."""

from collections.abc import Callable

from msgspec import Struct

from bot.slack.installing import Clients, Installation
from handlers.agent import Agent
from handlers.directory import Directory
from handlers.house import House, Registry, Seat, Workspace
from handlers.ties import Ties
from storage import registering
from storage.desk import Ledger
from storage.registering import Channel


class Served(Struct, frozen=True):
    registry: Registry
    wake: Callable[[], None]
    """Look at once at what time has brought there, as after the clock was moved."""


def workspace(
    house: House, installation: Installation, slack: Clients, seat: Seat | None = None
) -> Workspace:
    """One in which the bot is, as Slack knows it there."""
    team_id = installation.team_id
    clock = house.ledger.database.clock
    return Workspace(
        house=house,
        team_id=team_id,
        bot_id=installation.bot_id,
        bot_user_id=installation.bot_user_id,
        client=slack.patient,
        courier_client=slack.courier,
        directory=Directory(slack.patient, slack.courier, team_id, clock),
        ties=Ties(slack.courier, team_id),
        agent=Agent(is_granted=installation.is_agent),
        name=installation.team_name,
        seat=seat,
    )


async def show_what_waits(ledger: Ledger, channel: Channel, team_id: str | None = None) -> None:
    """For the operator, whose channel may be another one than before; of one workspace, or of all:
    who serves one shows nothing of those that others serve."""
    async with ledger.database.reading() as reading:
        waiting = await registering.awaiting(reading, team_id)
    for organisation_id in waiting:
        async with ledger.asking_at(organisation_id) as desk:
            await registering.show_where_it_is_not(desk, channel)
