"""The page answers the browser on this machine, from its own side, and nobody else."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from bot.trial.room.folder import Folder
from bot.trial.room.room import Plan
from bot.trial.room.serving import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One room for all of them: nothing that is sent here changes what the others see."""
    async with serving(Plan(Folder(tmp_path_factory.mktemp("room"))), 0) as (_, address):
        yield address


def named(url: str, name: str) -> str:
    return url.replace("http://127.0.0.1", name)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
async def test_the_names_of_this_machine_are_answered(url: str, name: str) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Host": named(url, name)}
        async with session.get(f"{url}/kari/meldinger", headers=headers) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.:{port}",
             "127.0.0.1:{port}.evil.example", "", "192.168.1.2:{port}"],
)  # fmt: skip
async def test_another_name_is_not(url: str, host: str) -> None:
    port = url.rpartition(":")[2]
    async with aiohttp.ClientSession() as session:
        headers = {"Host": host.format(port=port)}
        async with session.get(f"{url}/kari/meldinger", headers=headers) as answer:
            assert answer.status in (400, 403)
            assert "Kari" not in await answer.text()


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", ""])
@pytest.mark.parametrize("path", ["/kari/meldinger/say", "/start-over"])
async def test_another_site_can_do_nothing(url: str, path: str, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}{path}", data="text=hei", headers=headers) as answer:
            assert answer.status == 403
        own = {"Origin": url}
        async with session.post(f"{url}/kari/meldinger/say", data="text=hei", headers=own) as done:
            assert done.status == 204


@pytest.mark.parametrize(("host", "status"), [("evil.example", 403), ("127.0.0.1", 401)])
async def test_partners_ask_without_the_page_and_by_the_names_of_this_machine_alone(
    url: str, host: str, status: int
) -> None:
    headers = {"Host": f"{host}:{url.rpartition(':')[2]}"}
    async with aiohttp.ClientSession() as session:
        address = f"{url}/api/v1/codes/verify"
        async with session.post(address, json={}, headers=headers) as answer:
            assert answer.status == status
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{url}/api/live")


@pytest.mark.parametrize("origin", [None, "http://evil.example"])
async def test_another_site_can_see_nothing(url: str, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{url}/kari/meldinger/live", headers=headers)
        own = {"Origin": url}
        async with session.ws_connect(f"{url}/kari/meldinger/live", headers=own) as socket:
            news = await asyncio.wait_for(socket.receive_json(), 5)
            assert "Kari" in news["sidebar"]


async def test_a_browser_is_told_to_load_nothing_from_outside(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/kari/meldinger", "/static/demo.js", "/nowhere"):
            async with session.get(f"{url}{path}") as answer:
                policy = answer.headers["content-security-policy"]
                assert policy.startswith("default-src 'none'; script-src 'self'")
                assert "http" not in policy
                assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200), ("/kari/hjem", 200), ("/per/styret", 404), ("/ingen/meldinger", 404),
        ("/kari/../../etc/passwd", 404), ("/static/../web.py", 404), ("/hood/kari/call/99999", 404),
        ("/hood/kari/call/-1", 404), ("/hood/kari/x/0", 404),
        ("/hood/ingen/call/0", 404), ("/static/%2e%2e/web.py", 404),
    ],
)  # fmt: skip
async def test_each_address_answers_or_says_there_is_nothing(
    url: str, path: str, status: int
) -> None:
    address = URL(f"{url}{path}", encoded=True)
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        assert answer.status == status


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("say", b"", 204), ("say", b"text=%20", 204), ("say", b"\xff\xfe", 400),
        ("say", b"text=" + b"a" * 300_000, 400), ("fly", b"", 400), ("press", b"", 422),
        ("press", b"surface=message/C1/1&block=b&action=a", 422),
        ("submit", b"surface=home/V1", 422),
        ("choose", b"surface=modal/V1", 422), ("dismiss", b"surface=", 422),
        ("close", b"surface=modal/V0", 422), ("shortcut", b"shortcut=format", 422),
        ("travel", b"days=-3", 422), ("travel", b"days=99999999999", 422), ("enter", b"x", 422),
    ],
)  # fmt: skip
async def test_whatever_is_sent_is_answered(url: str, act: str, body: bytes, status: int) -> None:
    async with aiohttp.ClientSession() as session:
        address = f"{url}/kari/meldinger/{act}"
        async with session.post(address, data=body, headers={"Origin": url}) as answer:
            assert answer.status == status
