"""From a question to one of the topics, to a choice of them, or to none.

The numbers were learnt from `phrasings.txt` (`training`), and are used here without scikit-learn:
importing that alone takes more memory than the assistant may.
"""

from collections.abc import Mapping, Sequence
from math import exp

from msgspec import Struct

from handlers.faq.features import VIEWS, weighed
from handlers.faq.harm import WARNINGS, might_harm
from handlers.faq.model import Model
from handlers.faq.normalising import words
from handlers.faq.phrasings import NONE, UNCLEAR, SmallTalk
from storage.records import Topic, Verdict

AHEAD = 0.10
"""How far it has to be ahead of the next: between two that are as likely the asker chooses."""

FOREIGN = 0.60
"""From which probability of `none` it is not even asked what was meant."""

POSSIBLE = 0.06
"""From which probability among the topics one of them is worth offering."""

MOST_OFFERED = 3

NEVER = 2.0
"""More than any probability: a topic of which nothing has been learnt is not answered."""


class Match(Struct, frozen=True):
    """What became of a question."""

    verdict: Verdict
    topics: tuple[Topic, ...]
    """Answered: the topic, and the next best. A choice: what to choose from. Refused: the best."""

    confidence: float
    """The probability of the first topic; of a choice, among the topics; of `none`, when
    refused."""

    @property
    def label(self) -> str:
        """The topic that is answered, or `none`."""
        return self.topics[0] if self.verdict is Verdict.ANSWERED else NONE


class Matcher:
    """
    >>> Matcher(model).match("når går koden ut?").label  # doctest: +SKIP
    'expiry'
    """

    def __init__(self, model: Model) -> None:
        self._labels = model.labels
        self._bias = model.bias
        self._views = model.views
        self._caution = model.caution
        self._small_talk = model.small_talk

    def small_talk(self, text: str) -> SmallTalk | None:
        """A greeting, thanks or a call for help, when the text is nothing else."""
        kind = self._small_talk.get(" ".join(words(text)))
        return SmallTalk(kind) if kind else None

    def match(self, text: str) -> Match:
        ranked = self.rank(text)
        if not ranked:
            return Match(Verdict.REFUSED, (), 1.0)
        chances = dict(ranked)
        topics = [Topic(label) for label, _ in ranked if label not in (NONE, UNCLEAR)]
        if self._is_sure(ranked, topics[0]):
            return Match(Verdict.ANSWERED, tuple(topics[:MOST_OFFERED]), chances[topics[0]])
        if chances[NONE] >= FOREIGN:
            return Match(Verdict.REFUSED, tuple(topics[:MOST_OFFERED]), chances[NONE])
        return _choice(topics, chances)

    def _is_sure(self, ranked: Sequence[tuple[str, float]], topic: Topic) -> bool:
        (label, best), (_, second) = ranked[:2]
        is_likely = label == topic and best >= self._caution.sure.get(topic, NEVER)
        return is_likely and best - second >= AHEAD and not self._might_harm(ranked, topic)

    def _might_harm(self, ranked: Sequence[tuple[str, float]], topic: Topic) -> bool:
        """Whether it may well be that they ought to be warned instead."""
        if not might_harm(topic):
            return False
        return any(label in WARNINGS and chance >= self._caution.beside for label, chance in ranked)

    def best(self, text: str, count: int) -> list[str]:
        """The likeliest labels; `none` alone when nothing in the text is known."""
        ranked = [label for label, _ in self.rank(text) if label != UNCLEAR]
        return ranked[:count] or [NONE]

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Every label with its probability, the likeliest first.

        Nothing when no word of the text, nor a piece of one, has been seen before.
        """
        scores = list(self._bias)
        is_known = False
        for name, view in VIEWS.items():
            for weight, coefficients in weighed(view(text), self._views[name]):
                is_known = True
                for place, coefficient in enumerate(coefficients):
                    scores[place] += weight * coefficient
        if not is_known:
            return []
        chances = _softmax(scores)
        return sorted(zip(self._labels, chances, strict=True), key=lambda each: -each[1])


def _choice(topics: Sequence[Topic], chances: Mapping[str, float]) -> Match:
    among_topics = sum(chances[topic] for topic in topics)
    offered = {topic: chances[topic] / among_topics for topic in topics[:MOST_OFFERED]}
    possible = tuple(topic for topic, chance in offered.items() if chance >= POSSIBLE)
    return Match(Verdict.CHOICE, possible, offered[topics[0]])


def _softmax(scores: list[float]) -> list[float]:
    highest = max(scores)
    powers = [exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
