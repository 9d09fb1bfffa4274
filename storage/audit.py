"""Who did what, when: one event for each thing a person or the bot did. Ids only."""

from typing import Any

from sqlalchemy import bindparam, insert, select

from storage import schema
from storage.database import Transaction
from storage.records import Action
from storage.statements import Row

BOT = "bot"
OPERATOR = "operator"
SETTINGS = "settings"
"""Actors that are no person in Slack."""

_INSERT = insert(schema.audit)
_OF_ORGANISATION = (
    select(schema.audit)
    .where(schema.audit.c.organisation_id == bindparam("organisation_id"))
    .order_by(schema.audit.c.at, schema.audit.c.id)
)

_LATEST = (
    select(schema.audit)
    .where(schema.audit.c.organisation_id == bindparam("organisation_id"))
    .order_by(schema.audit.c.at.desc(), schema.audit.c.id.desc())
    .limit(bindparam("most"))
)


def _event(
    transaction: Transaction,
    organisation_id: str,
    actor: str,
    action: Action,
    subjects: dict[str, str | None],
) -> Row:
    return {
        "id": transaction.new_id(),
        "organisation_id": organisation_id,
        "at": transaction.now,
        "actor": actor,
        "action": action,
        "request_id": None,
        "code_id": None,
        "person_id": None,
        **subjects,
    }


async def record(
    transaction: Transaction,
    organisation_id: str,
    actor: str,
    action: Action,
    **subjects: str | None,
) -> None:
    """Keep one event about `request_id`, `code_id` and `person_id`, as they apply."""
    event = _event(transaction, organisation_id, actor, action, subjects)
    await transaction.run(_INSERT, **event)


async def record_many(
    transaction: Transaction, actor: str, action: Action, subjects: list[dict[str, Any]]
) -> None:
    """Keep one event for each subject; each names its `organisation_id`."""
    if subjects:
        await transaction.run_many(
            _INSERT,
            [
                _event(transaction, subject["organisation_id"], actor, action, subject)
                for subject in subjects
            ],
        )


async def latest(transaction: Transaction, organisation_id: str, most: int) -> list[Row]:
    """The newest events of an organisation, the newest first."""
    return await transaction.rows(_LATEST, organisation_id=organisation_id, most=most)


async def history(transaction: Transaction, organisation_id: str) -> list[Row]:
    """Every event of an organisation, oldest first."""
    return await transaction.rows(_OF_ORGANISATION, organisation_id=organisation_id)
