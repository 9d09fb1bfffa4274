"""The operator's words: translated like all others, with commands that can be pasted."""

import sys
from pathlib import Path

from templates.words import Words

COMMAND = "godkjenningsbot"
ROOT = Path(__file__).parents[1]


def _(text: str) -> str:
    """The text in the operator's language."""
    return Words.of("nb").gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """As many of something, in the operator's language."""
    return Words.of("nb").ngettext(singular, plural, count)


def program() -> str:
    """What starts the bot, as it was started now: the command, or a Python.

    A Python that lies below the working folder, as that of `make` does, is named by its path.
    """
    if Path(sys.argv[0]).stem == COMMAND:
        return COMMAND
    python = Path(sys.executable)
    below = python.is_relative_to(Path.cwd())
    return f"{python.relative_to(Path.cwd()) if below else 'python'} -m bot"


def version() -> str:
    """Of the bot that runs here: a checkout says it itself, whatever else is installed."""
    import tomllib  # the running bot does without
    from importlib import metadata

    project = ROOT / "pyproject.toml"
    if not project.is_file():
        return metadata.version(COMMAND)
    with project.open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def installing(extra: str) -> str:
    """The command that installs what one of the extras in `pyproject.toml` brings."""
    is_checkout = (ROOT / "pyproject.toml").is_file()
    here = "." if Path.cwd() == ROOT else ROOT
    return f'pip install "{here if is_checkout else COMMAND}[{extra}]"'
