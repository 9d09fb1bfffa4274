"""From what was typed in a modal to values the ledger takes, or what is wrong beside each field."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from handlers.call import Call, as_id, as_text
from storage.keys import parse_code, short_name
from storage.making import Pasted
from storage.organisation_number import organisation_number
from storage.records import LONGEST_MESSAGE, CodesListed, Issuer, PersonDetails, Reason, Role
from storage.refusals import CodeMalformed, NumberMalformed, NumberMistyped
from storage.scrubbing import codes_in
from templates import ids
from templates.blocks import LONGEST_SEARCH
from templates.form import LONGEST_NAME, LONGEST_PURPOSE, Chosen, ForWhom
from templates.people import END, KEEP
from templates.problems import Problem
from templates.questions import LONGEST_QUESTION
from templates.registering import LONGEST_ORGANISATION, MOST_HOLDERS, NO, YES
from templates.replying import LONGEST_REPLY

# Letters by their category that show nothing: fillers of Hangul, Braille's blank.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
"""Needed to write Persian, and families of emoji."""


class _Limits(Struct, frozen=True):
    """Of what may be typed in a field, and what is said when it is passed."""

    longest: int
    """In characters."""

    too_long: Problem
    characters: Problem
    """Some of them would not be seen."""


_NAME = _Limits(LONGEST_NAME, Problem.NAME_TOO_LONG, Problem.NAME_CHARACTERS)
_ORGANISATION = _Limits(
    LONGEST_ORGANISATION, Problem.ORGANISATION_TOO_LONG, Problem.NAME_CHARACTERS
)
_PURPOSE = _Limits(LONGEST_PURPOSE, Problem.PURPOSE_TOO_LONG, Problem.PURPOSE_CHARACTERS)
_MESSAGE = _Limits(LONGEST_MESSAGE, Problem.MESSAGE_TOO_LONG, Problem.MESSAGE_CHARACTERS)
_QUESTION = _Limits(LONGEST_QUESTION, Problem.QUESTION_TOO_LONG, Problem.QUESTION_CHARACTERS)
_REPLY = _Limits(LONGEST_REPLY, Problem.REPLY_TOO_LONG, Problem.REPLY_CHARACTERS)


class Problems(Exception):  # noqa: N818 - says what it holds
    """What is wrong with a form: block id → the problem."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(problem.name for problem in problems.values()))
        self.problems = dict(problems)


class Form:
    """Reads fields one by one and gathers what is wrong, so that all of it is told at once."""

    def __init__(self, call: Call) -> None:
        self._fields = {
            field: entry for fields in call.state.values() for field, entry in fields.items()
        }
        self._blocks = {field: block for block, fields in call.state.items() for field in fields}
        self._problems: dict[str, Problem] = {}

    @property
    def problems(self) -> Mapping[str, Problem]:
        """By the block in which each field stands."""
        return {self._blocks.get(field, field): each for field, each in self._problems.items()}

    def _field(self, field: str) -> Mapping[str, Any]:
        found = self._fields.get(field)
        return found if isinstance(found, Mapping) else {}

    def _typed(self, field: str) -> str:
        value = self._field(field).get("value")
        return value.strip() if isinstance(value, str) else ""

    def _chosen(self, field: str) -> str:
        option = self._field(field).get("selected_option")
        value = option.get("value") if isinstance(option, Mapping) else None
        return value if isinstance(value, str) else ""

    def name(self, field: str) -> str:
        text = self._typed(field)
        if not any(character.isalnum() for character in text):
            self._problems[field] = Problem.NAME_MISSING
        return self._checked(field, text, _NAME)

    def _checked(self, field: str, text: str, limits: _Limits) -> str:
        if len(text) > limits.longest:
            self._problems[field] = limits.too_long
        if not is_showable(text):
            self._problems[field] = limits.characters
        self._refuse_code(field, text)
        return text

    def email(self) -> str:
        text = self._typed(ids.EMAIL)
        if not text:
            self._problems[ids.EMAIL] = Problem.EMAIL_MISSING
            return text
        # Brings a library of DNS with it: the start does not wait for what the first form needs.
        from email_validator import EmailNotValidError, validate_email

        try:
            return validate_email(text, check_deliverability=False).normalized
        except (EmailNotValidError, UnicodeError):
            self._problems[ids.EMAIL] = Problem.EMAIL_MALFORMED
            return text

    def role(self) -> Role:
        try:
            return Role(self._chosen(ids.ROLE))
        except ValueError:
            self._problems[ids.ROLE] = Problem.ROLE_MISSING
            return Role.OTHER

    def purpose(self) -> str:
        return self._checked(ids.PURPOSE, self._typed(ids.PURPOSE), _PURPOSE)

    def service(self) -> str:
        """For which a code was used: as long as what it is to be used for."""
        text = self._typed(ids.USED_SERVICE)
        if not text:
            self._problems[ids.USED_SERVICE] = Problem.SERVICE_MISSING
        return self._checked(ids.USED_SERVICE, text, _PURPOSE)

    def require_authority(self) -> None:
        if not self._is_ticked(ids.AUTHORITY):
            self._problems[ids.AUTHORITY] = Problem.AUTHORITY_MISSING

    def pasted_code(self) -> Pasted | None:
        """The pasted code, and the day it was made; None when the form has no such field."""
        if ids.PASTED_CODE not in self._fields:
            return None
        return Pasted(self._code(), self._made_on())

    def _code(self) -> str:
        text = self._typed(ids.PASTED_CODE)
        if not text:
            self._problems[ids.PASTED_CODE] = Problem.CODE_MISSING
            return text
        try:
            return parse_code(text)
        except CodeMalformed:
            self._problems[ids.PASTED_CODE] = Problem.CODE_MALFORMED
            return text

    def _made_on(self) -> date | None:
        """None in a form that does not ask."""
        if ids.PASTED_MADE_ON not in self._fields:
            return None
        try:
            return date.fromisoformat(str(self._field(ids.PASTED_MADE_ON).get("selected_date")))
        except ValueError:
            self._problems[ids.PASTED_MADE_ON] = Problem.DATE_MISSING
            return None

    def reason(self) -> Reason:
        try:
            return Reason(self._chosen(ids.REASON))
        except ValueError:
            self._problems[ids.REASON] = Problem.REASON_MISSING
            return Reason.OTHER

    def message(self, reason: Reason) -> str:
        text = self._typed(ids.MESSAGE)
        if reason is Reason.OTHER and not text and ids.REASON not in self._problems:
            self._problems[ids.MESSAGE] = Problem.MESSAGE_MISSING
        return self._checked_lines(ids.MESSAGE, text, _MESSAGE)

    def question(self) -> str:
        text = self._typed(ids.QUESTION)
        if not text:
            self._problems[ids.QUESTION] = Problem.QUESTION_MISSING
        return self._checked_lines(ids.QUESTION, text, _QUESTION)

    def reply(self) -> str:
        text = self._typed(ids.REPLY_TEXT)
        if not text:
            self._problems[ids.REPLY_TEXT] = Problem.REPLY_MISSING
        return self._checked_lines(ids.REPLY_TEXT, text, _REPLY)

    def _checked_lines(self, field: str, text: str, limits: _Limits) -> str:
        lines = text.replace("\r\n", "\n").split("\n")
        if not all(is_showable(line) for line in lines):
            self._problems[field] = limits.characters
        if len(text) > limits.longest:
            self._problems[field] = limits.too_long
        self._refuse_code(field, text)
        return text

    def _refuse_code(self, field: str, text: str) -> None:
        """What is typed here is shown to others: a code is a secret."""
        if codes_in(text):
            self._problems[field] = Problem.CODE_WRITTEN

    def chosen(self) -> Chosen:
        """For whom; oneself, where that cannot be read."""
        try:
            for_whom = ForWhom(self._chosen(ids.FOR_WHOM))
        except ValueError:
            return Chosen()
        colleague = as_id(self._field(ids.COLLEAGUE).get("selected_user")) or None
        return Chosen(for_whom, colleague if for_whom is ForWhom.COLLEAGUE else None)

    def member(self, field: str) -> str:
        """Somebody in Slack."""
        user_id = as_id(self._field(field).get("selected_user"))
        if not user_id:
            self._problems[field] = Problem.MEMBER_MISSING
        return user_id

    def members(self, field: str) -> tuple[str, ...]:
        """Some in Slack, each once."""
        chosen = self._field(field).get("selected_users")
        known = [as_id(each) for each in chosen] if isinstance(chosen, list) else []
        found = tuple(dict.fromkeys(filter(None, known)))[:MOST_HOLDERS]
        if not found:
            self._problems[field] = Problem.MEMBER_MISSING
        return found

    def organisation_name(self) -> str:
        text = self._typed(ids.ORGANISATION_NAME)
        if not any(character.isalnum() for character in text):
            self._problems[ids.ORGANISATION_NAME] = Problem.NAME_MISSING
        return self._checked(ids.ORGANISATION_NAME, text, _ORGANISATION)

    def organisation_number(self) -> str:
        try:
            return organisation_number(self._typed(ids.ORGANISATION_NUMBER))
        except NumberMistyped:
            self._problems[ids.ORGANISATION_NUMBER] = Problem.NUMBER_MISTYPED
            return ""
        except NumberMalformed:
            self._problems[ids.ORGANISATION_NUMBER] = Problem.NUMBER_MALFORMED
            return ""

    def short_name(self) -> str:
        """As it can stand in a code (rule 1)."""
        typed = self._typed(ids.SHORT_NAME)
        found = short_name(typed, or_else="")
        if not found:
            self._problems[ids.SHORT_NAME] = Problem.SHORT_NAME_MISSING
        self._refuse_code(ids.SHORT_NAME, typed)
        return found

    def says_yes(self, field: str) -> bool:
        answer = self._chosen(field)
        if answer not in (YES, NO):
            self._problems[field] = Problem.ANSWER_MISSING
        return answer == YES

    def organisation(self) -> str:
        """The id of one of several."""
        which = self._chosen(ids.WHICH_ORGANISATION) or ""
        if not which:
            self._problems[ids.WHICH_ORGANISATION] = Problem.ANSWER_MISSING
        return which

    def issuer(self) -> Issuer:
        try:
            return Issuer(self._chosen(ids.MADE_BY))
        except ValueError:
            self._problems[ids.MADE_BY] = Problem.ANSWER_MISSING
            return Issuer.BOT

    def verdict(self, *, needed: bool) -> str:
        text = self._typed(ids.VERDICT)
        if needed and not text:
            self._problems[ids.VERDICT] = Problem.VERDICT_MISSING
        return self._checked_lines(ids.VERDICT, text, _MESSAGE)

    def day(self, field: str) -> date:
        try:
            return date.fromisoformat(str(self._field(field).get("selected_date")))
        except ValueError:
            self._problems[field] = Problem.DAY_MISSING
            return date.max

    def searched(self, field: str) -> str:
        """As much of it as there is room for, where somebody has made up more."""
        return as_text(self._typed(field))[:LONGEST_SEARCH]

    def last_day(self) -> date | None:
        """Until when; None for as long as nobody says otherwise."""
        if self._is_ticked(ids.NO_END) or not self._field(ids.VALID_UNTIL).get("selected_date"):
            return None
        return self.day(ids.VALID_UNTIL)

    def _is_ticked(self, field: str) -> bool:
        return bool(self._field(field).get("selected_options"))

    def ends(self, field: str) -> bool:
        """Whether what somebody has, or waits for, is to end; where there is none, it is not asked,
        and does not."""
        if field not in self._fields:
            return False
        if self._chosen(field) not in (KEEP, END):
            self._problems[field] = Problem.CHOICE_MISSING
        return self._chosen(field) == END

    def codes_listed(self) -> CodesListed:
        try:
            return CodesListed(self._chosen(ids.CODES_LISTED))
        except ValueError:
            return CodesListed.ALL

    def refuse(self, field: str, problem: Problem) -> None:
        """Found wrong by whoever reads the form."""
        self._problems[field] = problem

    def person(self) -> PersonDetails:
        return PersonDetails(
            first_name=self.name(ids.FIRST_NAME),
            last_name=self.name(ids.LAST_NAME),
            email=self.email(),
            role=self.role(),
        )

    def require_right(self) -> None:
        """
        Raises:
            Problems: something that was read is wrong.
        """
        if self._problems:
            raise Problems(self.problems)


def is_showable(text: str) -> bool:
    """Whether the text can be kept and shown as it was typed, with nothing hidden in it.

    No control and format characters (which turn text around, or are not seen), no line breaks.
    What this version of Unicode does not know yet, as the newest emoji, is let through.
    """
    return not any(
        character in _BLANK
        or (unicodedata.category(character) in _HIDDEN and character not in _JOINERS)
        for character in text
    )


_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
