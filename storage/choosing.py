"""A workspace with several organisations, as the local branches of one have: which of them somebody
means. Each has its own account holders, people and codes, and knows nothing of the others."""

from collections.abc import Sequence

from storage.database import Reading, Transaction
from storage.organisations import of_team
from storage.records import Organisation
from storage.refusals import NotFound
from storage.schema import (
    account_holders,
    choices,
    code_requests,
    codes,
    forwarded_questions,
    organisations,
    outbox,
    people,
    questions,
)
from storage.sql import (
    ColumnElement,
    among,
    bindparam,
    delete,
    insert_new,
    literal_column,
    select,
    union_all,
)

_one: ColumnElement[int] = literal_column("1").label("one")
HOLDS = (
    select(_one)
    .where(
        account_holders.c.organisation_id == bindparam("of_organisation"),
        account_holders.c.user_id == bindparam("of_user"),
        account_holders.c.removed_at.is_(None),
    )
    .limit(1)
)
IS_ENTERED = (
    select(_one)
    .where(
        people.c.organisation_id == bindparam("of_organisation"),
        people.c.user_id == bindparam("of_user"),
    )
    .limit(1)
)
_CHOSEN = select(choices.c.organisation_id).where(choices.c.id == bindparam("who"))
_UNCHOOSE = delete(choices).where(choices.c.id == bindparam("who"))
_CHOOSE = insert_new(choices, "id")
OF_RECORDS = union_all(
    select(organisations.c.id.label("organisation_id")).where(among(organisations.c.id, "ids")),
    *(
        select(table.c.organisation_id).where(among(table.c.id, "ids"))
        for table in (
            account_holders,
            code_requests,
            codes,
            forwarded_questions,
            outbox,
            people,
            questions,
        )
    ),
)


def choices_among(there: Sequence[Organisation]) -> Sequence[Organisation]:
    """Those among which people choose: one that nobody has approved yet, or that was refused, is no
    choice beside others."""
    return [each for each in there if each.is_answered] or there


async def belongs_to(transaction: Reading, organisation_id: str, user_id: str) -> bool:
    """Whether somebody is account holder or deputy there, or will be, or stands in its register."""
    for statement in (HOLDS, IS_ENTERED):
        if await transaction.row(statement, of_organisation=organisation_id, of_user=user_id):
            return True
    return False


async def owners(transaction: Reading, ids: Sequence[str]) -> frozenset[str]:
    """The organisations to which any of these records belong; an organisation is its own."""
    rows = await transaction.rows(OF_RECORDS, ids=ids)
    return frozenset(row["organisation_id"] for row in rows)


async def chosen(transaction: Reading, team_id: str, user_id: str) -> str | None:
    """The id of the organisation that somebody has chosen last in this workspace."""
    row = await transaction.row(_CHOSEN, who=_who(team_id, user_id))
    return row["organisation_id"] if row else None


async def choose(
    transaction: Transaction, team_id: str, user_id: str, organisation_id: str
) -> None:
    """
    Raises:
        NotFound: it is no organisation of this workspace.
    """
    there = choices_among(await of_team(transaction, team_id))
    if organisation_id not in {each.id for each in there}:
        raise NotFound
    who, now = _who(team_id, user_id), transaction.now
    await transaction.run(_UNCHOOSE, who=who)
    await transaction.run(_CHOOSE, id=who, organisation_id=organisation_id, chosen_at=now)


def _who(team_id: str, user_id: str) -> str:
    return f"{team_id}:{user_id}"
