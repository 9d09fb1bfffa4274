"""A office filled by the thousand, for query plans and benchmarks."""

from datetime import datetime, timedelta

from sqlalchemy import insert

from storage import authority, schema
from storage.database import Database
from storage.desk import Ledger
from storage.outbox import HELP
from storage.records import (
    CODE_LIFETIME,
    CodeState,
    NoticeState,
    PersonDetails,
    RequestKind,
    RequestState,
    Role,
)
from storage.standing import Standing
from storage.statements import Row

_CODE = insert(schema.codes)
_REQUEST = insert(schema.code_requests)
_NOTICE = insert(schema.outbox)
CHUNK = 10_000


async def fill_ledger(
    database: Database, standing: Standing, count: int, *, requests_too: bool = True
) -> None:
    """`count` codes made evenly over the last 46 days, so that none is due yet; as many requests
    and delivered notices."""
    person = PersonDetails("Mange", "Koder", "mange@example.org", Role.OTHER)
    async with Ledger(database).deciding(standing.organisation.team_id) as desk:
        entered = await authority.enter_person(desk, person)
        holder_id = next(iter(standing.holder_ids.values()))
        confirmation_id = await authority.confirm(desk, entered.id, holder_id, Role.OTHER)
        now = desk.now
    for start in range(0, count, CHUNK):
        numbers = range(start, min(count, start + CHUNK))
        async with database.transaction() as transaction:
            await transaction.run_many(
                _CODE,
                [_code(standing, entered.id, confirmation_id, now, n, count) for n in numbers],
            )
            if requests_too:
                await transaction.run_many(
                    _REQUEST, [_request(standing, entered.id, now, n) for n in numbers]
                )
                await transaction.run_many(_NOTICE, [_notice(standing, now, n) for n in numbers])


def _code(
    standing: Standing,
    person_id: str,
    confirmation_id: str,
    now: datetime,
    number: int,
    count: int,
) -> Row:
    made_at = now - timedelta(days=46) * ((count - number) / (count + 1)) + timedelta(seconds=1)
    return {
        "id": f"C{number:025d}",
        "organisation_id": standing.organisation.id,
        "person_id": person_id,
        "confirmation_id": confirmation_id,
        "secret": b"s" * 120,
        "digest": b"digest" + number.to_bytes(26, "big"),
        "hint": "ab",
        "purpose": "",
        "state": CodeState.ACTIVE,
        "made_at": made_at,
        "made_by": "UOLA",
        "expires_at": made_at + CODE_LIFETIME,
        "next_notice_at": made_at + timedelta(days=46),
    }


def _request(standing: Standing, person_id: str, now: datetime, number: int) -> Row:
    return {
        "id": f"R{number:025d}",
        "organisation_id": standing.organisation.id,
        "person_id": person_id,
        "asked_by": "UKARI",
        "kind": RequestKind.NEW,
        "role": Role.OTHER,
        "purpose": "",
        "submission_id": f"V{number}",
        "state": RequestState.APPROVED,
        "asked_at": now,
        "message": "",
    }


def _notice(standing: Standing, now: datetime, number: int) -> Row:
    return {
        "id": f"N{number:025d}",
        "organisation_id": standing.organisation.id,
        "key": f"filled:{number}",
        "kind": HELP,
        "recipient": "UKARI",
        "revision": 0,
        "state": NoticeState.DELIVERED,
        "unsure": False,
        "attempts": 0,
        "created_at": now,
    }
