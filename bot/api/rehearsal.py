"""What a partner who rehearses is answered: made-up codes, one for each status. Nothing is looked
up, and nothing is recorded but in memory."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from storage.recognising import CheckedCode
from storage.records import CODE_LIFETIME, CodeStatus
from storage.using import Answer, Question, UsedOtherwise

CODES: Mapping[str, CodeStatus] = {
    "valid000@Proveorganisasjonen": CodeStatus.VALID,
    "expired0@Proveorganisasjonen": CodeStatus.EXPIRED,
    "replaced@Proveorganisasjonen": CodeStatus.REPLACED,
    "revoked0@Proveorganisasjonen": CodeStatus.REVOKED,
    "suspende@Proveorganisasjonen": CodeStatus.ORGANISATION_SUSPENDED,
}
"""Any other is unknown."""

NAME, NUMBER = "Prøveorganisasjonen", "988077917"
MOST_REMEMBERED = 1_000
_SAID_BEFORE = timedelta(days=10)


class Rehearsal:
    """Answers as the ledger would, and remembers what was asked for as long as it runs."""

    def __init__(self) -> None:
        self._used: OrderedDict[str, tuple[bytes, Answer]] = OrderedDict()

    def check(self, question: Question, now: datetime) -> Answer:
        """
        Raises:
            UsedOtherwise: its reference, or its idempotency key, is another question's.
        """
        for key in _keys(question):
            if key in self._used:
                fingerprint, before = self._used[key]
                if fingerprint != question.fingerprint:
                    raise UsedOtherwise
                return before.again
        answer = _answer(question, now)
        if answer.use_id is not None:
            self._remember(question, answer)
        return answer

    @staticmethod
    def valid_user(number: str, now: datetime) -> tuple[str | None, datetime | None]:
        """The made-up organisation alone is one."""
        return (NAME, now - _SAID_BEFORE) if number == NUMBER else (None, None)

    def _remember(self, question: Question, answer: Answer) -> None:
        for key in _keys(question):
            self._used[key] = question.fingerprint, answer
            if len(self._used) > MOST_REMEMBERED:
                self._used.popitem(last=False)


def _keys(question: Question) -> list[str]:
    return [key for key in (question.asked_id, question.use_key) if key is not None]


def _answer(question: Question, now: datetime) -> Answer:
    written = {code.lower(): code for code in CODES}.get(question.code.lower())
    if written is None:
        return Answer(CodeStatus.UNKNOWN)
    status = CODES[written]
    code = _code(written, status, now, is_mended=written != question.code)
    if status is not CodeStatus.VALID or question.is_dry_run:
        return Answer(status, code)
    made_up = sha256(f"{question.partner.id}{question.reference}{now}".encode()).hexdigest()
    return Answer(status, code, made_up[:26].upper(), now)


def _code(text: str, status: CodeStatus, now: datetime, *, is_mended: bool) -> CheckedCode:
    ended = status is CodeStatus.EXPIRED
    return CheckedCode(
        id=text,
        organisation_id="",
        organisation=NAME,
        number=NUMBER,
        first_name="Kari",
        last_name="Nordmann",
        email="kari@example.org",
        user_id=None,
        expires_at=now - _SAID_BEFORE if ended else now + CODE_LIFETIME,
        status=status,
        is_mended=is_mended,
        valid_user_since=now - _SAID_BEFORE,
    )
