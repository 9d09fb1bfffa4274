"""The house: which room may use which, and one story told by README, settings and command line."""

import ast
import re
from pathlib import Path

import pytest

from bot import settings
from bot.operating.command_line import app
from handlers.faq import learning

ROOT = Path(__file__).parents[2]
PINNED = ("requirements.txt", "requirements-learn.txt", "requirements-dev.txt")
ROOMS = ("bot", "handlers", "storage", "templates")
MAY_IMPORT = {
    "storage": set[str](),
    "templates": set[str](),
    "handlers": {"storage", "templates"},
    "bot": {"storage", "templates", "handlers"},
}


def imported(path: Path) -> set[str]:
    """Our rooms that a file imports when it runs; what only annotates does not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = [ast.Pass()]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return {name.split(".")[0] for name in names} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_the_rooms_below_it(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert imported(path) <= {room, *MAY_IMPORT[room]}, path


def test_the_sandbox_knows_nothing_of_the_bot() -> None:
    for path in (ROOT / "bot" / "trial" / "sandbox").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not imported(path) - {"bot"}, path
        assert not re.search(r"from bot\.(?!trial\.sandbox)", source), path


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_setting_and_no_other() -> None:
    source = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'values\.(?:get|optional)\(\s*"([A-Z_]+)"', source))
    assert set(settings.SECRETS) <= read
    told = readme()
    table = told[told.index("## Settings") : told.index("## Looking after it")]
    named = {name for row in table.splitlines() if row.startswith("| `")
             for name in re.findall(r"`([A-Z_]{4,})`", row.split("|")[1])}  # fmt: skip
    assert named == read


def test_the_readme_names_every_command() -> None:
    told = readme()
    for command in app.registered_commands:
        assert command.callback
        name = command.name or command.callback.__name__
        assert f"python -m bot {name}" in told, name
    for group in app.registered_groups:
        assert f"python -m bot {group.name}" in told, group.name
        assert group.typer_instance
        for command in group.typer_instance.registered_commands:
            assert command.name
            assert re.search(rf"bot {group.name}\b.*\b{command.name}\b", told), command.name


def test_the_readme_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", readme()):
        if not target.startswith("https://"):
            assert (ROOT / target).exists(), target


def test_the_readme_shows_what_it_is_on_its_first_screen() -> None:
    """A title, three lines, two commands, a picture."""
    title, lines, commands, picture = readme().split("\n\n")[:4]
    assert title == "# Godkjenningsbot"
    assert len(lines.splitlines()) == 3
    assert re.findall(r"^make (\w+) ", commands, re.MULTILINE) == ["demo", "test"]
    assert "<img " in picture


def test_the_readme_pictures_are_there_and_told_of_in_words() -> None:
    shown = re.findall(r'(?:src|srcset)="([^"]+)"', readme())
    assert len(shown) == 4
    for path in shown:
        assert (ROOT / path).is_file(), path
    assert len(re.findall(r'<img [^>]*alt="[^"]{40,}"', readme())) == 2


def test_the_makefile_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make ([a-z]+)", readme())) - {"sure"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for target in re.findall(r"^([a-z]+):", makefile, re.MULTILINE):
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target


def test_make_learns_anew_when_what_the_model_is_made_of_changes() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (names,) = re.findall(r"^LEARNT_FROM := \$\(addprefix handlers/faq/,(.*)\)$", makefile, re.M)
    assert set(names.split()) == set(learning.MADE_FROM)


def test_nothing_names_where_packages_come_from() -> None:
    for name in (*PINNED, "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text, name
        assert "--index" not in text, name
    for name in PINNED:
        pinned = (ROOT / name).read_text(encoding="utf-8")
        assert all("==" in line for line in pinned.splitlines() if re.match(r"[a-z]", line))
