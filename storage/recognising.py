"""Codes that somebody has, known again by how they read."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from storage.database import Reading
from storage.keys import Keyring
from storage.records import CodeState, CodeStatus, OrganisationState
from storage.schema import codes, organisations, people
from storage.several import by, rows_with
from storage.sql import select
from storage.statements import Row

_CODE = (
    codes.c.id.label("code_id"),
    codes.c.organisation_id,
    codes.c.digest,
    codes.c.folded,
    codes.c.user_id,
    codes.c.state,
    codes.c.expires_at,
    organisations.c.name.label("organisation_name"),
    organisations.c.number.label("organisation_number"),
    organisations.c.state.label("organisation_state"),
    organisations.c.valid_user_since,
    people.c.first_name,
    people.c.last_name,
    people.c.email,
)
CODES = (
    select(*_CODE)
    .select_from(codes)
    .join(organisations, organisations.c.id == codes.c.organisation_id)
    .join(people, people.c.id == codes.c.person_id)
)


FOUND = by(codes.c.folded, CODES.where(organisations.c.left_at.is_(None)))
"""Those that read like one of so many, whatever the case of their letters: so what is not there
takes as long to be looked for as what is, or as what is nobody's any more."""


class CheckedCode(Struct, frozen=True):
    """What the ledger knows of a code that somebody has."""

    id: str
    organisation_id: str
    organisation: str
    number: str | None
    first_name: str
    last_name: str
    email: str
    user_id: str | None
    expires_at: datetime
    status: CodeStatus
    is_approved: bool
    """Whether its organisation is."""

    is_mended: bool
    """Whether it was written in other letters, capital or small."""

    valid_user_since: datetime | None
    folded: bytes
    """By which it is found, whatever the case of its letters."""

    def __repr__(self) -> str:
        return f"CheckedCode({self.id})"


async def look_up(
    reading: Reading, keyring: Keyring, texts: Sequence[str]
) -> list[CheckedCode | None]:
    """The code that each text reads like; in any case of its letters, where one alone does."""
    folded = [keyring.folded(text) for text in texts]
    rows = await rows_with(reading, FOUND, [each for several in folded for each in several])
    by_folded: dict[bytes, list[Row]] = {}
    for row in rows:
        by_folded.setdefault(row["folded"], []).append(row)
    alike = [
        [row for each in dict.fromkeys(several) for row in by_folded.get(each, ())]
        for several in folded
    ]
    return [
        _chosen(several, set(keyring.digests(text)), reading.now)
        for text, several in zip(texts, alike, strict=True)
    ]


def _chosen(alike: Sequence[Row], digests: set[bytes], now: datetime) -> CheckedCode | None:
    exact = [row for row in alike if row["digest"] in digests]
    chosen = exact or alike
    if len(chosen) != 1:
        return None
    return _checked(chosen[0], now, is_mended=not exact)


def _checked(row: Row, now: datetime, *, is_mended: bool) -> CheckedCode:
    return CheckedCode(
        id=row["code_id"],
        organisation_id=row["organisation_id"],
        organisation=row["organisation_name"],
        number=row["organisation_number"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        email=row["email"],
        user_id=row["user_id"],
        expires_at=row["expires_at"],
        status=_status(row, now),
        is_approved=row["organisation_state"] is OrganisationState.APPROVED,
        is_mended=is_mended,
        valid_user_since=row["valid_user_since"],
        folded=row["folded"],
    )


_ENDED = {
    CodeState.EXPIRED: CodeStatus.EXPIRED,
    CodeState.REPLACED: CodeStatus.REPLACED,
    CodeState.REVOKED: CodeStatus.REVOKED,
}


def _status(row: Row, now: datetime) -> CodeStatus:
    """What is the code's own comes first: a new one is needed, however the organisation stands."""
    if row["state"] is not CodeState.ACTIVE:
        return _ENDED[row["state"]]
    if row["expires_at"] <= now:
        return CodeStatus.EXPIRED
    if row["organisation_state"] is not OrganisationState.APPROVED:
        return CodeStatus.ORGANISATION_SUSPENDED
    return CodeStatus.VALID
