"""Somebody has found a code where it ought not to be: whoever has it is told, once."""

from typing import Any

import pytest

from storage import codes, making, meeting, outbox
from storage.finding import CODE_FOUND
from tests.api.conftest import Counter
from tests.unit.storage.cast import ANNE, KARI, OLA

FOUND = "/api/v1/codes/found"


async def reports(counter: Counter, code: str) -> Any:
    told = await counter.asks("POST", FOUND, json={"code": code}, headers={"Authorization": ""})
    await counter.interface.finish()
    return told


async def told_of_it(counter: Counter) -> list[str]:
    async with counter.office.looking() as desk:
        latest = await outbox.latest(desk, 99)
    return sorted(each.recipient or "" for each in latest if each.kind == CODE_FOUND)


async def test_who_looks_after_it_is_told_once(counter: Counter) -> None:
    for _ in range(2):
        told = await reports(counter, f"Koden er: {counter.code.upper()}.")
        assert (told.status, told.body) == (202, "")
    assert await told_of_it(counter) == [ANNE, OLA]


async def test_whoever_has_it_is_told(counter: Counter) -> None:
    code_id, code = await counter.makes_code("V2")
    async with counter.office.deciding() as desk:
        await meeting.note_lookup(desk, (await codes.find(desk, code_id)).person.id, KARI)
    await reports(counter, code)
    assert await told_of_it(counter) == [KARI]


@pytest.mark.parametrize("which", ["unknown", "malformed", "withdrawn"])
async def test_of_what_is_not_good_nobody_is_told_and_it_looks_the_same(
    counter: Counter, which: str
) -> None:
    code_id, withdrawn = await counter.makes_code("V2")
    async with counter.office.deciding() as desk:
        await making.revoke(desk, code_id, OLA)
    code = {"unknown": "123a4567@RodeKors", "malformed": "?", "withdrawn": withdrawn}[which]
    told = await reports(counter, code)
    good = await reports(counter, counter.code)
    assert (told.status, told.body) == (good.status, good.body) == (202, "")
    different = {"date"}
    assert [each for each in told.headers.items() if each[0].lower() not in different] == [
        each for each in good.headers.items() if each[0].lower() not in different
    ]
    assert await told_of_it(counter) == [ANNE, OLA]
