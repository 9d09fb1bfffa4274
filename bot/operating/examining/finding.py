"""What has been found of one thing."""

from msgspec import Struct


class Finding(Struct, frozen=True):
    what: str
    problem: str = ""
    """Empty when all is well; else what is wrong and what to do."""

    keeps_it_from_starting: bool = False
    """Whether `run` would end at once because of it."""

    is_expected: bool = False
    """Whether that is as it should be, for now: nobody has to do anything about it."""

    @property
    def exit_code(self) -> int:
        """As `run` has it, where that would end; else 1 for what is to be mended."""
        if not self.problem or self.is_expected:
            return 0
        return 2 if self.keeps_it_from_starting else 1

    def __str__(self) -> str:
        if not self.problem:
            return f"✓ {self.what}"
        return f"{'•' if self.is_expected else '✗'} {self.what}: {self.problem}"
