"""SQL that lies ready is what SQLAlchemy makes, and what does not is made when it is run."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from storage import compiling, sql_text, statements
from storage.compiling import DATABASES, UnknownKind, compiled, dialect_of, of_ledger
from storage.functions import Upsert
from storage.kinds import to_keep
from storage.recorded import digest, replayed, word
from storage.records import CodeState
from storage.schema import codes, misses
from storage.sql import Column, MetaData, Table, bindparam, func, insert, select
from storage.sql_text import UnknownValue, is_insert, made_from
from storage.statements import ROWS, Statements
from tests.commands import ROOT

INSERTS = {name: each for name, each in of_ledger() if is_insert(each)}


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiling, "FOLDER", folder)
        compiling.main()
    return folder


@pytest.fixture
def made(made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All of it, made of this code."""
    monkeypatch.setattr(statements, "FOLDER", tmp_path)
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("database", DATABASES)
def test_what_lies_ready_is_what_sqlalchemy_makes(
    made: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    said = list(of_ledger())
    anew = [compiled(each, database) for _, each in said]
    monkeypatch.setattr(compiling, "compiled", None)  # it is not asked again
    ready = Statements(database)
    for (name, each), made_anew in zip(said, anew, strict=True):
        assert ready._found(each, type(made_anew)) == made_anew, name


@pytest.mark.parametrize(
    "written",
    [b"", b"{", b"[]", b'{"made_from": "other code", "statements": {"0": {}}}'],
    ids=["empty", "cut short", "of another form", "of other code"],
)
def test_what_was_made_of_other_code_counts_for_nothing(made: Path, written: bytes) -> None:
    of_code = Statements("sqlite").prepare(INSERTS["pulse._WRITE"], {"id": "1"})
    (made / "sqlite.json").write_bytes(written)
    assert Statements("sqlite")._made == {}
    anew = Statements("sqlite").prepare(INSERTS["pulse._WRITE"], {"id": "1"})
    assert anew.sql == of_code.sql == "INSERT INTO pulse (id) VALUES (?)"


def test_nothing_made_is_nothing_amiss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "FOLDER", tmp_path / "nowhere")
    assert Statements("postgresql")._made == {}


def test_it_is_of_other_code_when_anything_changes_that_all_sql_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in sql_text.MADE_FROM:
        (tmp_path / name).write_bytes((ROOT / "storage" / name).read_bytes())
    before = made_from()
    monkeypatch.setattr(sql_text, "HERE", tmp_path)
    assert made_from() == before
    for name in sql_text.MADE_FROM:
        with (tmp_path / name).open("a") as file:
            file.write("\n")
        before, earlier = made_from(), before
        assert before != earlier


def of_sqlalchemy(
    statement: Any, database: str, names: list[str], rows: int
) -> tuple[str, list[str]]:
    """The text of an INSERT, and the columns of its parameters in their order."""
    dialect = dialect_of(database)
    said: Any = replayed(statement)
    said = said.of(dialect) if isinstance(said, Upsert) else said
    columns = {name: said.table.c[name].type for name in names}
    said = said.values(
        [
            {name: sa.bindparam(f"{name}_{row}", type_=columns[name]) for name in names}
            for row in range(rows)
        ]
    )
    made = compiling._writing_constants(dialect)(dialect, said)
    return made.string, [name.rpartition("_")[0] for name in made.positiontup]


@given(
    data=st.data(),
    name=st.sampled_from(sorted(INSERTS)),
    database=st.sampled_from(DATABASES),
    rows=st.sampled_from(ROWS),
)
def test_an_insert_of_some_columns_is_sqlalchemys_own(
    data: st.DataObject, name: str, database: str, rows: int
) -> None:
    columns = replayed(INSERTS[name]).table.c
    needed = {each.key for each in columns if each.primary_key}
    names = needed | data.draw(st.sets(st.sampled_from(sorted(columns.keys()))))
    found = compiled(INSERTS[name], database).of(names, rows)
    text, parameters = of_sqlalchemy(INSERTS[name], database, sorted(names), rows)
    assert (found.text, [each for each, _ in found.parameters]) == (text, parameters)


def test_an_insert_knows_no_column_but_the_tables() -> None:
    with pytest.raises(UnknownValue, match="shoe_size"):
        compiled(INSERTS["pulse._WRITE"], "sqlite").of(("id", "shoe_size"))


DIGESTS = """
import json
from storage.compiling import of_ledger
from storage.recorded import digest
print(json.dumps({name: digest(each).hex() for name, each in of_ledger()}))
"""


def test_a_statement_has_the_same_digest_in_every_process() -> None:
    here = {name: digest(each).hex() for name, each in of_ledger()}
    command = [sys.executable, "-c", DIGESTS]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert json.loads(told.stdout) == here


def test_what_is_said_otherwise_has_another_digest() -> None:
    said: list[Any] = [
        select(codes.c.id),
        select(codes.c.hint),
        select(misses.c.id),
        select(codes.c.id).limit(1),
        select(codes.c.id).limit(2),
        select(codes.c.id).limit(True),
        select(codes.c.id).limit("1"),  # type: ignore[arg-type]
        select(codes.c.id).limit(bindparam("1")),
        select(codes.c.id).where(codes.c.state == CodeState.ACTIVE),
        select(codes.c.id).where(codes.c.state != CodeState.ACTIVE),
        select(codes.c.id).where(codes.c.state == CodeState.EXPIRED),
        select(codes.c.id).where(codes.c.state == str(CodeState.EXPIRED)),
        select(codes.c.id).where(codes.c.made_at > datetime(2026, 1, 1, tzinfo=UTC)),
        select(codes.c.id).where(codes.c.made_at > datetime(2026, 1, 2, tzinfo=UTC)),
        select(codes.c.id, codes.c.hint),
        select(codes.c.id).with_for_update(read=True),
        select(codes.c.id).with_for_update(read=False),
        select(func.count()),
        func.count,
    ]
    assert len({digest(each) for each in said}) == len(said)


def test_what_is_said_alike_has_the_same() -> None:
    def said() -> Any:
        return select(codes.c.id, func.count().label("n")).where(codes.c.id == bindparam("which"))

    assert digest(said()) == digest(said())
    assert compiled(said(), "sqlite") == compiled(said(), "sqlite")


def test_a_recording_decides_nothing() -> None:
    is_active: Any = codes.c.state == CodeState.ACTIVE
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(is_active)
    with pytest.raises(TypeError):
        list(is_active)
    with pytest.raises(TypeError):
        is_active in [select(codes.c.id)]  # noqa: B015


def test_what_is_not_written_the_same_way_twice_cannot_be_said() -> None:
    with pytest.raises(TypeError, match="with a object in it"):
        digest(select(codes.c.id).where(codes.c.id == object()))


def test_a_word_that_sqlalchemy_does_not_know_is_an_error() -> None:
    with pytest.raises(AttributeError, match="chose"):
        replayed(word("chose"))


def test_values_of_a_type_that_nobody_converts_are_refused() -> None:
    table = Table("odd", MetaData(), Column("id", word("JSON")))
    with pytest.raises(UnknownKind, match="JSON"):
        compiled(insert(table), "sqlite")


@pytest.mark.parametrize("database", DATABASES)
def test_what_is_neither_true_nor_false_is_not_kept_as_if_it_were(database: str) -> None:
    keep = to_keep("boolean", database)
    assert keep is not None
    assert [keep(value) for value in (True, False, None)] == [True, False, None]
    with pytest.raises(TypeError):
        keep("false")
