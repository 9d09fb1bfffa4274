"""What partners are told of a code stands in Norwegian and in English."""

import pytest
from babel.messages.pofile import read_po

from storage.records import CodeStatus
from templates.partner_answers import ENGLISH, Acts, Told, told
from templates.words import RESPONSIBLE

SAID = [
    told(status, None, is_approved=is_approved)
    for status in CodeStatus
    for is_approved in (True, False)
]
ENDED = (CodeStatus.EXPIRED, CodeStatus.REPLACED, CodeStatus.REVOKED)


@pytest.mark.parametrize("said", SAID)
def test_each_status_is_told_of_in_both_languages(said: Told) -> None:
    for text in (said.message, said.action):
        assert set(text) == {"nb", "en"}
        assert text["en"] != text["nb"]


def test_somebody_acts_on_whatever_is_not_valid() -> None:
    idle = [status for status in CodeStatus if told(status, None).acts is Acts.NOBODY]
    assert idle == [CodeStatus.VALID]


def test_nothing_is_translated_that_is_not_said() -> None:
    with ENGLISH.open("rb") as file:
        known = {str(message.id) for message in read_po(file) if message.id}
    named = {text["nb"] for said in SAID for text in (said.message, said.action)}
    assert {text % {"operator": RESPONSIBLE} for text in known} == named | {RESPONSIBLE}


def test_whoever_is_to_be_asked_is_called_by_name_where_that_is_known() -> None:
    for is_approved, status in ((True, CodeStatus.ORGANISATION_SUSPENDED), (False, ENDED[0])):
        nameless = told(status, None, is_approved=is_approved).action
        assert "ta kontakt med den ansvarlige for boten." in nameless["nb"]
        assert "contact whoever is responsible for the bot." in nameless["en"]
        named = told(status, "Siri (100 %)", is_approved=is_approved).action
        assert [text.count("Siri (100 %).") for text in named.values()] == [1, 1]


@pytest.mark.parametrize("status", [CodeStatus.EXPIRED, CodeStatus.REPLACED])
def test_whoever_is_not_in_slack_is_not_sent_there(status: CodeStatus) -> None:
    action = told(status, None).action
    assert "Er du ikke i Slack, kan du be den som ga deg koden, om" in action["nb"]
    assert "If you are not in Slack, you can ask whoever gave you the code for" in action["en"]


def test_that_an_account_holder_approves_is_no_secret() -> None:
    action = told(CodeStatus.EXPIRED, None).action
    assert "når en kontoholder har godkjent" in action["nb"]
    assert "when an account holder has approved" in action["en"]


@pytest.mark.parametrize("status", ENDED)
def test_nobody_is_sent_for_a_new_code_while_the_organisation_is_suspended(
    status: CodeStatus,
) -> None:
    said = told(status, None, is_approved=False)
    assert said.message == told(status, None).message
    assert said.acts is Acts.ACCOUNT_HOLDER
    assert said.action["nb"].startswith("Organisasjonen er ikke godkjent nå")


def test_it_is_told_in_the_words_of_all_else() -> None:
    for said in SAID:
        for text in (*said.message.values(), *said.action.values()):
            for given_up in ("trykk", "press", "legger inn", "enters", "driver boten", "runs the"):
                assert given_up not in text
