"""How sure is sure enough: what mistakes cost decides, and one that does harm costs more."""

import numpy as np
import pytest

pytest.importorskip("sklearn")


from handlers.faq.caution import SURE, Answers, enough_beside, sure_enough
from storage.records import Topic

LIKELY = np.linspace(0.2, 0.8, 61)


def answers(topic: Topic, right: list[str]) -> Answers:
    return Answers(np.array([topic] * len(right)), LIKELY[: len(right)], np.array(right))


def wrong_below(place: int, instead: str) -> list[str]:
    return [instead] * place + [Topic.REUSE.value] * (len(LIKELY) - place)


def test_what_is_always_right_is_answered_where_as_much_is_right_as_wrong() -> None:
    assert sure_enough(answers(Topic.REUSE, wrong_below(0, "none")), Topic.REUSE) == SURE[0]


def test_what_is_likely_is_answered_whatever_a_few_phrasings_say() -> None:
    assert sure_enough(answers(Topic.REUSE, wrong_below(61, "none")), Topic.REUSE) <= SURE[-1]


def test_what_is_wrong_when_unlikely_is_answered_from_where_it_is_right() -> None:
    sure = sure_enough(answers(Topic.REUSE, wrong_below(30, "none")), Topic.REUSE)
    assert SURE[0] < sure <= 0.5


def test_of_what_is_never_asked_the_lowest_step_will_do() -> None:
    assert sure_enough(answers(Topic.REUSE, []), Topic.REUSE) == SURE[0]


def test_more_is_asked_where_it_would_do_harm() -> None:
    """Three good answers are given up for one that tells somebody to give their code away."""
    right = [Topic.REUSE.value] * 3 + [Topic.SHARE.value]
    same = np.full(4, 0.5)
    given = Answers(np.array([Topic.REUSE] * 4), np.full(4, 0.9), np.array(right))
    assert enough_beside(given, same) <= 0.5
    harmless = Answers(given.topic, given.chance, np.array([*right[:3], Topic.HOW_MANY.value]))
    assert enough_beside(harmless, same) > 0.5
