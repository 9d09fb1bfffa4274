"""Every question that was acknowledged is answered once; none that was given up goes unsaid."""

import re
from collections import Counter
from collections.abc import Iterator

from tests.chaos.checking.evidence import Asked, Evidence
from tests.chaos.checking.findings import Finding, Kind

SORRY = "noe gikk galt, og jeg fikk ikke svart"
"""What is said to somebody whose question was given up."""

A_CODE = re.compile(r"\b[A-Za-z0-9]{8}@[A-Za-z0-9]+\b")
WARNING = "Koden er hemmelig"
"""What is said to somebody who writes a code in a message."""

BESIDES = "Hvordan ser koden ut?"
"""What they may be told besides."""

NOT_SLACKS = ("killed", "stopped", "terminated", "database", "clock", "disk")
"""By which the process may have died, or been too late, between sending and knowing."""

NO_WORD = ("Slack", "connection", "token", "killed", "terminated")
"""By which no word may have been possible either."""


def look(evidence: Evidence) -> Iterator[Finding]:
    yield from _in_public(evidence)
    yield from _in_private(evidence)
    yield from _given_up(evidence)


def _in_public(evidence: Evidence) -> Iterator[Finding]:
    """The answer stands in the question's own thread."""
    answers = Counter((said.to, said.thread) for said in evidence.said if said.thread)
    for asked in evidence.asked:
        if not asked.place:
            continue
        count = answers[asked.place, asked.ts]
        if count > 1:
            yield Finding(Kind.DOUBLED, f"answer in {asked.place} {asked.ts}")
        if asked.is_taken and not count:
            may_have = asked.ts in evidence.failed_posts or evidence.was_disturbed(
                asked.at, *NOT_SLACKS
            )
            kind = Kind.RATHER_NOT_REPEATED if may_have else Kind.LOST
            yield Finding(kind, f"answer in {asked.place} {asked.ts}")


def _in_private(evidence: Evidence) -> Iterator[Finding]:
    """The answer stands under the question's own words."""
    answers = _answers(evidence)
    asked, taken = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in evidence.asked:
        if not each.place:
            asked[each.by, _title(each)] += 1
            taken[each.by, _title(each)] += each.is_taken
            if _title(each) == WARNING:
                asked[each.by, BESIDES] += 1
    for (user, title), count in answers.items():
        if asked[user, title] and count > asked[user, title]:
            yield Finding(
                Kind.DOUBLED, f"answer to {user}: {title}, {_said(evidence, user, title)}"
            )
    for (user, title), count in taken.items():
        if answers[user, title] < count and evidence.is_here(user):
            yield Finding(Kind.LOST, f"answer to {user}: {title}")


def _said(evidence: Evidence, user: str, title: str) -> str:
    """When, and in which notices: one twice was not found again, two are one question twice."""
    asked = (f"{each.at:%d. %H:%M:%S.%f}" for each in evidence.asked if each.by == user)
    said = (
        f"{each.notice} {each.at:%d. %H:%M:%S.%f}"
        for each in evidence.said
        if (each.to, each.title, each.thread) == (user, title, "")
    )
    return f"asked something {', '.join(asked)}; said {', '.join(said)}"


def _title(asked: Asked) -> str:
    """Of the answer."""
    return WARNING if A_CODE.search(asked.text) else asked.text


def _answers(evidence: Evidence) -> Counter[tuple[str, str]]:
    return Counter((said.to, said.title) for said in evidence.said if not said.thread)


def _given_up(evidence: Evidence) -> Iterator[Finding]:
    """Whose question Slack gave up on was answered all the same, or told so; unless the bot was
    not there at all, or could not reach Slack either."""
    answers = _answers(evidence)
    sorry = Counter(said.to for said in evidence.said if SORRY in said.text)
    for asked in evidence.asked:
        if not asked.is_given_up or not evidence.is_here(asked.by):
            continue
        about = f"question of {asked.by} at {asked.ts}"
        if not asked.was_refused_last:
            yield Finding(Kind.NOBODY_THERE, about)
        elif sorry[asked.by]:
            sorry[asked.by] -= 1
        elif asked.place or answers[asked.by, _title(asked)] <= _taken(evidence, asked):
            told = evidence.was_disturbed(asked.at, *NO_WORD)
            yield Finding(Kind.NO_WORD_POSSIBLE if told else Kind.WORDLESS, about)


def _taken(evidence: Evidence, like: Asked) -> int:
    private = (each for each in evidence.asked if each.by == like.by and not each.place)
    return sum(each.is_taken and _title(each) == _title(like) for each in private)
