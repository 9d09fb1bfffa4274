"""How well questions are understood, how long an answer takes, and what the matcher costs.

Cross-validated: each fifth of the phrasings is put to a model that has learnt from the others, so
that a phrasing file that became worse is seen.
"""

import csv
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from handlers.faq import learning, phrasings
from handlers.faq.matcher import Matcher
from handlers.faq.phrasings import LABELS, LANGUAGES, Phrasing
from handlers.faq.reading import understand
from handlers.faq.scoring import LabelledQuestion, put, score
from handlers.faq.training import found
from storage.members import Member
from storage.outbox import ANSWER, CHOICE, NO_ANSWER
from storage.records import Issuer, Organisation, OrganisationState, Verdict
from templates.situation import Situation
from templates.words import Words
from tests.bench.plan import Plan
from tests.bench.report import Part, Target

UNSEEN = Path(__file__).parents[1] / "faq" / "unseen.tsv"
FOLDS = 5
SEED = 20261125
COST = """
import resource, time
def size():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20
import bot.app
from handlers.faq import learning
before, began = size(), time.perf_counter()
learning.matcher()
print(time.perf_counter() - began, size() - before)
"""


def measure(plan: Plan, folder: Path) -> Part:
    matcher = learning.matcher()
    unseen = _unseen(matcher)
    cross = _cross_validated()
    times = _milliseconds(matcher)
    seconds, mebibytes = _cost()
    by_language = {name: [each for each in unseen if each.language == name] for name in LANGUAGES}
    rows = [
        _row("unseen questions", unseen),
        _row(f"phrasings, {FOLDS} folds", cross),
        *(_row(f"unseen, {name}", asked) for name, asked in by_language.items()),
    ]
    return Part(
        title="answers: from a question to a topic, and what that costs",
        notes=(
            f"{len(unseen)} unseen questions; {len(cross)} phrasings, each put to a model that has "
            "not learnt it.",
            "An answer: understood, and its message made. The cost: what the matcher adds to a "
            "started bot.",
        ),
        heading=("percent", "right", "wrong", "no answer", "among three", "refused"),
        rows=rows,
        targets=[*_quality(unseen), *_speed(times, seconds, mebibytes)],
    )


def _quality(asked: Sequence[LabelledQuestion]) -> list[Target]:
    of_all = score(asked)
    worst = min(
        score([each for each in asked if each.language == language]).right or 0
        for language in LANGUAGES
    )
    return [
        Target("right", 100 * (of_all.right or 0), 88, unit=" %"),
        Target("wrong", 100 * (of_all.wrong or 0), 4, at_most=True, unit=" %"),
        Target("not about codes: refused", 100 * (of_all.refused or 0), 94, unit=" %"),
        Target("right in the worst language", 100 * worst, 82, unit=" %"),
        Target("right topic among three", 100 * (of_all.among_best or 0), 97, unit=" %"),
    ]


def _speed(times: Sequence[float], seconds: float, mebibytes: float) -> list[Target]:
    median = statistics.median(times)
    return [
        Target("an answer, median", median, 2, at_most=True, unit=" ms"),
        Target("added to the start", seconds, 1.5, at_most=True, unit=" s"),
        Target("added to the memory", mebibytes, 120, at_most=True, unit=" MiB"),
    ]


def _row(name: str, asked: Sequence[LabelledQuestion]) -> list[str]:
    of_all = score(asked)
    shares = (of_all.right, of_all.wrong, of_all.unanswered, of_all.among_best, of_all.refused)
    return [name, *("–" if share is None else f"{100 * share:.1f}" for share in shares)]


def _unseen(matcher: Matcher) -> list[LabelledQuestion]:
    with UNSEEN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [put(matcher, row["lang"], row["label"], row["question"]) for row in rows]


def _cross_validated() -> list[LabelledQuestion]:
    known = phrasings.read(phrasings.FILE.read_text(encoding="utf-8"))
    tried = [each for each in known if each.label in LABELS]
    others = [each for each in known if each.label not in LABELS]
    random.Random(SEED).shuffle(tried)
    put_to: list[LabelledQuestion] = []
    for number in range(FOLDS):
        held_out = tried[number::FOLDS]
        rest: list[Phrasing] = [each for each in tried if each not in held_out]
        matcher = Matcher(found([*rest, *others]))
        put_to += [put(matcher, each.language, each.label, each.text) for each in held_out]
    return put_to


def _milliseconds(matcher: Matcher) -> list[float]:
    """To understand each unseen question and to make its answer."""
    from handlers.telling.replies import Asked, reply

    words = Words.of("nb")
    member = Member("U0MEMBER", False, (), (), (), None, frozenset())
    now = datetime.now(UTC)
    organisation = Organisation("O", "T", "Lag", "Lag", Issuer.BOT, OrganisationState.APPROVED, now)
    seen = Situation(organisation, ("U0HOLDER",), now, member.user_id, member)
    kinds = {
        Verdict.ANSWERED: ANSWER,
        Verdict.CHOICE: CHOICE,
        Verdict.REFUSED: NO_ANSWER,
    }
    with UNSEEN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    times = []
    for row in rows:
        began = time.perf_counter()
        match = understand(row["question"], matcher).match
        reply(words, kinds[match.verdict], Asked(match.topics, "x", seen, can_send_on=True))
        times.append((time.perf_counter() - began) * 1_000)
    return times


def _cost() -> tuple[float, float]:
    """Seconds and MiB that the matcher adds to a process that has the bot in it."""
    done = subprocess.run(
        [sys.executable, "-c", COST], capture_output=True, text=True, check=True, timeout=60
    )
    seconds, mebibytes = map(float, done.stdout.split())
    return seconds, mebibytes
