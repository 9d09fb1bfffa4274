"""Each answer is signed, and can be checked by others' libraries, also when keys have changed."""

from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from bot.api.described import Claims
from storage import statement_keys
from tests.api.conftest import ISSUER, Counter
from tests.conftest import TravellingClock

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
"""Ours is the name that more libraries know: PyJWT 2.15 refuses «Ed25519»."""


async def checked(counter: Counter, statement: str) -> Any:
    keys = (await counter.asks("GET", "/api/v1/keys", key="none")).body
    return jwt.decode(statement, KeySet.import_key_set(keys), algorithms=["EdDSA"])


async def test_an_answer_is_signed(counter: Counter, clock: TravellingClock) -> None:
    told = await counter.verifies(reference="ordre-1")
    me = (await counter.asks("GET", "/api/v1/me")).body
    claims = (await checked(counter, told.body["statement"])).claims
    assert claims["iss"] == ISSUER
    assert claims["aud"] == me["id"]
    assert claims["exp"] - claims["iat"] == 3600
    assert (claims["status"], claims["reference"]) == ("valid", "ordre-1")
    assert claims["organisation"] == {"name": "Røde Kors", "number": None}
    assert claims["use"]["id"] == told.body["use"]["id"]


@pytest.mark.parametrize("code", [None, "123a4567@RodeKors"], ids=["valid", "unknown"])
async def test_the_document_says_all_that_is_in_it(counter: Counter, code: str | None) -> None:
    statement = (await counter.verifies(code)).body["statement"]
    claims = statement.split(".")[1]
    Claims.model_validate_json(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))


async def test_it_says_nothing_of_the_holder_nor_of_the_code(counter: Counter) -> None:
    told = await counter.verifies()
    claims = str((await checked(counter, told.body["statement"])).claims)
    for secret in (counter.code, "Kari", "kari@example.org"):
        assert secret not in claims


async def test_one_that_was_changed_is_refused(counter: Counter) -> None:
    told = await counter.verifies("123a4567@RodeKors")
    other = await counter.verifies()
    head, _, signature = told.body["statement"].split(".")
    claims = other.body["statement"].split(".")[1]
    with pytest.raises(BadSignatureError):
        await checked(counter, f"{head}.{claims}.{signature}")


async def test_another_key_takes_over_in_time_and_is_seen_before(
    counter: Counter, clock: TravellingClock
) -> None:
    async def kid_and_shown() -> tuple[str, list[str]]:
        statement = (await counter.verifies(dry_run=True)).body["statement"]
        shown = (await counter.asks("GET", "/api/v1/keys", key="none")).body["keys"]
        return (await checked(counter, statement)).header["kid"], [each["kid"] for each in shown]

    first, shown = await kid_and_shown()
    assert shown == [first]
    clock.now += statement_keys.LIFETIME
    counter.monotonic.now += 61
    signs, shown = await kid_and_shown()
    assert (signs, len(shown)) == (first, 2)
    clock.now += statement_keys.AHEAD
    counter.monotonic.now += 61
    signs, _ = await kid_and_shown()
    assert signs == shown[1]
    clock.now += statement_keys.LIFETIME - timedelta(hours=1)
    counter.monotonic.now += 61
    _, shown = await kid_and_shown()
    assert first not in shown
