"""One run from its beginning to its end, and what is left of it."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.trial.sandbox.records import ApiCall
from tests.chaos.checking.evidence import Evidence
from tests.chaos.databases import Database
from tests.chaos.figures import Figures
from tests.chaos.plans import Plan
from tests.chaos.world import world

ABOUT = ("channel", "users", "user", "ts", "thread_ts", "oldest", "cursor")
A_NOTICE = re.compile(r"\b01[0-9A-HJKMNP-TV-Z]{24}\b")


@dataclass(frozen=True, slots=True)
class Run:
    """What is left of it to be looked at."""

    figures: Figures
    evidence: Evidence
    process: Counter[str]
    calls: Counter[str]
    record: str
    """What was asked of Slack, one call a line, and the bot's own log: to find out by."""


async def played(plan: Plan, database: Database, folder: Path) -> Run:
    """The whole of it."""
    async with world(plan, database, folder) as made:
        await made.lives()
        await made.settles()
        await made.gatherer.keep_rows()
        evidence = made.gatherer.evidence(made.troublemaker.spells, made.calm_at)
        calls = Counter(f"{call.outcome}" for call in made.slack.workspace.calls)
        record = "\n".join((*map(_line, made.slack.workspace.calls), "", made.keeper.log))
        return Run(made.figures, evidence, made.keeper.figures, calls, record)


def _line(call: ApiCall) -> str:
    """No more than ids and times, and what it was about by its notice's id."""
    about = {name: call.body[name] for name in ABOUT if call.body.get(name)}
    blocks = f"{call.body.get('blocks') or call.body.get('metadata') or ''}"
    notices = sorted(set(A_NOTICE.findall(blocks)))
    found = sorted(set(A_NOTICE.findall(f"{call.answer}")))
    return (
        f"{call.at:%d. %H:%M:%S.%f} {call.method} {call.outcome} {call.elapsed:.2f} s "
        f"{about} {' '.join(notices)} -> {call.answer.get('ts', '')} {' '.join(found)}"
    )
