"""A office filled by the thousand, for query plans and benchmarks."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage import authority, schema
from storage.database import Database
from storage.desk import Ledger
from storage.installing import LIFETIME
from storage.keys import Keyring
from storage.outbox import HELP
from storage.records import (
    CODE_LIFETIME,
    CodeState,
    DeliveryState,
    Issuer,
    NoticeState,
    OrganisationState,
    PartnerScope,
    PersonDetails,
    RequestKind,
    RequestState,
    Role,
    Verdict,
)
from storage.sql import insert
from storage.standing import Standing
from storage.statements import Row

_CODE = insert(schema.codes)
_REQUEST = insert(schema.code_requests)
_NOTICE = insert(schema.outbox)
_PERSON = insert(schema.people)
_CONFIRMATION = insert(schema.confirmations)
_INSTALLATION = insert(schema.installations)
_ORGANISATION = insert(schema.organisations)
_CHOICE = insert(schema.choices)
_INSTALLING = insert(schema.installing)
_PARTNER = insert(schema.partners)
_USE = insert(schema.uses)
CHUNK = 10_000
USES_OF_EACH = 3
CODES_OF_EACH = 10


async def fill_ledger(
    database: Database, standing: Standing, count: int, *, requests_too: bool = True
) -> None:
    """`count` codes made evenly over the last 46 days, so that none is due yet; as many requests
    and delivered notices."""
    person = PersonDetails("Mange", "Koder", "mange@example.org", Role.OTHER)
    async with Ledger(database).deciding(standing.organisation.team_id) as desk:
        entered, _ = await authority.enter_person(desk, person)
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
        "folded": b"folded" + number.to_bytes(26, "big"),
        "key_name": "k" * 16,
        "hint": "ab",
        "purpose": "",
        "state": CodeState.ACTIVE,
        "made_at": made_at,
        "made_by": "UOLA",
        "expires_at": made_at + CODE_LIFETIME,
        "next_notice_at": made_at + timedelta(days=46),
    }


async def fill_known(
    database: Database, standings: Sequence[Standing], keyring: Keyring, count: int
) -> None:
    """`count` codes that can be asked about (`text_of`), ten to a person, each used once: of an
    empty table PostgreSQL would plan to read it all, and keep to that as it grows. Whose code, or
    person, a number is: `standings` in turn, of which there are as many as go into the people
    evenly."""
    people = count // CODES_OF_EACH
    async with database.transaction() as transaction:
        await transaction.run_many(_PARTNER, [_partner(transaction.now)])
    for start in range(0, count, CHUNK):
        numbers = range(start, min(count, start + CHUNK))
        async with database.transaction() as transaction:
            now = transaction.now
            whose = {number: standings[number % len(standings)] for number in numbers}
            new = [number for number in numbers if number < people]
            await transaction.run_many(_PERSON, [_person(whose[n], now, n) for n in new])
            await transaction.run_many(_CONFIRMATION, [_word(whose[n], now, n) for n in new])
            await transaction.run_many(
                _CODE, [_known(whose[n], keyring, now, n, count) for n in numbers]
            )
            used = [{**_use(whose[n], now, n), "code_id": f"C{n:025d}"} for n in numbers]
            await transaction.run_many(_USE, used)


def text_of(number: int) -> str:
    """How the code of this number reads."""
    return f"{number:08x}@RodeKors"


def _known(standing: Standing, keyring: Keyring, now: datetime, number: int, count: int) -> Row:
    person, text = number % (count // CODES_OF_EACH), text_of(number)
    return {
        **_code(standing, f"P{person:025d}", f"A{person:025d}", now, number, count),
        "digest": keyring.digests(text)[0],
        "folded": keyring.folded(text)[0],
        "key_name": keyring.names[0],
    }


def _word(standing: Standing, now: datetime, number: int) -> Row:
    return {
        "id": f"A{number:025d}",
        "organisation_id": standing.organisation.id,
        "person_id": f"P{number:025d}",
        "account_holder_id": next(iter(standing.holder_ids.values())),
        "role": Role.OTHER,
        "confirmed_at": now,
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
        "team_id": standing.organisation.team_id,
        "key": f"filled:{number}",
        "kind": HELP,
        "recipient": "UKARI",
        "revision": 0,
        "state": NoticeState.DELIVERED,
        "unsure": False,
        "attempts": 0,
        "created_at": now,
    }


async def fill_people(database: Database, standing: Standing, count: int) -> None:
    """`count` people of whom there is nothing but what they are called in Slack."""
    async with database.transaction() as transaction:
        await transaction.run_many(
            _PERSON, [_person(standing, transaction.now, number) for number in range(count)]
        )


def _person(standing: Standing, now: datetime, number: int) -> Row:
    return {
        "id": f"P{number:025d}",
        "organisation_id": standing.organisation.id,
        "first_name": f"Fornavn{number}",
        "last_name": f"Etternavn{number}",
        "email": f"person{number}@example.org",
        "identity": f"person{number}",
        "user_id": f"UPERSON{number}",
        "looked_up_at": now,
        "slack_name": f"Kallenavn{number}",
    }


async def fill_ended(database: Database, standing: Standing, count: int, age: timedelta) -> None:
    """`count` people, each with a request, a code that has ended so long ago, and a notice."""
    await fill_people(database, standing, count)
    async with database.transaction() as transaction:
        made_at = transaction.now - age
        numbers = range(count)
        people = [f"P{number:025d}" for number in numbers]
        confirmed = [_word(standing, made_at, number) for number in numbers]
        asked = [
            {**_request(standing, people[number], made_at, number), "decided_at": made_at}
            for number in numbers
        ]
        ended = {"state": CodeState.EXPIRED, "ended_at": made_at, "next_notice_at": None}
        made = [
            {
                **_code(standing, people[number], f"A{number:025d}", made_at, number, count),
                "request_id": asked[number]["id"],
                **ended,
            }
            for number in numbers
        ]
        told = [{**_notice(standing, made_at, n), "code_id": made[n]["id"]} for n in numbers]
        for statement, rows in (
            (_CONFIRMATION, confirmed),
            (_REQUEST, asked),
            (_CODE, made),
            (_NOTICE, told),
        ):
            await transaction.run_many(statement, rows)


async def fill_asked(database: Database, standing: Standing, count: int) -> None:
    """`count` events, questions and questions sent on, which are to be forgotten now."""
    async with database.transaction() as transaction:
        now = transaction.now
        each = [{"id": f"Q{number:025d}", "forget_at": now} for number in range(count)]
        of = {"organisation_id": standing.organisation.id, "text": "Hva er en kode?"}
        asked = {"asked_on": now, "verdict": Verdict.REFUSED}
        sent_on = {"asked_by": "UKARI", "asked_at": now}
        await transaction.run_many(insert(schema.events), each)
        await transaction.run_many(
            insert(schema.questions), [{**row, **of, **asked} for row in each]
        )
        await transaction.run_many(
            insert(schema.forwarded_questions),
            [{**row, **of, **sent_on, "submission_id": row["id"]} for row in each],
        )


async def fill_installations(database: Database, standing: Standing, count: int) -> None:
    """`count` workspaces in which the bot is, with tokens for a while, or was, each with an
    organisation; and as many who are about to install it."""
    async with database.transaction() as transaction:
        now, numbers = transaction.now, range(count)
        rows = [_installation(now, number) for number in numbers]
        await transaction.run_many(_INSTALLATION, rows)
        theirs = [_organisation(now, number) for number in numbers]
        await transaction.run_many(_ORGANISATION, theirs)
        chosen = [
            {
                "id": f"{each['team_id']}:UKARI",
                "organisation_id": each["id"],
                "chosen_at": now + timedelta(seconds=number),
            }
            for number, each in enumerate(theirs)
        ]
        await transaction.run_many(_CHOICE, chosen)
        begun = [{"id": f"{number:064d}", "forget_at": now + LIFETIME} for number in numbers]
        await transaction.run_many(_INSTALLING, begun)


def _organisation(now: datetime, number: int) -> Row:
    return {
        "id": f"O{number:025d}",
        "team_id": f"T{number:09d}",
        "enterprise_id": f"E{number:09d}" if number % 50 == 0 else None,
        "left_at": now if number % 100 == 0 else None,
        "name": "Laget",
        "short_name": f"Laget{number}",
        "issuer": Issuer.BOT,
        "state": OrganisationState.APPROVED,
        "created_at": now,
        "next_review_at": now + timedelta(days=365, seconds=number),
    }


def _installation(now: datetime, number: int) -> Row:
    has_ended = number % 100 == 0
    return {
        "id": f"T{number:09d}",
        "team_name": "Laget",
        "installed_by": "UKARI",
        "installed_at": now,
        "secret": None if has_ended else b"s" * 400,
        "key_name": None if has_ended else "k" * 16,
        "token_expires_at": None if has_ended else now + timedelta(hours=12, seconds=number),
        "next_roll_call_at": None if has_ended else now + timedelta(seconds=number),
        "ended_at": now if has_ended else None,
        "why_ended": "app_uninstalled" if has_ended else None,
        "revision": 0,
    }


async def fill_uses(database: Database, standing: Standing, count: int) -> None:
    """Some uses of each of `count` codes that are there (`fill_ledger`), of one partner; and an
    idempotency key and a miss for each."""
    async with database.transaction() as transaction:
        now, numbers = transaction.now, range(count)
        await transaction.run_many(_PARTNER, [_partner(now)])
        await transaction.run_many(
            _USE, [_use(standing, now, number) for number in range(count * USES_OF_EACH)]
        )
        each = [
            {"id": f"{number:064d}", "forget_at": now + timedelta(seconds=number)}
            for number in numbers
        ]
        await transaction.run_many(
            insert(schema.idempotency_keys),
            [
                {**row, "fingerprint": b"f" * 32, "use_id": f"U{n:025d}"}
                for n, row in enumerate(each)
            ],
        )
        await transaction.run_many(insert(schema.misses), [{**row, "count": 1} for row in each])


def _partner(now: datetime) -> Row:
    return {
        "id": "P1",
        "name": "Nettbutikken",
        "identity": "nettbutikken",
        "scope": PartnerScope.ORGANISATION,
        "is_test": False,
        "added_at": now,
    }


def _use(standing: Standing, now: datetime, number: int) -> Row:
    return {
        "id": f"U{number:025d}",
        "organisation_id": standing.organisation.id,
        "code_id": f"C{number // USES_OF_EACH:025d}",
        "partner_id": "P1",
        "service": "Kontorpakke",
        "reference": f"O-{number}",
        "key": f"P1:O-{number}",
        "used_at": now + timedelta(seconds=number),
        "is_first": number == 0,
    }


async def fill_deliveries(database: Database, standing: Standing, count: int) -> None:
    """So many that one partner (`fill_uses`) has been told, an hour apart; a few wait."""
    async with database.transaction() as transaction:
        await transaction.run_many(
            insert(schema.deliveries),
            [_delivery(standing, transaction.now, number) for number in range(count)],
        )


def _delivery(standing: Standing, now: datetime, number: int) -> Row:
    waits = number < 20
    return {
        "id": f"D{number:025d}",
        "partner_id": "P1",
        "organisation_id": standing.organisation.id,
        "kind": "code.revoked",
        "body": "{}",
        "state": DeliveryState.WAITING if waits else DeliveryState.DELIVERED,
        "made_at": now + timedelta(hours=number),
        "due_at": now + timedelta(hours=number) if waits else None,
        "attempts": 1,
        "give_up_at": now + timedelta(hours=number + 24),
    }
