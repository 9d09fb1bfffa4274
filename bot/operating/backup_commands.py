"""The commands `backup` and `restore`."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot import settings
from bot.operating.opening import Unable, told_if_gone
from bot.words import _
from storage import backup, key_file, restoring
from storage.addresses import sqlite_path
from storage.archive import BackupOfAnotherVersion, BackupTrouble, NoBackup
from storage.backup import CodesUnreadable, FileForSomethingElse, FileTaken, NoDatabase
from storage.database import DatabaseFailed, DatabaseUnavailable, utc_now
from storage.restoring import DatabaseInUse

File = Annotated[Path, typer.Argument(metavar="fil", help="Filen med sikkerhetskopien.")]


def back_up(
    file: File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Skriv over en eldre sikkerhetskopi.")
    ] = False,
) -> None:
    """Ta sikkerhetskopi, også mens boten går.

    Databasen og nøkkelen kommer i én fil.
    """
    database, keys = _database(), settings.read_secret_key()
    without_value = _(
        "Kodene kan ikke leses med nøkkelen i SECRET_KEY eller {key}, så kopien ville vært uten "
        "verdi. Hent nøkkelen tilbake først."
    )
    with _in_words(file, database, without_value):
        asyncio.run(backup.back_up(database, file, keys, utc_now(), replace=replace))
    told = _("Databasen og nøkkelen er kopiert til {file}. Den som har filen, kan lese alt.")
    if keys:
        told = _(
            "Databasen er kopiert til {file}. Nøkkelen står i SECRET_KEY og er ikke med: "
            "ta vare på den et annet sted. Uten den kan ingen lese kodene."
        )
    elif not key_file.beside(database).exists():
        told = _("Databasen er kopiert til {file}. Den har ingen koder, og ingen nøkkel ennå.")
    typer.echo(told.format(file=file))


def restore(
    file: File,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Bytt ut databasen som er der. Den gamle beholdes."),
    ] = False,
) -> None:
    """Hent alt tilbake fra en sikkerhetskopi.

    Boten må være stoppet.
    """
    database, keys = _database(), settings.read_secret_key()
    without_key = _(
        "Nøkkelen som er satt, åpner ikke kodene i {file}. Er nøkkelen med i kopien, tar du bort "
        "SECRET_KEY og prøver igjen. Er den ikke det, setter du SECRET_KEY til nøkkelen kodene ble "
        "laget med. Ingenting er endret."
    )
    with _in_words(file, database, without_key):
        done = asyncio.run(restoring.restore(file, database, keys, utc_now(), replace=replace))
    told = _("{database} er slik den var {moment} (UTC). Det som skjedde etter det, er ikke med.")
    typer.echo(told.format(database=database, moment=f"{done.made_at:%Y-%m-%d %H:%M}"))
    for path in done.aside:
        typer.echo(_("Det gamle ligger i {path}.").format(path=path))


def _database() -> Path:
    """
    Raises:
        Unable: it is PostgreSQL's.
    """
    path = sqlite_path(settings.read_database_url())
    if path is None:
        raise Unable(
            _(
                "En PostgreSQL-database kopieres med pg_dump og hentes tilbake med pg_restore. "
                "Nøkkelen i SECRET_KEY er ikke med i kopien. Ta vare på den et annet sted."
            )
        )
    return path


@contextmanager
def _in_words(file: Path, database: Path, codes_unreadable: str) -> Iterator[None]:
    """
    Raises:
        Unable: with what is wrong; nothing was changed.
        DatabaseFailed: the database that is to be copied is damaged.
    """
    # Ends as an error does, so that what is half done is taken away.
    for each in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) is not signal.SIG_IGN:  # as `nohup` has it
            signal.signal(each, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    except DatabaseFailed:
        raise
    except (DatabaseUnavailable, OSError) as problem:
        text = _("Det gikk ikke: {problem}. Ingenting er endret.")
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise Unable(text.format(problem=why)) from None
    except BackupTrouble as problem:
        gone = told_if_gone(database) if isinstance(problem, NoDatabase) else None
        if gone is not None:
            raise Unable(f"{_('Database')}: {gone}") from None
        text = codes_unreadable if isinstance(problem, CodesUnreadable) else _text(problem)
        raise Unable(
            text.format(file=file, database=database, key=key_file.beside(database))
        ) from None


def _text(problem: BackupTrouble) -> str:
    match problem:
        case NoDatabase():
            return _("Det er ingen database å kopiere i {database}. Den lages ved første «run».")
        case FileTaken():
            return _("{file} finnes fra før. Velg et annet navn, eller bruk --replace.")
        case FileForSomethingElse():
            return _("{file} er i bruk til noe annet. Velg et annet navn.")
        case NoBackup():
            return _("{file} finnes ikke, eller er ingen hel sikkerhetskopi. Ingenting er endret.")
        case BackupOfAnotherVersion():
            return _(
                "{file} er laget av en nyere versjon av boten. Bruk den versjonen eller en nyere."
            )
        case DatabaseInUse():
            return _("{database} er i bruk. Stopp boten først. Ingenting er endret.")
        case _there:
            return _(
                "{database} finnes fra før. Bruk --replace: den gamle beholdes under et annet navn."
            )
