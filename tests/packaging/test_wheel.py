"""The package as others get it: built, installed where nothing else is, and run from any folder.

Slow, and what the bot depends on comes from the package index.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from bot.trial.sandbox import Sandbox
from bot.words import version
from tests.commands import ROOT
from tests.faults.process import bot_process
from tests.slack.stage import BOT_SCOPES

ROOMS = ("bot", "handlers", "storage", "templates")
BESIDE = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
FOR_DEVELOPERS = {
    "templates/babel.cfg",
    "templates/locale/messages.pot",
    "storage/migrations/script.py.mako",
}
MODEL = "handlers/faq/model.bin"
MADE = {MODEL, "storage/prepared/sqlite.json", "storage/prepared/postgresql.json"}
TOOLS = Path(sys.executable).parent

pytestmark = pytest.mark.slow


def run(*words: str | Path, folder: Path) -> tuple[int, str]:
    """With the machine's own settings for where packages come from, but never with our sources."""
    environment = {**os.environ, "DATABASE_URL": "sqlite:///ledger.sqlite3"}
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    return done.returncode, done.stdout + done.stderr


def copied(folder: Path) -> Path:
    """The sources without what is made from them."""
    for room in ROOMS:
        made = shutil.ignore_patterns("__pycache__", "model.bin", "prepared")
        shutil.copytree(ROOT / room, folder / room, ignore=made)
    for name in BESIDE:
        shutil.copy(ROOT / name, folder)
    return folder


def build(source: Path, *options: str) -> Path:
    """The wheel, built with the setuptools and the scikit-learn that the tests have."""
    code, told = run(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", *options, folder=source
    )
    assert code == 0, told
    (wheel,) = (source / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Built from the source distribution, as `python -m build` does; by one worker for all."""
    base = tmp_path_factory.getbasetemp()
    source = (base if worker_id == "master" else base.parent) / "source"
    with source.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = list(source.glob("dist/*.whl"))
        return found[0] if found else build(copied(source))


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel is installed, with no extras, and nothing else but what it depends on."""
    place = tmp_path_factory.mktemp("environment")
    for words in (
        ("venv", "--quiet", "--python", sys.executable, "."),
        ("pip", "install", "--quiet", "--python", "bin/python",
         "--constraint", ROOT / "requirements.txt", wheel),
    ):  # fmt: skip
        code, told = run(TOOLS / "uv", *words, folder=place)
        assert code == 0, told
    return place / "bin"


def test_every_file_of_the_rooms_is_in_the_wheel(wheel: Path, tmp_path: Path) -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == there - FOR_DEVELOPERS | MADE


def test_one_that_is_built_at_once_holds_the_same(wheel: Path, tmp_path: Path) -> None:
    """What has been learnt already is not learnt again."""
    source = copied(tmp_path)
    ZipFile(wheel).extract(MODEL, source)
    at_once = ZipFile(build(source, "--wheel"))
    assert set(at_once.namelist()) == set(ZipFile(wheel).namelist())
    assert at_once.read(MODEL) == ZipFile(wheel).read(MODEL)


def test_a_wheel_that_could_not_learn_is_not_made(tmp_path: Path) -> None:
    source = copied(tmp_path)
    (source / "handlers" / "faq" / "phrasings.txt").write_text("[hva nb]\nHva er en kode?\n")
    code, told = run(
        sys.executable, "-m", "build", "--no-isolation", "--wheel", folder=source
    )  # fmt: skip
    assert code == 1
    assert "The phrasings cannot be learnt from: Linje 1: [hva nb]" in told
    assert not list(tmp_path.rglob("*.whl"))


def test_the_command_works_from_an_empty_folder(environment: Path, tmp_path: Path) -> None:
    command = environment / "godkjenningsbot"
    code, told = run(command, "--help", folder=tmp_path)
    assert code == 0
    assert "Bruk: godkjenningsbot " in told
    assert "godkjenningsbot doctor" in told
    code, told = run(command, "--version", folder=tmp_path)
    assert (code, told) == (0, f"godkjenningsbot {version()}\n")
    code, told = run(command, "faq", "ask", "når går koden ut", folder=tmp_path)
    assert (code, "Emne: expiry" in told, "60 dager" in told) == (0, True, True), told
    code, told = run(command, "organisation", "add", "T012AB", "Røde Kors", folder=tmp_path)
    assert (code, "godkjenningsbot organisation approve T012AB" in told) == (0, True), told


@pytest.mark.parametrize(
    ("words", "extra"), [(("demo",), "trial"), (("faq", "learn"), "learn")]
)  # fmt: skip
def test_what_needs_an_extra_says_in_one_sentence_what_to_install(
    environment: Path, tmp_path: Path, words: tuple[str, ...], extra: str
) -> None:
    code, told = run(environment / "godkjenningsbot", *words, folder=tmp_path)
    assert (code, len(told.splitlines())) == (2, 1), told
    assert told.endswith(f'Installer det med: pip install "godkjenningsbot[{extra}]"\n')


async def test_it_runs_without_what_it_learnt_with(environment: Path, tmp_path: Path) -> None:
    code, told = run(environment / "python", "-c", "import sklearn", folder=tmp_path)
    assert (code, "No module named 'sklearn'" in told) == (1, True)
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        async with bot_process(slack, tmp_path, [ola], PYTHONPATH="") as bot:
            bot.command = (str(environment / "godkjenningsbot"), "run")
            await bot.start()
            assert await bot.terminate() == 0
            await bot.start()  # now the tables are there
            assert "sqlalchemy" not in memory_of(bot.pid)
            assert await bot.terminate() == 0


def memory_of(pid: int) -> str:
    """The files that a process has in its memory."""
    return Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")


def test_building_needs_no_more_than_it_says() -> None:
    """As where it is built with nothing else at hand."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    there = with_theirs(project["build-system"]["requires"])
    code, told = run(sys.executable, "-c", BUILDING, json.dumps(sorted(there)), folder=ROOT)
    assert code == 0, told


BUILDING = """
import json, sys
from importlib.metadata import packages_distributions

there = set(json.loads(sys.argv[1]))
others = {name for name, of in packages_distributions().items()
          if not there & {each.lower().replace("_", "-") for each in of}}

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in others - {"bot", "handlers", "storage", "templates"}:
            raise ModuleNotFoundError(name)

import setuptools  # which brings its own along
sys.meta_path.insert(0, Nothing())
from handlers.faq import learning, phrasings, synonyms, training
from storage import compiling
list(compiling.of_ledger())
"""


def with_theirs(requirements: Iterable[str]) -> set[str]:
    """The packages of these names, and all that they need."""
    found: set[str] = set()
    wanted = [Requirement(each) for each in requirements]
    while wanted:
        each = wanted.pop()
        name = each.name.lower().replace("_", "-")
        if name not in found and (not each.marker or each.marker.evaluate()):
            found.add(name)
            wanted += map(Requirement, metadata.requires(name) or ())
    return found
