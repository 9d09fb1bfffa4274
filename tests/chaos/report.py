"""The table of figures: what was done, what went wrong, and what was found."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.chaos.checking import check
from tests.chaos.checking.findings import Kind
from tests.chaos.run import Run


def is_well(run: Run) -> bool:
    return not any(finding.kind.is_violation for finding in check(run.evidence))


def report(run: Run) -> str:
    return "\n".join(_lines(run))


def _lines(run: Run) -> Iterator[str]:
    figures, evidence = run.figures, run.evidence
    yield from _table("What people did", figures.deeds)
    yield from _table("What they tried in vain", figures.in_vain)
    yield from _table("What went wrong", figures.troubles)
    yield from (f"    not here: {kind} ({why})" for kind, why in figures.skipped.items())
    yield from _table("The process", run.process)
    yield from _table("Slack was called, with this outcome", run.calls)
    yield from _table("What is left", _left(run))
    findings = check(evidence)
    yield "  Found:"
    counted = Counter(finding.kind for finding in findings)
    for kind in Kind:
        yield f"    {counted[kind]:6}  {kind.value}{'' if kind.is_violation else ' (a limit)'}"
    yield from (f"    {each.kind.value}: {each.about}" for each in findings[:200])


def _left(run: Run) -> Mapping[str, int]:
    evidence = run.evidence
    states = Counter(f"notices {row['state']}" for row in evidence.rows("outbox"))
    return states | Counter(
        {
            "requests": len(evidence.rows("code_requests")),
            "codes": len(evidence.rows("codes")),
            "events in the audit": len(evidence.rows("audit")),
            "messages": len(evidence.said),
            "questions": len(evidence.asked),
            "questions given up by Slack": sum(each.is_given_up for each in evidence.asked),
            "forms acknowledged": len(evidence.sent),
        }
    )


def _table(title: str, figures: Mapping[str, int]) -> Iterator[str]:
    yield f"  {title}:"
    yield from (f"    {count:6}  {name}" for name, count in sorted(figures.items()))
