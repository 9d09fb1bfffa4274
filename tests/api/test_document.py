"""The OpenAPI document: what it says holds, for whatever a program makes of it."""

import json
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bot.api import gate
from storage import partners
from storage.database import DatabaseBusy
from storage.guessing import MOST_MISSES
from tests import openapi
from tests.api.conftest import VERIFY, Counter, Told
from tests.others_programs import SECONDS, run

REDOCLY = "@redocly/cli@2.77.0"


def test_the_document_is_what_the_code_says() -> None:
    assert openapi.PATH.read_text(encoding="utf-8") == openapi.as_it_is()


async def test_it_is_told_to_whoever_asks(counter: Counter) -> None:
    told = await counter.asks("GET", "/api/v1/openapi.json")
    assert told.body["info"]["title"] == "Godkjenningskoder"
    assert set(told.body["paths"]) >= {"/api/v1/codes/verify", "/api/v1/me", "/api/v1/keys"}


@pytest.mark.timeout(SECONDS + 30)
@pytest.mark.parametrize("is_test", [False, True], ids=["in earnest", "rehearsing"])
async def test_schemathesis_finds_nothing(
    counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_test: bool
) -> None:
    monkeypatch.setattr(gate, "MOST_MISSES", 1_000_000)
    key = await counter.partner("En til", is_test=is_test)
    code, written = await run(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{counter.url}/api/v1/openapi.json"),
        *("--url", counter.url, "-H", f"Authorization: Bearer {key}"),
        *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"),
        *("--max-examples", "25", "--seed", "1", "--no-color"),
        folder=tmp_path,
    )
    assert code == 0, written
    assert "No issues found" in written, written


Way = Callable[[Counter], Awaitable[Told]]


def asking(method: str, path: str, **how: Any) -> Way:
    async def ask(counter: Counter) -> Told:
        return await counter.asks(method, path, **how)

    return ask


async def taken(counter: Counter) -> Told:
    await counter.verifies(reference="ordre-1")
    return await counter.verifies("123a4567@RodeKors", reference="ordre-1")


FOUND = "/api/v1/codes/found"
JSON = {"Content-Type": "application/json"}
OF_VERIFY: dict[str, Way] = {
    "200": lambda counter: counter.verifies(),
    "400": asking("POST", VERIFY, data=b"{", headers=JSON),
    "409": taken,
    "413": asking("POST", VERIFY, data=b" " * 20_000, headers=JSON),
    "415": asking("POST", VERIFY, data=b"{}", headers={"Content-Type": "text/plain"}),
    "422": asking("POST", VERIFY, json={}),
}
ASKED: dict[str, tuple[str, str, dict[str, Way]]] = {
    "verifyCode": ("POST", VERIFY, OF_VERIFY),
    "getOrganisation": (
        "GET",
        "/api/v1/organisations/988077917",
        {"422": asking("GET", "/api/v1/organisations/1")},
    ),
    "getMe": ("GET", "/api/v1/me", {}),
    "reportFoundCode": (
        "POST",
        FOUND,
        {
            "202": asking("POST", FOUND, json={"code": "123a4567@RodeKors"}),
            "400": asking("POST", FOUND, data=b"{", headers=JSON),
            "413": asking("POST", FOUND, data=b" " * 20_000, headers=JSON),
            "415": asking("POST", FOUND, data=b"{}", headers={"Content-Type": "text/plain"}),
            "422": asking("POST", FOUND, json={}),
        },
    ),
    "getKeys": ("GET", "/api/v1/keys", {}),
}


def ways_to(counter: Counter, method: str, path: str, own: dict[str, Way]) -> dict[str, Way]:
    """How an operation comes to each status."""

    async def suspended(counter: Counter) -> Told:
        async with counter.office.database.transaction() as transaction:
            await partners.suspend(transaction, await partners.find(transaction, "Nettbutikken"))
        counter.looks_again()
        return await counter.asks(method, path)

    async def too_many(counter: Counter) -> Told:
        for _ in range(MOST_MISSES):
            await counter.verifies("123a4567@RodeKors")
        return await counter.asks(method, path)

    def failing(error: Exception) -> Way:
        async def ask(counter: Counter) -> Told:
            async def fail(*_: object) -> NoReturn:
                raise error

            counter.interface.gate.let_in = fail  # type: ignore[method-assign,assignment]
            return await counter.asks(method, path)

        return ask

    return {
        "200": asking(method, path),
        "401": asking(method, path, key="none"),
        "403": suspended,
        "429": too_many,
        "500": failing(RuntimeError()),
        "503": failing(DatabaseBusy()),
    } | own


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (operation["operationId"], status)
        for path in json.loads(openapi.as_it_is())["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
    ],
)
async def test_every_documented_status_is_produced(
    counter: Counter, operation: str, status: str
) -> None:
    told = await ways_to(counter, *ASKED[operation])[status](counter)
    assert str(told.status) == status


@pytest.mark.skipif(shutil.which("npx") is None, reason="there is no Node here")
@pytest.mark.timeout(SECONDS + 30)
async def test_redoclys_linter_finds_nothing(tmp_path: Path) -> None:
    code, written = await run("npx", "--yes", REDOCLY, "lint", str(openapi.PATH), folder=tmp_path)
    if "npm error" in written or "npm ERR!" in written:
        pytest.skip("the linter cannot be had")
    assert code == 0, written
    assert "warning" not in written.lower().replace("deprecation warning", ""), written
