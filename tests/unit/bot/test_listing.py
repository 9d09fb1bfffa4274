"""Lists: in columns for people, and in full for programs."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.operating import listing, wording
from bot.operating.listing import Column
from storage.records import (
    Action,
    CodeState,
    Issuer,
    NoticeState,
    OrganisationState,
    RequestState,
)

COLUMNS = [Column("id", "ID"), Column("name", "Navn"), Column("at", "Tid")]


def row(name: str | None, at: datetime | None = None) -> listing.Row:
    return {"id": "1", "name": name, "at": at, "more": "not shown"}


def test_columns_stand_under_their_headings() -> None:
    rows = [row("Bjørg Å"), row(None, datetime(2026, 7, 1, 22, 30, tzinfo=UTC))]
    assert list(listing.table(rows, COLUMNS)) == [
        "ID  Navn     Tid",
        "1   Bjørg Å  –",
        "1   –        2026-07-02 00:30",
    ]


def test_letters_take_the_places_they_take_on_a_terminal() -> None:
    rows = [row("日本"), row("A\u030a"), row("abcd")]
    assert list(listing.table(rows, COLUMNS))[1:] == [
        "1   日本  –",
        "1   A\u030a     –",
        "1   abcd  –",
    ]


@pytest.mark.parametrize("typed", ["a\x1b[31mb", "a\nb", "a\x9bb", "a\u202eb"])
def test_a_terminal_is_given_no_orders(typed: str) -> None:
    (_, line) = listing.table([row(typed)], COLUMNS)
    assert all(letter.isprintable() for letter in line)


def test_programs_are_told_all_and_moments_with_their_zone() -> None:
    at = datetime(2026, 7, 2, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    (told,) = json.loads(listing.as_text([row("Bjørg", at)]))
    assert told == {
        "id": "1",
        "name": "Bjørg",
        "at": "2026-07-01T22:30:00+00:00",
        "more": "not shown",
    }


def test_there_are_words_for_every_state_and_every_deed() -> None:
    said = {
        *map(wording.organisation_state, OrganisationState),
        *map(wording.issuer, Issuer),
        *map(wording.request_state, RequestState),
        *map(wording.code_state, CodeState),
        *map(wording.notice_state, NoticeState),
        *map(wording.action, Action),
    }
    assert len({wording.action(each) for each in Action}) == len(Action)
    assert all(said)
