"""Nothing that the ledger tells apart is forgotten among what is looked at."""

from collections.abc import Iterable
from enum import StrEnum

from handlers.telling.registry import BY_KIND
from storage.records import CodeState, Issuer, OrganisationState, RequestKind
from templates import ids
from templates.words import Words
from tests.unit.templates.cast import ASKER, NOW, ORDINARY
from tests.unit.templates.screens import ALL_SCREENS
from tests.unit.templates.table import PLACES, ROLES, cells, states

STATES = states(ORDINARY)


def missing(kind: type[StrEnum], found: Iterable[StrEnum]) -> set[StrEnum]:
    return set(kind) - set(found)


def test_a_code_of_ones_own_may_be_in_any_state() -> None:
    found = [code.state_at(NOW) for each in STATES.values() for code in each.codes]
    assert missing(CodeState, found) == set()


def test_one_may_wait_for_anything_and_for_anybody() -> None:
    waited_for = [request for each in STATES.values() for request in each.asked]
    assert missing(RequestKind, [request.kind for request in waited_for]) == set()
    assert {request.person.user_id for request in waited_for} == {ASKER, "U0OTHER", None}


def test_the_organisation_may_be_in_any_state_of_any_kind_and_without_account_holders() -> None:
    assert missing(OrganisationState, [place.state for place in PLACES.values()]) == set()
    assert missing(Issuer, [place.issuer for place in PLACES.values()]) == set()
    assert {len(place.holders) for place in PLACES.values()} == {0, 1, 2}


def test_everybody_meets_every_state_of_theirs() -> None:
    found = {(cell.role, cell.name) for cell in cells(ORDINARY)}
    assert len(found) == len(list(cells(ORDINARY)))
    assert {role for role, _ in found} == set(ROLES)
    for state in STATES:
        assert ("holder", "holder" if state == "nothing" else f"holder-{state}") in found
        assert ("member", "member" if state == "nothing" else state) in found


def test_every_view_is_rendered(words: Words) -> None:
    shown = [screen.seen(words).view for screen in ALL_SCREENS]
    found = {view["callback_id"] for view in shown if view and view["type"] == "modal"}
    known = {value for name, value in vars(ids).items() if name.startswith("VIEW_")}
    assert known - found == set()


def test_every_notice_is_rendered() -> None:
    """Of a code that runs out there is one kind for each time before."""
    found = {screen.name.split(":")[1].split("/")[0] for screen in ALL_SCREENS}
    assert {kind for kind in BY_KIND if not kind.startswith(tuple(found))} == set()
