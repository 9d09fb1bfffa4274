"""What looks like a code, an address or a number never gets into what is kept of a question."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.keys import CODE_FORMAT
from storage.scrubbing import EXAMPLE, codes_in, scrubbed

letters = st.text(string.ascii_letters + string.digits, min_size=8, max_size=8)
names = st.text(string.ascii_letters + string.digits, min_size=1, max_size=30)
codes = st.builds(lambda first, name: f"{first}@{name}", letters, names)
around = st.text(st.characters(exclude_characters="@._%+-"), max_size=20)


@given(around, codes, around)
def test_a_code_in_a_sentence_is_found_and_taken_out(before: str, code: str, after: str) -> None:
    text = f"{before} {code} {after}"
    assert code in codes_in(text) or code == EXAMPLE
    kept = scrubbed(text)
    assert code not in kept
    assert not CODE_FORMAT.search(kept)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("er ab12cd34@RodeKors gyldig?", ["ab12cd34@RodeKors"]),
        ("(ab12cd34@RodeKors)", ["ab12cd34@RodeKors"]),
        ("«ab12cd34@RodeKors».", ["ab12cd34@RodeKors"]),
        ("ab12cd34 @ RodeKors", ["ab12cd34@RodeKors"]),
        ("ab12cd34@RodeKors ab12cd34@RodeKors", ["ab12cd34@RodeKors"]),
        ("ab12cd34@RodeKors-koden", ["ab12cd34@RodeKors"]),
        ("_ab12cd34@RodeKors_", ["ab12cd34@RodeKors"]),
        ("ab12cd34@RodeKors.Hva nå?", ["ab12cd34@RodeKors"]),
        ("/ab12cd34@RodeKors/", ["ab12cd34@RodeKors"]),
        ("kari1234@eksempel.no", []),
        ("kari1234@rode-kors.no", []),
        ("nordmann@rødekors.no", []),
        ("styret25@lag.ålesund.no", []),
        ("STYRET25@FRIVILLIG.NO", []),
        ("skriv til STYRET25@FRIVILLIG.ORG.", []),
        ("AB12CD34@RODEKORS. Hva nå?", ["AB12CD34@RODEKORS"]),
        ("xkari1234@RodeKors", []),
        (EXAMPLE, []),
        ("@RodeKors", []),
        ("a" * 8 + "@" + "b" * 200, []),
    ],
)
def test_what_is_a_code_and_what_is_not(text: str, found: list[str]) -> None:
    assert codes_in(text) == found


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("skriv til ola.nordmann+x@eksempel.no nå", "skriv til [adresse] nå"),
        ("ring 22 33 44 55", "ring [tall]"),
        ("ring +47 99 88 77 66!", "ring [tall]!"),
        ("fnr 01017012345", "fnr [tall]"),
        ("konto 1234.56.78903", "konto [tall]"),
        ("er 91c2207 en kode", "er [kode] en kode"),
        ("xkari1234@RodeKors", "[adresse]"),
        ("se https://eksempel.no/?t=abc123", "se [lenke]"),
        ("www.eksempel.no/x", "[lenke]"),
        ("vi er 5 i styret og fikk 2 koder i 2026", "vi er 5 i styret og fikk 2 koder i 2026"),
        ("Microsoft365 og Office 2021", "Microsoft365 og Office 2021"),
        ("når går koden ut?", "når går koden ut?"),
        ("_ab12cd34@RodeKors_ er min", "[kode] er min"),
        ("min ab12cd34@RodeKors-kode", "min [kode]"),
        ("ab12cd34@RodeKors.Hva nå", "[kode] nå"),
        ("ola@rode-kors.no", "[adresse]"),
        ("ola (at) eksempel.no", "[adresse]"),
        ("ola[at]eksempel.no", "[adresse]"),
        ("ola＠eksempel.no", "[adresse]"),
        ("a@b @c@d", "[adresse]"),
        ("_22334455_", "_[tall]_"),
        ("tlf22334455", "[kode]"),
        ("22–33–44–55", "[tall]"),
        ("22 - 33 - 44 - 55", "[tall]"),
        ("nr22 33 44 55kr", "nr[tall]kr"),
    ],
)
def test_what_is_kept(text: str, kept: str) -> None:
    assert scrubbed(text) == kept


@given(st.text(max_size=300))
def test_nothing_that_is_kept_has_an_at_sign_between_letters(text: str) -> None:
    assert not re.search(r"[^\s@<>,;] ?@ ?[^\s@<>,;]", scrubbed(text))


@pytest.mark.parametrize("letter", ["a", "1", "@", "_", "a@", "(at)", "1 ", "a1", "www."])
def test_a_long_word_is_read_once(letter: str) -> None:
    """Reading it again from each letter would take minutes, and stand in the way of everybody."""
    text = letter * (100_000 // len(letter))
    assert len(scrubbed(text)) <= len(text)
    assert codes_in(text) == []
