"""What the matcher sees of a question: its words, and pieces of them that survive misspelling."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from math import log, sqrt

from handlers.faq.normalising import words

SHORTEST_PIECE, LONGEST_PIECE = 2, 5


def word_features(text: str) -> list[str]:
    """Single words, pairs of them, and how the question begins."""
    found = words(text)
    pairs = [f"{first} {second}" for first, second in pairwise(found)]
    return [*found, *pairs, *(f"^{word}" for word in found[:1])]


def piece_features(text: str) -> list[str]:
    """Runs of letters within the words, with the words' ends marked."""
    marked = [f" {word} " for word in words(text)]
    return [
        word[start : start + length]
        for word in marked
        for length in range(SHORTEST_PIECE, LONGEST_PIECE + 1)
        for start in range(len(word) - length + 1)
    ]


VIEWS: Mapping[str, Callable[[str], list[str]]] = {"words": word_features, "pieces": piece_features}
"""Each view of a question is weighed on its own (TF-IDF), and then they are put side by side."""


def weighed(features: Iterable[str], rarities: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The known features with their weights: sublinear TF-IDF of length one, as scikit-learn's.

    `rarities` holds each known feature's inverse document frequency, first.
    """
    weights = {
        feature: (1 + log(count)) * rarities[feature][0]
        for feature, count in Counter(features).items()
        if feature in rarities
    }
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {feature: weight / length for feature, weight in weights.items()}
