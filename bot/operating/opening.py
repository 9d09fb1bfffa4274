"""The ledger opened for one command of the operator's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot import settings
from bot.operating.words import _, program
from storage import organisations
from storage.database import Database, open_database
from storage.migrate import is_current, migrate
from storage.organisations import Standing
from storage.records import Organisation
from storage.refusals import NotFound


class Unable(Exception):  # noqa: N818
    """The command cannot be carried out; the message says why, to the operator."""


def with_database(work: Callable[[Database], Awaitable[None]]) -> None:
    async def run_it() -> None:
        async with _database() as database:
            await work(database)

    asyncio.run(run_it())


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    url = settings.read_database_url()
    database = await open_database(url)
    try:
        if not await is_current(database):
            await migrate(url)
        yield database
    finally:
        await database.close()


async def standing_of(database: Database, team_id: str | None) -> Standing:
    """The organisation of a workspace, or the only one there is."""
    async with database.reading() as transaction:
        if team_id is None:
            team_id = _only(await organisations.list_all(transaction)).team_id
        try:
            return await organisations.standing_of_team(transaction, team_id)
        except NotFound:
            problem = _("Det er ingen organisasjon for {team}. Se: {program} organisation list")
            raise Unable(problem.format(team=team_id, program=program())) from None


def _only(found: list[Organisation]) -> Organisation:
    if not found:
        problem = _("Det er ingen organisasjoner ennå. Se: {program} organisation --help")
        raise Unable(problem.format(program=program()))
    if len(found) > 1:
        raise Unable(_("Det er flere organisasjoner. Si hvilken med --team."))
    return found[0]
