"""The six rows that `storage.requests.ask` writes for a new person, from a submission."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from ulid import ULID

from storage.records import PersonDetails, Role, Turn, sort_key
from tests.bench.slack import TEAM

Row = dict[str, Any]

_NUMBERS = count(1_000_000)
"""Of events, past those that are there: no baseline makes a chain of them."""


@dataclass(frozen=True)
class Rows:
    person: Row
    request: Row
    event: Row
    notices: list[Row]


def rows_of(body: dict[str, Any]) -> Rows:
    values = body["view"]["state"]["values"]
    asked_by, now = body["user"]["id"], datetime.now(UTC)
    organisation_id = os.environ["ORGANISATION_ID"]
    holders = os.environ["HOLDERS"].split(",")
    person = _person(values, organisation_id)
    role = values["role"]["role"]["selected_option"]["value"]
    purpose = values["purpose"]["purpose"]["value"]
    request_id = str(ULID())
    request = {
        "id": request_id,
        "organisation_id": organisation_id,
        "person_id": person["id"],
        "asked_by": asked_by,
        "kind": "new",
        "role": role,
        "purpose": purpose,
        "submission_id": _submission(
            asked_by, body["view"]["id"], person["identity"], role, purpose
        ),
        "state": "pending",
        "asked_at": now,
        "message": "",
        "next_notice_at": now + timedelta(hours=24),
    }
    event = {
        "id": str(ULID()),
        "organisation_id": organisation_id,
        "at": now,
        "actor": asked_by,
        "action": "slack:request:ask",
        "request_id": request_id,
        "person_id": person["id"],
        "seq": next(_NUMBERS),
        "commitment": b"",
        "hash": b"",
    }
    recipients = [("request_sent", asked_by)] + [("request_asked", user) for user in holders]
    notices = [_notice(organisation_id, kind, user, request_id, now) for kind, user in recipients]
    return Rows(person, request, event, notices)


def _submission(*parts: str) -> str:
    """What the ledger knows a form by that has been sent."""
    return sha256("\n".join(parts).encode()).hexdigest()[:32]


def _person(values: dict[str, Any], organisation_id: str) -> Row:
    details = PersonDetails(
        first_name=values["first_name"]["first_name"]["value"],
        last_name=values["last_name"]["last_name"]["value"],
        email=values["email"]["email"]["value"],
        role=Role.OTHER,
    )
    return {
        "id": str(ULID()),
        "organisation_id": organisation_id,
        "first_name": details.first_name,
        "last_name": details.last_name,
        "email": details.email,
        "identity": details.identity,
        "sort_key": sort_key(details.name),
    }


def _notice(organisation_id: str, kind: str, recipient: str, request_id: str, now: datetime) -> Row:
    return {
        "id": str(ULID()),
        "organisation_id": organisation_id,
        "team_id": TEAM,
        "key": f"{kind}:{request_id}:{recipient}",
        "kind": kind,
        "recipient": recipient,
        "request_id": request_id,
        "revision": 0,
        "state": "waiting",
        "due_at": now,
        "unsure": False,
        "attempts": 0,
        "created_at": now,
        "turn": int(Turn.ANSWER if kind == "request_sent" else Turn.DEED),
    }
