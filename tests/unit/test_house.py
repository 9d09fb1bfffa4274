"""The house: which room may use which, and one story told by README, settings and command line."""

import ast
import inspect
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

from bot import settings
from bot.operating.command_line import app
from handlers.faq import learning
from storage import (
    authority,
    decisions,
    guessing,
    holding,
    lockouts,
    making,
    registering,
    retention,
    statement_keys,
    webhooks,
)
from storage.desk import DecidingDesk
from storage.records import (
    CHOICE_LIFETIME,
    ENDED_LIFETIME,
    EVENT_LIFETIME,
    INSTALLATION_LIFETIME,
    LOOKUP_LIFETIME,
    NOTICE_LIFETIME,
    QUESTION_LIFETIME,
    Topic,
)
from storage.schema import metadata
from storage.using import REMEMBERED

ROOT = Path(__file__).parents[2]
PINNED = ("requirements.txt", "requirements-learn.txt", "requirements-dev.txt")
ROOMS = ("bot", "handlers", "storage", "templates")
MAY_IMPORT = {
    "storage": set[str](),
    "templates": {"storage"},
    "handlers": {"storage", "templates"},
    "bot": {"storage", "templates", "handlers"},
}

PLAIN_VALUES = {"storage.records", "storage.refusals"}
"""All of the ledger that words for people may know."""


def imported(path: Path) -> set[str]:
    """Our modules that a file imports when it runs; what only annotates does not count."""
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
    return {name for name in names if name.split(".")[0] in ROOMS}


def rooms(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def functions_of(module: ModuleType) -> list[Callable[..., object]]:
    """What a module offers of its own."""
    return [
        function
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_the_rooms_below_it(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert rooms(imported(path)) <= {room, *MAY_IMPORT[room]}, path


DOORS = ("slack", "delivering", "operating", "api", "trial")


@pytest.mark.parametrize("door", ["slack", "delivering", "api"])
def test_a_way_in_or_out_knows_no_other_door_of_the_bot(door: str) -> None:
    others = {f"bot.{other}" for other in DOORS if other != door}
    for path in (ROOT / "bot" / door).rglob("*.py"):
        used = {".".join(name.split(".")[:2]) for name in imported(path)}
        assert not used & others, path


def test_words_know_the_ledger_by_its_plain_values_alone() -> None:
    for path in (ROOT / "templates").rglob("*.py"):
        ledger = {name for name in imported(path) if name.split(".")[0] == "storage"}
        assert ledger <= PLAIN_VALUES, path
    for name in PLAIN_VALUES:
        assert imported(ROOT / f"{name.replace('.', '/')}.py") <= PLAIN_VALUES, name


RULES = ROOT / "storage" / "RULES.md"
CITED = re.compile(r"\b[Rr]ules? (\d+(?:(?:, | and | to | or )\d+)*)")


def numbered_rules() -> list[int]:
    return [int(number) for number in re.findall(r"^(\d+)\. ", RULES.read_text(), re.MULTILINE)]


def test_every_rule_that_is_cited_is_written_down() -> None:
    rules = numbered_rules()
    assert rules == list(range(1, len(rules) + 1))
    paths = [path for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*")]
    cited = {
        (int(number), path)
        for path in paths
        if path.suffix in {".py", ".j2", ".md", ".html"}
        for numbers in CITED.findall(path.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+", numbers)
    }
    assert len(cited) > len(rules)
    assert {(number, path) for number, path in cited if number not in rules} == set()


def test_the_topics_that_are_written_down_are_those_there_are() -> None:
    table = RULES.read_text(encoding="utf-8").partition("## What can be asked")[2]
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([\d, ]+) \|$", table, re.MULTILINE)
    assert [topic for topic, _ in rows] == list(Topic)
    assert {int(rule) for _, listed in rows for rule in listed.split(", ")} <= set(numbered_rules())


def test_the_sandbox_knows_nothing_of_the_bot() -> None:
    for path in (ROOT / "bot" / "trial" / "sandbox").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not rooms(imported(path)) - {"bot"}, path
        assert not re.search(r"from bot\.(?!trial\.sandbox)", source), path


@pytest.mark.parametrize(
    "decide",
    [
        *functions_of(decisions),
        *functions_of(making),
        authority.confirm,
        authority.withdraw,
        authority.person_left,
        registering.approve,
        registering.suspend,
        holding.add,
        holding.remove,
    ],
    ids=lambda function: f"{function.__module__}.{function.__name__}",
)
def test_whatever_decides_takes_a_desk_that_is_locked_for_it(decide: Callable[..., object]) -> None:
    first = next(iter(inspect.signature(decide).parameters.values()))
    assert first.annotation is DecidingDesk


def test_whoever_delivers_knows_nothing_of_what_is_told() -> None:
    """A queue and a courier: all that is special of a kind of notice stands in its entry."""
    for path in (ROOT / "bot" / "delivering").glob("*.py"):
        assert "NoticeKind" not in path.read_text(encoding="utf-8"), path
        inside = {name for name in imported(path) if name.startswith("handlers.telling.")}
        assert inside == set(), path


PAST_THE_DESKS = {"choosing", "leaving", "refusals", "registering", "welcoming"}
"""Where it is found out, or said, whose somebody is; or of no organisation at all."""


def test_whoever_answers_people_asks_the_ledger_at_a_desk() -> None:
    """There PostgreSQL keeps to one organisation what is seen and done; past it, to none."""
    doors = re.compile(r"\.(transaction|reading)\(\)")
    sources = (ROOT / "handlers").rglob("*.py")
    past = {path.stem for path in sources if doors.search(path.read_text(encoding="utf-8"))}
    assert past == PAST_THE_DESKS


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_setting_and_no_other() -> None:
    source = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'values\.(?:get|of_one|optional|secret)\(\s*"([A-Z_]+)"', source))
    assert set(settings.SECRETS) <= read
    told = readme()
    table = told[told.index("## Settings") : told.index("## Looking after it")]
    named = {name for row in table.splitlines() if row.startswith("| `")
             for name in re.findall(r"`([A-Z_]{4,})`", row.split("|")[1])}  # fmt: skip
    assert named == read


def kept_according_to_the_readme() -> list[tuple[set[str], str]]:
    """The tables that a row is about, and until when what is in them is kept."""
    told = readme()
    table = told[told.index("## What is kept, and how long") : told.index("## The house")]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| ")][1:]
    return [(set(re.findall(r"`(\w+)`", row[2])), row[3].strip()) for row in rows]


OF_THE_OPERATOR = {"partners", "partner_keys"}
ALWAYS = {"organisations", "account_holders", "audit", "audit_heads", *OF_THE_OPERATOR}
LET_GO = {"pulse", "statement_keys"}
"""Of what is in them whoever writes to them takes away what has had its time."""
KEPT_FOR = {
    "outbox": NOTICE_LIFETIME,
    "questions": QUESTION_LIFETIME,
    "forwarded_questions": QUESTION_LIFETIME,
    "events": EVENT_LIFETIME,
    "installations": INSTALLATION_LIFETIME,
    "choices": CHOICE_LIFETIME,
    "deliveries": webhooks.KEPT,
}


def test_the_readme_tells_of_every_table_how_long_what_is_in_it_is_kept() -> None:
    kept = kept_according_to_the_readme()
    assert set().union(*(tables for tables, _ in kept)) == set(metadata.tables)
    assert {name for tables, until in kept if until == "always" for name in tables} == ALWAYS
    for tables, until in kept:
        for name in tables & KEPT_FOR.keys():
            assert until.startswith(f"{KEPT_FOR[name].days} days"), (name, until)
    (asked,) = [until for tables, until in kept if tables == {"idempotency_keys"}]
    assert asked == f"{REMEMBERED // timedelta(hours=1)} hours"
    (missed,) = [until for tables, until in kept if tables == {"misses"}]
    assert missed == f"{max(guessing.WINDOW, guessing.LOCKED) // timedelta(minutes=1)} minute"
    (locked,) = [until for tables, until in kept if tables == {"lockouts"}]
    assert locked.startswith(f"{lockouts.KEPT // timedelta(hours=1)} hours after")
    (signed,) = [until for tables, until in kept if tables == {"statement_keys"}]
    after, life = statement_keys.SHOWN_AFTER.days, statement_keys.LIFETIME.days
    assert signed == f"{after} days after another signs, which is after {life} days"
    (told,) = [until for tables, until in kept if tables == {"webhooks"}]
    assert told.startswith(f"{webhooks.OVERLAP // timedelta(hours=1)} hours after")
    (names,) = [until for tables, until in kept if tables == {"people"}]
    assert names.startswith(f"{LOOKUP_LIFETIME.days} days")
    for table in ("codes", "code_requests"):
        (until,) = [until for tables, until in kept if tables == {table}]
        assert until.startswith("`KEEP_DAYS`")
    (default,) = re.findall(r"^\| `KEEP_DAYS` \|.*\| `(\d+)` \|$", readme(), re.MULTILINE)
    assert int(default) == ENDED_LIFETIME.days


def test_whatever_is_not_kept_always_is_swept() -> None:
    """Each table but those: a new one has to be let go of, or told of as kept."""
    all_of_one = retention.OF_AN_ORGANISATION
    swept = {table for kept in retention.KEPT for table in kept.tables
             if kept.tables != all_of_one}  # fmt: skip
    assert swept == set(metadata.tables) - ALWAYS - LET_GO
    assert all_of_one >= ALWAYS - OF_THE_OPERATOR


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


DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "findings/README.md",
    "storage/RULES.md",
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_links_to_or_names_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    linked = {t for t in re.findall(r"\]\(([^)#]+)\)", text) if not t.startswith("https://")}
    assert all(((ROOT / name).parent / target).exists() for target in linked), linked
    rooms = "bot|handlers|storage|templates|tests"
    for path in re.findall(rf"`((?:{rooms})/[\w./]*)`", text):
        assert (ROOT / path).exists() or path == "handlers/faq/model.bin", path


def test_the_contributors_guide_names_places_that_are_there() -> None:
    """Its tables name files by what lies in a room, too."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    there = {path.name for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*")}
    named = set(re.findall(r"`(?:[\w/]*/)?(\w+\.(?:py|md|txt|tsv|j2))`", text))
    assert named - there == {"CHANGELOG.md"}


def test_the_contributors_guide_names_targets_that_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z]+)", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_shows_what_it_is_on_its_first_screen() -> None:
    """A title, three lines, two commands, a picture."""
    title, lines, commands, picture = readme().split("\n\n")[:4]
    assert title == "# Godkjenningsbot"
    assert len(lines.splitlines()) == 3
    assert re.findall(r"^make (\w+) ", commands, re.MULTILINE) == ["demo", "test"]
    assert "<img " in picture


def test_the_readme_pictures_are_there_and_told_of_in_words() -> None:
    shown = re.findall(r'(?:src|srcset)="([^"]+)"', readme())
    assert len(shown) == 6
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    for path in shown:
        assert (ROOT / path).is_file(), path
        assert f"!tests/browser/screenshots/*/{Path(path).name}" in ignored, f"{path} is not kept"
    assert len(re.findall(r'<img [^>]*alt="[^"]{40,}"', readme())) == 3


def test_the_makefile_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make ([a-z]+)", readme())) - {"sure"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for target in re.findall(r"^([a-z]+):", makefile, re.MULTILINE):
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target


MAKES_STATEMENTS = {"select", "insert", "update", "delete", "insert_new", "insert_or_set"}


MADE_AS_IT_IS_LOADED = {
    "code_lists._count",
    "code_lists._page",
    "forgetting._old_words",
    "history._count",
    "history._page",
    "installations._claim",
    "leaving._all_of",
    "mirroring._telling_anew",
    "mirroring._telling_list_anew",
    "register._count",
    "register._page",
    "retention._rows",
    "rotate._texts",
    "recognising.by",
}
"""Called for constants of the module alone."""


@pytest.mark.parametrize("path", sorted(ROOT.glob("storage/*.py")), ids=lambda path: path.stem)
def test_a_statement_is_a_constant_of_its_module(path: Path) -> None:
    """It is compiled at its first use and kept as long as the process: one that is made anew each
    time would be kept each time."""
    if path.stem == "functions":
        return
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            called = {ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
            if f"{path.stem}.{function.name}" not in MADE_AS_IT_IS_LOADED:
                assert not called & MAKES_STATEMENTS, function.name


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
