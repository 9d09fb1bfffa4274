"""A ledger of a deployment that many have installed: each workspace has an organisation with an
account holder."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from storage import chain, schema
from storage.database import Transaction
from storage.keys import Keyring, new_key
from storage.migrate import opened
from storage.notice_times import next_review
from storage.records import (
    CODE_LIFETIME,
    OPERATOR,
    CodeState,
    Issuer,
    OrganisationState,
    Role,
    small_letters,
)
from storage.sql import insert
from storage.statements import Row
from tests.bench.ledgers import PostgresLedgers
from tests.bench.slack import Slack
from tests.bench.slack_everywhere import SCOPES, token_of

HOLDER, KARI = "UOLA", "UKARI"
CHUNK = 5_000
QUIET = timedelta(hours=1)
"""Before the first roll is called."""

_INSTALLATION = insert(schema.installations)
_ORGANISATION = insert(schema.organisations)
_HEAD = insert(schema.audit_heads)
_ACCOUNT_HOLDER = insert(schema.account_holders)
_PERSON = insert(schema.people)
_WORD = insert(schema.confirmations)
_CODE = insert(schema.codes)


def team_of(number: int) -> str:
    return f"T{number:08d}"


class Workspaces:
    """So many, in one database: a pattern for others."""

    def __init__(self, ledgers: PostgresLedgers, count: int) -> None:
        self._ledgers = ledgers
        self._key = new_key()
        self.url = ledgers.empty()
        asyncio.run(self._fill(count))

    def copy(self) -> str:
        """The address of a ledger like it."""
        return self._ledgers.copy(self.url)

    def environment(self, url: str, slack: Slack) -> dict[str, str]:
        """What the bot is told that many have installed."""
        return {
            "SLACK_API_URL": slack.api_url,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_CLIENT_ID": "1234.5678",
            "SLACK_CLIENT_SECRET": "client-secret",
            "PUBLIC_URL": "https://bot.example.org",
            "DATABASE_URL": url,
            "SECRET_KEY": self._key,
        }

    async def make_codes(self, url: str, ends: Sequence[datetime]) -> None:
        """Of Kari's, one in each workspace; the first one's runs out at the first of these."""
        (key_name,) = Keyring((self._key,)).names
        async with opened(url) as database, database.transaction() as transaction:
            now, numbers = transaction.now, range(len(ends))
            await transaction.run_many(_PERSON, [_person(now, number) for number in numbers])
            await transaction.run_many(_WORD, [_word(now, number) for number in numbers])
            codes = [_code(number, ends_at, key_name) for number, ends_at in enumerate(ends)]
            await transaction.run_many(_CODE, codes)

    async def _fill(self, count: int) -> None:
        keyring = Keyring((self._key,))
        async with opened(self.url) as database:
            for start in range(0, count, CHUNK):
                async with database.transaction() as transaction:
                    await _install(transaction, keyring, range(start, min(count, start + CHUNK)))
        await self._ledgers.tidy(self.url)


async def _install(transaction: Transaction, keyring: Keyring, numbers: Iterable[int]) -> None:
    now = transaction.now
    for statement, make in (
        (_INSTALLATION, lambda number: _installation(now, keyring, number)),
        (_ORGANISATION, lambda number: _organisation(now, number)),
        (_HEAD, _head),
        (_ACCOUNT_HOLDER, lambda number: _holder(now, number)),
    ):
        await transaction.run_many(statement, [make(number) for number in numbers])


def _id(letter: str, number: int) -> str:
    return f"{letter}{number:025d}"


def _installation(now: datetime, keyring: Keyring, number: int) -> Row:
    team_id = team_of(number)
    said = {
        "app_id": "A0BOT",
        "team_id": team_id,
        "team_name": f"Lag {number}",
        "user_id": HOLDER,
        "bot_token": token_of(team_id),
        "bot_id": "B0BOT",
        "bot_user_id": "U0BOT",
        "bot_scopes": SCOPES.split(","),
    }
    sealed = keyring.seal_text(json.dumps(said))
    return {
        "id": team_id,
        "team_name": f"Lag {number}",
        "installed_by": HOLDER,
        "installed_at": now,
        "secret": sealed.secret,
        "key_name": sealed.key_name,
        "next_roll_call_at": now + QUIET + timedelta(seconds=number),
        "revision": 0,
    }


def _organisation(now: datetime, number: int) -> Row:
    return {
        "id": _id("O", number),
        "team_id": team_of(number),
        "name": f"Lag {number}",
        "short_name": f"Lag{number}",
        "issuer": Issuer.BOT,
        "state": OrganisationState.APPROVED,
        "created_at": now,
        "next_review_at": next_review(now),
    }


def _head(number: int) -> Row:
    return {"organisation_id": _id("O", number), "seq": 0, "hash": chain.BEGINNING}


def _holder(now: datetime, number: int) -> Row:
    of = {"organisation_id": _id("O", number), "added_at": now, "added_by": OPERATOR}
    return {"id": _id("H", number), "user_id": HOLDER, **of}


def _person(now: datetime, number: int) -> Row:
    return {
        "id": _id("P", number),
        "organisation_id": _id("O", number),
        "first_name": "Kari",
        "last_name": "Nordmann",
        "email": "kari@example.org",
        "identity": small_letters("kari@example.org\nKari\nNordmann"),
        "user_id": KARI,
        "looked_up_at": now,
        "slack_name": "Kari Nordmann",
    }


def _word(now: datetime, number: int) -> Row:
    return {
        "id": _id("W", number),
        "organisation_id": _id("O", number),
        "person_id": _id("P", number),
        "account_holder_id": _id("H", number),
        "role": Role.OTHER,
        "confirmed_at": now,
    }


def _code(number: int, ends_at: datetime, key_name: str) -> Row:
    return {
        "id": _id("C", number),
        "organisation_id": _id("O", number),
        "person_id": _id("P", number),
        "confirmation_id": _id("W", number),
        "user_id": KARI,
        "secret": b"s" * 120,
        "digest": b"digest" + number.to_bytes(26, "big"),
        "key_name": key_name,
        "hint": "ab",
        "purpose": "",
        "state": CodeState.ACTIVE,
        "made_at": ends_at - CODE_LIFETIME,
        "made_by": HOLDER,
        "expires_at": ends_at,
        "next_notice_at": ends_at,
    }
