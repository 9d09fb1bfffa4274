"""What somebody wrote in Slack, as it is understood; and questions that are alike."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.faq.grouping import as_phrasings, grouped
from handlers.faq.matcher import Matcher
from handlers.faq.normalising import words
from handlers.faq.phrasings import read
from handlers.faq.reading import plain, understand, understand_each
from storage.records import Question, Topic, Verdict
from storage.scrubbing import scrubbed

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("<@U0BOT> når går koden ut?", "når går koden ut?"),
        ("hei <@U0OLA|ola>, hva er dette?", "hei , hva er dette?"),
        ("<!here> <!channel> <!subteam^S0X|@styret> spør", "spør"),
        ("se <https://eksempel.no/kode|siden>", "se siden"),
        ("se <https://eksempel.no/kode>", "se https://eksempel.no/kode"),
        ("skriv til <mailto:ola@eksempel.no|ola@eksempel.no>", "skriv til ola@eksempel.no"),
        ("ring <tel:+4722334455|22 33 44 55>", "ring 22 33 44 55"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("```kode```  og `kode` :wave: :+1:", "kode og kode"),
        ("i <#C012AB3CD|styret>", "i"),
        ("_når_ går *koden* ~ut~ i snake_case", "når går koden ut i snake_case"),
        ("når\x00går \ud83d koden\x1but", "når går koden ut"),
        ("", ""),
    ],
)
def test_markup_is_read_as_a_person_reads_it(written: str, seen: str) -> None:
    assert plain(written) == seen


@given(st.text(max_size=500))
def test_nothing_that_is_written_breaks_reading(text: str) -> None:
    assert isinstance(plain(text), str)


def test_a_code_is_seen_and_does_not_disturb_the_question(matcher: Matcher) -> None:
    asked = understand("jeg har fått ab12cd34@RodeKors, hva gjør jeg nå?", matcher)
    assert asked.codes == ("ab12cd34@RodeKors",)
    assert asked.match.label == "after"


def test_a_code_with_a_gap_in_it_is_not_taken_for_somebody(matcher: Matcher) -> None:
    """Its secret half would else be kept with the question."""
    asked = understand("når går koden abcdefgh @RodeKors ut?", matcher)
    assert asked.codes == ("abcdefgh@RodeKors",)
    assert "abcdefgh" not in scrubbed(asked.text)


@pytest.mark.parametrize(
    "dressed",
    [
        "_ab12cd34@RodeKors_",
        "*ab12cd34*@RodeKors",
        "*_ab12cd34@RodeKors_*",
        "`ab12cd34@RodeKors`",
        "ab12cd34@RodeKors-koden",
        "ab12cd34@RodeKors.Hva nå",
        "ab12cd34@RodeKors…",
        "&lt;ab12cd34@RodeKors&gt;",
        "<https://eksempel.no/?kode=ab12cd34@RodeKors|her>",
        "<mailto:ab12cd34@RodeKors|ab12cd34@RodeKors>",
        "ab12cd34@RodeKors.",
        "ab12cd34@RodeKors\nHva er dette?",
    ],
)
def test_a_code_is_seen_however_it_is_dressed(matcher: Matcher, dressed: str) -> None:
    assert understand(f"er {dressed} min?", matcher).codes == ("ab12cd34@RodeKors",)


@pytest.mark.parametrize("text", ["", "😀", ":tada: :tada:", "<@U0BOT>", "?!", "   "])
def test_what_has_no_words_is_empty(matcher: Matcher, text: str) -> None:
    assert understand(text, matcher).is_empty


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("Kva er godkjenningskodane?", "hva er kode"),
        ("ka e kodn førr", "hva er kode forr"),
        ("sammekode", "samme kode"),
        ("rabattkode, PIN-kode", "annenkode rabatt annenkode pin"),
        ("adgangskodn til døra", "annenkode adgangs til dora"),
        ("godkjenniskode godkjeningskoden validation token", "kode kode validation kode"),
        ("neeeei", "neei"),
    ],
)  # fmt: skip
def test_words_are_the_same_however_they_were_typed(typed: str, read_as: str) -> None:
    assert " ".join(words(typed)) == read_as


def question(text: str, picked: Topic | None = None, *, answered: Topic | None = None) -> Question:
    verdict, helpful = (Verdict.ANSWERED, False) if answered else (Verdict.REFUSED, None)
    until = NOW + timedelta(days=90)
    return Question("x", "o", NOW, text, verdict, answered, picked, helpful, until)


def test_questions_that_are_alike_stand_together() -> None:
    asked = [
        question("Hva koster Adobe?"),
        question("hva koster adobe for oss"),
        question("Når er årsmøtet?"),
        question("kva kostar adobe"),
    ]
    assert [(group.text, group.count) for group in grouped(asked)] == [
        ("Hva koster Adobe?", 2),
        ("Når er årsmøtet?", 1),
        ("kva kostar adobe", 1),
    ]


def test_what_the_askers_chose_is_where_it_is_exported_to() -> None:
    asked = [
        question("hvor lenge lever tokenet", Topic.EXPIRY),
        question("Hvor lenge lever tokenet?", Topic.EXPIRY),
        question("[ta meg med] ut"),
    ]
    text = as_phrasings(grouped(asked))
    assert text == (
        "[expiry ?]\nhvor lenge lever tokenet\nHvor lenge lever tokenet?\n\n[? ?]\nta meg med] ut\n"
    )
    decided = read(text.replace("[? ?]", "[none nb]").replace("?]", "nb]"))
    assert [each.label for each in decided] == ["expiry", "expiry", "none"]


def test_a_wrong_answer_is_not_exported_as_what_it_was_about() -> None:
    asked = [question("når kommer rabatten", answered=Topic.EXPIRY)]
    assert as_phrasings(grouped(asked)) == "[? ?]\nnår kommer rabatten\n"
    asked.append(question("Når kommer rabatten?", Topic.AFTER, answered=Topic.EXPIRY))
    assert as_phrasings(grouped(asked)).startswith("[after ?]\n")


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Hvordan ser koden ut? Hvor mange koder kan jeg ha?", ["looks", "how_many"]),
        ("Når går koden ut, og hvor mange koder kan jeg ha?", ["expiry", "how_many"]),
        ("What is a validation code and how many codes may I have?", ["what", "how_many"]),
        ("Kva er godkjenningskode og kor lenge er koden gyldig?", ["what", "expiry"]),
        ("Når går koden ut? Hvor lenge er koden gyldig?", ["expiry"]),
        ("Hvem er kontoholder og medlem her?", ["holder"]),
        ("Når går koden ut? Takk!", ["expiry"]),
    ],
)
def test_two_questions_are_two_where_each_is_clear(
    matcher: Matcher, text: str, topics: list[str]
) -> None:
    assert [each.match.label for each in understand_each(text, matcher)] == topics


def test_a_code_behind_a_link_is_seen_beside_two_questions(matcher: Matcher) -> None:
    hidden = "<https://eksempel.no/?kode=ab12cd34@RodeKors|her>"
    asked = understand_each(f"Hvordan ser koden ut {hidden}? Hvor mange koder kan jeg ha?", matcher)
    assert len(asked) == 2
    assert [code for each in asked for code in each.codes] == ["ab12cd34@RodeKors"]


@given(st.text(max_size=200))
def test_however_it_is_written_there_are_one_or_two(matcher: Matcher, text: str) -> None:
    asked = understand_each(text, matcher)
    assert len(asked) in (1, 2)
    assert {code for each in asked for code in each.codes} <= set(understand(text, matcher).codes)
