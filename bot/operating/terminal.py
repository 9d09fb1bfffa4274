"""Terminals that cannot show all letters: a Windows one, or a pipe there, knows few signs."""

import codecs
import io
import sys

PLAINLY = "plainly"


def speak_plainly() -> None:
    """From now on what a terminal cannot show is written in letters that it can, as "x" for "✗"."""
    codecs.register_error(PLAINLY, _instead)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAINLY)


def _instead(problem: UnicodeError) -> tuple[str, int]:
    from anyascii import anyascii  # few terminals need it

    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    return anyascii(problem.object[problem.start : problem.end]), problem.end
