"""An organisation is registered in its own workspace, and the operator says whether it may make
codes (rule 13)."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from msgspec import Struct

from storage import audit, holding, leaving, mirroring, outbox, requests, webhooks
from storage.database import Reading, Transaction
from storage.desk import AskingDesk, DecidingDesk, Desk, Ledger
from storage.organisations import enter, is_called_so, of_team, one_at_a_time
from storage.outbox import (
    ORGANISATION_DECIDED,
    ORGANISATION_LEAVING,
    ORGANISATION_REGISTERED,
    NewNotice,
)
from storage.records import (
    MOST_OF_ONE_WORKSPACE,
    OPERATOR,
    Action,
    Issuer,
    Notice,
    NoticeState,
    Organisation,
    OrganisationState,
)
from storage.refusals import (
    NoAccountHolder,
    NoMoreOrganisations,
    NoOrganisation,
    OrganisationChanged,
    OrganisationThere,
    ShortNameTaken,
)
from storage.schema import organisations
from storage.schema import outbox as outbox_table
from storage.sql import bindparam, select, update

_REGISTER = (
    update(organisations)
    .where(organisations.c.id == bindparam("of_organisation"))
    .values(
        name=bindparam("new_name"),
        number=bindparam("new_number"),
        short_name=bindparam("new_short_name"),
        issuer=bindparam("new_issuer"),
        is_at_techsoup=bindparam("new_at_techsoup"),
        registered_by=bindparam("actor"),
        names=bindparam("new_names"),
        verdict=None,
        revision=organisations.c.revision + 1,
    )
)
_DECIDE = (
    update(organisations)
    .where(organisations.c.id == bindparam("of_organisation"))
    .values(
        state=bindparam("new_state"),
        verdict=bindparam("new_verdict"),
        revision=organisations.c.revision + 1,
    )
)
_NUMBER = (
    update(organisations)
    .where(organisations.c.id == bindparam("of_organisation"))
    .values(number=bindparam("new_number"), revision=organisations.c.revision + 1)
)
SAME_NUMBER = (
    select(organisations.c.name)
    .where(
        organisations.c.number == bindparam("of_number"),
        organisations.c.id != bindparam("of_organisation"),
    )
    .order_by(organisations.c.created_at)
    .limit(bindparam("most"))
)
MOST_OTHERS = 5

SHOWN_IN = (
    select(outbox_table.c.id)
    .where(
        outbox_table.c.organisation_id == bindparam("of_organisation"),
        outbox_table.c.kind == ORGANISATION_REGISTERED,
        outbox_table.c.state != NoticeState.DROPPED,
        outbox_table.c.place == bindparam("in_channel"),
    )
    .limit(1)
)
_SHOW_AGAIN = (
    update(outbox_table)
    .where(
        outbox_table.c.organisation_id == bindparam("of_organisation"),
        outbox_table.c.kind == ORGANISATION_REGISTERED,
        outbox_table.c.state == NoticeState.PARKED,
        outbox_table.c.ts.is_(None),
        outbox_table.c.place == bindparam("in_channel"),
    )
    .values(
        state=NoticeState.WAITING,
        due_at=bindparam("now", type_=outbox_table.c.due_at.type),
        attempts=0,
        error=None,
    )
)
"""What could not be told there, as before the bot was let in."""

AWAITING = select(organisations.c.id).where(
    organisations.c.state == OrganisationState.AWAITING,
    organisations.c.verdict.is_(None),
    organisations.c.registered_by.is_not(None),
)
AWAITING_OF_TEAM = AWAITING.where(organisations.c.team_id == bindparam("of_team"))
SHOWN_SINCE = SHOWN_IN.where(outbox_table.c.created_at > bindparam("since"))


@dataclass(frozen=True, slots=True)
class Registration:
    """What an administrator of the workspace says of the organisation."""

    name: str
    number: str
    """Nine digits."""

    short_name: str
    """In its codes (rule 1): letters and digits."""

    holders: tuple[str, ...]
    is_at_techsoup: bool
    """Whether TechSoup Norge has approved it, as they say."""

    issuer: Issuer
    names: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What the workspace and these people are called in Slack, by their ids."""


class Seen(Struct, frozen=True):
    """Which organisation, and as what it was shown: `Organisation.as_it_is`."""

    id: str
    revision: int

    @classmethod
    def read(cls, text: str) -> "Seen":
        organisation_id, _, revision = text.partition(":")
        is_number = re.fullmatch("[0-9]{1,9}", revision) is not None
        return cls(organisation_id, int(revision) if is_number else -1)

    def __str__(self) -> str:
        return f"{self.id}:{self.revision}"


class Channel(Struct, frozen=True):
    """Where the operator reads: a channel of this workspace."""

    team_id: str
    id: str


async def register(
    ledger: Ledger,
    team_id: str,
    registration: Registration,
    actor: str,
    *,
    channel: Channel | None,
    seen: "Seen | None" = None,
    another: bool = False,
    grid: str | None = None,
) -> Organisation:
    """Enter an organisation that then waits for the operator; one that waits, or was refused, is
    sent anew. The same form sent twice is one registration. `channel`: where the operator reads;
    `seen`: what the actor has put right, where there was one; `another`: it is to stand beside
    those that the workspace has; `grid`: the organisation of Enterprise Grid that serves the
    workspace.

    Raises:
        NoAccountHolder: nobody is named.
        ShortNameTaken: another organisation's codes are called so.
        OrganisationThere: this workspace has one, which the actor has not seen, or which does not
            wait any more, or is not theirs to put right.
        NoMoreOrganisations: it has as many as it may.
        OrganisationChanged: it is another one than the actor has seen.
    """
    if not registration.holders:
        raise NoAccountHolder
    async with ledger.database.transaction() as transaction:
        await one_at_a_time(transaction)
        there = await of_team(transaction, team_id)
        for each in sorted(there, key=lambda each: each.id):
            desk = await DecidingDesk.of(transaction, ledger.keyring, each.id)
            if _is_same(desk, registration, actor):
                return desk.organisation
        if seen is not None and seen.id in {each.id for each in there}:
            desk = await DecidingDesk.of(transaction, ledger.keyring, seen.id)
            _require_seen(desk, seen, actor)
        else:
            _require_room(there, another=another)
            desk = await _entered(transaction, ledger, team_id, registration, grid)
        if await is_called_so(transaction, registration.short_name, but=desk.organisation.id):
            raise ShortNameTaken
        await _write(desk, registration, actor, channel)
        return desk.organisation


async def _entered(
    transaction: Transaction,
    ledger: Ledger,
    team_id: str,
    registration: Registration,
    grid: str | None,
) -> DecidingDesk:
    entered = await enter(
        transaction,
        team_id,
        registration.name,
        registration.short_name,
        registration.issuer,
        OrganisationState.AWAITING,
        grid,
    )
    return await DecidingDesk.of(transaction, ledger.keyring, entered)


def _require_room(there: Sequence[Organisation], *, another: bool) -> None:
    if there and not another:
        raise OrganisationThere(there[-1], is_one_of_several=len(there) > 1)
    if len(there) >= MOST_OF_ONE_WORKSPACE:
        raise NoMoreOrganisations


def _require_seen(desk: DecidingDesk, seen: "Seen", actor: str) -> None:
    there, holders = desk.organisation, desk.standing.lasting_holders
    if there.is_answered or not there.is_put_right_by(actor, holders):
        raise OrganisationThere(there)
    if seen.revision != there.revision:
        raise OrganisationChanged(there)


def _is_same(desk: DecidingDesk, registration: Registration, actor: str) -> bool:
    there, holders = desk.organisation, desk.standing.lasting_holders
    known = Registration(
        there.name,
        there.number or "",
        there.short_name,
        registration.holders,
        is_at_techsoup=bool(there.is_at_techsoup),
        issuer=there.issuer,
    )
    is_of_actor = there.registered_by == actor and {*holders} == {*registration.holders}
    return there.is_awaiting_answer and is_of_actor and registration == known


async def _write(
    desk: DecidingDesk, registration: Registration, actor: str, channel: Channel | None
) -> None:
    await desk.run(
        _REGISTER,
        new_name=registration.name,
        new_number=registration.number,
        new_short_name=registration.short_name,
        new_issuer=registration.issuer,
        new_at_techsoup=registration.is_at_techsoup,
        new_names=json.dumps(dict(registration.names)) if registration.names else None,
        actor=actor,
    )
    await audit.record(desk, actor, Action.ORGANISATION_REGISTERED)
    await desk.read_standing_again()
    await holding.found(desk, registration.holders, actor)
    await mirroring.mirror_registrations(desk)
    if channel:
        await _show(desk, channel, actor)


async def _show(desk: AskingDesk, channel: Channel, actor: str) -> None:
    about = desk.organisation.as_it_is
    team_id, place = channel.team_id, channel.id
    shown = NewNotice(ORGANISATION_REGISTERED, actor, about=about, team_id=team_id, place=place)
    await outbox.tell(desk, shown)


async def is_sent_anew(desk: Desk, notice: Notice) -> bool:
    """Whether the operator has been told of it once more since, in the same channel."""
    since, place = notice.created_at, notice.place
    return await desk.row(SHOWN_SINCE, in_channel=place, since=since) is not None


async def same_number(desk: Desk) -> list[str]:
    """The names of other organisations that have been registered under its number: the operator
    sees them, and knows whether that can be."""
    rows = await desk.rows(SAME_NUMBER, of_number=desk.organisation.number, most=MOST_OTHERS)
    return [row["name"] for row in rows]


async def awaiting(transaction: Reading, team_id: str | None = None) -> list[str]:
    """The organisations that wait for the operator, by their ids; of one workspace, or of all."""
    found = (
        await transaction.rows(AWAITING_OF_TEAM, of_team=team_id)
        if team_id
        else await transaction.rows(AWAITING)
    )
    return [row["id"] for row in found]


async def show_where_it_is_not(desk: AskingDesk, channel: Channel) -> None:
    """What waits for the operator stands in this channel, also where that is named, or another
    one, after it was registered."""
    there = desk.organisation
    if not there.is_awaiting_answer or there.registered_by is None:
        return
    if await desk.row(SHOWN_IN, in_channel=channel.id) is None:
        await _show(desk, channel, there.registered_by)
    else:
        await desk.run(_SHOW_AGAIN, in_channel=channel.id, now=desk.now)
        desk.transaction.makes_due = True


async def tell_that_it_goes(desk: AskingDesk, channel: Channel) -> None:
    """The operator, once for each time that the bot was removed from its workspace."""
    when = await leaving.goes_at(desk)
    if when is not None:
        about = f"{desk.organisation.id}:{when:%Y%m%d%H%M%S}"
        team_id, place = channel.team_id, channel.id
        told = NewNotice(ORGANISATION_LEAVING, OPERATOR, about=about, team_id=team_id, place=place)
        await outbox.tell(desk, told)


@asynccontextmanager
async def answering(ledger: Ledger, organisation_id: str) -> AsyncIterator[DecidingDesk]:
    """The desk at which the operator decides: nobody takes a short name meanwhile.

    Raises:
        NoOrganisation: there is none, or it has left.
    """
    async with ledger.database.transaction() as transaction:
        await one_at_a_time(transaction)
        desk = await DecidingDesk.of(transaction, ledger.keyring, organisation_id)
        if desk.organisation.left_at is not None:
            raise NoOrganisation
        yield desk


async def approve(desk: DecidingDesk, actor: str = OPERATOR, *, seen: int | None = None) -> None:
    """From now on codes can be made (rule 13).

    `seen`: the revision of the organisation as the actor saw it.

    Raises:
        OrganisationChanged: it is another one by now.
        ShortNameTaken: it was refused, and another's codes are called so since.
    """
    is_open_again = desk.organisation.state is OrganisationState.SUSPENDED
    action = Action.ORGANISATION_REOPENED if is_open_again else Action.ORGANISATION_APPROVED
    await _decide(desk, actor, action, OrganisationState.APPROVED, seen)


async def refuse(
    desk: DecidingDesk, reason: str, actor: str = OPERATOR, *, seen: int | None = None
) -> None:
    """Whoever registered it, and its account holders, read why, and can send it anew.

    Raises:
        OrganisationChanged: it was not as it was seen, or does not wait for an answer.
    """
    if desk.organisation.state is not OrganisationState.AWAITING:
        raise OrganisationChanged(desk.organisation)
    action, state = Action.ORGANISATION_REFUSED, OrganisationState.AWAITING
    await _decide(desk, actor, action, state, seen, reason)


async def suspend(
    desk: DecidingDesk, actor: str = OPERATOR, *, reason: str = "", seen: int | None = None
) -> None:
    """Until it is approved again no code is made or shown.

    Raises:
        OrganisationChanged.
    """
    action, state = Action.ORGANISATION_SUSPENDED, OrganisationState.SUSPENDED
    await _decide(desk, actor, action, state, seen, reason)


async def _decide(
    desk: DecidingDesk,
    actor: str,
    action: Action,
    state: OrganisationState,
    seen: int | None,
    reason: str = "",
) -> None:
    there = desk.organisation
    is_so = there.state is state and there.is_refused == (action is Action.ORGANISATION_REFUSED)
    if is_so and (not reason or reason == there.verdict):
        return  # the same again
    takes_name = there.is_refused and action is not Action.ORGANISATION_REFUSED
    if takes_name and await is_called_so(desk.transaction, there.short_name, but=there.id):
        raise ShortNameTaken  # by one that was registered since
    if seen is not None and seen != there.revision:
        raise OrganisationChanged(there)
    await desk.run(_DECIDE, new_state=state, new_verdict=reason or None)
    await audit.record(desk, actor, action)
    if state is OrganisationState.SUSPENDED:
        await webhooks.organisation_suspended(desk.transaction, there.id)
    await desk.read_standing_again()
    await mirroring.mirror_registrations(desk)
    await requests.openness_changed(desk)
    await _tell(desk)


async def give_number(desk: DecidingDesk, number: str | None) -> None:
    """By which partners look it up: nine digits, or None where it has none. What has been
    registered in Slack has one; what the operator has entered has none before this."""
    if desk.organisation.number == number:
        return  # the same again
    await desk.run(_NUMBER, new_number=number)
    await audit.record(desk, OPERATOR, Action.ORGANISATION_NUMBERED)
    await desk.read_standing_again()
    await mirroring.mirror_registrations(desk)


async def _tell(desk: DecidingDesk) -> None:
    """The account holders, and all who have sent the registration."""
    registrants = await audit.who(desk, Action.ORGANISATION_REGISTERED)
    readers = dict.fromkeys((*desk.standing.lasting_holders, *registrants))
    about = desk.organisation.as_it_is
    decided = (NewNotice(ORGANISATION_DECIDED, reader, about=about) for reader in readers)
    await outbox.tell(desk, *decided)
    desk.transaction.concerns.update(readers)
