"""Organisations: their state, and what the settings say of them."""

from collections import Counter
from collections.abc import Iterable, Sequence

from storage import audit, holding
from storage.database import Reading, Transaction
from storage.desk import DecidingDesk, Ledger
from storage.keys import short_name
from storage.notice_times import next_review
from storage.records import (
    OPERATOR,
    SETTINGS,
    Action,
    Issuer,
    Organisation,
    OrganisationState,
)
from storage.schema import organisations
from storage.sql import among, bindparam, func, insert, or_, select, text, update
from storage.standing import Standing

_ONE_AT_A_TIME = text("DO $$ BEGIN PERFORM pg_advisory_xact_lock(7283462); END $$")
_ENTER = insert(organisations)
OF_TEAM = (
    select(organisations)
    .where(organisations.c.team_id == bindparam("of_team"))
    .order_by(organisations.c.created_at, organisations.c.id)
)
_ALL = (
    select(organisations)
    .where(organisations.c.left_at.is_(None))
    .order_by(organisations.c.created_at, organisations.c.id)
)
CALLED_SO = (
    select(organisations.c.id)
    .where(
        func.lower(organisations.c.short_name) == bindparam("wanted"),
        organisations.c.id != bindparam("but"),
        or_(
            organisations.c.state != OrganisationState.AWAITING,
            organisations.c.verdict.is_(None),
        ),
    )
    .limit(1)
)
_DESCRIBE = (
    update(organisations)
    .where(organisations.c.id == bindparam("of_organisation"))
    .values(
        name=bindparam("new_name"),
        short_name=bindparam("new_short_name"),
        issuer=bindparam("new_issuer"),
    )
)


OF_GRID = (
    select(organisations.c.team_id)
    .distinct()
    .where(organisations.c.enterprise_id == bindparam("grid"))
)
GRIDS = select(organisations.c.team_id, organisations.c.enterprise_id).where(
    among(organisations.c.team_id, "teams"), organisations.c.enterprise_id.is_not(None)
)
_JOIN_GRID = (
    update(organisations)
    .where(
        organisations.c.team_id == bindparam("of_team"),
        organisations.c.enterprise_id.is_distinct_from(bindparam("grid")),
    )
    .values(enterprise_id=bindparam("grid"))
)


async def joined_grid(transaction: Transaction, team_id: str, enterprise_id: str) -> None:
    """Its workspace is one of this organisation of Enterprise Grid."""
    await transaction.run(_JOIN_GRID, of_team=team_id, grid=enterprise_id)


async def of_grid(transaction: Reading, enterprise_id: str) -> list[str]:
    """The workspaces of it that have an organisation here."""
    return [row["team_id"] for row in await transaction.rows(OF_GRID, grid=enterprise_id)]


async def grids(transaction: Reading, teams: Sequence[str]) -> dict[str, str]:
    """Of each of these workspaces its organisation of Enterprise Grid, where that is known."""
    rows = await transaction.rows(GRIDS, teams=teams)
    return {row["team_id"]: row["enterprise_id"] for row in rows}


async def of_team(transaction: Reading, team_id: str) -> list[Organisation]:
    """The organisations of a workspace, oldest first."""
    return [Organisation(**row) for row in await transaction.rows(OF_TEAM, of_team=team_id)]


def called(there: Iterable[Organisation]) -> dict[str, str]:
    """What each is called on the command line, by its id: `T012AB3CD` where it is the only one of
    its workspace, else `T012AB3CD/RodeKors`; where two are called so, as after one was refused,
    the id stands for the short name. `there`: all that there are, or all of a workspace."""
    found = list(there)
    teams = Counter(each.team_id for each in found)
    names = Counter(_with_short_name(each) for each in found)
    return {
        each.id: each.team_id
        if teams[each.team_id] == 1
        else _with_short_name(each)
        if names[_with_short_name(each)] == 1
        else f"{each.team_id}/{each.id}"
        for each in found
    }


def _with_short_name(each: Organisation) -> str:
    return f"{each.team_id}/{each.short_name}"


async def list_all(transaction: Reading) -> list[Organisation]:
    return [Organisation(**row) for row in await transaction.rows(_ALL)]


async def add(
    transaction: Transaction,
    team_id: str,
    name: str,
    *,
    issuer: Issuer = Issuer.BOT,
    state: OrganisationState = OrganisationState.AWAITING,
    actor: str = OPERATOR,
    another: bool = False,
) -> str | None:
    """Add an organisation for a workspace: its id; None when the workspace has one already, and
    this is not to be `another`."""
    await one_at_a_time(transaction)
    if not another and await transaction.row(OF_TEAM, of_team=team_id) is not None:
        return None
    called = await _free_short_name(transaction, name, but="")
    added = await enter(transaction, team_id, name, called, issuer, state)
    await audit.record_each(transaction, actor, Action.ORGANISATION_ADDED, [(added, None)])
    return added


async def enter(
    transaction: Transaction,
    team_id: str,
    name: str,
    called: str,
    issuer: Issuer,
    state: OrganisationState,
    grid: str | None = None,
) -> str:
    """The new organisation's id, with a chain of events of its own. `called` is its short name,
    `grid` the organisation of Enterprise Grid of which the workspace is."""
    organisation_id = transaction.new_id()
    await transaction.run(
        _ENTER,
        id=organisation_id,
        team_id=team_id,
        enterprise_id=grid,
        name=name,
        short_name=called,
        issuer=issuer,
        state=state,
        created_at=transaction.now,
        next_review_at=next_review(transaction.now),
    )
    await transaction.keep_to(organisation_id)
    await audit.begin(transaction, organisation_id)
    return organisation_id


async def one_at_a_time(transaction: Transaction) -> None:
    """Whoever names an organisation does so alone: two would find the same short name free."""
    await transaction.lock(_ONE_AT_A_TIME)


async def _free_short_name(transaction: Transaction, name: str, *, but: str) -> str:
    """As it stands in codes; where another's codes are called so, with a number after it."""
    plain = wanted = short_name(name)
    number = 1
    while await is_called_so(transaction, wanted, but=but):
        number += 1
        wanted = f"{plain[:36]}{number}"
    return wanted


async def is_called_so(transaction: Transaction, wanted: str, *, but: str) -> bool:
    """Whether the codes of any organisation but this are called so, in whatever case. One that was
    refused keeps its name from nobody."""
    return await transaction.row(CALLED_SO, wanted=wanted.lower(), but=but) is not None


async def _describe(desk: DecidingDesk, name: str, issuer: Issuer) -> None:
    """Set what the settings say of an organisation; codes made before keep their name. The short
    name that somebody has registered stays."""
    there = desk.organisation
    is_registered = there.registered_by is not None
    called = (
        there.short_name
        if is_registered or name == there.name
        else await _free_short_name(desk.transaction, name, but=there.id)
    )
    if (name, called, issuer) == (there.name, there.short_name, there.issuer):
        return
    await desk.run(_DESCRIBE, new_name=name, new_short_name=called, new_issuer=issuer)
    await holding.is_another(desk)


async def follow_settings(
    ledger: Ledger,
    team_id: str,
    name: str | None,
    issuer: Issuer | None,
    user_ids: Sequence[str] | None,
    *,
    new_name: str = "",
) -> Standing:
    """Bring the one organisation of a self-hosted bot, or the first, in line with its settings.

    The settings add those they name and remove those whom the settings added before and
    name no longer. Whoever the operator's command line added stays; whoever it removed,
    or who left the workspace, does not come back by a restart. `None` leaves all as it is: a
    setting that is not set changes nothing. One that is new is called `new_name` then.
    """
    async with ledger.database.transaction() as transaction:
        approved = OrganisationState.APPROVED
        called, made_by = name or new_name, issuer or Issuer.BOT
        await add(transaction, team_id, called, issuer=made_by, state=approved, actor=SETTINGS)
        first = (await of_team(transaction, team_id))[0]
        desk = await DecidingDesk.of(transaction, ledger.keyring, first.id)
        await _describe(desk, name or desk.organisation.name, issuer or desk.organisation.issuer)
        if user_ids is not None:
            await _follow_account_holders(desk, user_ids)
        return desk.standing


async def _follow_account_holders(desk: DecidingDesk, user_ids: Sequence[str]) -> None:
    """Added first and then removed: nobody who waits hears that there is no account holder."""
    ever = await holding.ever(desk)
    latest = {each.user_id: each for each in ever if not each.is_deputy}
    before = desk.standing.lasting_holders
    for user_id in user_ids:
        known = latest.get(user_id)
        if known is None or known.removed_by == SETTINGS:
            await holding.add(desk, user_id, SETTINGS, others=before)
    for user_id, holder in latest.items():
        from_settings = holder.removed_at is None and holder.added_by == SETTINGS
        if from_settings and user_id not in user_ids:
            await holding.remove(desk, user_id, SETTINGS, even_the_last=True)
