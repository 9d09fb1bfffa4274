"""The ledger opened for one command of the operator's."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Generic, TypeVar

from msgspec import Struct

from bot import settings
from bot.words import _, program
from storage import members, organisations, registering
from storage.addresses import left_of, sqlite_path
from storage.database import Database
from storage.desk import DecidingDesk, Desk, Ledger
from storage.migrate import opened
from storage.records import Organisation

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
        gone = told_if_gone(path)
        if gone is not None:
            raise Unable(f"{_('Database')}: {gone}")
        problem = _(
            "Databasen {path} finnes ikke. Er det riktig mappe? Databasen lages ved første «run», "
            "eller av «organisation add»."
        )
        raise Unable(problem.format(path=path))


def told_if_gone(path: Path) -> str | None:
    """That there was a database where there is none now, or an empty one, and what to do; None
    where it is new."""
    left = left_of(path)
    if not left:
        return None
    told = (
        _("filen {path} er tom, men {left} ligger der ennå.")
        if path.exists()
        else _("filen {path} er borte, men {left} ligger der ennå.")
    )
    advice = _(
        "Stopp boten hvis den går, og hent databasen fra en sikkerhetskopi med «restore». Skal du "
        "begynne på nytt, flytter du det som ligger igjen."
    )
    names = ", ".join(each.name for each in left)
    return f"{told.format(path=path, left=names)} {advice}"


def looking(named: str | None, work: Callable[[Desk], Awaitable[T]]) -> T:
    """At the desk of a workspace's organisation, or of the only one there is, to look. Of several
    in one workspace the short name says which, or the id: `T012AB3CD/RodeKors`."""
    return _at_the_desk(Ledger.looking_at, named, work)


def deciding(named: str | None, work: Callable[[DecidingDesk], Awaitable[T]]) -> T:
    """The same, to decide."""
    return _at_the_desk(Ledger.deciding_at, named, work)


def answering(named: str | None, work: Callable[[DecidingDesk], Awaitable[T]]) -> T:
    """The same, to decide on the organisation itself."""
    return _at_the_desk(registering.answering, named, work)


class Seen(Struct, Generic[T], frozen=True):
    """What has been found in one organisation."""

    organisation: Organisation
    called: str
    """As `--team` takes it."""

    found: T
    names: dict[str, str]
    """Of members, as far as the ledger knows them."""


def looking_everywhere(named: str | None, work: Callable[[Desk], Awaitable[T]]) -> list[Seen[T]]:
    """At the desk of one workspace's organisations, or of each there is, to look.

    Raises:
        Unable: there is none.
    """

    async def at_each_desk(database: Database) -> list[Seen[T]]:
        found = await _organisations(database, named)
        return [
            await _seen(Ledger(database), each.id, found.called[each.id], work)
            for each in found.meant
        ]

    return with_database(at_each_desk)


async def _seen(
    ledger: Ledger, which: str, called: str, work: Callable[[Desk], Awaitable[T]]
) -> Seen[T]:
    async with ledger.looking_at(which) as desk:
        return Seen(desk.organisation, called, await work(desk), await members.names(desk))


def _at_the_desk(
    open_desk: Callable[[Ledger, str], AbstractAsyncContextManager[AnyDesk]],
    named: str | None,
    work: Callable[[AnyDesk], Awaitable[T]],
) -> T:
    async def at_the_desk(database: Database) -> T:
        found = await _organisations(database, named)
        first, *others = found.meant
        if others:
            raise _which_of(named, found)
        async with open_desk(Ledger(database), first.id) as desk:
            return await work(desk)

    return with_database(at_the_desk)


class _Found(Struct, frozen=True):
    meant: Sequence[Organisation]
    called: Mapping[str, str]
    """Each that there is, by its id."""


def _which_of(named: str | None, found: _Found) -> Unable:
    if named is None:
        return Unable(_("Det er flere organisasjoner. Si hvilken med --team."))
    problem = _("{team} har flere organisasjoner. Skriv en av disse i stedet: {names}")
    names = ", ".join(found.called[each.id] for each in found.meant)
    return Unable(problem.format(team=named, names=names))


async def _organisations(database: Database, named: str | None) -> _Found:
    """Those of a workspace, or those of them that have this short name or id; all there are where
    none is named.

    Raises:
        Unable: there is none.
    """
    async with database.reading() as transaction:
        found = await organisations.list_all(transaction)
    if not found:
        problem = _("Det er ingen organisasjoner ennå. Se: {program} organisation --help")
        raise Unable(problem.format(program=program()))
    team, _slash, called = (named or "").partition("/")
    meant = [
        each
        for each in found
        if team in ("", each.team_id) and called.casefold() in ("", *_names(each))
    ]
    if not meant:
        problem = _("Det er ingen organisasjon for {team}. Se: {program} organisation list")
        raise Unable(problem.format(team=named, program=program()))
    return _Found(meant, organisations.called(found))


def _names(each: Organisation) -> tuple[str, str]:
    return each.short_name.casefold(), each.id.casefold()
