"""That a code was used is said by hand, where TechSoup makes the codes."""

import asyncio
from datetime import date, timedelta

import pytest

from storage import audit, codes, making, meeting, noting, outbox, registering, using
from storage.checking import Checking
from storage.database import Database
from storage.making import Pasted
from storage.notice_times import midnight
from storage.noting import NewUse
from storage.once import Question
from storage.records import OSLO, Action, Issuer, Use
from storage.refusals import (
    IssuerChanged,
    NotYours,
    OrganisationNotApproved,
    Refusal,
    UsedAfterEnd,
    UsedAhead,
    UsedBeforeMade,
)
from storage.schema import organisations
from storage.sql import update
from storage.uses import first_of_code, of_codes
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Office
from tests.unit.storage.test_using import a_partner

CODE = "123a4567@MyNGOname"


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.begin(database, issuer=Issuer.TECHSOUP)


async def a_code(office: Office, made_on: date | None = None) -> str:
    """Of Kari, who is in Slack."""
    request_id = await office.ask()
    assert request_id
    code_id = await office.approve(request_id, pasted=CODE, made_on=made_on)
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, (await codes.find(desk, code_id)).person.id, KARI)
    return code_id


async def today(office: Office) -> date:
    async with office.looking() as desk:
        return desk.now.astimezone(OSLO).date()


async def note(
    office: Office, code_id: str, *, by: str = KARI, days_ago: int = 0, form: str = "F1"
) -> None:
    new = NewUse("Kontorpakke", await today(office) - timedelta(days=days_ago), form)
    async with office.deciding() as desk:
        await noting.note(desk, code_id, by, new)


async def uses(office: Office, code_id: str) -> list[Use]:
    async with office.looking() as desk:
        found = await of_codes(desk, [code_id], most=9)
    return [*found[code_id].newest] if found else []


async def told(office: Office) -> list[str]:
    async with office.looking() as desk:
        latest = await outbox.latest(desk, 100)
    return sorted(each.recipient or "" for each in latest if each.kind == using.FIRST_USE)


async def test_whoever_has_the_code_says_that_it_was_used(office: Office) -> None:
    code_id = await a_code(office)
    await note(office, code_id)
    (use,) = await uses(office, code_id)
    assert (use.service, use.noted_by, use.partner) == ("Kontorpakke", KARI, None)
    async with office.looking() as desk:
        newest, *_ = await audit.happened(desk, most=1)
    assert (newest.id, newest.action, newest.actor) == (use.id, Action.CODE_USE_NOTED, KARI)
    assert (newest.service, newest.person, newest.is_partners) == (
        "Kontorpakke",
        "Kari Nordmann",
        False,
    )


async def test_the_first_makes_the_organisation_a_valid_user_and_is_told_once(
    office: Office,
) -> None:
    code_id = await a_code(office)
    await note(office, code_id, by=OLA)
    await note(office, code_id, by=ANNE, form="F2")
    assert await told(office) == [ANNE, KARI, OLA]
    assert (await office.look()).organisation.valid_user_since is not None
    by_whom = {use.noted_by: use for use in await uses(office, code_id)}
    async with office.looking() as desk:
        assert await first_of_code(desk, code_id) == by_whom[OLA]
    assert by_whom.keys() == {OLA, ANNE}


async def test_it_is_one_from_the_earliest_day_of_which_that_is_said(office: Office) -> None:
    first = midnight(await today(office) - timedelta(days=5))
    code_id = await a_code(office, made_on=first.astimezone(OSLO).date())
    found = []
    for form, days_ago in enumerate((2, 1, 5)):
        await note(office, code_id, days_ago=days_ago, form=f"F{form}")
        found.append((await office.look()).organisation.valid_user_since)
    assert found == [first + timedelta(days=3), first + timedelta(days=3), first]
    assert await told(office) == [ANNE, KARI, OLA]


async def test_of_the_day_on_which_it_was_made_it_was_used_once_it_was_there(
    office: Office, clock: TravellingClock
) -> None:
    made_at = clock()
    code_id = await a_code(office)
    clock.forward(days=2)
    await note(office, code_id, days_ago=2)
    assert [use.used_at for use in await uses(office, code_id)] == [made_at]
    assert (await office.look()).organisation.valid_user_since == made_at


async def test_the_same_form_sent_again_is_one_use(office: Office) -> None:
    code_id = await a_code(office)
    for _ in range(3):
        await note(office, code_id)
    assert len(await uses(office, code_id)) == 1
    async with office.looking() as desk:
        happened = await audit.happened(desk, most=100)
    assert [each.action for each in happened].count(Action.CODE_USE_NOTED) == 1


async def test_nobody_else_says_so(office: Office) -> None:
    code_id = await a_code(office)
    with pytest.raises(NotYours):
        await note(office, code_id, by=PER)
    async with office.looking() as desk:
        with pytest.raises(NotYours):
            await noting.require_notable(desk, code_id, PER)
    assert await uses(office, code_id) == []
    assert await told(office) == []


async def test_where_the_bot_makes_the_codes_nobody_has_to(office: Office) -> None:
    code_id = await a_code(office)
    async with office.database.transaction() as transaction:
        await transaction.run(update(organisations).values(issuer=Issuer.BOT))
    with pytest.raises(IssuerChanged):
        await note(office, code_id)


async def test_nor_while_the_organisation_is_suspended(office: Office) -> None:
    code_id = await a_code(office)
    async with office.deciding() as desk:
        await registering.suspend(desk, "Sjekkes")
    with pytest.raises(OrganisationNotApproved):
        await note(office, code_id)


async def refused(office: Office, code_id: str, days_ago: int) -> type[Refusal] | None:
    try:
        await note(office, code_id, days_ago=days_ago, form=f"F{days_ago}")
    except Refusal as refusal:
        return type(refusal)
    return None


async def test_it_was_used_on_a_day_on_which_it_was_good(
    office: Office, clock: TravellingClock
) -> None:
    code_id = await a_code(office, await today(office) - timedelta(days=20))
    assert await refused(office, code_id, -1) is UsedAhead
    assert await refused(office, code_id, 21) is UsedBeforeMade
    assert await refused(office, code_id, 20) is None
    assert await refused(office, code_id, 0) is None
    clock.forward(days=50)  # it has run out ten days ago
    assert await refused(office, code_id, 9) is UsedAfterEnd
    assert await refused(office, code_id, 11) is None
    days = [use.used_at.astimezone(OSLO).date() for use in await uses(office, code_id)]
    now = await today(office)
    assert [(now - day).days for day in days] == [11, 50, 70]


async def test_of_one_that_was_withdrawn_until_then(office: Office, clock: TravellingClock) -> None:
    code_id = await a_code(office)
    clock.forward(days=3)
    async with office.deciding() as desk:
        await making.revoke(desk, code_id, OLA)
    clock.forward(days=3)
    assert await refused(office, code_id, 2) is UsedAfterEnd
    assert await refused(office, code_id, 3) is None


async def test_of_one_that_was_replaced_until_then(office: Office, clock: TravellingClock) -> None:
    code_id = await a_code(office)
    clock.forward(days=3)
    async with office.deciding() as desk:
        await making.refresh(desk, code_id, OLA, Pasted("89ab4567@MyNGOname"))
    clock.forward(days=3)
    assert await refused(office, code_id, 2) is UsedAfterEnd
    assert await refused(office, code_id, 3) is None


async def test_said_and_asked_at_once_one_of_them_is_the_first_and_both_are_kept(
    office: Office,
) -> None:
    """A partner may ask of a code that TechSoup has made and somebody has pasted here."""
    code_id = await a_code(office)
    partner = await a_partner(office)
    questions = [Question(partner, CODE, "Sky", f"O-{n}") for n in range(5)]
    asked = [Checking(office.ledger).check(each) for each in questions]
    said = [note(office, code_id, form=f"F{n}") for n in range(5)]
    await asyncio.gather(*(each for pair in zip(said, asked, strict=True) for each in pair))
    assert len(await uses(office, code_id)) == 9  # as many as were wanted
    async with office.looking() as desk:
        found = (await of_codes(desk, [code_id], most=3))[code_id]
    assert (found.count, found.others) == (10, 7)
    assert await told(office) == [ANNE, KARI, OLA]
