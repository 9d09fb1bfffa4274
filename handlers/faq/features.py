"""What the matcher sees of a question: its words and what they mean, and pieces of words, which
survive misspelling.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from math import log, sqrt

from handlers.faq.model import FeatureTable
from handlers.faq.normalising import CODE, OTHER_CODE, words
from handlers.faq.synonyms import meanings

SHORTEST_PIECE, LONGEST_PIECE = 2, 4

_OURS = frozenset((CODE, "techsoup", "validation", "godkjenning", "kontoholder"))
"""Words without one of which a question is seldom about codes."""


_DENIALS = frozenset(("ikke", "aldri", "uten", "not", "never", "without", "t", "isnt", "hasnt"))
"""The t is what is left of n't."""

REACH = 2
"""How many words a denial reaches."""


def word_features(text: str) -> list[str]:
    """Words, pairs of them, how the question begins, and what the words mean."""
    found = words(text)
    if not found:
        return []
    pairs = [f"{first} {second}" for first, second in pairwise(found)]
    beginning = [f"^{word}" for word in found[:1]]
    return [*found, *pairs, *beginning, *_meanings(found), *_absent(found)]


def _meanings(found: Sequence[str]) -> list[str]:
    """What the words mean, and which meanings stand together, wherever in the question.

    What is denied means something else: a code that has not run out is no code that has.
    """
    each = [
        f"{'=-' if _is_denied(found, place) else '='}{meaning}"
        for place, word in enumerate(found)
        for meaning in meanings(word)
    ]
    return [*each, *map("".join, combinations(sorted(set(each)), 2))]


def _is_denied(found: Sequence[str], place: int) -> bool:
    return not _DENIALS.isdisjoint(found[max(0, place - REACH) : place])


def _absent(found: Sequence[str]) -> list[str]:
    """What tells that a question may be about something else."""
    present = set(found)
    signs = {
        "!no code": CODE not in present,
        "!another code": OTHER_CODE in present,
        "!nothing of ours": not present & _OURS,
    }
    return [name for name, holds in signs.items() if holds]


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


def weighed(features: Iterable[str], view: FeatureTable) -> list[tuple[float, Sequence[float]]]:
    """The known features' weights, sublinear TF-IDF of length one, as scikit-learn's; and what each
    says for each label.
    """
    known = [
        ((1 + log(count)) * row[0], row[1:])  # in steps, which the length takes out again
        for feature, count in Counter(features).items()
        if (row := view.row(feature)) is not None
    ]
    length = sqrt(sum(weight * weight for weight, _ in known))
    return [(view.step * weight / length, coefficients) for weight, coefficients in known]
