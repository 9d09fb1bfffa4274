"""An organisation whose workspace has removed the bot: after a time all goes that it has here.

    removed ─── `INSTALLATION_LIFETIME` ───► it has left: it is nobody's any more, and nothing of it
             └► the operator is told          is shown or told; what it has goes in small batches
                `TOLD_BEFORE` that

Where its workspace is in an organisation of Enterprise Grid, it is served by the installation of
either, and stays as long as one of them does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storage import forgetting
from storage.database import Reading, Transaction
from storage.desk import Desk
from storage.records import INSTALLATION_LIFETIME
from storage.schema import (
    account_holders,
    audit,
    audit_heads,
    choices,
    code_requests,
    codes,
    confirmations,
    deliveries,
    forwarded_questions,
    installations,
    organisations,
    outbox,
    people,
    questions,
)
from storage.sql import BindParameter, Statement, Table, among, bindparam, delete, select, update
from storage.statements import Row

_which: BindParameter[str] = bindparam("which")
_most: BindParameter[int] = bindparam("most")

ENDED = (
    select(installations.c.id)
    .where(installations.c.ended_at <= bindparam("before"))
    .order_by(installations.c.ended_at)
    .limit(_most)
)
_ENDED_HELD = ENDED.with_for_update(skip_locked=True)
"""Whoever installs it anew meanwhile waits, and begins anew."""

SERVED_BY = {
    column: select(
        organisations.c.id, organisations.c.team_id, organisations.c.enterprise_id
    ).where(organisations.c[column] == _which)
    for column in ("team_id", "enterprise_id")
}
SERVING = select(installations.c.ended_at).where(among(installations.c.id, "ids"))
_FORGET_INSTALLATION = delete(installations).where(
    installations.c.id == _which, installations.c.ended_at <= bindparam("before")
)
_LEAVE = (
    update(organisations)
    .where(organisations.c.id == _which, organisations.c.left_at.is_(None))
    .values(
        team_id=bindparam("nobodys"),
        enterprise_id=None,
        left_at=bindparam("now", type_=organisations.c.left_at.type),
    )
)
_DROP_DUE = delete(outbox).where(outbox.c.organisation_id == _which, outbox.c.due_at.is_not(None))

LEFT = (
    select(organisations.c.id)
    .where(
        organisations.c.left_at.is_not(None),
        organisations.c.forgotten_at.is_(None),
        organisations.c.left_at <= bindparam("before"),
    )
    .order_by(organisations.c.left_at)
    .limit(_most)
)
_PEOPLE = select(people.c.id).where(people.c.organisation_id == _which).limit(_most)
_CODES_OF = select(codes.c.id).where(codes.c.person_id == _which).limit(_most)
_REQUESTS_OF = select(code_requests.c.id).where(code_requests.c.person_id == _which).limit(_most)
_FORGET_PERSON = (
    delete(confirmations).where(confirmations.c.person_id == _which),
    delete(people).where(people.c.id == _which),
)
_FORGET_HEAD = delete(audit_heads).where(audit_heads.c.organisation_id == _which)
_EVENTS = select(audit.c.id).where(audit.c.organisation_id == _which).limit(_most)
_FORGET_EVENT = delete(audit).where(audit.c.id == bindparam("row_id"))


def _all_of(table: Table) -> tuple[Statement, Statement]:
    found = select(table.c.id).where(table.c.organisation_id == _which).limit(_most)
    return found, delete(table).where(table.c.id == bindparam("row_id"))


WHOLE = tuple(
    _all_of(table)
    for table in (outbox, deliveries, questions, forwarded_questions, choices, account_holders)
)
"""Read through for it, as they are not by organisation: that is done once, when one has left."""

_FORGET_ORGANISATION = (
    update(organisations)
    .where(organisations.c.id == _which)
    .values(
        name="",
        short_name="",
        number=None,
        is_at_techsoup=None,
        registered_by=None,
        names=None,
        verdict=None,
        next_review_at=None,
        valid_user_since=None,
        forgotten_at=bindparam("now", type_=organisations.c.forgotten_at.type),
    )
)
"""That it has been here stays: whoever looks whether all that happened is there is told why not."""


async def goes_at(desk: Desk) -> datetime | None:
    """When all goes that the organisation has here; None where the bot is in its workspace, or
    never was installed there."""
    row = {"team_id": desk.organisation.team_id, "enterprise_id": desk.organisation.enterprise_id}
    ended_at = await _ended_at(desk.reading, row)
    return None if ended_at is None else ended_at + INSTALLATION_LIFETIME


async def served_by(transaction: Reading, installation_id: str) -> list[Row]:
    """The organisations that an installation serves, or served."""
    rows = [
        row
        for statement in SERVED_BY.values()
        for row in await transaction.rows(statement, which=installation_id)
    ]
    return list({row["id"]: row for row in rows}.values())


async def _ended_at(transaction: Reading, organisation: Row) -> datetime | None:
    """When the last of those ended that served it; None where one has not, or there is none."""
    ids = [each for each in (organisation["team_id"], organisation["enterprise_id"]) if each]
    ended = [row["ended_at"] for row in await transaction.rows(SERVING, ids=ids)]
    return None if None in ended else max(ended, default=None)


async def forget_installations(transaction: Transaction, before: datetime, most: int) -> int:
    """Those that ended by then, and whatever organisation nothing else serves leaves; how many."""
    found = await transaction.rows(_ENDED_HELD, before=before, most=most)
    for row in found:
        await forget(transaction, row["id"], before)
    return len(found)


async def forget(transaction: Transaction, installation_id: str, before: datetime) -> None:
    """One that ended by then, and whatever organisation nothing else serves, or has since."""
    for organisation in await served_by(transaction, installation_id):
        ended_at = await _ended_at(transaction, organisation)
        if ended_at is not None and ended_at <= before:
            await leave(transaction, organisation["id"])
    await transaction.run(_FORGET_INSTALLATION, which=installation_id, before=before)


async def leave(transaction: Transaction, organisation_id: str) -> None:
    """From now on it is no workspace's: whoever comes there begins anew."""
    values = {"nobodys": nobodys(organisation_id), "now": transaction.now}
    await transaction.run(_LEAVE, which=organisation_id, **values)
    await transaction.run(_DROP_DUE, which=organisation_id)


def nobodys(organisation_id: str) -> str:
    """What stands in the place of a workspace of one that has left."""
    return f"left:{organisation_id}"


async def forget_left(transaction: Transaction, before: datetime, most: int) -> int:
    """A batch of what the first of those has that have left, and at last who it was; how much."""
    row = await transaction.row(LEFT, before=before, most=1)
    if row is None:
        return 0
    which = row["id"]
    count = await _forget_people(transaction, which, most)
    for found, forget in WHOLE:
        if count < most:
            count += await _forget(transaction, found, forget, which, most - count)
    if count < most:  # when nobody is there any more of whom something may happen
        await transaction.run(_FORGET_HEAD, which=which)  # from now on its audit may be taken away
        count += await _forget(transaction, _EVENTS, _FORGET_EVENT, which, most - count)
    if count < most:
        await transaction.run(_FORGET_ORGANISATION, which=which, now=transaction.now)
        count += 1
    return count


async def _forget_people(transaction: Transaction, which: str, most: int) -> int:
    """With the last of somebody's codes and requests goes who they were."""
    count = 0
    for person in await transaction.rows(_PEOPLE, which=which, most=most):
        for ids, statements in (
            (_CODES_OF, forgetting.FORGET_CODE),
            (_REQUESTS_OF, forgetting.FORGET_REQUEST),
        ):
            found = await transaction.rows(ids, which=person["id"], most=most - count)
            for row in found:
                await _run_all(transaction, statements, {"row_id": row["id"]})
            count += len(found)
            if count >= most:
                return count
        await _run_all(transaction, _FORGET_PERSON, {"which": person["id"]})
        count += 1
    return count


async def _run_all(
    transaction: Transaction, statements: Sequence[Statement], values: dict[str, Any]
) -> None:
    for statement in statements:
        await transaction.run(statement, **values)


async def _forget(
    transaction: Transaction, found: Statement, forget: Statement, which: str, most: int
) -> int:
    ids = [row["id"] for row in await transaction.rows(found, which=which, most=most)]
    await transaction.run_many(forget, [{"row_id": each} for each in ids])
    return len(ids)
