"""Under the hood: what became of each notice, in words."""

from datetime import UTC, datetime

import pytest

from bot.trial.room.hood import state_of
from storage.records import Notice, NoticeKind, NoticeState, Turn
from templates.words import Words

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def notice(state: NoticeState, *, recipient: str | None = "U0OLA", attempts: int = 0) -> Notice:
    return Notice(
        id="01N", organisation_id="01O", kind=NoticeKind("code_ready"), recipient=recipient,
        request_id=None, code_id=None, topics=None, question_id=None, forwarded_id=None,
        team_id="T0", place=None, thread_ts=None, turn=Turn.DEED, revision=0, state=state,
        due_at=None, claim=None, unsure=False, attempts=attempts, error=None, channel=None,
        ts=None, created_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("state", NoticeState)
def test_each_state_is_told_in_words_of_its_own(state: NoticeState) -> None:
    said = {each: state_of(Words.of("nb"), notice(each)) for each in NoticeState}
    assert [each for each in said if said[each] == said[state]] == [state]
    assert state not in said[state]


def test_what_was_to_nobody_yet_is_said_to_have_gone_to_those_concerned() -> None:
    unaddressed = notice(NoticeState.DROPPED, recipient=None)
    assert state_of(Words.of("nb"), unaddressed) == "fordelt på dem det gjelder"


def test_what_is_tried_again_is_told_how_often_it_has_been() -> None:
    again = notice(NoticeState.WAITING, attempts=2)
    assert state_of(Words.of("nb"), again) == "venter etter 2 forsøk"
