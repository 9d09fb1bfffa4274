"""Every notice of the outbox against Slack: said once where it says so, and nothing left over."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from tests.chaos.checking.evidence import Evidence, Row
from tests.chaos.checking.findings import Finding, Kind

LOSES_NOTHING = ("request_sent", "request_asked")
"""Kinds that are dropped only when what they tell of is over."""


def look(evidence: Evidence) -> Iterator[Finding]:
    copies = Counter(said.notice for said in evidence.said if said.notice)
    for notice, count in copies.items():
        if count > 1:
            yield Finding(Kind.DOUBLED, f"notice {notice} {_circumstances(evidence, notice)}")
    for row in evidence.rows("outbox"):
        yield from _of_row(evidence, row, copies[row["id"]])
    yield from (Finding(Kind.REFUSED, complaint) for complaint in evidence.complaints)


def _circumstances(evidence: Evidence, notice: str) -> str:
    """When it was said, and what went wrong meanwhile."""
    times = [said.at for said in evidence.said if said.notice == notice]
    troubles = (
        f"{each.kind} {each.began:%H:%M:%S}-{each.ended:%H:%M:%S}"
        for each in evidence.troubles
        if each.began <= max(times) and each.ended >= min(times) - timedelta(seconds=15)
    )
    return ", ".join([*(f"at {at:%H:%M:%S.%f}" for at in times), *troubles])


def _of_row(evidence: Evidence, row: Row, copies: int) -> Iterator[Finding]:
    about = f"notice {row['id']} {row['kind']} {row['recipient']} {row['error'] or ''}"
    if row["due_at"] is not None:
        yield Finding(Kind.WAITING, about)
    elif row["state"] == "parked" and evidence.is_here(row["recipient"] or ""):
        yield Finding(Kind.LOST, f"parked: {about}")
    elif row["state"] == "delivered" and not copies:
        yield Finding(Kind.LOST, f"never said: {about}")
    elif row["state"] == "dropped" and _is_dropped_too_soon(evidence, row):
        yield Finding(Kind.LOST, f"dropped: {about}")


def _is_overtaken_by(row: Row, other: Row) -> bool:
    """An answer was asked for once more."""
    same = all(row[name] == other[name] for name in ("kind", "recipient", "request_id"))
    return same and bool(other["created_at"] > row["created_at"])


def _is_dropped_too_soon(evidence: Evidence, row: Row) -> bool:
    """What it tells of still holds, and its reader is there."""
    if row["kind"] not in LOSES_NOTHING or not evidence.was_always_here(row["recipient"] or ""):
        return False
    if any(_is_overtaken_by(row, other) for other in evidence.rows("outbox")):
        return False
    return bool(evidence.by_id("code_requests")[row["request_id"]]["state"] == "pending")
