"""The addresses of databases, as settings name them: SQLite's files and PostgreSQL's servers."""

import os
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit


class UnknownDatabase(ValueError):  # noqa: N818
    """The address is neither sqlite:///… nor postgresql://…"""


LAST_PORT = 65_535

LONGEST_NAME = 240
"""Bytes in the name of a file or folder: systems take 255, and those beside a database add some."""

KEY_END = ".key"
"""What the name of a key's file has more than that of the database beside it."""


def sqlite_address(path: Path, how: str) -> str:
    """A file as SQLite's own addresses name it."""
    return f"{path.absolute().as_uri()}?{how}"


def beside(path: Path) -> list[Path]:
    """The files that SQLite may keep beside a database and reads as a part of it: beside the file
    itself, where the name is a link's."""
    path = Path(os.path.realpath(path))
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]


def sqlite_path(url: str) -> Path | None:
    """The file that an address names, or None when the address is not SQLite's.

    `sqlite:///relative/path`, `sqlite:////absolute/path`; a driver's name after `+` is
    passed over, as people paste it from elsewhere.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UnknownDatabase("the address is malformed") from None
    if parts.scheme.split("+")[0] != "sqlite":
        return None
    path = Path(unquote(parts.path[1:]))
    is_no_file = not path.name or path.name in (":memory:", "..") or "\0" in path.name
    if parts.netloc or is_no_file:
        raise UnknownDatabase("an SQLite address looks like sqlite:///godkjenningsbot.sqlite3")
    return path


def left_of(path: Path) -> list[Path]:
    """What lies beside the place of a database that is not there or has nothing in it, and would
    not if there had never been one: its key, which is made when it has been set up, and its logs,
    which one that is only being set up has too."""
    logs = [] if path.exists() else beside(path)
    return [each for each in (*logs, path.with_name(path.name + KEY_END)) if each.exists()]


def file_url(path: Path) -> str:
    """The address that names a file, as `sqlite_path` reads it."""
    return f"sqlite:///{quote(str(path))}"


def has_bad_port(url: str) -> bool:
    """Whether an address of PostgreSQL's has a port that there is not. It may name several hosts,
    each with its own, or the ports among what follows the question mark."""
    parts = url.partition("://")[2]
    hosts, _, rest = parts.replace("?", "/?", 1).partition("/")
    named = [host.rpartition("]")[2] for host in hosts.rpartition("@")[2].split(",")]
    ports = [port for name in named for colon, port in [name.rpartition(":")[1:]] if colon]
    for listed in parse_qs(rest.partition("?")[2]).get("port", []):
        ports += listed.split(",")
    return not all(_is_port(unquote(port)) for port in ports if port)


def _is_port(text: str) -> bool:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(LAST_PORT))
    return is_number and 0 < int(text) <= LAST_PORT


def has_long_name(path: Path) -> bool:
    """Whether no system has a file, or a folder on the way to it, of that name."""
    return any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts)


def postgres_url(url: str) -> str | None:
    """The address as the driver takes it, or None when it is not PostgreSQL's."""
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in ("postgresql", "postgres"):
        return None
    return f"postgresql://{rest}"
