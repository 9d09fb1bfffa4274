"""What is wrong with a field: found by what was typed in it, said by the problem's own text."""

from collections.abc import Mapping
from typing import Any

import pytest

from handlers.call import Call
from handlers.forms import Form, Problems
from storage.records import Reason
from storage.scrubbing import EXAMPLE
from templates import ids
from templates.people import END, KEEP
from templates.problems import Problem, problem_text
from templates.words import Words

HIDDEN = "\u202e"
"""Turns the text that follows around, and is not seen itself."""

CODE = "qx34a567@Fjellvettringene"


def typed(field: str, text: str) -> dict[str, Any]:
    return {field: {field: {"value": text}}}


def chosen(field: str, value: str) -> dict[str, Any]:
    return {field: {field: {"selected_option": {"value": value}}}}


def read(state: Mapping[str, Any]) -> dict[str, Problem]:
    """Every field as its form reads it; what is wrong, beside which field."""
    form = Form(Call("submission", "", "T1", "", "U1", "T1", state=state))
    if ids.MESSAGE in state:
        form.message(form.reason())
    elif ids.QUESTION in state:
        form.question()
    elif ids.REPLY_TEXT in state:
        form.reply()
    elif ids.DEPUTY_WHO in state:
        form.member(ids.DEPUTY_WHO)
        form.day(ids.DEPUTY_UNTIL)
    elif ids.VERDICT in state:
        form.verdict(needed=True)
    elif ids.USED_SERVICE in state:
        form.service()
    elif ids.ORGANISATION_NAME in state:
        form.organisation_name()
        form.organisation_number()
        form.short_name()
        form.members(ids.FIRST_HOLDERS)
        form.says_yes(ids.AT_TECHSOUP)
        form.issuer()
    elif ids.CODES_THEN in state:
        form.ends(ids.CODES_THEN)
        form.ends(ids.REQUESTS_THEN)
        form.last_day()
    else:
        form.person()
        form.purpose()
        form.require_authority()
        form.pasted_code()
    try:
        form.require_right()
    except Problems as found:
        return found.problems
    return {}


RIGHT = {
    **typed(ids.FIRST_NAME, "Kari"),
    **typed(ids.LAST_NAME, "Nordmann"),
    **typed(ids.EMAIL, "kari@example.no"),
    **chosen(ids.ROLE, "volunteer"),
    **typed(ids.PURPOSE, ""),
    ids.AUTHORITY: {ids.AUTHORITY: {"selected_options": [{"value": "confirmed"}]}},
    **typed(ids.PASTED_CODE, EXAMPLE),
    ids.PASTED_MADE_ON: {ids.PASTED_MADE_ON: {"selected_date": "2026-11-25"}},
}
DECLINED = {**chosen(ids.REASON, Reason.OTHER), **typed(ids.MESSAGE, "Hvem er dette?\nSkriv det.")}
ASKED = typed(ids.QUESTION, "Hvem er kontoholder?\nHan svarer ikke.")
REPLIED = typed(ids.REPLY_TEXT, "Det er Ola.\nRing ham.")

APPOINTED = {
    ids.DEPUTY_WHO: {ids.DEPUTY_WHO: {"selected_user": "U0OTHER"}},
    ids.DEPUTY_UNTIL: {ids.DEPUTY_UNTIL: {"selected_date": "2026-12-24"}},
}

ENDED = {
    **chosen(ids.CODES_THEN, END),
    **chosen(ids.REQUESTS_THEN, KEEP),
    ids.VALID_UNTIL: {ids.VALID_UNTIL: {"selected_date": "2026-12-24"}},
}

REGISTERED = {
    **typed(ids.ORGANISATION_NAME, "Blåbærlaget"),
    **typed(ids.ORGANISATION_NUMBER, "988\u00a0077\u202f917 "),
    **typed(ids.SHORT_NAME, "Blåbær"),
    ids.FIRST_HOLDERS: {ids.FIRST_HOLDERS: {"selected_users": ["U1", "U2"]}},
    **chosen(ids.AT_TECHSOUP, "no"),
    **chosen(ids.MADE_BY, "techsoup"),
}
REFUSED = typed(ids.VERDICT, "Feil nummer.")
USED = typed(ids.USED_SERVICE, "Kontorpakke")
WRONG: list[tuple[Mapping[str, Any], Mapping[str, Any], Problem]] = [
    (RIGHT, typed(ids.FIRST_NAME, " - "), Problem.NAME_MISSING),
    (RIGHT, typed(ids.LAST_NAME, "N" * 61), Problem.NAME_TOO_LONG),
    (RIGHT, typed(ids.LAST_NAME, f"Nord{HIDDEN}mann"), Problem.NAME_CHARACTERS),
    (RIGHT, typed(ids.LAST_NAME, "Nord\nmann"), Problem.NAME_CHARACTERS),
    (RIGHT, typed(ids.EMAIL, " "), Problem.EMAIL_MISSING),
    (RIGHT, typed(ids.EMAIL, "kari@"), Problem.EMAIL_MALFORMED),
    (RIGHT, chosen(ids.ROLE, "queen"), Problem.ROLE_MISSING),
    (RIGHT, typed(ids.PURPOSE, "K" * 201), Problem.PURPOSE_TOO_LONG),
    (RIGHT, typed(ids.PURPOSE, f"Kontor{HIDDEN}"), Problem.PURPOSE_CHARACTERS),
    (RIGHT, typed(ids.PURPOSE, f"Som {CODE}"), Problem.CODE_WRITTEN),
    (RIGHT, {ids.AUTHORITY: {}}, Problem.AUTHORITY_MISSING),
    (RIGHT, typed(ids.PASTED_CODE, ""), Problem.CODE_MISSING),
    (RIGHT, typed(ids.PASTED_CODE, "12345678"), Problem.CODE_MALFORMED),
    (RIGHT, {ids.PASTED_MADE_ON: {ids.PASTED_MADE_ON: {}}}, Problem.DATE_MISSING),
    (
        RIGHT,
        {ids.PASTED_MADE_ON: {ids.PASTED_MADE_ON: {"selected_date": "i går"}}},
        Problem.DATE_MISSING,
    ),
    (REGISTERED, typed(ids.ORGANISATION_NAME, "–"), Problem.NAME_MISSING),
    (REGISTERED, typed(ids.ORGANISATION_NAME, "L" * 101), Problem.ORGANISATION_TOO_LONG),
    (REGISTERED, typed(ids.ORGANISATION_NUMBER, "988 077 918"), Problem.NUMBER_MISTYPED),
    (REGISTERED, typed(ids.ORGANISATION_NUMBER, "98807791"), Problem.NUMBER_MALFORMED),
    (REGISTERED, typed(ids.ORGANISATION_NUMBER, "000000000"), Problem.NUMBER_MALFORMED),
    (REGISTERED, typed(ids.ORGANISATION_NUMBER, "９８８０７７９１７"), Problem.NUMBER_MALFORMED),
    (REGISTERED, typed(ids.ORGANISATION_NUMBER, ""), Problem.NUMBER_MALFORMED),
    (REGISTERED, typed(ids.SHORT_NAME, "…"), Problem.SHORT_NAME_MISSING),
    (REGISTERED, typed(ids.SHORT_NAME, "ㅤ"), Problem.SHORT_NAME_MISSING),
    (REGISTERED, typed(ids.SHORT_NAME, "k3xw9pq2@RodeKors"), Problem.CODE_WRITTEN),
    (REGISTERED, typed(ids.ORGANISATION_NAME, "k3xw9pq2＠RodeKors"), Problem.CODE_WRITTEN),
    (REGISTERED, {ids.FIRST_HOLDERS: {ids.FIRST_HOLDERS: {}}}, Problem.MEMBER_MISSING),
    (REGISTERED, chosen(ids.AT_TECHSOUP, "?"), Problem.ANSWER_MISSING),
    (REGISTERED, chosen(ids.MADE_BY, "?"), Problem.ANSWER_MISSING),
    (REFUSED, typed(ids.VERDICT, " "), Problem.VERDICT_MISSING),
    (DECLINED, chosen(ids.REASON, ""), Problem.REASON_MISSING),
    (DECLINED, typed(ids.MESSAGE, ""), Problem.MESSAGE_MISSING),
    (DECLINED, typed(ids.MESSAGE, "H" * 501), Problem.MESSAGE_TOO_LONG),
    (DECLINED, typed(ids.MESSAGE, HIDDEN), Problem.MESSAGE_CHARACTERS),
    (DECLINED, typed(ids.MESSAGE, f"Som {CODE}"), Problem.CODE_WRITTEN),
    (ASKED, typed(ids.QUESTION, " "), Problem.QUESTION_MISSING),
    (ASKED, typed(ids.QUESTION, "H" * 1001), Problem.QUESTION_TOO_LONG),
    (ASKED, typed(ids.QUESTION, HIDDEN), Problem.QUESTION_CHARACTERS),
    (ASKED, typed(ids.QUESTION, f"Som {CODE}"), Problem.CODE_WRITTEN),
    (REPLIED, typed(ids.REPLY_TEXT, " "), Problem.REPLY_MISSING),
    (REPLIED, typed(ids.REPLY_TEXT, "H" * 2001), Problem.REPLY_TOO_LONG),
    (REPLIED, typed(ids.REPLY_TEXT, HIDDEN), Problem.REPLY_CHARACTERS),
    (REPLIED, typed(ids.REPLY_TEXT, f"Som {CODE}"), Problem.CODE_WRITTEN),
    (APPOINTED, {ids.DEPUTY_WHO: {ids.DEPUTY_WHO: {}}}, Problem.MEMBER_MISSING),
    (
        APPOINTED,
        {ids.DEPUTY_UNTIL: {ids.DEPUTY_UNTIL: {"selected_date": None}}},
        Problem.DAY_MISSING,
    ),
    (USED, typed(ids.USED_SERVICE, " "), Problem.SERVICE_MISSING),
    (USED, typed(ids.USED_SERVICE, f"Som {CODE}"), Problem.CODE_WRITTEN),
    (ENDED, chosen(ids.CODES_THEN, "queen"), Problem.CHOICE_MISSING),
    (ENDED, {ids.REQUESTS_THEN: {ids.REQUESTS_THEN: {}}}, Problem.CHOICE_MISSING),
    (
        ENDED,
        {ids.VALID_UNTIL: {ids.VALID_UNTIL: {"selected_date": "i morgen"}}},
        Problem.DAY_MISSING,
    ),
]
FORMS = (RIGHT, DECLINED, ASKED, REPLIED, APPOINTED, ENDED, REGISTERED, REFUSED, USED)
BY_WHOEVER_READS_IT = {Problem.NOT_A_MEMBER, Problem.MEMBER_NOT_KNOWN}
"""What does not stand in the form: Slack says it of whom somebody has chosen."""


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_wrong_with_what_is_right(form: Mapping[str, Any]) -> None:
    assert read(form) == {}


@pytest.mark.parametrize(("form", "change", "problem"), WRONG)
def test_what_is_wrong_is_found_beside_its_field(
    form: Mapping[str, Any], change: Mapping[str, Any], problem: Problem
) -> None:
    (field,) = change
    assert read({**form, **change}) == {field: problem}


def test_every_problem_there_is_can_be_met() -> None:
    assert {problem for *_, problem in WRONG} | BY_WHOEVER_READS_IT == set(Problem)


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_a_text_of_its_own(problem: Problem) -> None:
    words = Words.of("nb")
    said = {other: problem_text(words, other) for other in Problem}
    assert said[problem].endswith((".", "navn@eksempel.no"))
    assert [other for other in said if said[other] == said[problem]] == [problem]


@pytest.mark.parametrize(
    ("problem", "longest"),
    [
        (Problem.NAME_TOO_LONG, 60),
        (Problem.PURPOSE_TOO_LONG, 200),
        (Problem.MESSAGE_TOO_LONG, 500),
        (Problem.QUESTION_TOO_LONG, 1000),
        (Problem.REPLY_TOO_LONG, 2000),
    ],
)
def test_a_text_that_is_too_long_is_told_how_long_it_may_be(problem: Problem, longest: int) -> None:
    assert f"Bruk høyst {longest} tegn." in problem_text(Words.of("nb"), problem)
