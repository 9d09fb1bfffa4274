"""A wheel holds what the bot has learnt from its phrasings, and the SQL of its ledger: both are
made when it is built.

All else about the package stands in `pyproject.toml`.
"""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

ROOT = Path(__file__).resolve().parent


class BuildWithWhatIsMade(build_py):
    """Learns the model first, unless one lies there that was learnt from these very phrasings."""

    def run(self) -> None:
        sys.path.insert(0, str(ROOT))
        _learn()
        _make_sql()
        super().run()


def _learn() -> None:
    """
    Raises:
        SetupError: the model cannot be learnt; without it there is no wheel.
    """
    from handlers.faq import learning, phrasings, synonyms

    if learning.kept() is not None:
        return
    try:
        synonyms.check()
        from handlers.faq import training

        text = phrasings.FILE.read_text(encoding="utf-8")
        learning.keep(training.learnt(text, learning.fingerprint()))
    except (ImportError, ValueError) as problem:
        raise SetupError(f"The phrasings cannot be learnt from: {problem}") from problem
    if learning.kept() is None:
        raise SetupError(f"What was learnt cannot be written to {learning.MODEL}.")


def _make_sql() -> None:
    """
    Raises:
        SetupError: what it takes is not there.
    """
    try:
        from storage import compiling
    except ImportError as problem:
        raise SetupError(f"The SQL of the ledger cannot be made: {problem}") from problem
    compiling.main()


setup(cmdclass={"build_py": BuildWithWhatIsMade})
