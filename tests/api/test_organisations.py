"""Partners ask whether an organisation is a valid user, by its number."""

import pytest

from storage import registering
from storage.records import Issuer, Organisation
from storage.registering import Registration
from tests.api.conftest import Counter
from tests.unit.storage.cast import ANNE, OLA

NUMBER = "988077917"
REGISTRATION = Registration(
    "Blåbærlaget", NUMBER, "Blabaer", (OLA, ANNE), is_at_techsoup=True, issuer=Issuer.BOT
)
TEAM = "T0BLABAER"
UNKNOWN = {"number": NUMBER, "known": False, "name": None, "valid_user": False, "since": None}


async def register(counter: Counter) -> Organisation:
    ledger = counter.office.ledger
    return await registering.register(ledger, TEAM, REGISTRATION, OLA, channel=None)


async def approve(counter: Counter, organisation: Organisation) -> None:
    async with registering.answering(counter.office.ledger, organisation.id) as desk:
        await registering.approve(desk)


async def asked(counter: Counter, key: str | None = None) -> object:
    return (await counter.asks("GET", f"/api/v1/organisations/{NUMBER}", key=key)).body


async def test_of_a_number_that_is_not_here_it_says_so_and_nothing_of_the_organisation(
    counter: Counter,
) -> None:
    assert await asked(counter) == UNKNOWN
    there = await register(counter)
    assert await asked(counter) == UNKNOWN
    await approve(counter, there)
    assert await asked(counter) == UNKNOWN | {"known": True}


async def test_one_that_the_operator_has_entered_is_known_when_it_is_given_its_number(
    counter: Counter,
) -> None:
    assert await asked(counter) == UNKNOWN
    async with registering.answering(
        counter.office.ledger, counter.office.standing.organisation.id
    ) as desk:
        await registering.give_number(desk, NUMBER)
    assert await asked(counter) == UNKNOWN | {"known": True}
    async with registering.answering(
        counter.office.ledger, counter.office.standing.organisation.id
    ) as desk:
        await registering.give_number(desk, None)
    assert await asked(counter) == UNKNOWN


async def test_a_valid_user_is_one_by_its_number_from_its_first_use(counter: Counter) -> None:
    await approve(counter, await register(counter))
    async with counter.office.ledger.looking(TEAM) as desk:
        counter.office.standing = desk.standing
    _, code = await counter.makes_code("V2")
    used_at = (await counter.verifies(code)).body["use"]["used_at"]
    assert await asked(counter) == {
        **UNKNOWN, "known": True, "name": "Blåbærlaget", "valid_user": True, "since": used_at,
    }  # fmt: skip


@pytest.mark.parametrize(("number", "known"), [(NUMBER, True), ("974760673", False)])
async def test_whoever_rehearses_knows_the_made_up_organisation_alone(
    counter: Counter, number: str, known: bool
) -> None:
    key = await counter.partner("En til", is_test=True)
    told = (await counter.asks("GET", f"/api/v1/organisations/{number}", key=key)).body
    assert (told["known"], told["valid_user"]) == (known, known)
