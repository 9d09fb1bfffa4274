"""Who did what, when: one event for each thing a person or the bot did. Ids only."""

from collections.abc import Iterable

from sqlalchemy import bindparam, insert, select

from storage import schema
from storage.database import Transaction
from storage.desk import AskingDesk, Desk
from storage.records import Action
from storage.statements import Row

_INSERT = insert(schema.audit)
_of_organisation = schema.audit.c.organisation_id == bindparam("of_organisation")
_OF_ORGANISATION = (
    select(schema.audit).where(_of_organisation).order_by(schema.audit.c.at, schema.audit.c.id)
)
_OF_CODE = (
    select(schema.audit.c.actor)
    .where(
        _of_organisation,
        schema.audit.c.action == bindparam("action"),
        schema.audit.c.code_id == bindparam("code_id"),
    )
    .order_by(schema.audit.c.at.desc(), schema.audit.c.id.desc())
    .limit(1)
)
_LATEST = (
    select(schema.audit)
    .where(_of_organisation)
    .order_by(schema.audit.c.at.desc(), schema.audit.c.id.desc())
    .limit(bindparam("most"))
)


async def record(
    desk: AskingDesk,
    actor: str,
    action: Action,
    *,
    request_id: str | None = None,
    code_id: str | None = None,
    person_id: str | None = None,
) -> None:
    """Keep one event, and what it was about."""
    await desk.run(
        _INSERT,
        id=desk.new_id(),
        at=desk.now,
        actor=actor,
        action=action,
        request_id=request_id,
        code_id=code_id,
        person_id=person_id,
    )


async def record_each(
    transaction: Transaction,
    actor: str,
    action: Action,
    subjects: Iterable[tuple[str, str | None]],
) -> None:
    """Keep one event for each organisation and code (if it is about one): what is not done at
    one organisation's desk."""
    await transaction.run_many(
        _INSERT,
        [
            {
                "id": transaction.new_id(),
                "organisation_id": organisation_id,
                "at": transaction.now,
                "actor": actor,
                "action": action,
                "code_id": code_id,
            }
            for organisation_id, code_id in subjects
        ],
    )


async def done_by(desk: Desk, action: Action, code_id: str) -> str | None:
    """Who did this to a code last; None when nobody did."""
    row = await desk.row(_OF_CODE, action=action, code_id=code_id)
    return row["actor"] if row else None


async def latest(desk: Desk, most: int) -> list[Row]:
    """The newest events of an organisation, the newest first."""
    return await desk.rows(_LATEST, most=most)


async def history(desk: Desk) -> list[Row]:
    """Every event of an organisation, oldest first."""
    return await desk.rows(_OF_ORGANISATION)
