"""What has been found of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    problem: str = ""
    """Empty when all is well; else what is wrong and what to do."""

    keeps_it_from_starting: bool = False
    """Whether `run` would end at once because of it."""

    @property
    def exit_code(self) -> int:
        """As `run` has it, where that would end; else 1 for what is to be mended."""
        return 0 if not self.problem else 2 if self.keeps_it_from_starting else 1

    def __str__(self) -> str:
        return f"✗ {self.what}: {self.problem}" if self.problem else f"✓ {self.what}"
