"""Under the hood, for developers: the traffic, the outbox, and the audit of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.trial.room.desks import each_desk
from bot.trial.room.room import Room
from bot.trial.sandbox.carrier import ACKNOWLEDGED
from bot.trial.sandbox.records import Acknowledgement, ApiCall, Violation
from bot.trial.sandbox.workspace import PlayedWorkspace
from handlers.slack_errors import NOBODY
from storage import audit, outbox
from storage.records import Notice, NoticeState
from storage.statements import Row
from templates.words import Words

ROWS = 60

EXPECTED = NOBODY | {"hash_conflict"}
"""What Slack answers where nothing is wrong: nobody has that address, something newer stands."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """One delivery to the bot, or one call of the bot's."""

    key: str
    arrow: str
    way: str
    name: str
    outcome: str
    is_well: bool
    milliseconds: int
    at: datetime
    is_expected: bool = False
    """Whether it is a no that is an answer like any other."""


@dataclass(frozen=True, slots=True)
class Hood:
    traffic: Sequence[Traffic]
    outbox: Sequence[Sequence[str]]
    audit: Sequence[Sequence[str]]
    violations: Sequence[Violation]
    workspace: str = ""
    """Its name, where there are several."""


async def look(room: Room, words: Words, slug: str) -> Hood:
    """Of the workspace in which this person is."""
    workspace = room.people[slug].workspace
    notices, events = await _kept(room, workspace)
    return Hood(
        traffic=_traffic(workspace, words, slug),
        outbox=[_notice(workspace, words, each) for each in notices],
        audit=[
            (words.moment(each["at"]), _name(workspace, each["actor"]), str(each["action"]))
            for each in events
        ],
        violations=list(workspace.violations),
        workspace=workspace.name if room.is_shared else "",
    )


async def _kept(room: Room, workspace: PlayedWorkspace) -> tuple[list[Notice], list[Row]]:
    """What the ledger has, the newest first: nothing before there is an organisation."""
    notices: list[Notice] = []
    events: list[Row] = []
    async for desk in each_desk(room.ledger, workspace.team_id):
        notices += await outbox.latest(desk, ROWS)
        events += await audit.latest(desk, ROWS)
    notices.sort(key=lambda each: each.created_at, reverse=True)
    events.sort(key=lambda each: each["at"], reverse=True)
    return notices[:ROWS], events[:ROWS]


def _notice(workspace: PlayedWorkspace, words: Words, notice: Notice) -> tuple[str, str, str]:
    """What kind it is, for whom, and in words what became of it."""
    to = _name(workspace, notice.recipient) or words.gettext("den det gjelder")
    return str(notice.kind), to, state_of(words, notice)


def state_of(words: Words, notice: Notice) -> str:
    _ = words.gettext
    if notice.state is NoticeState.DROPPED and notice.recipient is None:
        return _("fordelt på dem det gjelder")
    if notice.state is NoticeState.WAITING and notice.attempts:
        return _("venter etter %(count)d forsøk", count=notice.attempts)
    return {
        NoticeState.WAITING: _("venter"),
        NoticeState.DELIVERED: _("levert"),
        NoticeState.DROPPED: _("gjaldt ikke lenger"),
        NoticeState.PARKED: _("kunne ikke leveres"),
    }[notice.state]


def _name(workspace: PlayedWorkspace, some_id: str | None) -> str:
    return workspace.name_of(some_id or "")


def _traffic(workspace: PlayedWorkspace, words: Words, slug: str) -> list[Traffic]:
    """The newest first."""
    answers, calls = _newest(workspace.acknowledgements), _newest(workspace.calls)
    found = [_delivery(f"{slug}/delivery/{n}", each, words) for n, each in answers]
    found += [_call(f"{slug}/call/{n}", each, words) for n, each in calls]
    return sorted(found, key=lambda each: each.at, reverse=True)[:ROWS]


def _newest(rows: Sequence[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(rows))[-ROWS:]


def _delivery(key: str, each: Acknowledgement, words: Words) -> Traffic:
    return Traffic(
        key=key,
        arrow="→",
        way=words.gettext("til boten"),
        name=f"{each.kind} {each.name}",
        outcome=each.outcome,
        is_well=each.outcome == ACKNOWLEDGED,
        milliseconds=round(each.elapsed * 1000),
        at=each.at,
    )


def _call(key: str, each: ApiCall, words: Words) -> Traffic:
    return Traffic(
        key=key,
        arrow="←",
        way=words.gettext("fra boten"),
        name=each.method,
        outcome=each.outcome,
        is_well=each.outcome == "ok",
        milliseconds=round(each.elapsed * 1000),
        at=each.at,
        is_expected=each.outcome in EXPECTED,
    )


def detail(room: Room, slug: str, kind: str, number: int) -> dict[str, Any]:
    """What was sent and answered, whole.

    Raises:
        LookupError: there is no such row.
    """
    workspace = room.people[slug].workspace
    if kind == "delivery":
        delivery = workspace.acknowledgements[number]
        return {"payload": delivery.payload, "answer": delivery.body.decode(errors="replace")}
    if kind == "call":
        call = workspace.calls[number]
        return {"arguments": call.body, "answer": call.answer}
    raise LookupError(kind)
