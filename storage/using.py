"""Whether codes are good, and that they are used: what partners ask, many questions at a time.

A code that is found valid has been used there (`RULES.md` rule 15), unless the question was only
whether it is. The same reference of one partner, or the same idempotency key, is one use, however
often it is asked and from however many processes; the answer is then what it was.

What is asked together is found, and kept, by the same few statements, and stands or falls
together: whoever asks for many at once asks anew for each where all of them fail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, select, update

from storage import audit, outbox, recognising
from storage.database import Transaction
from storage.keys import Keyring
from storage.outbox import NewNotice
from storage.recognising import CheckedCode, checked, look_up
from storage.records import (
    CodeStatus,
    NoticeKind,
    Partner,
)
from storage.schema import codes, idempotency_keys, organisations, uses
from storage.several import by, rows_with
from storage.standing import standing_of
from storage.statements import Row, insert_new

FIRST_USE = NoticeKind("first_use")

REMEMBERED = timedelta(hours=24)
"""How long an idempotency key is known again."""

_USED = recognising.CODES.join(uses, uses.c.code_id == codes.c.id).add_columns(
    uses.c.id,
    uses.c.key,
    uses.c.service,
    uses.c.used_at,
    uses.c.is_first,
)
USED_BEFORE = by(uses.c.key, _USED)
USED = by(uses.c.id, _USED)
ASKED_BEFORE = by(
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
    .values(valid_user_since=bindparam("since", type_=organisations.c.valid_user_since.type))
    .returning(organisations.c.id)
)


class UsedOtherwise(Exception):  # noqa: N818 - says what is, like the refusals
    """What was asked under this reference, or idempotency key, was another question."""


class Overtaken(Exception):  # noqa: N818
    """Another process was first with the same reference, or the same idempotency key."""


class Question(Struct, frozen=True):
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


class Answer(Struct, frozen=True):
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
        rows = await rows_with(transaction, USED_BEFORE, keys)
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
        if code.user_id:
            self._transaction.concerns.add(code.user_id)
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
            await become_valid_user(
                transaction, organisation_id, code.id, code.user_id, since=transaction.now
            )
        await transaction.run_many(_USE, sorted(self._uses, key=lambda row: row["key"] or ""))
        await transaction.run_many(_REMEMBER, sorted(self._keys, key=lambda row: row["id"]))
        await transaction.run_many(_LINK, sorted(self._late, key=lambda row: row["asked_id"]))
        if transaction.others_write_meanwhile:
            await self._require_first()

    async def _require_first(self) -> None:
        by_key = {row["key"]: row["id"] for row in self._uses if row["key"]}
        if by_key:
            there = await rows_with(self._transaction, USED_BEFORE, by_key)
            if {row["key"]: row["id"] for row in there} != by_key:
                raise Overtaken
        asked = {row["id"]: row["use_id"] for row in self._keys}
        asked |= {row["asked_id"]: row["new_use"] for row in self._late}
        if asked:
            there = await rows_with(self._transaction, ASKED_BEFORE, asked)
            if {row["id"]: row["use_id"] for row in there} != asked:
                raise Overtaken


def _used(row: Row, now: datetime) -> Answer:
    """What was answered then."""
    code = checked(row, now, is_mended=False)
    return Answer(CodeStatus.VALID, code, row["id"], row["used_at"], row["is_first"])


async def _asked_before(
    transaction: Transaction, questions: Sequence[Question]
) -> dict[str, tuple[bytes, Answer | None]]:
    ids = [each.asked_id for each in questions if each.asked_id is not None]
    rows = await rows_with(transaction, ASKED_BEFORE, ids)
    use_ids = [row["use_id"] for row in rows if row["use_id"]]
    there = await rows_with(transaction, USED, use_ids)
    by_id = {row["id"]: _used(row, transaction.now) for row in there}
    return {row["id"]: (row["fingerprint"], by_id.get(row["use_id"])) for row in rows}


async def become_valid_user(
    transaction: Transaction,
    organisation_id: str,
    code_id: str,
    holder: str | None,
    since: datetime,
) -> None:
    """The first use of any code of an organisation (rule 5): the code's holder and the account
    holders hear of it, once.

    Raises:
        Overtaken: it has become one meanwhile.
    """
    if not await transaction.row(_BECOME_VALID_USER, which=organisation_id, since=since):
        raise Overtaken
    standing = await standing_of(transaction, organisation_id)
    readers = dict.fromkeys(filter(None, (holder, *standing.holders)))
    notices = [
        NewNotice(FIRST_USE, reader, code_id=code_id, about=organisation_id) for reader in readers
    ]
    await outbox.tell_each(transaction, [(organisation_id, notice) for notice in notices])
