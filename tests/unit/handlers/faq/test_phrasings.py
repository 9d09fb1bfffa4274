"""The file that the bot learns from: what can be written in it, and what is wrong with it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.faq import learning, phrasings, synonyms
from handlers.faq.model import Caution, FeatureTable, Model, written
from handlers.faq.phrasings import LABELS, LANGUAGES, BadPhrasings, Phrasing, SmallTalk
from handlers.faq.synonyms import BadSynonyms
from storage.records import Topic


def test_headings_remarks_and_lines() -> None:
    text = "# Om filen\n\n[expiry nn]\nNår går han ut?\n  # et notat\n[none]\n  Hei på deg  \n"
    assert phrasings.read(text) == [
        Phrasing("expiry", "nn", "Når går han ut?"),
        Phrasing("none", "nb", "Hei på deg"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Når går den ut?", "Linje 1: teksten står ikke under noe emne."),
        ("\n[expirry nb]\nx", "Linje 2: [expirry nb] er ikke [emne språk]."),
        ("[expiry norsk]\nx", "Linje 1: [expiry norsk] er ikke [emne språk]."),
        ("[expiry nb", "Linje 1: [expiry nb er ikke"),
        ("[?]\nx", "Linje 1: sett et emne i stedet for spørsmålstegnet"),
        ("[? nb]\nx", "Linje 1: sett et emne"),
        ("[expiry ?]\nx", "Linje 1: sett et språk i stedet for spørsmålstegnet i [expiry ?]."),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(BadPhrasings) as refused:
        phrasings.read(text)
    assert told in str(refused.value)


def test_our_own_file_has_enough_of_everything() -> None:
    known = phrasings.read(phrasings.FILE.read_text(encoding="utf-8"))
    for topic in Topic:
        ours = [each for each in known if each.label == topic]
        assert len(ours) >= 30, topic
        assert {each.language for each in ours} == set(LANGUAGES), topic
    assert len([each for each in known if each.label == phrasings.NONE]) >= 400
    assert set(SmallTalk) <= {each.label for each in known}


def test_nothing_stands_in_our_file_under_two_topics() -> None:
    places: dict[str, set[str]] = {}
    for each in phrasings.read(phrasings.FILE.read_text(encoding="utf-8")):
        if each.label in LABELS:
            places.setdefault(" ".join(each.text.casefold().split()), set()).add(each.label)
    assert {text: found for text, found in places.items() if len(found) > 1} == {}


lines = st.text(max_size=80)


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LANGUAGES), lines)))
def test_whatever_is_exported_can_be_read_again(rows: list[tuple[str, str, str]]) -> None:
    read = phrasings.read(phrasings.write(rows))
    assert [(each.label, each.language) for each in read] == [row[:2] for row in rows]


def table(features: Sequence[str], *numbers: float) -> FeatureTable:
    return FeatureTable.of(features, numbers, 2)


CAUTION = Caution({"expiry": 0.5}, 0.1)


def test_a_model_is_kept_until_what_it_is_made_of_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in learning.MADE_FROM:
        (tmp_path / name).write_bytes((learning.HERE / name).read_bytes())
    monkeypatch.setattr(learning, "HERE", tmp_path)
    monkeypatch.setattr(learning, "MODEL", tmp_path / "model.bin")
    assert learning.kept() is None
    views = {
        "words": table(["min kode", "kode"], 1.5, -2.0, 0.5, 0.25),
        "pieces": table(["ko"], 1, 3),
    }
    model = Model(["x"], [0.5], views, CAUTION)
    learning.keep(written(model, learning.fingerprint()))
    found = learning.kept()
    assert found
    words = found.views["words"]
    steps = words.row("kode") or ()
    assert [step * words.step for step in steps] == pytest.approx([0.5, 0.25], abs=1e-4)
    assert words.row("ko") is None
    assert found.caution == CAUTION
    assert written(found, "") == written(model, "")
    with (tmp_path / "phrasings.txt").open("a", encoding="utf-8") as file:
        file.write("\n[expiry nb]\nEnda en måte å spørre på\n")
    assert learning.kept() is None


@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b"[]", b"null", b"{}", b'{"form": 0}', b"\xff", b"HEAD", b"HEAD\nkode",
     b"HEAD\nkode\n...", b"HEAD\n\xff\n...."],
)  # fmt: skip
def test_a_broken_model_is_learnt_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bytes
) -> None:
    monkeypatch.setattr(learning, "MODEL", tmp_path / "model.bin")
    model = Model(["x"], [0.5], {"words": table(["kode"], 1.5, -2.0)}, CAUTION)
    head = written(model, learning.fingerprint()).splitlines()[0]
    (tmp_path / "model.bin").write_bytes(broken.replace(b"HEAD", head))
    assert learning.kept() is None


def test_a_folder_that_cannot_be_written_in_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "HERE", tmp_path / "nowhere")
    learning.keep(b"x")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("utløpe", "Linje 1: skriv et navn, kolon og ord"),
        ("utløpe:", "Linje 1: skriv et navn, kolon og ord"),
        ("# om\n: ord", "Linje 2: skriv et navn, kolon og ord"),
        ("ny: ny\nny: fersk", "Linje 2: «ny» står to ganger."),
    ],
)
def test_what_is_wrong_with_the_synonyms_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(BadSynonyms) as refused:
        synonyms.read(text)
    assert told in str(refused.value)


def test_words_on_one_line_mean_the_same() -> None:
    known = synonyms.read("# om\nutløpe: utløp* død (\n\nny: NY fersk*")
    assert {name for name, found in known.items() if found.fullmatch("utloper")} == {"utløpe"}
    assert {name for name, found in known.items() if found.fullmatch("ferske")} == {"ny"}
    assert {name for name, found in known.items() if found.fullmatch("nye")} == set()
    assert {name for name, found in known.items() if found.fullmatch("(")} == {"utløpe"}
    assert set(synonyms.meanings("expires")) & set(synonyms.meanings("utlopt"))
