"""Whoever decides is reminded of what has waited for more than a day."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.chaos.checking.evidence import Evidence, Row
from tests.chaos.checking.findings import Finding, Kind
from tests.chaos.checking.reading import CLOCKS_DIFFER

REMINDER = "venter på svar"
SURELY_AFTER = timedelta(hours=24 + 8) + CLOCKS_DIFFER
"""A day, until its morning, and as much more as the bot's clock may have been wrong."""


def look(evidence: Evidence) -> Iterator[Finding]:
    for request in evidence.rows("code_requests"):
        moment = _waited_when_calm(evidence, request)
        if moment is None:
            continue
        for user in _who_decides(evidence):
            if not _was_reminded(evidence, user, request["asked_at"], moment):
                yield Finding(Kind.LOST, f"reminder of {request['id']} to {user}")


def _waited_when_calm(evidence: Evidence, request: Row) -> datetime | None:
    """A moment at which it had waited for long, under the eyes of a bot that was well."""
    over = request["decided_at"]
    for at in evidence.calm_at:
        if at >= request["asked_at"] + SURELY_AFTER and (over is None or over > at):
            return at
    return None


def _who_decides(evidence: Evidence) -> set[str]:
    return {
        row["user_id"]
        for row in evidence.rows("account_holders")
        if row["removed_at"] is None and evidence.was_always_here(row["user_id"])
    }


def _was_reminded(evidence: Evidence, user: str, since: datetime, until: datetime) -> bool:
    return any(
        said.to == user and REMINDER in said.title and since <= said.at <= until
        for said in evidence.said
    )
