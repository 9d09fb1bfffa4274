"""Keys, codes and people reach no log, whatever goes wrong; and a key opens this door alone."""

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot import logs
from storage.database import DatabaseBusy
from storage.partner_keys import new_partner_key
from tests.api.conftest import VERIFY, Counter, counter_of
from tests.unit.storage.cast import Office

JSON = {"Content-Type": "application/json"}


async def test_nothing_that_is_asked_or_told_is_in_any_log(
    counter: Counter, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown, wrong_key = "zz99yy88@RodeKors", new_partner_key(is_test=False)
    logs.configure("json")
    try:
        logging.getLogger().setLevel(logging.DEBUG)
        told = [
            await counter.verifies(reference="hemmelig-1"),
            await counter.verifies(counter.code.upper()),
            await counter.verifies(unknown),
            await counter.verifies(key=wrong_key),
            await counter.verifies(headers={"Idempotency-Key": "hemmelig nøkkel"}),
            await counter.asks("POST", VERIFY, data=f'{{"code": "{unknown}"', headers=JSON),
            await counter.asks("POST", VERIFY, json={"code": counter.code, "servise": unknown}),
            await counter.asks("GET", f"{VERIFY}?code={counter.code}"),
            await counter.asks("POST", "/api/v1/codes/found", json={"code": counter.code}),
        ]
        errors = (RuntimeError(counter.code), DatabaseBusy(counter.key))
        told += [await failing(counter, error, monkeypatch) for error in errors]
    finally:
        logging.getLogger().handlers.clear()
        logging.getLogger().setLevel(logging.WARNING)
    statuses = [each.status for each in told]
    assert statuses == [200, 200, 200, 401, 422, 400, 422, 405, 202, 500, 503]
    written = capfd.readouterr()
    text = written.out + written.err
    assert "partner_question_failed" in text
    secrets = (
        *(counter.code, counter.code.upper(), counter.code[:8], unknown, counter.key, wrong_key),
        *("hemmelig", "Kari", "Nordmann", "kari@example.org", told[0].body["statement"]),
    )
    for secret in secrets:
        assert secret not in text, secret
    for answer in told[3:]:
        assert counter.code not in str(answer.body)
        assert unknown not in str(answer.body)


@pytest.mark.parametrize("path", [VERIFY, "/api/v1/codes/found"])
@pytest.mark.parametrize("length", ["Content-Length: 100", "Transfer-Encoding: chunked"])
async def test_whoever_breaks_off_in_the_middle_is_no_error(
    office: Office, caplog: pytest.LogCaptureFixture, path: str, length: str
) -> None:
    async with counter_of(office) as counter:
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(counter.url).port)
        lines = (f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {counter.key}", length)
        begun = "\r\n".join((*lines, "Content-Type: application/json", "", '6\r\n{"code'))
        writer.write(begun.encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await counter.asks("GET", "/api/v1/me")).status == 200
    assert [each.message for each in caplog.records if each.levelno >= logging.WARNING] == []


async def failing(counter: Counter, error: Exception, monkeypatch: pytest.MonkeyPatch) -> Any:
    async def fail(*_: object) -> Any:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(counter.interface.checking, "check", fail)
        return await counter.verifies()


async def test_a_code_that_is_looked_for_is_the_one_that_is_told_of(counter: Counter) -> None:
    """No organisation's data reaches a partner who did not hold its code."""
    near = [counter.code[:-1], counter.code + "x", "a" + counter.code[1:], counter.code[1:]]
    for each in near:
        told = await counter.verifies(each, dry_run=True)
        if each != counter.code:
            assert told.body["status"] == "unknown"
            assert told.body["organisation"] is None
