"""Whether codes are good, and that they are used: what partners ask, many questions at a time.

A code that is found valid has been used there (`RULES.md` rule 15), unless the question was only
whether it is. The same reference of one partner, or the same idempotency key, is one use, however
often it is asked and from however many processes (`once.py`).

What is asked together is found, and kept, by the same few statements, and stands or falls
together: whoever asks for many at once asks anew for each where all of them fail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage import audit, outbox
from storage.database import Transaction
from storage.keys import Keyring
from storage.once import Asked, Book, Outcome, Question, Use
from storage.outbox import NewNotice
from storage.recognising import CheckedCode, look_up
from storage.records import NoticeKind
from storage.schema import codes, idempotency_keys, organisations, uses
from storage.several import by, rows_with
from storage.sql import bindparam, insert_new, select, update
from storage.standing import standing_of
from storage.statements import Row

FIRST_USE = NoticeKind("first_use")

REMEMBERED = timedelta(hours=24)
"""How long an idempotency key is known again."""

_USED = select(
    uses.c.id,
    uses.c.key,
    uses.c.code_id,
    codes.c.folded,
    uses.c.service,
    uses.c.used_at,
    uses.c.is_first,
).join(codes, codes.c.id == uses.c.code_id)
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


class Overtaken(Exception):  # noqa: N818 - says what is, like the refusals
    """Another process was first with the same reference, or the same idempotency key."""


async def check(
    transaction: Transaction, keyring: Keyring, questions: Sequence[Question]
) -> list[Outcome]:
    """What comes of each, in their order; and what is used is kept.

    Raises:
        Overtaken: another process was first at something. Ask all of it anew, in a transaction of
            its own.
    """
    found = await look_up(transaction, keyring, [each.code for each in questions])
    book = await _Book.of(transaction, keyring, questions)
    outcomes = [book.answer(*each) for each in zip(questions, found, strict=True)]
    await book.keep()
    return outcomes


class _Book(Book):
    """What was asked and used before, in the ledger, and what is now."""

    def __init__(
        self,
        transaction: Transaction,
        keyring: Keyring,
        used: dict[str, Use],
        asked: dict[str, Asked],
    ) -> None:
        super().__init__(used, asked)
        self._transaction = transaction
        self._keyring = keyring
        self._uses: list[Row] = []
        self._keys: list[Row] = []
        self._late: list[Row] = []
        self._first: dict[str, CheckedCode] = {}
        """The code by which an organisation becomes a valid user, by the organisation's id."""

    @classmethod
    async def of(
        cls, transaction: Transaction, keyring: Keyring, questions: Sequence[Question]
    ) -> "_Book":
        keys = [each.use_key for each in questions if each.use_key is not None]
        rows = await rows_with(transaction, USED_BEFORE, keys)
        used = {row["key"]: _use(row) for row in rows}
        return cls(transaction, keyring, used, await _asked_before(transaction, questions))

    def is_of(self, use: Use, question: Question, code: CheckedCode | None) -> bool:
        """Also of a code that is not found any more, as where its organisation has left."""
        if code is None:
            return use.folded in self._keyring.folded(question.code)
        return super().is_of(use, question, code)

    def remember(self, asked_id: str, asked: Asked) -> None:
        use_id = asked.use.id if asked.use else None
        if asked_id not in self.asked:
            self._keys.append(
                {
                    "id": asked_id,
                    "fingerprint": asked.fingerprint,
                    "use_id": use_id,
                    "forget_at": self._transaction.now + REMEMBERED,
                }
            )
        elif use_id is not None:
            self._late.append({"asked_id": asked_id, "new_use": use_id})
        super().remember(asked_id, asked)

    def make_use(self, question: Question, code: CheckedCode) -> Use:
        partner_id, organisation_id = question.partner.id, code.organisation_id
        is_first = code.valid_user_since is None and organisation_id not in self._first
        if is_first:
            self._first[organisation_id] = code
        if code.user_id:
            self._transaction.concerns.add(code.user_id)
        use_id = audit.record_use(
            self._transaction, partner_id, organisation_id, code.id, by_partner=True
        )
        now = self._transaction.now
        self._uses.append(
            {
                "id": use_id,
                "organisation_id": organisation_id,
                "code_id": code.id,
                "partner_id": partner_id,
                "service": question.service,
                "reference": question.reference,
                "key": question.use_key,
                "used_at": now,
                "is_first": is_first,
            }
        )
        return Use(use_id, code.id, code.folded, question.service, now, is_first)

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


def _use(row: Row) -> Use:
    return Use(
        row["id"], row["code_id"], row["folded"], row["service"], row["used_at"], row["is_first"]
    )


async def _asked_before(
    transaction: Transaction, questions: Sequence[Question]
) -> dict[str, Asked]:
    ids = [each.asked_id for each in questions if each.asked_id is not None]
    rows = await rows_with(transaction, ASKED_BEFORE, ids)
    use_ids = [row["use_id"] for row in rows if row["use_id"]]
    there = {row["id"]: _use(row) for row in await rows_with(transaction, USED, use_ids)}
    return {row["id"]: Asked(row["fingerprint"], there.get(row["use_id"])) for row in rows}


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
