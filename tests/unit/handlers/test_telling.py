"""What people are told: every kind of notice has one entry, in which all of it stands."""

import ast
from collections import Counter
from pathlib import Path

from handlers.telling.registry import BY_KIND, ENTRIES
from handlers.telling.replies import SAYINGS
from storage.notice_times import CODE_EXPIRES
from storage.outbox import REPLIES
from storage.tables import outbox

ROOT = Path(__file__).parents[3]


def declared() -> list[str]:
    """The words that the rules declare as kinds of notices."""
    words: list[str] = [*CODE_EXPIRES.values()]
    for room in ("storage", "handlers"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "NoticeKind":
                    words += [
                        ast.literal_eval(each)
                        for each in node.args[:1]
                        if isinstance(each, ast.Constant)
                    ]
    return words


def test_every_kind_of_notice_is_declared_once_and_has_one_entry() -> None:
    assert len(declared()) > 20
    assert Counter(entry.kind for entry in ENTRIES) == Counter(declared())
    assert all(BY_KIND[entry.kind] is entry for entry in ENTRIES)


def test_every_kind_of_notice_has_room_in_the_outbox() -> None:
    assert max(map(len, declared())) <= outbox.c.kind.type.length  # type: ignore[attr-defined]


def test_what_is_said_to_a_question_is_what_the_outbox_forgets() -> None:
    assert set(SAYINGS) == REPLIES
