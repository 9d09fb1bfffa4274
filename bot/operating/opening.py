"""The ledger opened for one command of the operator's."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from bot import settings
from bot.words import _, program
from storage import organisations
from storage.database import Database
from storage.desk import DecidingDesk, Desk, Ledger
from storage.migrate import opened
from storage.refusals import NoOrganisation

T = TypeVar("T")
AnyDesk = TypeVar("AnyDesk", bound=Desk)


class Unable(Exception):  # noqa: N818
    """The command cannot be carried out; the message says why, to the operator."""


def with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """What the work gives, when all of it is done and committed: only then it is told."""

    async def run_it() -> T:
        async with opened(settings.read_database_url()) as database:
            return await work(database)

    return asyncio.run(run_it())


def looking(team_id: str | None, work: Callable[[Desk], Awaitable[T]]) -> T:
    """At the desk of a workspace's organisation, or of the only one there is, to look."""
    return _at_the_desk(Ledger.looking, team_id, work)


def deciding(team_id: str | None, work: Callable[[DecidingDesk], Awaitable[T]]) -> T:
    """The same, to decide."""
    return _at_the_desk(Ledger.deciding, team_id, work)


def _at_the_desk(
    open_desk: Callable[[Ledger, str], AbstractAsyncContextManager[AnyDesk]],
    team_id: str | None,
    work: Callable[[AnyDesk], Awaitable[T]],
) -> T:
    async def at_the_desk(database: Database) -> T:
        team = team_id or await _only_team(database)
        try:
            async with open_desk(Ledger(database), team) as desk:
                return await work(desk)
        except NoOrganisation:
            problem = _("Det er ingen organisasjon for {team}. Se: {program} organisation list")
            raise Unable(problem.format(team=team, program=program())) from None

    return with_database(at_the_desk)


async def _only_team(database: Database) -> str:
    async with database.reading() as transaction:
        found = await organisations.list_all(transaction)
    if not found:
        problem = _("Det er ingen organisasjoner ennå. Se: {program} organisation --help")
        raise Unable(problem.format(program=program()))
    if len(found) > 1:
        raise Unable(_("Det er flere organisasjoner. Si hvilken med --team."))
    return found[0].team_id
