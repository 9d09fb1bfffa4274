"""How sure is sure enough: what mistakes cost decides, and one that does harm costs more."""

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage.records import Topic

if TYPE_CHECKING:
    from handlers.faq.caution import Answers

LIKELY = np.linspace(0.2, 0.8, 61)


def caution() -> ModuleType:
    """Imported when it is needed: with scikit-learn it takes a second of each worker's start."""
    found: ModuleType = pytest.importorskip("handlers.faq.caution")
    return found


def sure_enough(right: list[str]) -> float:
    """To answer `reuse`, where this was right of what was likely and ever likelier."""
    topics = np.array([Topic.REUSE] * len(right))
    found: Answers = caution().Answers(topics, LIKELY[: len(right)], np.array(right))
    sure: float = caution().sure_enough(found, Topic.REUSE)
    return sure


def wrong_below(place: int, instead: str) -> list[str]:
    return [instead] * place + [Topic.REUSE.value] * (len(LIKELY) - place)


def test_what_is_always_right_is_answered_where_as_much_is_right_as_wrong() -> None:
    assert sure_enough(wrong_below(0, "none")) == caution().SURE[0]


def test_what_is_likely_is_answered_whatever_a_few_phrasings_say() -> None:
    assert sure_enough(wrong_below(61, "none")) <= caution().SURE[-1]


def test_what_is_wrong_when_unlikely_is_answered_from_where_it_is_right() -> None:
    assert caution().SURE[0] < sure_enough(wrong_below(30, "none")) <= 0.5


def test_of_what_is_never_asked_the_lowest_step_will_do() -> None:
    assert sure_enough([]) == caution().SURE[0]


def test_more_is_asked_where_it_would_do_harm() -> None:
    """Three good answers are given up for one that tells somebody to give their code away."""
    right = [Topic.REUSE.value] * 3 + [Topic.SHARE.value]
    same = np.full(4, 0.5)
    given = caution().Answers(np.array([Topic.REUSE] * 4), np.full(4, 0.9), np.array(right))
    assert caution().enough_beside(given, same) <= 0.5
    harmless = np.array([*right[:3], Topic.HOW_MANY.value])
    assert (
        caution().enough_beside(caution().Answers(given.topic, given.chance, harmless), same) > 0.5
    )
