"""A partner asks whether a code is good."""

import asyncio
from datetime import timedelta
from typing import Any

import jwt
import pytest

from bot.api.rehearsal import CODES, FIRST_USED
from storage import making
from storage.records import CodeStatus
from storage.registering import suspend
from templates.partner_answers import told as told_of
from tests.api.conftest import OPERATOR, Counter, Told
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
        said = told_of(CodeStatus(answer.body["status"]), OPERATOR, is_approved=False)
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
        ("Token={0};", ["words"]),
        ("{0} (gyldig til 30.4)", ["words"]),
        ("Her er koden til Kari: {0}. Hilsen TechSoup", ["words"]),
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
    assert other.body["detail"].startswith("The reference was used before")


@pytest.mark.parametrize("known_by", ["reference", "Idempotency-Key"])
async def test_what_is_asked_again_says_how_the_code_is_now_and_is_signed_so(
    counter: Counter, known_by: str
) -> None:
    how: dict[str, Any] = {"reference": "ordre-1"}
    if known_by != "reference":
        how = {"headers": {known_by: "0c0a-1"}}
    code_id, code = await counter.makes_code("V2")
    first = await counter.verifies(code, **how)
    async with counter.office.deciding() as desk:
        await making.revoke(desk, code_id, OLA)
    again = await counter.verifies(code, **how)
    said = told_of(CodeStatus.REVOKED, OPERATOR)
    assert (again.body["status"], again.body["holder"]) == ("revoked", None)
    assert (again.body["message"], again.body["who_must_act"]) == (said.message, said.acts)
    assert again.body["use"] == first.body["use"] | {"repeated": True}
    claims = claims_of(again)
    assert (claims["status"], claims["use"]["id"]) == ("revoked", first.body["use"]["id"])
    assert (await counter.verifies(code, **how)).body["use"] == again.body["use"]


async def test_the_same_idempotency_key_is_one_use(counter: Counter) -> None:
    headers = {"Idempotency-Key": "0c0a-1"}
    first, again = [await counter.verifies(headers=headers) for _ in range(2)]
    assert again.body["use"] == first.body["use"] | {"repeated": True}
    changed = await counter.verifies(headers=headers, reference="ordre-1")
    assert changed.status == 409
    assert changed.body["detail"].startswith("The Idempotency-Key was sent before")
    assert "a new key" in changed.body["detail"]


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
        assert (told.body["test"], claims_of(told)["test"]) == (True, True)
    assert set(CODES.values()) == set(CodeStatus)
    assert (await counter.verifies(key=key)).body["status"] == "unknown"
    real = await counter.verifies()
    assert (real.body["test"], claims_of(real)["test"]) == (False, False)
    one, two = [
        await counter.verifies("valid000@Proveorganisasjonen", key=key, reference="o")
        for _ in range(2)
    ]
    assert two.body["use"] == one.body["use"] | {"repeated": True}
    assert (await counter.verifies("valid000@Proveorganisasjonen")).body["status"] == "unknown"


def claims_of(told: Told) -> Any:
    return jwt.decode(told.body["statement"], options={"verify_signature": False})


async def test_whoever_rehearses_may_see_a_first_use(counter: Counter) -> None:
    key = await counter.partner("Prøveren", is_test=True)
    for reference in ("o-1", "o-2", "o-1"):
        first = await counter.verifies(FIRST_USED, key=key, reference=reference)
        other = await counter.verifies("valid000@Proveorganisasjonen", key=key)
        assert (first.body["use"]["first_use"], other.body["use"]["first_use"]) == (True, False)


async def test_the_codes_for_rehearsing_are_told_where_partners_read(counter: Counter) -> None:
    for where in ("/api/docs", "/api/v1/openapi.json"):
        told = str((await counter.asks("GET", where)).body)
        assert [code for code in CODES if code not in told] == []


UNKNOWN = "987b6543@RodeKors"
KEY_1: dict[str, Any] = {"headers": {"Idempotency-Key": "k-1"}}
KEY_2: dict[str, Any] = {"headers": {"Idempotency-Key": "k-2"}}
WAYS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "a key first of an unknown code": [(UNKNOWN, KEY_1), (UNKNOWN, KEY_1), ("{0}", KEY_1)],
    "a key first of a dry run": [("{0}", KEY_1 | {"dry_run": True}), ("{0}", KEY_1)],
    "a key again, of a dry run": [("{0}", KEY_1), ("{0}", KEY_1 | {"dry_run": True})],
    "a reference in another case": [("{0}", {"reference": "o"}), ("{1}", {"reference": "o"})],
    "a reference with a dry run": [
        ("{0}", {"reference": "o", "dry_run": True}),
        ("{0}", {"reference": "o"}),
        ("{0}", {"reference": "o", "dry_run": True}),
        ("{0}", {"reference": "o"}),
    ],
    "a reference of another code": [("{0}", {"reference": "o"}), (UNKNOWN, {"reference": "o"})],
    "a reference of another service": [
        ("{0}", {"reference": "o"}),
        ("{0}", {"reference": "o", "service": "Noe annet"}),
    ],
    "a reference with another key": [
        ("{0}", KEY_1 | {"reference": "o"}),
        ("{0}", KEY_2 | {"reference": "o"}),
        ("{0}", KEY_2 | {"reference": "o"}),
        ("{0}", KEY_2),
    ],
}


@pytest.mark.parametrize("way", WAYS)
async def test_whoever_rehearses_is_answered_as_in_earnest(counter: Counter, way: str) -> None:
    test_key = await counter.partner("Prøveren", is_test=True)
    valid = "valid000@Proveorganisasjonen"

    async def answers(code: str, **more: Any) -> list[Any]:
        return [
            in_short(await counter.verifies(asked.format(code, code.upper()), **how, **more))
            for asked, how in WAYS[way]
        ]

    assert await answers(valid, key=test_key) == await answers(counter.code)


def in_short(told: Told) -> Any:
    if told.status != 200:
        return told.status, told.body["detail"]
    use = told.body["use"]
    return told.body["status"], told.body["mended"], use and use["repeated"]


async def test_a_day_later_whoever_rehearses_may_send_the_same_key_with_another_question(
    counter: Counter,
) -> None:
    key = await counter.partner("Prøveren", is_test=True)
    statuses = []
    for seconds in (0, 60, 24 * 60 * 60):
        await counter.waits(seconds)
        code = UNKNOWN if seconds == 0 else "valid000@Proveorganisasjonen"
        statuses.append((await counter.verifies(code, key=key, **KEY_1)).status)
    assert statuses == [200, 409, 200]
