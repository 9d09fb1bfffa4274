"""What partners are told of a code stands in Norwegian and in English."""

import pytest
from babel.messages.pofile import read_po

from storage.records import CodeStatus
from templates.partner_answers import ENGLISH, Acts, told


@pytest.mark.parametrize("status", CodeStatus)
def test_each_status_is_told_of_in_both_languages(status: CodeStatus) -> None:
    said = told(status)
    for text in (said.message, said.action):
        assert set(text) == {"nb", "en"}
        assert text["en"] != text["nb"]


def test_somebody_acts_on_whatever_is_not_valid() -> None:
    idle = [status for status in CodeStatus if told(status).acts is Acts.NOBODY]
    assert idle == [CodeStatus.VALID]


def test_nothing_is_translated_that_is_not_said() -> None:
    with ENGLISH.open("rb") as file:
        known = {str(message.id) for message in read_po(file) if message.id}
    said = {text["nb"] for each in CodeStatus for text in (told(each).message, told(each).action)}
    assert known == said
