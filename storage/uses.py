"""Where codes were used, and since when organisations are valid users: as it is shown."""

from collections.abc import Iterable
from datetime import datetime

from storage.database import Reading
from storage.desk import Desk
from storage.records import OrganisationState, Use, Uses
from storage.refusals import NotFound
from storage.schema import organisations, partners, uses
from storage.sql import among, bindparam, func, select
from storage.statements import Row

VALID_USER = (
    select(organisations.c.name, organisations.c.valid_user_since)
    .where(
        organisations.c.number == bindparam("number"),
        organisations.c.state != OrganisationState.AWAITING,
        organisations.c.left_at.is_(None),
    )
    .order_by(organisations.c.valid_user_since.is_(None), organisations.c.valid_user_since)
    .limit(1)
)
_USE_COLUMNS = (
    uses.c.id,
    uses.c.code_id,
    uses.c.service,
    uses.c.used_at,
    uses.c.noted_by,
)
_RANKING = select(
    *_USE_COLUMNS,
    uses.c.organisation_id,
    uses.c.partner_id,
    func.row_number()
    .over(partition_by=uses.c.code_id, order_by=(uses.c.used_at.desc(), uses.c.id.desc()))
    .label("place"),
    func.count().over(partition_by=uses.c.code_id).label("of_all"),
)
FEW, MANY = 16, None
"""Codes: as many as stand on a page, and any number."""

_RANKED = {
    size: _RANKING.where(among(uses.c.code_id, "codes", at_most=size)).subquery("newest_uses")
    for size in (FEW, MANY)
}
OF_CODES = {
    size: select(
        *(newest.c[column.name] for column in _USE_COLUMNS),
        newest.c.of_all,
        partners.c.name.label("partner"),
    )
    .outerjoin(partners, partners.c.id == newest.c.partner_id)
    .where(
        # Here and not within: SQLite would go through all that the organisation has used.
        newest.c.organisation_id == bindparam("of_organisation"),
        newest.c.place <= bindparam("most"),
    )
    .order_by(newest.c.code_id, newest.c.place)
    for size, newest in _RANKED.items()
}
FIRST_OF_CODE = (
    select(*_USE_COLUMNS, partners.c.name.label("partner"))
    .outerjoin(partners, partners.c.id == uses.c.partner_id)
    .where(
        uses.c.organisation_id == bindparam("of_organisation"),
        uses.c.code_id == bindparam("code_id"),
        uses.c.is_first,
    )
    .limit(1)
)


async def valid_user(reading: Reading, number: str) -> tuple[str | None, datetime | None]:
    """What the organisation of this number is called, and since when it is a valid user (rule 5),
    where it is one; nothing where the operator has not said yes to any of this number."""
    row = await reading.row(VALID_USER, number=number)
    return (row["name"], row["valid_user_since"]) if row else (None, None)


async def of_codes(desk: Desk, code_ids: Iterable[str], *, most: int) -> dict[str, Uses]:
    """Where each that was used was: the newest, up to so many of each."""
    found: dict[str, list[Row]] = {}
    wanted = sorted(code_ids)
    statement = OF_CODES[FEW if len(wanted) <= FEW else MANY]
    for row in await desk.rows(statement, codes=wanted, most=most) if wanted else ():
        found.setdefault(row["code_id"], []).append(row)
    return {
        code_id: Uses([_use_of(row) for row in rows], rows[0]["of_all"])
        for code_id, rows in found.items()
    }


async def first_of_code(desk: Desk, code_id: str) -> Use:
    """The use of this code by which the organisation became a valid user (rule 5).

    Raises:
        NotFound: it did not by this one, or it is forgotten.
    """
    row = await desk.row(FIRST_OF_CODE, code_id=code_id)
    if row is None:
        raise NotFound
    return _use_of(row)


def _use_of(row: Row) -> Use:
    return Use(**{name: value for name, value in row.items() if name != "of_all"})
