"""How well questions were understood: right, wrong, unanswered, or rightly refused."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from handlers.faq.matcher import MOST_OFFERED, Matcher
from handlers.faq.phrasings import LABELS, LANGUAGES, NONE
from handlers.faq.reading import understand


class LabelledQuestion(Struct, frozen=True):
    """A question with what it is about, and what it was taken for."""

    language: str
    labels: tuple[str, ...]
    """Any of these is right."""

    answered: str
    """The topic that was answered, or `none`."""

    best: tuple[str, ...]
    """The likeliest labels."""

    @property
    def is_about_codes(self) -> bool:
        return self.labels != (NONE,)


def put(matcher: Matcher, language: str, label: str, question: str) -> LabelledQuestion:
    """Ask it. Where several labels are right, `label` has them with a bar between."""
    seen = understand(question, matcher)
    best = tuple(matcher.best(seen.text, MOST_OFFERED))
    return LabelledQuestion(language, tuple(label.split("|")), seen.match.label, best)


class Score(Struct, frozen=True):
    """Shares between 0 and 1; None where there was nothing to measure."""

    right: float | None
    wrong: float | None
    unanswered: float | None
    among_best: float | None
    refused: float | None
    """Of the questions that are not about codes, those that got no answer."""


def score(asked: Iterable[LabelledQuestion]) -> Score:
    ours: list[LabelledQuestion] = []
    others: list[LabelledQuestion] = []
    for each in asked:
        (ours if each.is_about_codes else others).append(each)

    def share(
        of: Sequence[LabelledQuestion], holds: Callable[[LabelledQuestion], bool]
    ) -> float | None:
        return sum(map(holds, of)) / len(of) if of else None

    return Score(
        right=share(ours, lambda each: each.answered in each.labels),
        wrong=share(ours, lambda each: each.answered not in (*each.labels, NONE)),
        unanswered=share(ours, lambda each: each.answered == NONE),
        among_best=share(ours, lambda each: bool(set(each.labels) & set(each.best))),
        refused=share(others, lambda each: each.answered == NONE),
    )


def table(asked: Sequence[LabelledQuestion]) -> str:
    """One line for all, one a language, one a topic; in percent."""
    groups = {"alle": asked}
    groups |= {name: [each for each in asked if each.language == name] for name in LANGUAGES}
    groups |= {name: [each for each in asked if each.labels[0] == name] for name in LABELS}
    return "\n".join([_row("", "antall", *_HEADINGS), *map(_line, groups, groups.values())])


_HEADINGS = ("riktig", "feil", "uten svar", "blant tre", "avvist")


def _line(name: str, asked: Sequence[LabelledQuestion]) -> str:
    found = score(asked)
    shares = (found.right, found.wrong, found.unanswered, found.among_best, found.refused)
    return _row(name, str(len(asked)), *map(_percent, shares))


def _row(name: str, *columns: str) -> str:
    return f"{name:<15}" + "".join(f"{column:>11}" for column in columns)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}".rstrip("%").replace(".", ",")
