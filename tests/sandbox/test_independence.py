"""The stand-in knows nothing of the bot it stands in for Slack to."""

import ast
from pathlib import Path

import bot.trial.sandbox

FORBIDDEN = {"bot", "handlers", "storage", "templates", "slack_bolt"}


def imported_modules(source: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
    return found


def test_nothing_of_the_bot_is_imported() -> None:
    sources = list(Path(bot.trial.sandbox.__file__).parent.rglob("*.py"))
    roots = {module.partition(".")[0] for s in sources for module in imported_modules(s)}

    assert len(sources) > 30
    assert not roots & FORBIDDEN
