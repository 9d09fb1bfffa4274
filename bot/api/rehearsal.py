"""What a partner who rehearses is answered: made-up codes, one for each status, by the rules that
hold in earnest. Nothing is looked up, and nothing is recorded but in memory."""

from collections import OrderedDict
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TypeVar

from msgspec.structs import replace

from storage.once import Answer, Asked, Book, Question, Use, UsedOtherwise
from storage.recognising import CheckedCode
from storage.records import CODE_LIFETIME, CodeStatus
from storage.using import REMEMBERED

FIRST_USED = "firstuse@Proveorganisasjonen"
"""Valid, and each use of it a first one: in earnest the organisation becomes a valid user by it."""

CODES: Mapping[str, CodeStatus] = {
    "valid000@Proveorganisasjonen": CodeStatus.VALID,
    FIRST_USED: CodeStatus.VALID,
    "expired0@Proveorganisasjonen": CodeStatus.EXPIRED,
    "replaced@Proveorganisasjonen": CodeStatus.REPLACED,
    "revoked0@Proveorganisasjonen": CodeStatus.REVOKED,
    "unknown0@Proveorganisasjonen": CodeStatus.UNKNOWN,
    "suspende@Proveorganisasjonen": CodeStatus.ORGANISATION_SUSPENDED,
}
"""Any other is unknown, too."""

NAME, NUMBER = "Prøveorganisasjonen", "988077917"
MOST_REMEMBERED = 1_000
_SAID_BEFORE = timedelta(days=10)
_T = TypeVar("_T")


def codes_of(status: CodeStatus) -> list[str]:
    """Those that are answered so."""
    return [code for code, answered in CODES.items() if answered is status]


class _Newest(OrderedDict[str, _T]):
    """The last so many."""

    def __setitem__(self, key: str, value: _T) -> None:
        super().__setitem__(key, value)
        if len(self) > MOST_REMEMBERED:
            self.popitem(last=False)


class Rehearsal:
    """Answers as the ledger would, and remembers what was asked for as long as it runs."""

    def __init__(self) -> None:
        self._used: _Newest[Use] = _Newest()
        self._asked: _Newest[Asked] = _Newest()
        self._asked_at: _Newest[datetime] = _Newest()

    def check(self, question: Question, now: datetime) -> Answer:
        """
        Raises:
            UsedOtherwise: its reference, or its idempotency key, is another question's.
        """
        self._forget(now)
        if question.asked_id is not None:
            self._asked_at.setdefault(question.asked_id, now)
        book = _Book(self._used, self._asked, now)
        outcome = book.answer(question, _code(question.code, now))
        if isinstance(outcome, UsedOtherwise):
            raise outcome
        return outcome

    def _forget(self, now: datetime) -> None:
        """What was asked under idempotency keys so long ago that the ledger would not know it."""
        for asked_id in [each for each, at in self._asked_at.items() if at + REMEMBERED <= now]:
            del self._asked_at[asked_id]
            self._asked.pop(asked_id, None)

    @staticmethod
    def valid_user(number: str, now: datetime) -> tuple[str | None, datetime | None]:
        """The made-up organisation alone is one."""
        return (NAME, now - _SAID_BEFORE) if number == NUMBER else (None, None)


class _Book(Book):
    """In which a use is made up."""

    def __init__(
        self, used: MutableMapping[str, Use], asked: MutableMapping[str, Asked], now: datetime
    ) -> None:
        super().__init__(used, asked)
        self._now = now

    def make_use(self, question: Question, code: CheckedCode) -> Use:
        is_first = code.id == FIRST_USED
        use_id = token_hex(13).upper()
        return Use(use_id, code.id, code.folded, question.service, self._now, is_first)


def _code(text: str, now: datetime) -> CheckedCode | None:
    written = {code.lower(): code for code in CODES}.get(text.lower(), text)
    status = CODES.get(written, CodeStatus.UNKNOWN)
    if status is CodeStatus.UNKNOWN:
        return None
    return replace(_made_up(written, status, now), is_mended=written != text)


def _made_up(text: str, status: CodeStatus, now: datetime) -> CheckedCode:
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
        is_approved=status is not CodeStatus.ORGANISATION_SUSPENDED,
        is_mended=False,
        valid_user_since=now - _SAID_BEFORE,
        folded=text.lower().encode(),
    )
