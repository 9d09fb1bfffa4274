"""Whether the audit is whole: each organisation's chain is gone through from its beginning, and
held beside where it ended when it was looked at before.

Whoever can write to the database could make a whole new chain. So where a chain ends is to be kept
in another place too, with a mark that only whoever has the keys can make.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from storage import chain, leaving
from storage.database import Database
from storage.keys import Keyring
from storage.organisations import called
from storage.records import Organisation
from storage.schema import audit, audit_heads, organisations
from storage.sql import bindparam, select

BATCH = 2_000

_NEXT = (
    select(audit)
    .where(
        audit.c.organisation_id == bindparam("of_organisation"), audit.c.seq > bindparam("after")
    )
    .order_by(audit.c.seq)
    .limit(bindparam("most"))
)
_HEADS = (
    select(organisations, audit_heads.c.seq.label("ends_at"))
    .outerjoin(audit_heads, audit_heads.c.organisation_id == organisations.c.id)
    .order_by(organisations.c.created_at, organisations.c.id)
)
_HEAD = select(audit_heads.c.seq, audit_heads.c.hash).where(
    audit_heads.c.organisation_id == bindparam("of_organisation")
)


class Break(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "changed"
    """An entry is not what it was when it was written."""

    MISSING = "missing"
    """There is none where one was."""

    CUT_OFF = "cut_off"
    """The last ones are gone."""

    ANOTHER = "another"
    """It is not the chain that was looked at before."""


class Head(Struct, frozen=True):
    """Where a chain ended."""

    organisation_id: str
    seq: int
    """How many entries there were."""

    hash: bytes

    @property
    def claim(self) -> str:
        return f"{self.organisation_id} {self.seq} {self.hash.hex()}"

    def marked(self, keyring: Keyring) -> str:
        """As a line of text that only we can make."""
        return f"{self.claim} {keyring.vouch(f'audit {self.claim}')}"

    @classmethod
    def read(cls, line: str, keyring: Keyring) -> "Head | None":
        """None of a line that we have not made, or with a key that is not here any more."""
        claim, _, mark = line.strip().rpartition(" ")
        if not keyring.has_vouched(f"audit {claim}", mark):
            return None
        organisation_id, seq, digest = claim.split()
        return cls(organisation_id, int(seq), bytes.fromhex(digest))


class Verified(Struct, frozen=True):
    """One organisation's chain, gone through."""

    called: str
    """As on the command line; the id of one that has left. Empty where nothing is left of it."""

    head: Head
    """Where it ends; where it is broken, the last entry that is whole."""

    broken: Break | None = None
    erased: int = 0
    """Entries of which it is erased who did it."""

    left_at: datetime | None = None
    """When the organisation had left, and all of it was to go."""


async def verify(database: Database, known: Sequence[Head] = ()) -> list[Verified]:
    """Every chain there is, also of one that has left while it is there; of one that is gone with
    the organisation, that it is. `known` is where they ended before."""
    async with database.reading() as reading:
        rows = await reading.rows(_HEADS)
    before = {head.organisation_id: head for head in known}
    ends = {row["id"]: row.pop("ends_at") for row in rows}
    there = [Organisation(**row) for row in rows]
    # One that is no workspace's any more, and its chain went with it: nothing else takes that away.
    gone = {each.id: each for each in there if _has_left(each) and ends[each.id] is None}
    names = called(each for each in there if not _has_left(each))
    found = [
        await _verify(database, each.id, names.get(each.id, each.id), before.pop(each.id, None))
        for each in there
        if each.id not in gone
    ]
    left = [
        Verified("", before.pop(which), left_at=each.left_at)
        for which, each in gone.items()
        if which in before
    ]
    return [*found, *left, *(Verified("", head, Break.CUT_OFF) for head in before.values())]


def _has_left(organisation: Organisation) -> bool:
    is_nobodys = organisation.team_id == leaving.nobodys(organisation.id)
    return is_nobodys and organisation.left_at is not None


async def _verify(
    database: Database, organisation_id: str, called: str, known: Head | None
) -> Verified:
    """In batches, each in a reading of its own: what is appended meanwhile is gone through too."""
    walk = _Walk(organisation_id, known)
    while walk.broken is None:
        async with database.reading() as reading:
            # Where it says that it ends is read first: what is appended between the two is gone
            # through, and the end looked at once more.
            end = await reading.row(_HEAD, of_organisation=walk.organisation_id)
            entries = await reading.rows(
                _NEXT, of_organisation=walk.organisation_id, after=walk.seq, most=BATCH
            )
        walk.over(entries)
        if not entries:
            walk.ends(end)
            break
    head = Head(walk.organisation_id, walk.seq, walk.hash)
    return Verified(called, head, walk.broken, walk.erased)


class _Walk:
    """Along one chain, entry by entry, until it is broken or ends."""

    def __init__(self, organisation_id: str, known: Head | None) -> None:
        self.organisation_id = organisation_id
        self.seq = 0
        self.hash = chain.BEGINNING
        self.erased = 0
        self.broken: Break | None = None
        self._known = known

    def over(self, entries: Sequence[Mapping[str, Any]]) -> None:
        for entry in entries:
            self.broken = self._break_at(entry)
            if self.broken:
                return
            self.seq, self.hash = entry["seq"], entry["hash"]
            self.erased += entry["salt"] is None

    def _break_at(self, entry: Mapping[str, Any]) -> Break | None:
        if entry["seq"] != self.seq + 1:
            return Break.MISSING
        if not chain.is_true(entry, self.hash):
            return Break.CHANGED
        known = self._known
        if known and known.seq == entry["seq"] and known.hash != entry["hash"]:
            return Break.ANOTHER
        return None

    def ends(self, head: Mapping[str, Any] | None) -> None:
        """It ends where it says that it does, and not before where it did."""
        is_whole = head is not None and (head["seq"], head["hash"]) == (self.seq, self.hash)
        if not is_whole or (self._known and self._known.seq > self.seq):
            self.broken = Break.CUT_OFF
