"""The page on which partners read what they may ask."""

import json
import re

import pytest

from storage.webhooks import Event
from tests import openapi
from tests.api.conftest import ISSUER, Counter, counter_of
from tests.unit.storage.cast import Office


async def test_it_names_all_that_is_asked_and_all_that_webhooks_tell(counter: Counter) -> None:
    page = (await counter.asks("GET", "/api/docs", key="none")).body
    for path in json.loads(openapi.as_it_is())["paths"]:
        assert path in page
    for event in Event:
        assert f"<code>{event}</code>" in page
    assert f"curl {ISSUER}/api/v1/codes/verify" in page


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_without_a_public_address_it_shows_the_one_by_which_it_was_asked(
    office: Office, scheme: str
) -> None:
    headers = {"X-Forwarded-Proto": scheme}
    async with counter_of(office, public_url="") as counter:
        page = (await counter.asks("GET", "/api/docs", key="none", headers=headers)).body
        address = counter.url.replace("http", scheme, 1)
        assert re.findall("curl (.+)/api/v1/codes/verify", page) == [address]
        assert "her <code>godkjenningsbot</code>" in page
        odd = {"Host": '"><script>x</script>'}
        page = (await counter.asks("GET", "/api/docs", key="none", headers=odd)).body
        assert "<script" not in page
