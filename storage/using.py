"""Whether codes are good, and that they are used: what partners ask, many questions at a time.

A code that is found valid has been used there (`RULES.md` rule 15), unless the question was only
whether it is. The same reference of one partner, or the same idempotency key, is one use, however
often it is asked and from however many processes; the answer is then what it was.

What is asked together is found, and kept, by the same few statements, and stands or falls
together: whoever asks for many at once asks anew for each where all of them fail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, update

from storage import audit, outbox
from storage.database import Reading, Transaction
from storage.desk import Desk
from storage.keys import Keyring
from storage.outbox import NewNotice
from storage.records import (
    CodeState,
    CodeStatus,
    NoticeKind,
    OrganisationState,
    Partner,
    Use,
    Uses,
)
from storage.refusals import NotFound
from storage.schema import codes, idempotency_keys, organisations, partners, people, uses
from storage.standing import standing_of
from storage.statements import Row, among, insert_new

FIRST_USE = NoticeKind("first_use")

REMEMBERED = timedelta(hours=24)
"""How long an idempotency key is known again."""

SIZES = (1, 8, 64)
"""How many are looked for in one statement. As a list in one parameter PostgreSQL would take it for
a hundred, and rather read a whole table of a few thousand."""

_CODE = (
    codes.c.id.label("code_id"),
    codes.c.organisation_id,
    codes.c.digest,
    codes.c.folded,
    codes.c.user_id,
    codes.c.state,
    codes.c.expires_at,
    organisations.c.name.label("organisation_name"),
    organisations.c.number.label("organisation_number"),
    organisations.c.state.label("organisation_state"),
    organisations.c.left_at,
    organisations.c.valid_user_since,
    people.c.first_name,
    people.c.last_name,
    people.c.email,
)
_CODES = (
    select(*_CODE)
    .select_from(codes)
    .join(organisations, organisations.c.id == codes.c.organisation_id)
    .join(people, people.c.id == codes.c.person_id)
)


def _by(column: ColumnElement[Any], statement: Select[Any]) -> dict[int, Select[Any]]:
    """Those with one of so many values, by how many."""
    values = [bindparam(f"value_{number}", type_=column.type) for number in range(SIZES[-1])]
    return {size: statement.where(column.in_(values[:size])) for size in SIZES}


FOUND = _by(codes.c.folded, _CODES)
"""Those that read like one of so many, whatever the case of their letters: so what is not there
takes as long to be looked for as what is."""

_USED = (
    select(
        *_CODE,
        uses.c.id,
        uses.c.key,
        uses.c.service,
        uses.c.used_at,
        uses.c.is_first,
    )
    .select_from(uses)
    .join(codes, codes.c.id == uses.c.code_id)
    .join(organisations, organisations.c.id == codes.c.organisation_id)
    .join(people, people.c.id == codes.c.person_id)
)
USED_BEFORE = _by(uses.c.key, _USED)
USED = _by(uses.c.id, _USED)
ASKED_BEFORE = _by(
    idempotency_keys.c.id,
    select(idempotency_keys.c.id, idempotency_keys.c.fingerprint, idempotency_keys.c.use_id),
)
_USE = insert_new(uses, "key")
_REMEMBER = insert_new(idempotency_keys, "id")
_LINK = (
    update(idempotency_keys)
    .where(idempotency_keys.c.id == bindparam("asked_id"), idempotency_keys.c.use_id.is_(None))
    .values(use_id=bindparam("new_use"))
)
_BECOME_VALID_USER = (
    update(organisations)
    .where(
        organisations.c.id == bindparam("which"),
        organisations.c.valid_user_since.is_(None),
    )
    .values(valid_user_since=bindparam("moment", type_=organisations.c.valid_user_since.type))
    .returning(organisations.c.id)
)
VALID_USER = (
    select(organisations.c.name, organisations.c.valid_user_since)
    .where(
        organisations.c.number == bindparam("number"),
        organisations.c.valid_user_since.is_not(None),
        organisations.c.left_at.is_(None),
    )
    .order_by(organisations.c.valid_user_since)
    .limit(1)
)
_USE_COLUMNS = (
    uses.c.id,
    uses.c.code_id,
    uses.c.service,
    uses.c.used_at,
    uses.c.noted_by,
)
_RANKING = select(
    *_USE_COLUMNS,
    uses.c.organisation_id,
    uses.c.partner_id,
    func.row_number()
    .over(partition_by=uses.c.code_id, order_by=(uses.c.used_at.desc(), uses.c.id.desc()))
    .label("place"),
    func.count().over(partition_by=uses.c.code_id).label("of_all"),
)
FEW, MANY = 16, None
"""Codes: as many as stand on a page, and any number."""

_RANKED = {
    size: _RANKING.where(among(uses.c.code_id, "codes", at_most=size)).subquery("newest_uses")
    for size in (FEW, MANY)
}
OF_CODES = {
    size: select(
        *(newest.c[column.name] for column in _USE_COLUMNS),
        newest.c.of_all,
        partners.c.name.label("partner"),
    )
    .outerjoin(partners, partners.c.id == newest.c.partner_id)
    .where(
        # Here and not within: SQLite would go through all that the organisation has used.
        newest.c.organisation_id == bindparam("of_organisation"),
        newest.c.place <= bindparam("most"),
    )
    .order_by(newest.c.code_id, newest.c.place)
    for size, newest in _RANKED.items()
}
FIRST_OF_CODE = (
    select(*_USE_COLUMNS, partners.c.name.label("partner"))
    .outerjoin(partners, partners.c.id == uses.c.partner_id)
    .where(
        uses.c.organisation_id == bindparam("of_organisation"),
        uses.c.code_id == bindparam("code_id"),
        uses.c.is_first,
    )
    .limit(1)
)


class UsedOtherwise(Exception):  # noqa: N818 - says what is, like the refusals
    """What was asked under this reference, or idempotency key, was another question."""


class Overtaken(Exception):  # noqa: N818
    """Another process was first with the same reference, or the same idempotency key."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a partner asks about a code."""

    partner: Partner
    code: str
    """As it reads, without what came along with it."""

    service: str
    reference: str | None = None
    idempotency_key: str | None = None
    is_dry_run: bool = False

    def __repr__(self) -> str:
        return f"Question({self.partner.id})"

    @property
    def use_key(self) -> str | None:
        """By which the ledger knows a use of theirs again."""
        return None if self.reference is None else f"{self.partner.id}:{self.reference}"

    @property
    def asked_id(self) -> str | None:
        if self.idempotency_key is None:
            return None
        return sha256(f"{self.partner.id}:{self.idempotency_key}".encode()).hexdigest()

    @property
    def fingerprint(self) -> bytes:
        """Of all that it asks."""
        parts = (self.code, self.service, self.reference or "", str(self.is_dry_run))
        return sha256("\n".join(parts).encode()).digest()


@dataclass(frozen=True, slots=True)
class CheckedCode:
    """What the ledger knows of a code that somebody has."""

    id: str
    organisation_id: str
    organisation: str
    number: str | None
    first_name: str
    last_name: str
    email: str
    user_id: str | None
    expires_at: datetime
    status: CodeStatus
    is_mended: bool
    """Whether it was written in other letters, capital or small."""

    valid_user_since: datetime | None

    def __repr__(self) -> str:
        return f"CheckedCode({self.id})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question."""

    status: CodeStatus
    code: CheckedCode | None = None
    """None where it is unknown."""

    use_id: str | None = None
    used_at: datetime | None = None
    is_first_use: bool = False
    """Whether the organisation became a valid user by it (rule 5)."""

    is_repeated: bool = False
    """Whether it had been asked before."""

    @property
    def again(self) -> "Answer":
        """What whoever asks it once more is answered."""
        return replace(self, is_repeated=True)


Outcome = Answer | UsedOtherwise


async def check(
    transaction: Transaction, keyring: Keyring, questions: Sequence[Question]
) -> list[Outcome]:
    """What comes of each, in their order; and what is used is kept.

    Raises:
        Overtaken: another process was first at something. Ask all of it anew, in a transaction of
            its own.
    """
    found = await look_up(transaction, keyring, [each.code for each in questions])
    book = await _Book.of(transaction, questions)
    outcomes = [book.answer(*each) for each in zip(questions, found, strict=True)]
    await book.keep()
    return outcomes


async def look_up(
    reading: Reading, keyring: Keyring, texts: Sequence[str]
) -> list[CheckedCode | None]:
    """The code that each text reads like; in any case of its letters, where one alone does."""
    folded = [keyring.folded(text) for text in texts]
    rows = await _rows(reading, FOUND, [each for several in folded for each in several])
    by_folded: dict[bytes, list[Row]] = {}
    for row in rows:
        by_folded.setdefault(row["folded"], []).append(row)
    alike = [
        [row for each in dict.fromkeys(several) for row in by_folded.get(each, ())]
        for several in folded
    ]
    return [
        _chosen(several, set(keyring.digests(text)), reading.now)
        for text, several in zip(texts, alike, strict=True)
    ]


def _chosen(alike: Sequence[Row], digests: set[bytes], now: datetime) -> CheckedCode | None:
    exact = [row for row in alike if row["digest"] in digests]
    chosen = exact or alike
    if len(chosen) != 1 or chosen[0]["left_at"] is not None:
        return None
    return _checked(chosen[0], now, is_mended=not exact)


async def _rows(
    reading: Reading, statements: Mapping[int, Select[Any]], values: Iterable[object]
) -> list[Row]:
    """Those with one of these values."""
    wanted, rows = list(dict.fromkeys(values)), []
    while wanted:
        size = next((each for each in SIZES if each >= len(wanted)), SIZES[-1])
        now, wanted = wanted[:size], wanted[size:]
        padded = now + now[:1] * (size - len(now))
        named = {f"value_{number}": each for number, each in enumerate(padded)}
        rows += await reading.rows(statements[size], **named)
    return rows


def _checked(row: Row, now: datetime, *, is_mended: bool) -> CheckedCode:
    return CheckedCode(
        id=row["code_id"],
        organisation_id=row["organisation_id"],
        organisation=row["organisation_name"],
        number=row["organisation_number"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        email=row["email"],
        user_id=row["user_id"],
        expires_at=row["expires_at"],
        status=_status(row, now),
        is_mended=is_mended,
        valid_user_since=row["valid_user_since"],
    )


_ENDED = {
    CodeState.EXPIRED: CodeStatus.EXPIRED,
    CodeState.REPLACED: CodeStatus.REPLACED,
    CodeState.REVOKED: CodeStatus.REVOKED,
}


def _status(row: Row, now: datetime) -> CodeStatus:
    """What is the code's own comes first: a new one is needed, however the organisation stands."""
    if row["state"] is not CodeState.ACTIVE:
        return _ENDED[row["state"]]
    if row["expires_at"] <= now:
        return CodeStatus.EXPIRED
    if row["organisation_state"] is not OrganisationState.APPROVED:
        return CodeStatus.ORGANISATION_SUSPENDED
    return CodeStatus.VALID


class _Book:
    """What was asked and used before, and what is now."""

    def __init__(
        self,
        transaction: Transaction,
        used: dict[str, tuple[str, Answer]],
        asked: dict[str, tuple[bytes, Answer | None]],
    ) -> None:
        self._transaction = transaction
        self._used = used
        """For which service, and what was answered, by the key of the use."""

        self._asked = asked
        """What was asked, and what was answered where it was used, by the id of the idempotency
        key."""

        self._uses: list[Row] = []
        self._keys: list[Row] = []
        self._late: list[Row] = []
        self._first: dict[str, CheckedCode] = {}
        """The code by which an organisation becomes a valid user, by the organisation's id."""

    @classmethod
    async def of(cls, transaction: Transaction, questions: Sequence[Question]) -> "_Book":
        keys = [each.use_key for each in questions if each.use_key is not None]
        rows = await _rows(transaction, USED_BEFORE, keys)
        used = {row["key"]: (row["service"], _used(row, transaction.now)) for row in rows}
        return cls(transaction, used, await _asked_before(transaction, questions))

    def answer(self, question: Question, code: CheckedCode | None) -> Outcome:
        """
        What is asked anew under an idempotency key has the answer that it had, once it was used.
        """
        asked_id = question.asked_id
        if asked_id is None:
            return self._by_reference(question, code)
        fingerprint, before = self._asked.get(asked_id, (question.fingerprint, None))
        if fingerprint != question.fingerprint:
            return UsedOtherwise()
        if before is not None:
            return before.again
        outcome = self._by_reference(question, code)
        if isinstance(outcome, Answer):
            self._remember(asked_id, question, outcome)
        return outcome

    def _remember(self, asked_id: str, question: Question, answer: Answer) -> None:
        if asked_id not in self._asked:
            self._keys.append(
                {
                    "id": asked_id,
                    "fingerprint": question.fingerprint,
                    "use_id": answer.use_id,
                    "forget_at": self._transaction.now + REMEMBERED,
                }
            )
        elif answer.use_id is not None:
            self._late.append({"asked_id": asked_id, "new_use": answer.use_id})
        is_used = answer.use_id is not None
        self._asked[asked_id] = question.fingerprint, answer if is_used else None

    def _by_reference(self, question: Question, code: CheckedCode | None) -> Outcome:
        if question.use_key not in self._used:
            return self._as_it_is(question, code)
        service, before = self._used[question.use_key]
        is_same = code is not None and before.code is not None and code.id == before.code.id
        return before.again if is_same and question.service == service else UsedOtherwise()

    def _as_it_is(self, question: Question, code: CheckedCode | None) -> Answer:
        if code is None:
            return Answer(CodeStatus.UNKNOWN)
        if code.status is not CodeStatus.VALID or question.is_dry_run:
            return Answer(code.status, code)
        answer = self._use(question, code)
        if question.use_key is not None:
            self._used[question.use_key] = question.service, answer
        return answer

    def _use(self, question: Question, code: CheckedCode) -> Answer:
        partner_id, organisation_id = question.partner.id, code.organisation_id
        is_first = code.valid_user_since is None and organisation_id not in self._first
        if is_first:
            self._first[organisation_id] = code
        use_id = audit.record_use(
            self._transaction, partner_id, organisation_id, code.id, by_partner=True
        )
        self._uses.append(
            {
                "id": use_id,
                "organisation_id": organisation_id,
                "code_id": code.id,
                "partner_id": partner_id,
                "service": question.service,
                "reference": question.reference,
                "key": question.use_key,
                "used_at": self._transaction.now,
                "is_first": is_first,
            }
        )
        return Answer(CodeStatus.VALID, code, use_id, self._transaction.now, is_first)

    async def keep(self) -> None:
        """In one order, in which others wait for it and never it for them.

        Raises:
            Overtaken: another process was first at something.
        """
        transaction = self._transaction
        for organisation_id, code in sorted(self._first.items()):
            await become_valid_user(transaction, organisation_id, code.id, code.user_id)
        await transaction.run_many(_USE, sorted(self._uses, key=lambda row: row["key"] or ""))
        await transaction.run_many(_REMEMBER, sorted(self._keys, key=lambda row: row["id"]))
        await transaction.run_many(_LINK, sorted(self._late, key=lambda row: row["asked_id"]))
        if transaction.others_write_meanwhile:
            await self._require_first()

    async def _require_first(self) -> None:
        by_key = {row["key"]: row["id"] for row in self._uses if row["key"]}
        if by_key:
            there = await _rows(self._transaction, USED_BEFORE, by_key)
            if {row["key"]: row["id"] for row in there} != by_key:
                raise Overtaken
        asked = {row["id"]: row["use_id"] for row in self._keys}
        asked |= {row["asked_id"]: row["new_use"] for row in self._late}
        if asked:
            there = await _rows(self._transaction, ASKED_BEFORE, asked)
            if {row["id"]: row["use_id"] for row in there} != asked:
                raise Overtaken


def _used(row: Row, now: datetime) -> Answer:
    """What was answered then."""
    code = _checked(row, now, is_mended=False)
    return Answer(CodeStatus.VALID, code, row["id"], row["used_at"], row["is_first"])


async def _asked_before(
    transaction: Transaction, questions: Sequence[Question]
) -> dict[str, tuple[bytes, Answer | None]]:
    ids = [each.asked_id for each in questions if each.asked_id is not None]
    rows = await _rows(transaction, ASKED_BEFORE, ids)
    use_ids = [row["use_id"] for row in rows if row["use_id"]]
    there = await _rows(transaction, USED, use_ids)
    by_id = {row["id"]: _used(row, transaction.now) for row in there}
    return {row["id"]: (row["fingerprint"], by_id.get(row["use_id"])) for row in rows}


async def become_valid_user(
    transaction: Transaction, organisation_id: str, code_id: str, holder: str | None
) -> None:
    """The first use of any code of an organisation (rule 5): the code's holder and the account
    holders hear of it, once.

    Raises:
        Overtaken: it has become one meanwhile.
    """
    moment = transaction.now
    if not await transaction.row(_BECOME_VALID_USER, which=organisation_id, moment=moment):
        raise Overtaken
    standing = await standing_of(transaction, organisation_id)
    readers = dict.fromkeys(filter(None, (holder, *standing.holders)))
    notices = [
        NewNotice(FIRST_USE, reader, code_id=code_id, about=organisation_id) for reader in readers
    ]
    await outbox.tell_each(transaction, [(organisation_id, notice) for notice in notices])


async def valid_user(reading: Reading, number: str) -> tuple[str | None, datetime | None]:
    """What the organisation of this number is called, and since when it is a valid user (rule 5);
    nothing where none is, or it is not one."""
    row = await reading.row(VALID_USER, number=number)
    return (row["name"], row["valid_user_since"]) if row else (None, None)


async def of_codes(desk: Desk, code_ids: Iterable[str], *, most: int) -> dict[str, Uses]:
    """Where each that was used was: the newest, up to so many of each."""
    found: dict[str, list[Row]] = {}
    wanted = sorted(code_ids)
    statement = OF_CODES[FEW if len(wanted) <= FEW else MANY]
    for row in await desk.rows(statement, codes=wanted, most=most) if wanted else ():
        found.setdefault(row["code_id"], []).append(row)
    return {
        code_id: Uses([_use_of(row) for row in rows], rows[0]["of_all"])
        for code_id, rows in found.items()
    }


async def first_of_code(desk: Desk, code_id: str) -> Use:
    """The use of this code by which the organisation became a valid user (rule 5).

    Raises:
        NotFound: it did not by this one, or it is forgotten.
    """
    row = await desk.row(FIRST_OF_CODE, code_id=code_id)
    if row is None:
        raise NotFound
    return _use_of(row)


def _use_of(row: Row) -> Use:
    return Use(**{name: value for name, value in row.items() if name != "of_all"})
