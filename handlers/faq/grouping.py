"""Questions that ask the same, seen as one: for whoever teaches the bot."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from handlers.faq import phrasings
from handlers.faq.normalising import words
from storage.records import Question, Topic

ALIKE = 0.6
"""Which share of their words two questions have in common that count as the same."""

_FILLING = frozenset(
    (
        *("a", "og", "i", "pa", "til", "av", "for", "om", "en", "det", "den", "er", "jeg", "vi"),
        *("du", "kan", "skal", "har", "hei", "lurer", "the", "is", "to", "of", "do", "we"),
    )
)


@dataclass(slots=True)
class Group:
    """Questions that are alike; the first is shown."""

    questions: list[Question]
    words: frozenset[str] = field(repr=False)

    @property
    def text(self) -> str:
        return self.questions[0].text

    @property
    def count(self) -> int:
        return len(self.questions)

    @property
    def topic(self) -> Topic | None:
        """What the askers themselves said it was about, most of them; None if nobody did."""
        picked = Counter(each.picked for each in self.questions if each.picked)
        return picked.most_common(1)[0][0] if picked else None


def grouped(questions: Sequence[Question]) -> list[Group]:
    """The largest groups first; those of one size as their newest question came."""
    groups: list[Group] = []
    for question in questions:
        content = frozenset(words(question.text)) - _FILLING or frozenset(words(question.text))
        group = next((each for each in groups if _likeness(each.words, content) >= ALIKE), None)
        if group is None:
            groups.append(Group([question], content))
        else:
            group.questions.append(question)
    return sorted(groups, key=lambda group: -group.count)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def as_phrasings(groups: Sequence[Group]) -> str:
    """In the format of the file that the bot learns from, each text once.

    A person has to decide in which language each is, and what it is about where nobody has said:
    there the heading has a question mark.
    """
    rows = dict.fromkeys(
        (group.topic or phrasings.UNDECIDED, each.text)
        for group in groups
        for each in group.questions
    )
    labels = (*phrasings.LABELS, phrasings.UNDECIDED)
    ordered = sorted(rows, key=lambda row: labels.index(row[0]))
    return phrasings.write((label, phrasings.UNDECIDED, text) for label, text in ordered)
