"""An organisation is registered and waits; the operator decides; everybody concerned is told."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from storage import audit, codes, holding, organisations, registering, requests
from storage.database import Database
from storage.desk import Ledger
from storage.keys import Keyring, new_key
from storage.organisation_number import organisation_number
from storage.outbox import ORGANISATION_REGISTERED
from storage.records import OPERATOR, Action, Issuer, Organisation, OrganisationState
from storage.refusals import (
    NoAccountHolder,
    NumberMalformed,
    OrganisationChanged,
    OrganisationNotApproved,
    OrganisationThere,
    ShortNameTaken,
)
from storage.registering import ORGANISATION_DECIDED, Registration
from storage.schema import outbox
from tests.unit.storage.cast import ANNE, KARI, OLA, TEAM, details

CHANNEL = "C0DRIFT"
LAG = Registration(
    "Blåbærlaget", "988077917", "Blabaer", (OLA, ANNE), is_at_techsoup=True, issuer=Issuer.BOT
)
_TOLD = select(outbox.c.recipient, outbox.c.place).where(
    outbox.c.organisation_id == bindparam("of_organisation"), outbox.c.kind == bindparam("kind")
)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, Keyring([new_key()]))


async def register(
    ledger: Ledger, registration: Registration = LAG, *, by: str = OLA, team: str = TEAM
) -> Organisation:
    return await registering.register(ledger, team, registration, by, channel=CHANNEL)


async def told(ledger: Ledger, kind: str) -> Sequence[tuple[str | None, str | None]]:
    async with ledger.looking(TEAM) as desk:
        rows = await desk.rows(_TOLD, kind=kind)
    return sorted((row["recipient"], row["place"]) for row in rows)


async def test_it_waits_and_the_operator_is_told(ledger: Ledger) -> None:
    there = await register(ledger)
    assert (there.state, there.number, there.registered_by) == (
        OrganisationState.AWAITING,
        "988077917",
        OLA,
    )
    assert await told(ledger, ORGANISATION_REGISTERED) == [(OLA, CHANNEL)]
    assert await told(ledger, holding.HOLDER_ADDED) == [(ANNE, None)]
    async with ledger.asking(TEAM) as desk:
        form = requests.NewRequest(KARI, details(), "", "V1")
        with pytest.raises(OrganisationNotApproved):
            await requests.ask(desk, form)


async def test_the_same_form_sent_twice_is_one_registration(ledger: Ledger) -> None:
    assert await register(ledger) == await register(ledger)
    assert len(await told(ledger, ORGANISATION_REGISTERED)) == 1


async def test_a_workspace_has_one_and_whoever_is_second_is_told(ledger: Ledger) -> None:
    await register(ledger)
    with pytest.raises(OrganisationThere) as refusal:
        await register(ledger, by=ANNE)
    assert refusal.value.by == OLA
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk)
    with pytest.raises(OrganisationThere):
        await register(ledger, replace(LAG, name="Et annet"))


async def test_of_many_at_once_one_registers(ledger: Ledger) -> None:
    others = [replace(LAG, name=f"Lag {number}") for number in range(6)]
    tried = [register(ledger, each, by=f"U{number}") for number, each in enumerate(others)]
    found = await asyncio.gather(*tried, return_exceptions=True)
    assert [type(each) for each in found].count(Organisation) == 1
    assert {type(each) for each in found} == {Organisation, OrganisationThere}


@pytest.mark.parametrize("short_name", ["Blabaer", "BLABAER", "blabaer"])
async def test_a_short_name_is_one_organisations(ledger: Ledger, short_name: str) -> None:
    await register(ledger, team="T0NEXT")
    with pytest.raises(ShortNameTaken):
        await register(ledger, replace(LAG, short_name=short_name))
    async with ledger.database.reading() as reading:
        assert len(await organisations.list_all(reading)) == 1


async def test_of_many_with_one_short_name_one_has_it(ledger: Ledger) -> None:
    """At once, in as many workspaces; nobody's codes look like another's."""
    tried = [register(ledger, team=f"T0{number}") for number in range(6)]
    found = await asyncio.gather(*tried, return_exceptions=True)
    assert [type(each) for each in found].count(Organisation) == 1
    assert {type(each) for each in found} == {Organisation, ShortNameTaken}
    async with ledger.database.reading() as reading:
        named = [each.short_name for each in await organisations.list_all(reading)]
    assert named == ["Blabaer"]


async def test_somebody_must_be_account_holder(ledger: Ledger) -> None:
    with pytest.raises(NoAccountHolder):
        await register(ledger, replace(LAG, holders=()))


async def test_approved_it_makes_codes_and_all_are_told(ledger: Ledger) -> None:
    there = await register(ledger, by=KARI)
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk, "UOPERATOR", seen=there.revision)
        await registering.approve(desk, "UOPERATOR", seen=there.revision)
    decided = [(ANNE, None), (KARI, None), (OLA, None)]
    assert await told(ledger, ORGANISATION_DECIDED) == decided
    async with ledger.looking(TEAM) as desk:
        desk.standing.require_approved()
        assert desk.standing.lasting_holders == (ANNE, OLA)
        assert await codes.count_codes(desk) == 0


async def test_refused_it_is_sent_anew_with_other_account_holders(ledger: Ledger) -> None:
    there = await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        await registering.refuse(desk, "Feil nummer.", seen=there.revision)
        assert (desk.organisation.is_refused, desk.organisation.verdict) == (True, "Feil nummer.")
    anew = await register(ledger, replace(LAG, number="974760673", holders=(ANNE, KARI)), by=ANNE)
    assert (anew.is_refused, anew.number, anew.registered_by) == (False, "974760673", ANNE)
    async with ledger.looking(TEAM) as desk:
        assert set(desk.standing.lasting_holders) == {ANNE, KARI}
        actions = [row["action"] for row in await audit.history(desk)]
    assert actions == [
        Action.ORGANISATION_REGISTERED,
        Action.COLLEAGUE_ADDED,
        Action.COLLEAGUE_ADDED,
        Action.ORGANISATION_REFUSED,
        Action.ORGANISATION_REGISTERED,
        Action.COLLEAGUE_ADDED,
        Action.COLLEAGUE_REMOVED,
    ]
    assert len(await told(ledger, ORGANISATION_REGISTERED)) == 2


@pytest.mark.parametrize("first", ["approve", "refuse", "suspend", "register"])
async def test_whoever_decides_second_is_told_that_it_has_changed(
    ledger: Ledger, first: str
) -> None:
    seen = (await register(ledger)).revision
    async with ledger.deciding(TEAM) as desk:
        if first == "approve":
            await registering.approve(desk, seen=seen)
        elif first == "suspend":
            await registering.suspend(desk, seen=seen)
        else:
            await registering.refuse(desk, "Nei.", seen=seen)
    if first == "register":
        await register(ledger, replace(LAG, name="Nytt"))
    async with ledger.deciding(TEAM) as desk:
        before = desk.organisation
        with pytest.raises(OrganisationChanged):
            await registering.refuse(desk, "Av en annen grunn.", seen=seen)
        if first != "approve":
            with pytest.raises(OrganisationChanged):
                await registering.approve(desk, seen=seen)
        assert desk.organisation == before


async def test_only_what_waits_is_refused(ledger: Ledger) -> None:
    await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk)
        with pytest.raises(OrganisationChanged):
            await registering.refuse(desk, "Nei.")
        await registering.suspend(desk, reason="Lagt ned.")
        assert desk.organisation.verdict == "Lagt ned."
        await registering.approve(desk)
        assert desk.organisation.verdict is None


async def test_what_the_operator_has_added_is_told_of_too(ledger: Ledger) -> None:
    async with ledger.database.transaction() as transaction:
        await organisations.add(transaction, TEAM, "Laget")
    async with ledger.deciding(TEAM) as desk:
        await holding.add(desk, OLA, OPERATOR)
        await registering.approve(desk)
    assert await told(ledger, ORGANISATION_DECIDED) == [(OLA, None)]


WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
"""https://www.brreg.no/om-oss/registrene-vare/om-enhetsregisteret/organisasjonsnummeret/"""


def _is_whole(digits: str) -> bool:
    rest = sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=False)) % 11
    return digits[8] == str((11 - rest) % 11)


NUMBERS = st.integers(1, 999_999_999).map(lambda number: f"{number:09d}")
BLANKS = st.lists(st.sampled_from(" \u00a0\u202f\u2009"), max_size=4)


@given(NUMBERS, BLANKS)
def test_a_number_is_taken_as_it_is_set_if_its_last_digit_is_right(
    digits: str, blanks: list[str]
) -> None:
    spaced = digits
    for place, blank in enumerate(blanks, 1):
        spaced = spaced[: place * 2] + blank + spaced[place * 2 :]
    if _is_whole(digits):
        assert organisation_number(spaced) == digits
    else:
        with pytest.raises(NumberMalformed):
            organisation_number(spaced)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "000000000",
        "988077918",
        "98807791",
        "9880779170",
        "９８８０７７９１７",
        "988.077.917",
        "٩",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NumberMalformed):
        organisation_number(text)
