"""What is wrong with a question is told by a problem document, and nothing of it is said again."""

import json
from typing import Any

import pytest

from bot.api import problems
from bot.api.problems import MEDIA_TYPE, Kind
from bot.api.questions import pointer
from storage import partners
from storage.records import PartnerScope
from tests.api.conftest import VERIFY, Counter, Told

FOUND = "/api/v1/codes/found"
WELL = {"code": "123a4567@RodeKors", "service": "Kontorpakke"}


def is_problem(told: Told, kind: Kind) -> bool:
    document = told.body
    return (
        told.status == kind.status
        and told.headers["content-type"] == MEDIA_TYPE
        and told.headers["cache-control"] == "no-store"
        and document["type"] == kind.type
        and document["status"] == kind.status
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b'{"code": "\xe6"}', b'{"code": "\\ud800", "service": "x"}', b"nan"],
)
async def test_what_is_no_json_is_refused(counter: Counter, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    told = await counter.asks("POST", VERIFY, data=body, headers=headers)
    assert is_problem(told, problems.NOT_JSON)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"code": None}, "/code"),
        ({"code": ""}, "/code"),
        ({"code": "x" * 501}, "/code"),
        ({"code": 5}, "/code"),
        ({"service": " "}, "/service"),
        ({"service": "a\u0000b"}, "/service"),
        ({"service": "x" * 201}, "/service"),
        ({"reference": "a\nb"}, "/reference"),
        ({"reference": ""}, "/reference"),
        ({"dry_run": "true"}, "/dry_run"),
        ({"service": "\u00a0"}, "/service"),
        ({"service": "Kontorpakke\u00a0"}, "/service"),
        ({"service": "\u200b\u200d\ufeff"}, "/service"),
        ({"service": "\u2060Kontorpakke"}, "/service"),
        ({"service": "Kontor\u202eekkap"}, "/service"),
        ({"service": "Kontor\u2028pakke"}, "/service"),
        ({"reference": "\u2800"}, "/reference"),
        ({"reference": "ordre\u2066-1"}, "/reference"),
        ({"dryrun": True}, ""),
        ({"xxx@RodeKors": 1, "xxx": 2}, ""),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_not_said_again(
    counter: Counter, change: dict[str, Any], pointer: str
) -> None:
    told = await counter.asks("POST", VERIFY, json=WELL | change)
    assert is_problem(told, problems.WRONG_FIELDS)
    assert [each["pointer"] for each in told.body["errors"]] == [pointer]
    assert "xxx" not in str(told.body)


@pytest.mark.parametrize(
    "words",
    [
        "æ",
        "Kontor\u00a0pakke",
        "Lag \U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u2764\ufe0f",
        "خدمت‌ها",
    ],
)
async def test_words_that_can_be_read_are_taken(counter: Counter, words: str) -> None:
    assert (await counter.verifies(service=words, reference=words)).status == 200


async def test_a_field_that_is_not_known_is_told_which_there_are(counter: Counter) -> None:
    told = await counter.asks("POST", VERIFY, json=WELL | {"dryrun": True})
    (error,) = told.body["errors"]
    assert error["detail"].endswith("Those there are: code, service, reference, dry_run.")
    found = await counter.asks("POST", FOUND, json={"code": "a", "servise": "b"})
    assert found.body["errors"][0]["detail"].endswith("Those there are: code.")


async def test_what_is_too_long_is_told_how_long_it_may_be(counter: Counter) -> None:
    told = await counter.verifies("x" * 501, service="y" * 201)
    assert [each["detail"] for each in told.body["errors"]] == [
        "is longer than 500 characters",
        "is longer than 200 characters",
    ]
    large = await counter.verifies("x" * 20_000)
    assert large.body["detail"] == "It has more than 16384 bytes."


def test_a_pointer_is_written_as_the_standard_says() -> None:
    assert pointer(("a/b", "m~n", 0)) == "/a~1b/m~0n/0"
    assert pointer(()) == ""


@pytest.mark.parametrize("body", [[], "text", True, 5, None])
async def test_what_is_no_object_is_refused(counter: Counter, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    told = await counter.asks("POST", VERIFY, data=json.dumps(body), headers=headers)
    assert is_problem(told, problems.NOT_JSON)


async def test_what_is_missing_is_named(counter: Counter) -> None:
    told = await counter.asks("POST", VERIFY, json={})
    pointers = [each["pointer"] for each in told.body["errors"]]
    assert pointers == ["/code", "/service"]


async def test_what_is_not_declared_as_json_is_refused(counter: Counter) -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/jsonp"}):
        told = await counter.asks("POST", VERIFY, data=b"{}", headers=headers)
        assert is_problem(told, problems.NOT_DECLARED_JSON)
    form = await counter.asks("POST", VERIFY, data=WELL)
    assert is_problem(form, problems.NOT_DECLARED_JSON)
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    well = await counter.asks(
        "POST", VERIFY, data=b'{"code": "a", "service": "b"}', headers=headers
    )
    assert well.status == 200


async def test_what_is_too_large_is_refused(counter: Counter) -> None:
    large = {"code": "x" * 20_000, "service": "y"}
    assert is_problem(await counter.asks("POST", VERIFY, json=large), problems.TOO_LARGE)

    async def pieces() -> Any:
        for _ in range(40):
            yield b" " * 1_000

    headers = {"Content-Type": "application/json"}
    told = await counter.asks("POST", VERIFY, data=pieces(), headers=headers)
    assert is_problem(told, problems.TOO_LARGE)


@pytest.mark.parametrize("key", ["", "æ", "a b", "x" * 201])
async def test_an_idempotency_key_that_is_none_is_refused(counter: Counter, key: str) -> None:
    told = await counter.verifies(headers={"Idempotency-Key": key})
    assert is_problem(told, problems.WRONG_FIELDS)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_a_code_is_asked_for_by_post_alone(counter: Counter, method: str) -> None:
    told = await counter.asks(method, VERIFY)
    assert told.status == 405
    assert told.headers["allow"] == "POST"
    if method != "HEAD":
        assert is_problem(told, problems.WRONG_METHOD)


@pytest.mark.parametrize("path", ["/api/v1/codes", "/api/v2/me", "/api/v1/me/", "/api/v1/nothing"])
async def test_where_there_is_nothing_it_is_said(counter: Counter, path: str) -> None:
    assert is_problem(await counter.asks("GET", path), problems.NOT_FOUND)


@pytest.mark.parametrize("number", ["12345678", "1234567890", "12345678a", "١٢٣٤٥٦٧٨٩"])
async def test_a_number_that_is_none_is_refused(counter: Counter, number: str) -> None:
    told = await counter.asks("GET", f"/api/v1/organisations/{number}")
    assert is_problem(told, problems.WRONG_FIELDS)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic abc", "Bearer gkb_123", "Bearer æ", "bearer\tgkb_x"],
)
async def test_without_a_key_nothing_is_answered(counter: Counter, authorization: str) -> None:
    for method, path in (("POST", VERIFY), ("GET", "/api/v1/me")):
        told = await counter.asks(method, path, headers={"Authorization": authorization})
        assert is_problem(told, problems.NO_KEY)
        assert "gkb_" not in told.body["detail"]
        assert told.headers["www-authenticate"].startswith("Bearer")
        counter.monotonic.now += 61


async def test_a_key_that_was_never_given_out_opens_nothing(counter: Counter) -> None:
    from storage.partner_keys import new_partner_key

    key = new_partner_key(is_test=False)
    unknown, mistyped = [await counter.verifies(key=each) for each in (key, key[:-1])]
    assert is_problem(unknown, problems.NO_KEY)
    assert is_problem(mistyped, problems.NO_KEY)
    assert unknown.body["detail"] != mistyped.body["detail"]


async def test_a_partner_who_is_suspended_is_told_so(counter: Counter) -> None:
    async with counter.office.database.transaction() as transaction:
        partner = await partners.find(transaction, "nettbutikken")
        await partners.suspend(transaction, partner)
    counter.looks_again()
    told = await counter.verifies()
    assert is_problem(told, problems.SUSPENDED)
    assert told.body["detail"] == "The operator has suspended you. Ask them why."
    async with counter.office.database.transaction() as transaction:
        await partners.resume(transaction, partner)
    counter.looks_again()
    assert (await counter.verifies()).status == 200


async def test_a_key_opens_until_its_end(counter: Counter, clock: Any) -> None:
    async with counter.office.database.transaction() as transaction:
        partner = await partners.find(transaction, "Nettbutikken")
        new = await partners.rotate(transaction, partner)
    counter.looks_again()
    assert (await counter.verifies()).status == 200
    assert (await counter.verifies(key=new)).status == 200
    clock.now += partners.OVERLAP
    counter.looks_again()
    assert is_problem(await counter.verifies(), problems.NO_KEY)
    assert (await counter.verifies(key=new)).status == 200


async def test_a_database_that_is_away_is_told_of(counter: Counter, monkeypatch: Any) -> None:
    from storage.database import DatabaseBusy

    def busy() -> Any:
        raise DatabaseBusy

    monkeypatch.setattr(counter.office.database, "transaction", busy)
    told = await counter.verifies()
    assert is_problem(told, problems.UNAVAILABLE)
    assert told.headers["retry-after"] == "5"


async def test_me_says_whose_key_it_is(counter: Counter) -> None:
    told = await counter.asks("GET", "/api/v1/me")
    assert told.body["name"] == "Nettbutikken"
    assert told.body["scope"] == PartnerScope.HOLDER
    assert counter.key.startswith(told.body["key"]["begins"])
    assert counter.key not in str(told.body)
