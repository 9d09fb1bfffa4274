"""What people are told: every kind of notice has one entry, in which all of it stands."""

from collections import Counter

from handlers.telling.registry import BY_KIND, ENTRIES
from handlers.telling.replies import SAYINGS
from storage.records import REPLIES, NoticeKind


def test_every_kind_of_notice_has_one_entry() -> None:
    assert Counter(entry.kind for entry in ENTRIES) == Counter(NoticeKind)
    assert all(BY_KIND[entry.kind] is entry for entry in ENTRIES)


def test_what_is_said_to_a_question_is_what_the_outbox_forgets() -> None:
    assert set(SAYINGS) == REPLIES
