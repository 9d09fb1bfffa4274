"""How a command ends that cannot be carried out: in one sentence (one for each setting that is
wrong), and with 2 as its exit code; or with 1 when the bot ran and had to end."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.living import Died
from bot.operating.opening import Unable
from bot.settings import BadSetting
from bot.words import _, installing
from handlers.faq.learning import CannotLearn, NothingToLearnWith
from handlers.faq.phrasings import BadPhrasings
from handlers.faq.synonyms import BadSynonyms
from storage.database import (
    DatabaseBusy,
    DatabaseFailed,
    DatabaseNotOpened,
    DatabaseUnavailable,
)
from storage.migrate import DifferentShape, ForeignDatabase, UnknownRevision

TRACEBACK = "GODKJENNINGSBOT_TRACEBACK"
"""The variable with which an error that nobody has foreseen is shown with all that led to it."""

_MISWRITTEN = frozenset(
    (
        *("ValueError", "OverflowError", "UnicodeError", "UnicodeEncodeError", "TypeError"),
        *("ClientConfigurationError", "InterfaceError"),
    )
)
"""Of which class the errors are that an address gives which is not one."""

MOST_TOLD = 4
"""Differences that stand in one sentence."""


FORESEEN = (
    BadSetting,
    Unable,
    BadPhrasings,
    BadSynonyms,
    CannotLearn,
    DatabaseUnavailable,
    Died,
)
"""What is told in words of its own."""


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """A wrong setting, an unreachable database: what is wrong is told, and the program ends."""
    try:
        yield
    except FORESEEN as problem:
        sys.stderr.write(f"{_told(problem)}\n")
        sys.exit(1 if isinstance(problem, Died) else 2)
    except Exception as unforeseen:
        if os.environ.get(TRACEBACK):
            raise
        sys.stderr.write(f"{_told_of_unforeseen(unforeseen)}\n")
        sys.exit(2)


def _told_of_unforeseen(problem: Exception) -> str:
    """What it says itself is left out, for it may hold what is nobody's to read; not what the
    system says of a file."""
    where = traceback.extract_tb(problem.__traceback__)[-1]
    kind = type(problem).__name__
    if isinstance(problem, OSError) and problem.strerror:
        kind = f"{problem.strerror}: {problem.filename}" if problem.filename else problem.strerror
    text = _(
        "Det gikk ikke: {kind} ({file}, linje {line}). Er det ikke noe du kan rette, er det en "
        "feil i boten. Sett {variable}=1 for å se alt om den."
    )
    file = Path(where.filename).name
    return text.format(kind=kind, file=file, line=where.lineno, variable=TRACEBACK)


def _told(problem: Exception) -> str:
    match problem:
        case BadSetting():
            return "\n".join(map(str, problem.all))
        case Died():
            text = _(
                "En del av boten stoppet uventet ({part}), så den er avsluttet. Start den igjen."
            )
            return text.format(part=problem.part)
        case BadPhrasings():
            text = _("Får ikke lest handlers/faq/phrasings.txt. {problem}")
        case BadSynonyms():
            text = _("Får ikke lest handlers/faq/synonyms.txt. {problem}")
        case NothingToLearnWith():
            text = _(
                "Boten må lære av eksemplene på nytt, og det kan den ikke uten tillegget learn. "
                "Installer det med: {command}"
            )
        case CannotLearn():
            text = _("Boten får ikke lært av eksemplene. {problem}")
        case DatabaseUnavailable():
            return told_of_database(problem)
        case _other:
            return str(problem)
    return text.format(problem=problem, command=installing("learn"))


def told_of_database(problem: DatabaseUnavailable) -> str:
    """What is wrong with it, and what to do."""
    match problem:
        case UnknownRevision():
            text = _(
                "Databasen er laget av en annen versjon av boten. "
                "Bruk den versjonen eller en nyere."
            )
        case ForeignDatabase():
            text = _("Databasen har tabeller som boten ikke har laget. Sjekk DATABASE_URL.")
        case DifferentShape():
            return _told_difference(problem)
        case DatabaseNotOpened():
            text = _("Får ikke åpnet databasen {path}: {why}. Sjekk at DATABASE_URL er riktig.")
            return text.format(path=problem.path, why=_why_not_opened(problem.why))
        case DatabaseFailed() if problem.path is not None:
            text = _(
                "Filen {path} er ingen SQLite-database, eller den er skadet. Sjekk at DATABASE_URL "
                "er riktig. Er den det, må databasen hentes tilbake fra en sikkerhetskopi."
            )
            return text.format(path=problem.path)
        case DatabaseBusy() | DatabaseFailed():
            text = _told_by_reason(problem.reason)
        case _other:
            text = _(
                "Får ikke åpnet databasen: {problem}. Sjekk at DATABASE_URL er riktig, og at "
                "databasetjeneren går hvis du bruker PostgreSQL."
            )
    return text.format(problem=_in_words(str(problem)))


def _in_words(problem: str) -> str:
    """What PostgreSQL's driver has only a class of exceptions for, of which nobody who reads it
    knows anything."""
    is_class = problem.isidentifier()
    if problem in _MISWRITTEN:
        return _("adressen er ikke skrevet slik PostgreSQL vil ha den")
    return {
        "OSError": _("ingen svarer på den adressen"),
        "FileNotFoundError": _("en fil som adressen sier at skal brukes, er ikke der"),
        "ConnectionResetError": _("forbindelsen ble brutt"),
        "ConnectionDoesNotExistError": _("forbindelsen ble brutt"),
        "ConnectionFailureError": _("forbindelsen ble brutt"),
        "ConnectionError": _("tjeneren tar ikke imot en kryptert forbindelse"),
        "SSLError": _("den krypterte forbindelsen lar seg ikke opprette"),
        "SSLCertVerificationError": _("sertifikatet til tjeneren holder ikke"),
        "InvalidAuthorizationSpecificationError": _("brukeren slipper ikke inn på tjeneren"),
        "InsufficientPrivilegeError": _("brukeren har ikke lov til det i databasen"),
        "TooManyConnectionsError": _("tjeneren har ikke plass til flere forbindelser"),
        "CannotConnectNowError": _("tjeneren er ikke klar ennå"),
        "AdminShutdownError": _("tjeneren ble stoppet"),
        "gaierror": _("ingen maskin heter det som står der"),
        "ConnectionRefusedError": _("ingen svarer på den adressen"),
        "TimeoutError": _("ingen svarer på den adressen"),
        "InvalidPasswordError": _("brukernavnet eller passordet er feil"),
        "InvalidCatalogNameError": _("tjeneren har ingen database med det navnet"),
    }.get(
        problem,
        _("tjeneren tok ikke imot det, og loggen dens sier hvorfor") if is_class else problem,
    )


def _why_not_opened(why: str) -> str:
    return {
        "no_file": _("det er en mappe, eller noe annet enn en fil"),
        "no_folder": _("mappen finnes ikke"),
        "not_there": _("den finnes ikke"),
        "not_permitted": _("boten har ikke lov til å lese og skrive der"),
        "read_only": _("disken kan bare leses"),
        "disk_full": _("disken er full"),
        "replaced": _("den ble byttet ut akkurat nå"),
    }.get(why, _("det går ikke å lese og skrive der"))


def _told_by_reason(reason: str) -> str:
    match reason:
        case "busy" | "no_answer":
            return _(
                "Databasen er opptatt: noe annet holder på den, eller den svarer ikke. "
                "Prøv igjen om litt."
            )
        case "disk_error":
            return _("Databasen får ikke lest eller skrevet. Se om disken er full, eller i ustand.")
        case "disk_full":
            return _("Databasen får ikke skrevet, for disken er full. Gjør plass på den.")
        case "read_only" | "not_permitted":
            return _(
                "Databasen tar ikke imot noe, for boten har ikke lov til å skrive i den. "
                "Gi den lov til det."
            )
        case "damaged":
            return _(
                "Databasen er skadet. Stopp boten, og hent databasen tilbake fra en "
                "sikkerhetskopi med «restore»."
            )
        case "file_gone":
            return _(
                "Databasefilen er slettet eller byttet ut mens den var i bruk. Stopp boten først. "
                "Legg så filen tilbake, eller hent den fra en sikkerhetskopi med «restore», og "
                "start boten igjen."
            )
        case _other:
            return _(
                "Databasen svarer ikke som den skal: {problem}. "
                "Er den skadet, må den hentes tilbake fra en sikkerhetskopi."
            )


def _told_difference(problem: DifferentShape) -> str:
    found = problem.difference
    told = [
        *(_("mangler «{line}»").format(line=line) for line in found.missing),
        *(_("har «{line}»").format(line=line) for line in found.unknown),
    ]
    text = _(
        "Tabellene i databasen er ikke slik de skal være: {told}. Rett det som er endret, eller "
        "hent databasen tilbake fra en sikkerhetskopi."
    )
    more = [_("og {count} til").format(count=len(told) - MOST_TOLD)] if told[MOST_TOLD:] else []
    return text.format(told=", ".join([*told[:MOST_TOLD], *more]))
