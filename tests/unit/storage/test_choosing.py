"""Which of several organisations in one workspace somebody means."""

import pytest

from storage import choosing, holding, organisations, requests
from storage.organisations import of_team
from storage.records import OPERATOR, OrganisationState
from storage.refusals import NotFound, SeveralOrganisations
from tests.conftest import TravellingClock
from tests.unit.storage.cast import KARI, OLA, PER, TEAM, Office, details


@pytest.fixture
async def both(office: Office, clock: TravellingClock) -> list[str]:
    """The ids of two organisations of one workspace."""
    clock.forward(seconds=1)
    async with office.database.transaction() as transaction:
        assert not await organisations.add(transaction, TEAM, "Nabolaget")
        approved = OrganisationState.APPROVED
        assert await organisations.add(transaction, TEAM, "Nabolaget", state=approved, another=True)
        return [each.id for each in await of_team(transaction, TEAM)]


async def test_which_is_meant_has_to_be_said(office: Office, both: list[str]) -> None:
    for opened in (office.ledger.looking, office.ledger.asking, office.ledger.deciding):
        with pytest.raises(SeveralOrganisations):
            async with opened(TEAM):
                pass
    for which in both:
        async with office.ledger.looking_at(which) as desk:
            assert desk.standing.is_one_of_several


async def test_one_alone_is_meant_by_its_workspace(office: Office) -> None:
    async with office.looking() as desk:
        assert not desk.standing.is_one_of_several


async def test_somebody_belongs_where_they_decide_or_are_entered(
    office: Office, both: list[str]
) -> None:
    ours, theirs = both
    known = requests.SlackMember(KARI, "Kari Nordmann")
    async with office.ledger.deciding_at(theirs) as desk:
        await holding.add(desk, PER, OPERATOR)
    async with office.ledger.asking_at(theirs) as desk:
        await requests.ask(desk, requests.NewRequest(KARI, details(), "", "V9", known))
    async with office.database.reading() as reading:
        belongs = {
            user: [await choosing.belongs_to(reading, each, user) for each in (ours, theirs)]
            for user in (OLA, KARI, PER, "U0NOBODY")
        }
    assert belongs == {
        OLA: [True, False],
        KARI: [False, True],
        PER: [False, True],
        "U0NOBODY": [False, False],
    }


async def test_whose_a_record_is(office: Office, both: list[str]) -> None:
    ours, theirs = both
    async with office.ledger.asking_at(ours) as desk:
        request = await requests.ask(desk, requests.NewRequest(KARI, details(), "", "V9"))
    assert request
    async with office.database.reading() as reading:
        assert await choosing.owners(reading, [request]) == {ours}
        assert await choosing.owners(reading, [request, theirs]) == {ours, theirs}
        assert await choosing.owners(reading, ["0" * 26]) == frozenset()


async def test_what_was_chosen_last_counts_and_none_of_another_workspace_can_be(
    office: Office, both: list[str]
) -> None:
    elsewhere = await Office.begin(office.database, team="T0ELSEWHERE", name="Laget")
    for which in both:
        async with office.database.transaction() as transaction:
            await choosing.choose(transaction, TEAM, KARI, which)
        async with office.database.reading() as reading:
            assert await choosing.chosen(reading, TEAM, KARI) == which
            assert await choosing.chosen(reading, "T0ELSEWHERE", KARI) is None
    with pytest.raises(NotFound):
        async with office.database.transaction() as transaction:
            await choosing.choose(transaction, TEAM, KARI, elsewhere.standing.organisation.id)
