"""Lists as files: what a Norwegian spreadsheet takes each cell for."""

import csv
import io
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.sheet import sheet

MOMENT = datetime(2026, 11, 30, 13, 5, tzinfo=UTC)
FORMULAS = ("=1+1", "+47 22 33 44 55", "-1", "@SUM(A1)", "\tinnrykk", "＝1+1", "=HYPERLINK(0)")
NUMBERS = ("1.5", "0047", "988 077 917", "12e45678", "SANN", "true", "2026-01-02", "12:30", "50 %")
TEXTS = ("Kari Nordmann", "12•••", "kari@example.org", "Blåbær; syltetøy", 'Han sa "ja"', "Nr. 5 b")


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_it_begins_with_the_mark_and_has_semicolons_and_windows_lines() -> None:
    content = sheet(["Navn", "Tid"], [["Kari", MOMENT]])
    assert content == b'\xef\xbb\xbf"Navn";"Tid"\r\n"Kari";"2026-11-30 14:05"\r\n'


@pytest.mark.parametrize("text", ["Kari,=1+1", "a,@SUM(A1),b", "Nr. 5,+47 22"])
def test_no_part_of_what_was_typed_is_a_formula_where_commas_stand_between(text: str) -> None:
    content = sheet(["Navn"], [[text]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content, newline="")))[1:] == [[text]]


@pytest.mark.parametrize("text", [*FORMULAS, *NUMBERS])
def test_what_would_be_reckoned_out_is_text(text: str) -> None:
    ((cell,),) = read(sheet([], [[text]]))[1:]
    assert cell == f"'{text.strip()}" or not text.strip().startswith(("=", "+", "-", "@"))
    assert cell.startswith("'") or text == "\tinnrykk"


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_text_stays_as_it_is(text: str) -> None:
    assert read(sheet([], [[text]]))[1:] == [[text]]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_whatever_was_typed_is_one_cell_and_no_formula(texts: list[str]) -> None:
    content = sheet(["a"] * len(texts), [texts])
    header, row = read(content)
    assert len(header) == len(row) == len(texts)
    for text, cell in zip(texts, row, strict=True):
        assert cell.removeprefix("'") == text.strip() or text.strip().startswith("'")
        assert not cell.startswith(("=", "+", "-", "@"))


def test_nothing_is_an_empty_cell() -> None:
    assert read(sheet(["a", "b"], [[None, "  "]]))[1:] == [["", ""]]


CALC = shutil.which("soffice")


@pytest.mark.skipif(CALC is None, reason="LibreOffice is not installed")
def test_a_norwegian_spreadsheet_takes_moments_for_moments_and_text_for_text(
    tmp_path: Path,
) -> None:
    """As LibreOffice opens it with semicolons and its own guesses, in Norwegian, and writes it out
    again with what each cell is."""
    assert CALC is not None
    texts = [*FORMULAS, *NUMBERS, *TEXTS]
    (tmp_path / "liste.csv").write_bytes(sheet(["Tid", "Tekst"], [[MOMENT, t] for t in texts]))
    subprocess.run(
        [
            CALC,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            # Semicolon, double quote, UTF-8, from the first line, all columns as they come, nb-NO,
            # quoted cells too, detect special numbers.
            "--infilter=CSV:59,34,76,1,,1044,false,true",
            "--convert-to",
            "fods",
            "liste.csv",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=120,
    )
    written = (tmp_path / "liste.fods").read_text(encoding="utf-8")
    assert written.count('office:date-value="2026-11-30T14:05:00"') == len(texts)
    assert "table:formula" not in written
    assert 'office:value-type="float"' not in written
    assert 'office:value-type="percentage"' not in written
    assert 'office:value-type="boolean"' not in written
