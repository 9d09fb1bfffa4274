"""A partner asks whether a code is good."""

import asyncio
from datetime import timedelta

import pytest

from bot.api.rehearsal import CODES
from storage import making
from storage.records import CodeStatus
from storage.registering import suspend
from templates.partner_answers import told as told_of
from tests.api.conftest import Counter
from tests.conftest import TravellingClock
from tests.unit.storage.cast import OLA


async def test_a_valid_code_is_told_of_as_far_as_the_scope_goes(counter: Counter) -> None:
    told = await counter.verifies(reference="ordre-1")
    assert told.status == 200
    assert told.headers["cache-control"] == "no-store"
    assert told.body["status"] == CodeStatus.VALID
    assert told.body["organisation"] == {"name": "Røde Kors", "number": None}
    assert told.body["holder"] == {"name": "Kari Nordmann", "email": "kari@example.org"}
    assert told.body["use"]["first_use"]
    assert told.body["mended"] == []
    narrow = await counter.verifies(key=await counter.partner("Skyen"))
    assert narrow.body["status"] == CodeStatus.VALID
    assert narrow.body["holder"] is None
    assert not narrow.body["use"]["first_use"]


async def test_what_is_of_no_use_says_what_it_is_and_who_must_act(
    counter: Counter, clock: TravellingClock
) -> None:
    (replaced_id, replaced), (revoked_id, revoked) = [
        await counter.makes_code(f"V{n}") for n in (2, 3)
    ]
    async with counter.office.deciding() as desk:
        await making.refresh(desk, replaced_id, OLA)
        await making.revoke(desk, revoked_id, OLA)
    async with counter.office.deciding() as desk:
        await suspend(desk)
    answers = [await counter.verifies(each) for each in (replaced, revoked, counter.code)]
    clock.now += timedelta(days=61)
    answers += [await counter.verifies(), await counter.verifies("123a4567@RodeKors")]
    assert [each.body["status"] for each in answers] == [
        "replaced",
        "revoked",
        "organisation_suspended",
        "expired",
        "unknown",
    ]
    for answer in answers:
        said = told_of(CodeStatus(answer.body["status"]))
        assert answer.status == 200
        assert answer.body["message"] == said.message
        assert answer.body["action"] == said.action
        assert answer.body["who_must_act"] == said.acts
        assert answer.body["holder"] is None
        assert answer.body["use"] is None
    assert answers[-1].body["organisation"] is None
    assert answers[-1].body["expires_at"] is None


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("{0} ", ["blanks"]),
        ("{1} {2}\n@ {3}", ["blanks"]),
        ("{0}.", ["punctuation"]),
        ("«{0}»", ["punctuation"]),
        ("Kode: {0}", ["blanks", "label"]),
        ("\u200b{0}\ufeff", ["invisible"]),
        ("{1}\u200d{2}@{3}", ["invisible"]),
        ("{0}\ufe0f\u3164", ["invisible"]),
        ("„{0}“", ["punctuation"]),
        ("• {{{0}}} …", ["blanks", "punctuation"]),
        ("{1}{2}＠{3}", ["letters"]),
        ("{1}{2}%40{3}", ["letters"]),
        ("{1}{2}@Rødékors", ["letters", "case"]),
        ("{1}{2}@RO\u0308DEKORS", ["letters", "case"]),
        ("Koden er {0}, hilsen Kari", ["words"]),
        ("<mailto:{0}|{0}>", ["words"]),
        ("[{0}](mailto:{0})", ["words"]),
        ("Kari <kari@eksempel.no>: {0}", ["words"]),
    ],
)
async def test_what_came_along_with_a_code_is_taken_away_and_said(
    counter: Counter, written: str, mended: list[str]
) -> None:
    first, _, name = counter.code.partition("@")
    told = await counter.verifies(written.format(counter.code, first[:4], first[4:], name))
    assert told.body["status"] == "valid"
    assert told.body["mended"] == mended


async def test_letters_of_another_case_are_put_right_and_said(counter: Counter) -> None:
    told = await counter.verifies(counter.code.upper())
    assert (told.body["status"], told.body["mended"]) == ("valid", ["case"])


@pytest.mark.parametrize("written", ["123a4567@RodeKors", "nonsense", "@", "æøå@æøå", "😀" * 500])
async def test_unknown_and_malformed_look_the_same(counter: Counter, written: str) -> None:
    told = await counter.verifies(written)
    assert told.status == 200
    told.body.pop("statement")
    unknown = await counter.verifies("987b6543@RodeKors")
    unknown.body.pop("statement")
    assert told.body | {"mended": []} == unknown.body


async def test_the_same_reference_is_one_use_however_often_it_is_asked(counter: Counter) -> None:
    first = await counter.verifies(reference="ordre-1")
    again = await counter.verifies(reference="ordre-1")
    assert again.body["use"] == first.body["use"] | {"repeated": True}
    _, another = await counter.makes_code("V2")
    other = await counter.verifies(another, reference="ordre-1")
    assert other.status == 409
    assert other.body["type"] == "/api/docs#used-otherwise"


async def test_the_same_idempotency_key_is_one_use(counter: Counter) -> None:
    headers = {"Idempotency-Key": "0c0a-1"}
    first, again = [await counter.verifies(headers=headers) for _ in range(2)]
    assert again.body["use"] == first.body["use"] | {"repeated": True}
    changed = await counter.verifies(headers=headers, reference="ordre-1")
    assert changed.status == 409


async def test_a_hundred_at_once_are_one_use(counter: Counter) -> None:
    answers = await asyncio.gather(*(counter.verifies(reference="ordre-1") for _ in range(100)))
    assert len({each.body["use"]["id"] for each in answers}) == 1
    assert [each.body["use"]["repeated"] for each in answers].count(False) == 1


async def test_whoever_only_looks_uses_nothing(counter: Counter) -> None:
    looked = await counter.verifies(dry_run=True)
    assert looked.body["status"] == "valid"
    assert looked.body["use"] is None
    assert (await counter.verifies()).body["use"]["first_use"]


async def test_whoever_rehearses_is_answered_each_status_and_reaches_no_code(
    counter: Counter,
) -> None:
    key = await counter.partner("Prøveren", is_test=True)
    for code, status in CODES.items():
        told = await counter.verifies(code, key=key)
        assert told.body["status"] == status
    assert (await counter.verifies(key=key)).body["status"] == "unknown"
    one, two = [
        await counter.verifies("valid000@Proveorganisasjonen", key=key, reference="o")
        for _ in range(2)
    ]
    assert two.body["use"] == one.body["use"] | {"repeated": True}
    assert (await counter.verifies("valid000@Proveorganisasjonen")).body["status"] == "unknown"
