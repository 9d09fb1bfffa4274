"""One run from its beginning to its end, and what is left of it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.checking.evidence import Evidence
from tests.chaos.databases import Database
from tests.chaos.figures import Figures
from tests.chaos.plans import Plan
from tests.chaos.world import world


@dataclass(frozen=True, slots=True)
class Run:
    """What is left of it to be looked at."""

    figures: Figures
    evidence: Evidence
    process: Counter[str]
    calls: Counter[str]


async def played(plan: Plan, database: Database, folder: Path) -> Run:
    """The whole of it."""
    async with world(plan, database, folder) as made:
        await made.lives()
        await made.settles()
        await made.gatherer.keep_rows()
        evidence = made.gatherer.evidence(made.troublemaker.spells, made.calm_at)
        calls = Counter(f"{call.outcome}" for call in made.slack.workspace.calls)
        return Run(made.figures, evidence, made.keeper.figures, calls)
