"""Partners' questions about codes, and the rules by which the same question is one use, however
often it is asked. The ledger keeps to them, and so does whoever only rehearses.

The answer to what is asked again has the use that was kept then, and tells of the code as it is
now. A dry run only looks: it makes no use, and tells of none.
"""

from collections.abc import MutableMapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct

from storage.recognising import CheckedCode
from storage.records import CodeStatus, Partner


class KnownBy(StrEnum):
    """By what a question is known again."""

    REFERENCE = "reference"
    IDEMPOTENCY_KEY = "idempotency_key"


class UsedOtherwise(Exception):  # noqa: N818 - says what is, like the refusals
    """What was asked under this reference, or idempotency key, was another question."""

    def __init__(self, known_by: KnownBy) -> None:
        super().__init__(known_by)
        self.known_by = known_by


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


class Use(Struct, frozen=True):
    """What is known again of a use."""

    id: str
    code_id: str
    folded: bytes
    """By which the code is found, whatever the case of its letters."""

    service: str
    used_at: datetime
    is_first: bool
    """Whether the organisation became a valid user by it (rule 5)."""


class Asked(Struct, frozen=True):
    """What was asked under an idempotency key."""

    fingerprint: bytes
    use: Use | None
    """None where it was of no use then."""


class Answer(Struct, frozen=True):
    """What came of a question."""

    status: CodeStatus
    """As it is now."""

    code: CheckedCode | None = None
    """None where it is unknown."""

    use: Use | None = None
    is_repeated: bool = False
    """Whether it had been asked before, and the use kept then."""

    @property
    def use_id(self) -> str | None:
        return self.use.id if self.use else None

    @property
    def is_first_use(self) -> bool:
        return self.use is not None and self.use.is_first


Outcome = Answer | UsedOtherwise


def as_it_is(code: CheckedCode | None) -> Answer:
    return Answer(code.status, code) if code else Answer(CodeStatus.UNKNOWN)


class Book:
    """Answers by what was used before, by the key of the use, and what was asked before, by the id
    of the idempotency key. Whoever keeps the book says how a use is made."""

    def __init__(self, used: MutableMapping[str, Use], asked: MutableMapping[str, Asked]) -> None:
        self.used = used
        self.asked = asked

    def answer(self, question: Question, code: CheckedCode | None) -> Outcome:
        asked_id = question.asked_id
        if asked_id is None:
            return self._by_reference(question, code)
        before = self.asked.get(asked_id)
        if before and before.fingerprint != question.fingerprint:
            return UsedOtherwise(KnownBy.IDEMPOTENCY_KEY)
        if before and before.use:
            return self._again(question, code, before.use, KnownBy.IDEMPOTENCY_KEY)
        outcome = self._by_reference(question, code)
        if isinstance(outcome, Answer):
            self.remember(asked_id, Asked(question.fingerprint, outcome.use))
        return outcome

    def _by_reference(self, question: Question, code: CheckedCode | None) -> Outcome:
        use = self.used.get(question.use_key or "")
        if use is not None:
            return self._again(question, code, use, KnownBy.REFERENCE)
        answer = as_it_is(code)
        if code is None or answer.status is not CodeStatus.VALID or question.is_dry_run:
            return answer
        return Answer(answer.status, code, self._use_now(question, code))

    def _again(
        self, question: Question, code: CheckedCode | None, use: Use, known_by: KnownBy
    ) -> Outcome:
        if question.service != use.service or not self.is_of(use, question, code):
            return UsedOtherwise(known_by)
        answer = as_it_is(code)
        if question.is_dry_run:
            return answer
        return Answer(answer.status, code, use, is_repeated=True)

    def _use_now(self, question: Question, code: CheckedCode) -> Use:
        use = self.make_use(question, code)
        if question.use_key is not None:
            self.used[question.use_key] = use
        return use

    def is_of(self, use: Use, question: Question, code: CheckedCode | None) -> bool:
        """Whether it is a use of the code that is asked about."""
        return code is not None and code.id == use.code_id

    def make_use(self, question: Question, code: CheckedCode) -> Use:
        raise NotImplementedError

    def remember(self, asked_id: str, asked: Asked) -> None:
        """What was asked under an idempotency key, now or once more."""
        self.asked[asked_id] = asked
