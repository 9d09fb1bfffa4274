"""The ledger opened for one command of the operator's."""

import asyncio
from collections.abc import Awaitable, Callable

from bot import settings
from bot.operating.words import _, program
from storage import organisations
from storage.database import Database
from storage.desk import DecidingDesk, Ledger
from storage.migrate import opened
from storage.refusals import NoOrganisation


class Unable(Exception):  # noqa: N818
    """The command cannot be carried out; the message says why, to the operator."""


def with_database(work: Callable[[Database], Awaitable[None]]) -> None:
    async def run_it() -> None:
        async with opened(settings.read_database_url()) as database:
            await work(database)

    asyncio.run(run_it())


def with_desk(team_id: str | None, work: Callable[[DecidingDesk], Awaitable[None]]) -> None:
    """At the desk of a workspace's organisation, or of the only one there is."""

    async def at_the_desk(database: Database) -> None:
        team = team_id or await _only_team(database)
        try:
            async with Ledger(database).deciding(team) as desk:
                await work(desk)
        except NoOrganisation:
            problem = _("Det er ingen organisasjon for {team}. Se: {program} organisation list")
            raise Unable(problem.format(team=team, program=program())) from None

    with_database(at_the_desk)


async def _only_team(database: Database) -> str:
    async with database.reading() as transaction:
        found = await organisations.list_all(transaction)
    if not found:
        problem = _("Det er ingen organisasjoner ennå. Se: {program} organisation --help")
        raise Unable(problem.format(program=program()))
    if len(found) > 1:
        raise Unable(_("Det er flere organisasjoner. Si hvilken med --team."))
    return found[0].team_id
