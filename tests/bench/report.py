"""What is printed: raw figures, and targets that are met or missed."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A figure that shall be at least, or at most, so much."""

    name: str
    measured: float
    wanted: float
    at_most: bool = False
    unit: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted

    def line(self) -> str:
        verdict = "met" if self.is_met else "MISSED"
        sign = "≤" if self.at_most else "≥"
        wanted = f"{sign} {self.wanted:g}{self.unit}"
        measured = f"{self.measured:.2f}{self.unit}"
        return f"  {verdict:<7} {self.name:<60} {measured:>10}   {wanted}"


@dataclass(frozen=True)
class Part:
    """One part of the benchmark: what it found, and how that compares with what is wanted."""

    title: str
    notes: Sequence[str]
    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target]

    def lines(self) -> Iterable[str]:
        yield ""
        yield self.title
        yield from (f"  {note}" for note in self.notes)
        yield ""
        yield _row(self.heading)
        yield from (_row(row) for row in self.rows)
        yield ""
        yield from (target.line() for target in self.targets)


def _row(cells: Sequence[str]) -> str:
    name, *figures = cells
    return f"  {name:<56}" + "".join(f"{figure:>13}" for figure in figures)


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """The median of the ratios of runs that were made one right after the other."""
    return statistics.median(one / other for one, other in zip(of, to, strict=True))


def summary(targets: Sequence[Target]) -> str:
    missed = [target for target in targets if not target.is_met]
    return f"{len(targets) - len(missed)} of {len(targets)} targets met."
