"""A backup as one file: a tar that says what it is, with the database and its key.

manifest.json      comes first: the form, the schema's revision, when it was made, checksums
database.sqlite3
key                where the key is kept in a file beside the database
"""

import io
import json
import os
import shutil
import tarfile
from collections.abc import Mapping
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

from msgspec import Struct

MANIFEST, DATABASE, KEY = "manifest.json", "database.sqlite3", "key"
FORM = 1
LARGEST_MANIFEST = 65_536


class BackupTrouble(Exception):  # noqa: N818
    """A ledger could not be backed up or restored; nothing was changed."""


class NoBackup(BackupTrouble):
    """The file is no backup, or not all of one."""


class BackupOfAnotherVersion(BackupTrouble):
    """This version of the bot does not know the form, or the tables, of the backup."""


class Manifest(Struct, frozen=True):
    revision: str
    made_at: datetime
    checksums: Mapping[str, str]
    """SHA-256 of each of the other members, by its name."""


def pack(folder: Path, revision: str, made_at: datetime, archive: Path) -> None:
    """Put the members that lie in the folder into one file, of which all is on the disk then.

    Raises:
        OSError: it cannot be written.
    """
    there = [folder / name for name in (DATABASE, KEY) if (folder / name).exists()]
    about = {
        "form": FORM,
        "revision": revision,
        "made_at": made_at.isoformat(),
        "checksums": {path.name: _checksum(path) for path in there},
    }
    handle = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _add(tar, MANIFEST, io.BytesIO(json.dumps(about).encode()))
            for path in there:
                with path.open("rb") as member:
                    _add(tar, path.name, member)
        file.flush()
        os.fsync(file.fileno())


def _add(tar: tarfile.TarFile, name: str, content: io.BufferedIOBase) -> None:
    member = tarfile.TarInfo(name)
    member.mode = 0o600
    member.size = content.seek(0, os.SEEK_END)
    content.seek(0)
    tar.addfile(member, content)


def is_backup(path: Path) -> bool:
    """Whether it begins as one, be it whole or not."""
    try:
        with tarfile.open(path, "r:") as tar:
            first = tar.next()
            return first is not None and first.name == MANIFEST
    except (tarfile.TarError, OSError):
        return False


def unpack(archive: Path, folder: Path) -> Manifest:
    """Put the members into the folder, each of which is what it was when it was packed.

    Raises:
        NoBackup: it is none, or not all of one.
        BackupOfAnotherVersion: its form is not known.
        OSError: it cannot be read, or not be written there.
    """
    if not archive.is_file():
        raise NoBackup
    try:
        with tarfile.open(archive, "r:") as tar:
            manifest = _manifest(tar)
            for name, checksum in manifest.checksums.items():
                _extract(tar, name, folder / name)
                if _checksum(folder / name) != checksum:
                    raise NoBackup
    except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoBackup from error
    return manifest


def _manifest(tar: tarfile.TarFile) -> Manifest:
    member = tar.next()
    if member is None or member.name != MANIFEST or member.size > LARGEST_MANIFEST:
        raise NoBackup
    file = tar.extractfile(member)
    about = json.load(file) if file else {}
    if about["form"] != FORM:
        raise BackupOfAnotherVersion
    checksums = dict(about["checksums"])
    if not {DATABASE} <= checksums.keys() <= {DATABASE, KEY}:
        raise NoBackup
    return Manifest(about["revision"], datetime.fromisoformat(about["made_at"]), checksums)


def _extract(tar: tarfile.TarFile, name: str, path: Path) -> None:
    content = tar.extractfile(tar.getmember(name))
    if content is None:
        raise NoBackup
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(content, file)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
