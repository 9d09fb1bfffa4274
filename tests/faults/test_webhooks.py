"""Partners are told by themselves when a code that they have seen is good no more."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook as Signature
from standardwebhooks.webhooks import WebhookVerificationError

from bot.api.described import SIGNED_WITH, TOLD, Ended
from bot.delivering.letterbox import (
    BACKOFF,
    Letterbox,
    NotOutside,
    Outside,
    Postman,
    require_outside,
)
from storage import codes, making, partners, registering, webhooks
from storage.checking import Checking
from storage.database import Database
from storage.due import sweep
from storage.once import Question
from storage.records import DeliveryState, Partner, PartnerScope
from storage.webhooks import Attempt, Delivery, Event, NoDelivery, PartnerSuspended
from tests.conftest import TravellingClock
from tests.faults.partner_side import partner_side
from tests.others_programs import SECONDS, run
from tests.unit.storage.cast import OLA, Office


@dataclass
class Theirs:
    """A partner's server, and what it has been told."""

    url: str = ""
    secret: str = ""
    status: int = 200
    told: list[tuple[dict[str, str], str]] = field(default_factory=list)
    location: str = ""

    async def take(self, request: web.Request) -> web.Response:
        self.told.append((dict(request.headers), await request.text()))
        headers = {"location": self.location} if self.location else {}
        return web.Response(status=self.status, headers=headers)

    @property
    def events(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.told]


@pytest.fixture
async def theirs() -> AsyncIterator[Theirs]:
    there = Theirs()
    async with partner_side(there.take) as there.url:
        yield there


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.begin(database)


@pytest.fixture
async def partner(office: Office, theirs: Theirs) -> Partner:
    return await a_partner(office, theirs)


async def a_partner(office: Office, theirs: Theirs, name: str = "Nettbutikken") -> Partner:
    async with office.database.transaction() as transaction:
        scope = PartnerScope.ORGANISATION
        added, _ = await partners.add(transaction, name, scope, is_test=False)
        theirs.secret = await webhooks.set_place(transaction, office.keyring, added, theirs.url)
    return added


async def a_used_code(office: Office, partner: Partner, submission: str = "V1") -> tuple[str, str]:
    code_id = await office.code(submission=submission)
    async with office.asking() as desk:
        code = (await codes.show(desk, code_id, OLA)).text
    await Checking(office.ledger).check(Question(partner, code, "Kontorpakke", f"o-{submission}"))
    return code_id, code


@asynccontextmanager
async def letterbox(office: Office, **how: Any) -> AsyncIterator[Letterbox]:
    postman = Postman(inside_too=True, **how)
    try:
        yield Letterbox(office.ledger, postman, jitter=lambda: 1.0)
    finally:
        await postman.close()


async def send(office: Office, **how: Any) -> None:
    async with letterbox(office, **how) as box:
        await box._round()


async def deliveries(office: Office, partner: Partner) -> list[tuple[Delivery, list[Attempt]]]:
    async with office.database.reading() as reading:
        found = await webhooks.latest(reading, partner.id, 99)
    return [(delivery, list(attempts)) for delivery, attempts in found]


async def revoke(office: Office, code_id: str) -> None:
    async with office.deciding() as desk:
        await making.revoke(desk, code_id, OLA)


async def test_what_ends_is_told_by_the_partners_own_references(
    office: Office, partner: Partner, theirs: Theirs, clock: TravellingClock
) -> None:
    (revoked, code), (replaced, _), _ = [
        await a_used_code(office, partner, each) for each in ("V1", "V2", "V3")
    ]
    await revoke(office, revoked)
    async with office.deciding() as desk:
        await making.refresh(desk, replaced, OLA)
    async with office.deciding() as desk:
        await registering.suspend(desk)
    clock.now += timedelta(days=60)
    await sweep(office.ledger)
    await send(office)
    assert sorted(theirs.events) == [
        "code.expired",
        "code.replaced",
        "code.revoked",
        "organisation.suspended",
    ]
    by_event = {json.loads(body)["type"]: json.loads(body)["data"] for _, body in theirs.told}
    (use,) = by_event["code.revoked"]["uses"]
    assert (use["reference"], use["service"]) == ("o-V1", "Kontorpakke")
    assert by_event["code.revoked"]["uses_in_all"] == 1
    assert by_event["organisation.suspended"]["uses_in_all"] == 3
    assert by_event["code.revoked"]["organisation"] == {"name": "Røde Kors", "number": None}
    everything = "".join(body for _, body in theirs.told)
    for secret in (code, code[:8], "Kari", "kari@example.org"):
        assert secret not in everything
    for data in by_event.values():  # as the OpenAPI document says
        Ended.model_validate_json(json.dumps(data))


async def test_each_use_is_told_of_also_where_there_are_more_than_one_letter_holds(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, code = await a_used_code(office, partner)
    checking, more = Checking(office.ledger), [f"o-{number}" for number in range(129)]
    asked = (Question(partner, code, "Kontorpakke", reference) for reference in more)
    await asyncio.gather(*map(checking.check, asked))
    await revoke(office, code_id)
    await send(office)
    letters = [json.loads(body)["data"] for _, body in theirs.told]
    assert sorted(len(each["uses"]) for each in letters) == [30, 100]
    assert {each["uses_in_all"] for each in letters} == {130}
    told = [use["reference"] for each in letters for use in each["uses"]]
    assert sorted(told) == sorted(["o-V1", *more])


async def test_whoever_has_not_seen_the_code_hears_nothing(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    other = await a_partner(office, theirs, "Skyen")
    await revoke(office, code_id)
    assert len(await deliveries(office, partner)) == 1
    assert await deliveries(office, other) == []


async def test_it_is_signed_as_the_scheme_says(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    await send(office)
    assert len(theirs.told) == 1
    assert fits(theirs, theirs.secret)


async def test_a_new_secret_and_the_old_one_both_fit_for_a_while(
    office: Office, partner: Partner, theirs: Theirs, clock: TravellingClock
) -> None:
    old = theirs.secret
    code_id, _ = await a_used_code(office, partner)
    async with office.database.transaction() as transaction:
        new = await webhooks.set_place(transaction, office.keyring, partner, theirs.url)
    await revoke(office, code_id)
    await send(office)
    assert [fits(theirs, each) for each in (old, new)] == [True, True]
    clock.now += webhooks.OVERLAP
    second, _ = await a_used_code(office, partner, "V2")
    await revoke(office, second)
    await send(office)
    assert [fits(theirs, each) for each in (old, new)] == [False, True]


async def test_an_old_secret_ends_a_day_after_it_was_replaced_however_often_it_is_since(
    office: Office, partner: Partner, theirs: Theirs, clock: TravellingClock
) -> None:
    first, an_hour = theirs.secret, timedelta(hours=1)
    for _ in range(3):
        async with office.database.transaction() as transaction:
            newest = await webhooks.set_place(transaction, office.keyring, partner, theirs.url)
        clock.now += an_hour
    clock.now += webhooks.OVERLAP - 3 * an_hour
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    await send(office)
    assert [fits(theirs, each) for each in (first, newest)] == [False, True]


async def test_a_secret_that_is_astray_ends_at_once(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    old = [theirs.secret]
    for at_once in (False, True):
        async with office.database.transaction() as transaction:
            new = await webhooks.set_place(
                transaction, office.keyring, partner, theirs.url, others_end_now=at_once
            )
        old.append(new)
    await revoke(office, code_id)
    await send(office)
    assert [fits(theirs, each) for each in old] == [False, False, True]


async def test_its_headers_are_those_of_which_the_document_tells(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    await send(office)
    ((headers, _),) = theirs.told
    names = {name.lower() for name in headers}
    assert {each for each in names if each.startswith("webhook-")} == set(SIGNED_WITH)
    assert set(TOLD) == set(Event)


def fits(theirs: Theirs, secret: str) -> bool:
    headers, body = theirs.told[-1]
    names = {name.lower(): text for name, text in headers.items()}
    at = datetime.fromtimestamp(int(names["webhook-timestamp"]), tz=UTC)
    expected = Signature(secret).sign(names["webhook-id"], at, body)
    return expected in names["webhook-signature"].split(" ")


async def test_what_is_not_taken_is_tried_again_for_a_day_and_then_parked(
    office: Office, partner: Partner, theirs: Theirs, clock: TravellingClock
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    theirs.status = 500
    async with letterbox(office) as box:
        for _ in range(40):
            await box._round()
            ((delivery, attempts),) = await deliveries(office, partner)
            if delivery.due_at is None:
                break
            clock.now = max(clock.now, delivery.due_at)
    assert delivery.state is DeliveryState.PARKED
    assert {(each.status, each.error) for each in attempts} == {(500, None)}
    assert len(attempts) == len(theirs.told) > 10
    assert attempts[-1].at - attempts[0].at <= webhooks.GIVEN_UP_AFTER
    theirs.status = 204
    clock.now += timedelta(seconds=1)
    async with office.database.transaction() as transaction:
        await webhooks.resend(transaction, delivery.id)
    await send(office)
    ((delivery, attempts),) = await deliveries(office, partner)
    assert delivery.state is DeliveryState.DELIVERED
    assert attempts[-1].status == 204


async def test_a_partner_who_is_suspended_is_sent_nothing_until_they_are_let_in_again(
    office: Office, partner: Partner, theirs: Theirs, clock: TravellingClock
) -> None:
    before, meanwhile = [(await a_used_code(office, partner, each))[0] for each in ("V1", "V2")]
    await revoke(office, before)
    async with office.database.transaction() as transaction:
        await partners.suspend(transaction, partner)
    await revoke(office, meanwhile)
    await send(office)
    ((waiting, attempts),) = await deliveries(office, partner)
    assert (theirs.told, [each.error for each in attempts]) == ([], ["PartnerSuspended"])
    async with office.database.transaction() as transaction:
        await partners.resume(transaction, partner)
    assert waiting.due_at is not None
    clock.now = waiting.due_at
    await send(office)
    ((sent, _),) = await deliveries(office, partner)
    assert (sent.id, sent.state) == (waiting.id, DeliveryState.DELIVERED)
    assert len(theirs.told) == 1


async def test_what_a_suspended_partner_was_not_told_is_nothing_to_see_to_until_they_are_let_in(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    async with office.database.transaction() as transaction:
        (mine,) = await webhooks.claim(transaction, 9)
        too_late = {"status": 500, "error": None, "again_after": 2 * webhooks.GIVEN_UP_AFTER}
        await webhooks.attempted(transaction, mine, **too_late)  # type: ignore[arg-type]
        assert await webhooks.parked(transaction) == {"Nettbutikken": 1}
        await partners.suspend(transaction, partner)
        assert await webhooks.parked(transaction) == {}
    with pytest.raises(PartnerSuspended):
        async with office.database.transaction() as transaction:
            await webhooks.resend(transaction, mine.id)
    async with office.database.transaction() as transaction:
        await partners.resume(transaction, partner)
        assert await webhooks.parked(transaction) == {"Nettbutikken": 1}
        await webhooks.resend(transaction, mine.id)


async def test_nobody_is_followed_elsewhere(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    theirs.status, theirs.location = 307, theirs.url
    await send(office)
    assert len(theirs.told) == 1
    ((delivery, attempts),) = await deliveries(office, partner)
    assert delivery.state is DeliveryState.WAITING
    assert attempts[0].status == 307


async def test_a_claim_that_ran_out_is_anothers(
    office: Office, partner: Partner, theirs: Theirs, clock: TravellingClock
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    async with office.database.transaction() as transaction:
        (mine,) = await webhooks.claim(transaction, 9)
        assert await webhooks.claim(transaction, 9) == []
    clock.now += webhooks.LEASE
    await send(office)
    async with office.database.transaction() as transaction:
        late = {"status": None, "error": "Late", "again_after": timedelta(0)}
        await webhooks.attempted(transaction, mine, **late)  # type: ignore[arg-type]
    ((delivery, _),) = await deliveries(office, partner)
    assert delivery.state is DeliveryState.DELIVERED
    assert delivery.due_at is None


async def test_what_is_on_its_way_is_not_sent_again(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    async with office.database.transaction() as transaction:
        (mine,) = await webhooks.claim(transaction, 9)
    with pytest.raises(NoDelivery):
        async with office.database.transaction() as transaction:
            await webhooks.resend(transaction, mine.id)


async def test_a_partner_who_is_told_nowhere_any_more_is_not(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    async with office.database.transaction() as transaction:
        await webhooks.take_away(transaction, partner)
    await revoke(office, code_id)
    assert await deliveries(office, partner) == []


INSIDE = [
    "http://partner.example/hooks",
    "ftp://partner.example/hooks",
    "https://127.0.0.1/hooks",
    "https://10.1.2.3/hooks",
    "https://192.168.0.1/hooks",
    "https://169.254.169.254/latest",
    "https://[::1]/hooks",
    "https://[fe80::1]/hooks",
    "https://[fd00::1]/hooks",
    "https://[::ffff:10.0.0.1]/hooks",
    "https://[64:ff9b::a00:1]/hooks",
    "https://[2002:a00:1::]/hooks",
    "https://0.0.0.0/hooks",
    "https://224.0.0.1/hooks",
    "https://user@partner.example/hooks",
    "https:///hooks",
    "https://partner.example:0/hooks",
    "https://partner.example:99999/hooks",
]


@pytest.mark.parametrize("url", INSIDE)
def test_a_place_that_is_not_outside_is_refused(url: str) -> None:
    with pytest.raises(NotOutside):
        require_outside(url, inside_too=False)


NO_NAMES = ["127.1", "2130706433", "0x7f.1", "partner.example.1", "0x", "a..b", ".", "a" * 64]


@pytest.mark.parametrize("inside_too", [False, True])
@pytest.mark.parametrize("host", NO_NAMES)
def test_what_nobody_can_be_called_is_no_place_inside_either(host: str, inside_too: bool) -> None:
    with pytest.raises(NotOutside, match="address"):
        require_outside(f"https://{host}/hooks", inside_too=inside_too)


OUTSIDE = [
    "https://partner.example/hooks",
    "https://8.8.8.8/hooks",
    "https://1.partner.example./hooks",
    "https://[2606:4700::1111]/hooks",
    "https://æøå.example/hooks",
]


@pytest.mark.parametrize("url", OUTSIDE)
def test_a_place_outside_is_taken(url: str) -> None:
    require_outside(url, inside_too=False)


class Names:
    """A resolver for which a name leads where it is told to."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = None) -> list[Any]:
        return [{"host": each, "port": port, "hostname": host} for each in self.addresses]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:192.168.1.1"])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(NotOutside):
        await Outside(Names(address)).resolve("partner.example")  # type: ignore[arg-type]


async def test_of_a_name_that_leads_both_ways_what_is_outside_is_taken() -> None:
    found = await Outside(Names("10.0.0.1", "8.8.8.8")).resolve("x")  # type: ignore[arg-type]
    assert [each["host"] for each in found] == ["8.8.8.8"]


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f.1"])
async def test_whatever_name_leads_here_nothing_is_sent(theirs: Theirs, name: str) -> None:
    postman = Postman()
    port = theirs.url.rpartition(":")[2]
    place = webhooks.Webhook("P1", f"https://{name}:{port}", ("whsec_AAAA",))
    came = await postman.carry(place, "D1", "{}", datetime.now().astimezone())
    await postman.close()
    assert came.status is None
    refused = ("not_outside_inside", "ClientConnectorDNSError", "not_outside_address")
    assert came.error in refused
    assert theirs.told == []


async def test_a_server_that_does_not_answer_is_given_up(office: Office, partner: Partner) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with office.database.transaction() as transaction:
        await webhooks.set_place(transaction, office.keyring, partner, f"http://127.0.0.1:{port}/")
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    await send(office, seconds=0.2)
    ((delivery, attempts),) = await deliveries(office, partner)
    assert attempts[0].error == "TimeoutError"
    assert delivery.due_at == attempts[0].at + BACKOFF.first
    server.close()
    await server.wait_closed()


async def test_one_that_is_not_verified_is_seen_by_the_schemes_own_library(
    office: Office, partner: Partner, theirs: Theirs
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    await send(office)
    ((headers, body),) = theirs.told
    with pytest.raises(WebhookVerificationError):
        Signature(theirs.secret).verify(body + " ", headers)


LIBRARY = "standardwebhooks@1.1.1"
VERIFY = """
const { Webhook } = require("standardwebhooks");
const { now, secret, letters } = JSON.parse(require("fs").readFileSync(0, "utf8"));
Date.now = () => now * 1000;
const takes = ({ headers, body }) => {
  try {
    return Boolean(new Webhook(secret).verify(body, headers));
  } catch (error) {
    return error.constructor.name;
  }
};
console.log(JSON.stringify(letters.map(takes)));
"""


async def node(folder: Path, script: str, told: Any) -> Any:
    """What it makes of this, by the scheme's own library for it."""
    installed, written = await run(
        *("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", LIBRARY), folder=folder
    )
    if installed != 0:
        pytest.skip(f"the library cannot be had: {written}")
    (folder / "verify.js").write_text(script, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *("node", "verify.js"), cwd=folder,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    answered, _ = await process.communicate(json.dumps(told).encode())
    return json.loads(answered)


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no Node here")
@pytest.mark.timeout(SECONDS + 30)
async def test_the_schemes_library_for_node_takes_it_and_nothing_that_was_changed(
    office: Office, partner: Partner, theirs: Theirs, tmp_path: Path, clock: TravellingClock
) -> None:
    code_id, _ = await a_used_code(office, partner)
    await revoke(office, code_id)
    await send(office)
    ((headers, body),) = theirs.told
    names = {name.lower(): text for name, text in headers.items()}
    later = str(int(names["webhook-timestamp"]) + 1)
    letters = [
        {"headers": names, "body": body},
        {"headers": names, "body": body.replace("Kontorpakke", "Skylagring")},
        {"headers": {**names, "webhook-timestamp": later}, "body": body},
        {"headers": {**names, "webhook-id": "D2"}, "body": body},
        {"headers": {**names, "webhook-signature": "v1,AAAA"}, "body": body},
    ]
    told = {"now": int(clock.now.timestamp()), "secret": theirs.secret, "letters": letters}
    refused = ["WebhookVerificationError"] * 4
    assert await node(tmp_path, VERIFY, told) == [True, *refused]
    told["now"] = int(clock.now.timestamp()) + 301
    assert await node(tmp_path, VERIFY, told) == ["WebhookVerificationError", *refused]
