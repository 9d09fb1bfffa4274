"""The lists of an organisation's codes: which, in which order, what is found, page by page."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import code_lists, due, making
from storage.records import Code, CodesListed, CodeState
from storage.searching import MOST_WORDS, words_of
from tests.conftest import TravellingClock
from tests.unit.storage.cast import OLA, Office, details

ALL = CodesListed.ALL


async def listed(
    office: Office, which: CodesListed = ALL, text: str = "", *, most: int = 100, skip: int = 0
) -> Sequence[Code]:
    async with office.looking() as desk:
        counted = await code_lists.counts(desk, which, text)
        return await code_lists.page(desk, which, text, counted, most=most, skip=skip)


async def names(office: Office, which: CodesListed = ALL, text: str = "") -> list[str]:
    return [code.person.first_name for code in await listed(office, which, text)]


async def made(office: Office, name: str, **about: str) -> str:
    return await office.code(details(name, **about), submission=name)


@pytest.fixture
async def five(office: Office, clock: TravellingClock) -> Office:
    """One has run out unseen, one was withdrawn, one replaced, and three are good."""
    await made(office, "Utløpt")
    clock.forward(days=50)
    await made(office, "Snart")
    clock.forward(days=9)
    gone = await made(office, "Borte")
    old = await made(office, "Gammel")
    clock.forward(days=39)
    await made(office, "Fersk")
    clock.forward(hours=1)
    async with office.deciding() as desk:
        await making.revoke(desk, gone, OLA)
        await making.refresh(desk, old, OLA)
    return office


@pytest.mark.parametrize("is_swept", [False, True])
async def test_what_can_be_used_comes_first_by_who_runs_out_first(
    five: Office, is_swept: bool
) -> None:
    if is_swept:
        await due.sweep(five.ledger)
    assert await names(five) == ["Snart", "Fersk", "Gammel", "Utløpt", "Gammel", "Borte"]
    states = [code.state for code in await listed(five)]
    assert states[-2:] == [CodeState.REPLACED, CodeState.REVOKED]
    assert await names(five, CodesListed.VALID) == ["Snart", "Fersk", "Gammel"]
    assert await names(five, CodesListed.SOON) == ["Snart"]
    assert await names(five, CodesListed.EXPIRED) == ["Utløpt"]


async def test_pages_side_by_side_are_the_list(five: Office) -> None:
    whole = [code.id for code in await listed(five)]
    for most in range(1, len(whole) + 1):
        pages = [
            code.id
            for skip in range(0, len(whole), most)
            for code in await listed(five, most=most, skip=skip)
        ]
        assert pages == whole


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ærlig", ["Ærlig"]),
        ("ÆRLIG", ["Ærlig"]),
        ("nordmann ærlig", ["Ærlig"]),
        ("ærlig nettside nordmann example", ["Ærlig"]),
        ("100%", ["Prosent"]),
        ("a_b", ["Strek"]),
        ("\\", ["Skrå"]),
        ("kari", []),
        ("  ", ["Ærlig", "Prosent", "Strek", "Skrå"]),
        ("'; DROP TABLE codes", []),
    ],
)
async def test_it_is_found_by_words_of_name_address_and_purpose(
    office: Office, text: str, found: list[str]
) -> None:
    for name, email in (
        ("Ærlig", "aerlig@example.org"),
        ("Prosent", "100%@example.org"),
        ("Strek", "a_b@example.org"),
        ("Skrå", "a\\b@example.org"),
    ):
        await made(office, name, email=email)
    assert sorted(await names(office, text=text)) == sorted(found)


async def test_nothing_of_another_organisation_is_found(office: Office) -> None:
    neighbour = await Office.begin(office.database, team="T0NEXT", name="Naboen")
    await made(neighbour, "Nabo")
    assert await names(office, text="nabo") == []
    assert await names(neighbour, text="nabo") == ["Nabo"]


@given(st.text(max_size=100))
def test_whatever_is_looked_for_has_four_words_or_none(text: str) -> None:
    words = words_of(text)
    assert len(words) in (0, MOST_WORDS)
