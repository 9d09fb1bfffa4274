"""How sure is sure enough: found by asking each phrasing of a model that has not seen it.

What an answer is worth stands here in numbers; what follows from it is reckoned and not chosen.
"""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

from handlers.faq.harm import WARNINGS, might_harm
from handlers.faq.model import Caution
from handlers.faq.phrasings import Phrasing
from storage.records import Topic

PARTS = 4
"""Into so many parts the phrasings are divided: each is asked of what was learnt from the rest."""

SILENCE, WRONG, HARMFUL = 1.0, 1.0, 4.0
"""What it costs: not to answer what was understood; to answer something else; to tell somebody who
asks whether they may give a code away how it is used."""

SURE = np.arange(0.40, 0.61, 0.01)
"""Between these it is sure enough to answer: of what is less likely, as much is wrong as right; and
what is more likely is only seldom wrong, though few phrasings of a topic may say otherwise."""

BESIDE = np.arange(0.10, 0.91, 0.01)

Chances = NDArray[np.float64]
Names = NDArray[np.str_]


class Answers(Struct, frozen=True):
    """What each phrasing would be answered, how surely, and what was right."""

    topic: Names
    chance: Chances
    right: Names

    def only(self, those: NDArray[np.bool_]) -> "Answers":
        return Answers(self.topic[those], self.chance[those], self.right[those])

    @property
    def might_harm(self) -> NDArray[np.bool_]:
        return np.array([might_harm(topic) for topic in self.topic], dtype=bool)

    @property
    def price(self) -> Chances:
        """Of giving it."""
        harmful = self.might_harm & np.isin(self.right, WARNINGS)
        return np.where(self.topic == self.right, 0.0, np.where(harmful, HARMFUL, WRONG))

    @property
    def worth(self) -> Chances:
        """What is lost by not giving it."""
        return np.where(self.topic == self.right, SILENCE, 0.0)


class Tried(Struct, frozen=True):
    """What trying it out has taught."""

    sharpness: float
    """What the scores are multiplied by, so that one right in two has a probability of a half."""

    caution: Caution


def tried_out(phrasings: Sequence[Phrasing], learn: Callable[..., Pipeline]) -> Tried:
    """The same phrasings give the same."""
    right = np.array([phrasing.label for phrasing in phrasings])
    labels, scores = _unseen(phrasings, right, learn)
    sharpness = _sharpness(scores, np.searchsorted(labels, right))
    chances = softmax(sharpness * scores, axis=1)
    answers = Answers(labels[chances.argmax(axis=1)], chances.max(axis=1), right)
    warned = chances[:, np.isin(labels, WARNINGS)].max(axis=1)
    beside = enough_beside(answers, warned)
    given = answers.only(~answers.might_harm | (warned < beside))
    return Tried(sharpness, Caution({topic: sure_enough(given, topic) for topic in Topic}, beside))


def _unseen(
    phrasings: Sequence[Phrasing], right: Names, learn: Callable[..., Pipeline]
) -> tuple[Names, Chances]:
    """The labels, and each phrasing's scores from a model that was learnt without it."""
    labels = np.unique(right)
    scores = np.zeros((len(phrasings), len(labels)))
    parts = StratifiedKFold(PARTS, shuffle=True, random_state=0)
    for others, asked in parts.split(right, right):
        pipeline = learn([phrasings[place] for place in others])
        scores[asked] = pipeline.decision_function([phrasings[place].text for place in asked])
    return labels, scores


def _sharpness(scores: Chances, right: NDArray[np.intp]) -> float:
    """By which the probabilities fit what came true best."""

    def surprise(sharpness: float) -> float:
        chances = log_softmax(sharpness * scores, axis=1)
        return -float(chances[np.arange(len(right)), right].mean())

    return float(minimize_scalar(surprise, bounds=(0.1, 50.0), method="bounded").x)


def sure_enough(answers: Answers, topic: Topic) -> float:
    """From which probability on it costs least to answer this topic.

    Of steps between which chance decides the lowest: phrasings are chosen to be unlike each other,
    and what people ask is not that hard.
    """
    given = answers.only(answers.topic == topic)
    costs = _costs(SURE, given.chance, given.price, given.worth)
    return _step(SURE, int(np.argmax(costs <= costs.min() + np.sqrt(costs.min()))))


def enough_beside(answers: Answers, warned: Chances) -> float:
    """From which probability of a warning on it costs least to ask instead of answering."""
    risky = answers.only(answers.might_harm)
    # Answered is what lies below: so what is lost by asking stands for what is lost by answering.
    costs = _costs(BESIDE, warned[answers.might_harm], risky.worth, risky.price)
    return _step(BESIDE, int(np.argmin(costs)))


def _costs(steps: Chances, numbers: Chances, at_or_above: Chances, below: Chances) -> Chances:
    """What it costs at each step."""
    return np.array(
        [at_or_above[numbers >= step].sum() + below[numbers < step].sum() for step in steps]
    )


def _step(steps: Chances, place: int) -> float:
    return round(float(steps[place]), 2)
