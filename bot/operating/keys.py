"""The keys of a ledger, from the settings or from the file beside an SQLite database."""

from bot.settings import BadSetting, Settings, keys_beside
from bot.words import _
from storage import key_file
from storage.addresses import sqlite_path
from storage.database import Database
from storage.keys import BadKey, Keyring
from storage.needed_keys import are_at_hand, fold, has_secrets, note_names


async def keyring_for(settings: Settings, database: Database) -> Keyring:
    """The keys to run with. Where there are none, and no codes either, one is made.

    Raises:
        BadSetting: they do not open all the codes there are. A bot that cannot read them must not
            make new ones with another key.
    """
    url = settings.database_url
    keyring = await keys_at_hand(settings.secret_keys, url, database) or _new_keyring(settings)
    await note_names(database, keyring)
    await fold(database, keyring)
    async with database.reading() as transaction:
        if not await are_at_hand(transaction, keyring):
            raise BadSetting("SECRET_KEY", unreadable())
    return keyring


async def keys_at_hand(keys: tuple[str, ...], url: str, database: Database) -> Keyring | None:
    """The keys there are, by the settings and the database's address there; None where there are
    none, and no codes that need them.

    Raises:
        BadSetting: there are codes, and no keys.
    """
    if keys:
        return Keyring(keys)
    async with database.reading() as transaction:
        if await has_secrets(transaction):
            raise BadSetting("SECRET_KEY", _gone(url))
    return None


def _new_keyring(settings: Settings) -> Keyring:
    path = sqlite_path(settings.database_url)
    assert path is not None  # PostgreSQL has its keys in the settings
    try:
        key_file.make(key_file.beside(path))
    except OSError:
        problem = _("det kan ikke skrives i mappen til databasen.")
        raise BadSetting("DATABASE_URL", problem) from None
    return Keyring(keys_beside(path))


def is_file_there(settings: Settings, keyring: Keyring) -> bool:
    """Whether the file beside the database, if the keys are from there, still has the one that
    makes new codes: else nobody could read them after the next start."""
    path = sqlite_path(settings.database_url)
    if path is None or settings.has_keys_set:
        return True
    try:
        kept = Keyring(key_file.read(key_file.beside(path)))
        return keyring.names[0] in kept.names
    except (OSError, BadKey):
        return False


def unreadable() -> str:
    return _(
        "ikke alle kodene kan leses med nøklene som er satt. Legg til nøkkelen de ble laget med."
    )


def _gone(url: str) -> str:
    path = sqlite_path(url)
    assert path is not None
    problem = _(
        "nøkkelfilen {path} mangler, og uten den kan ingen lese kodene. Hent den tilbake fra en "
        "sikkerhetskopi, eller sett SECRET_KEY."
    )
    return problem.format(path=key_file.beside(path))
