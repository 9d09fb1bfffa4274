"""The ledger opened for one command of the operator's."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot import settings
from bot.words import _, program
from storage import members, organisations, registering
from storage.addresses import sqlite_path
from storage.database import Database
from storage.desk import DecidingDesk, Desk, Ledger
from storage.migrate import opened
from storage.records import Organisation
from storage.refusals import NoOrganisation

T = TypeVar("T")
AnyDesk = TypeVar("AnyDesk", bound=Desk)


class Unable(Exception):  # noqa: N818
    """The command cannot be carried out; the message says why, to the operator."""


def with_database(work: Callable[[Database], Awaitable[T]], *, may_be_new: bool = False) -> T:
    """What the work gives, when all of it is done and committed: only then it is told.

    Raises:
        Unable: there is no database yet, and none is to be made.
    """
    url = settings.read_database_url()
    if not may_be_new:
        _require_file(url)

    async def run_it() -> T:
        async with opened(url) as database:
            return await work(database)

    return asyncio.run(run_it())


def _require_file(url: str) -> None:
    """Whoever looks in the wrong folder is not told that there is nothing, nor leaves a database
    behind."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        problem = _(
            "Databasen {path} finnes ikke. Er det riktig mappe? Databasen lages ved første «run», "
            "eller av «organisation add»."
        )
        raise Unable(problem.format(path=path))


def looking(team_id: str | None, work: Callable[[Desk], Awaitable[T]]) -> T:
    """At the desk of a workspace's organisation, or of the only one there is, to look."""
    return _at_the_desk(Ledger.looking, team_id, work)


def deciding(team_id: str | None, work: Callable[[DecidingDesk], Awaitable[T]]) -> T:
    """The same, to decide."""
    return _at_the_desk(Ledger.deciding, team_id, work)


def answering(team_id: str | None, work: Callable[[DecidingDesk], Awaitable[T]]) -> T:
    """The same, to decide on the organisation itself."""
    return _at_the_desk(registering.answering_team, team_id, work)


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """What has been found in one organisation."""

    organisation: Organisation
    found: T
    names: dict[str, str]
    """Of members, as far as the ledger knows them."""


def looking_everywhere(team_id: str | None, work: Callable[[Desk], Awaitable[T]]) -> list[Seen[T]]:
    """At the desk of one workspace's organisation, or of each there is, to look.

    Raises:
        Unable: there is none.
    """

    async def at_each_desk(database: Database) -> list[Seen[T]]:
        teams = [team_id] if team_id else await _teams(database)
        return [await _seen(Ledger(database), team, work) for team in teams]

    return with_database(at_each_desk)


async def _seen(ledger: Ledger, team: str, work: Callable[[Desk], Awaitable[T]]) -> Seen[T]:
    try:
        async with ledger.looking(team) as desk:
            return Seen(desk.organisation, await work(desk), await members.names(desk))
    except NoOrganisation:
        raise _without_organisation(team) from None


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
            raise _without_organisation(team) from None

    return with_database(at_the_desk)


def _without_organisation(team: str) -> Unable:
    problem = _("Det er ingen organisasjon for {team}. Se: {program} organisation list")
    return Unable(problem.format(team=team, program=program()))


async def _only_team(database: Database) -> str:
    first, *others = await _teams(database)
    if others:
        raise Unable(_("Det er flere organisasjoner. Si hvilken med --team."))
    return first


async def _teams(database: Database) -> list[str]:
    async with database.reading() as transaction:
        found = await organisations.list_all(transaction)
    if not found:
        problem = _("Det er ingen organisasjoner ennå. Se: {program} organisation --help")
        raise Unable(problem.format(program=program()))
    return [each.team_id for each in found]
