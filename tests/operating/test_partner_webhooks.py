"""What partners are told by themselves, as the operator sets it up, tries it and looks at it."""

import asyncio
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from standardwebhooks.webhooks import Webhook as Signature
from standardwebhooks.webhooks import WebhookVerificationError

from bot.api.described import Ended
from storage import partners, webhooks
from storage.database import Database
from storage.keys import new_key
from storage.opening import open_database
from storage.records import DeliveryState
from storage.webhooks import Event
from tests.commands import GENUINE, ROOT
from tests.operating.test_command_line import CommandLine
from tests.operating.test_lists import documented
from tests.operating.test_partners import everything
from tests.unit.storage.cast import Office

SECRET = re.compile(r"whsec_[0-9A-Za-z+/]{43}=")
OUTSIDE = "https://partner.example/hooks"


@dataclass
class Receiver:
    """A partner's server that follows the scheme, unless it takes whatever comes."""

    url: str = ""
    secret: str = ""
    takes_all: bool = False
    told: list[tuple[dict[str, str], str]] = field(default_factory=list)

    def answer(self, headers: dict[str, str], body: str) -> int:
        self.told.append((headers, body))
        if self.takes_all:
            return 200
        try:
            Signature(self.secret).verify(body, headers)
        except WebhookVerificationError:
            return 401
        return 204


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    there = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self.send_response(there.answer(dict(self.headers), body))
            self.end_headers()

        def log_message(self, *_what: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        there.url = f"http://127.0.0.1:{server.server_port}/hooks"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield there
        server.shutdown()
        thread.join()


@pytest.fixture
def command(tmp_path: Path, migrated_url: str) -> CommandLine:
    return CommandLine(
        tmp_path, DATABASE_URL=migrated_url, SECRET_KEY=new_key(), WEBHOOKS_INSIDE="yes"
    )


def done(command: CommandLine, *words: str) -> str:
    code, told = command("partner", *words)
    assert code == 0, told
    return told


def set_place(command: CommandLine, receiver: Receiver, name: str = "Nettbutikken") -> str:
    (receiver.secret,) = SECRET.findall(done(command, "webhook", name, receiver.url))
    return receiver.secret


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["told", "json"])
def test_a_secret_is_shown_once_where_a_program_reads_and_stands_nowhere_in_the_ledger(
    command: CommandLine, migrated_url: str, words: tuple[str, ...]
) -> None:
    done(command, "add", "Nettbutikken")
    written = subprocess.run(
        [*GENUINE, "partner", "webhook", "Nettbutikken", OUTSIDE, *words],
        cwd=command.folder, env={**command.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    (secret,) = SECRET.findall(written.stdout)
    if words:
        (row,) = json.loads(written.stdout)
        assert (row["name"], row["url"], row["secret"]) == ("Nettbutikken", OUTSIDE, secret)
    assert words or written.stdout == f"{secret}\n"
    assert SECRET.findall(written.stderr) == []
    assert ("aldri igjen" in written.stderr) == (not words)
    kept = asyncio.run(everything(migrated_url))
    assert OUTSIDE in kept
    assert secret not in kept


def test_where_nothing_is_sent_is_told_in_one_sentence(tmp_path: Path, migrated_url: str) -> None:
    command = CommandLine(tmp_path, DATABASE_URL=migrated_url, SECRET_KEY=new_key())
    done(command, "add", "Nettbutikken")
    for url, told in (
        ("partner.example/hooks", "er ingen adresse på nettet"),
        ("https://127.1/hooks", "er ingen adresse på nettet"),
        ("https://2130706433/hooks", "er ingen adresse på nettet"),
        ("https://partner.example/to ord", "er ingen adresse på nettet"),
        ("http://partner.example/hooks", "skal begynne med https://"),
        ("https://10.0.0.1/hooks", "https://10.0.0.1/hooks er i et lukket nett."),
    ):
        code, written = command("partner", "webhook", "Nettbutikken", url)
        assert (code, told in written, written.count("\n")) == (2, True, 1), written
    for words in ((), (OUTSIDE, "--remove")):
        either = command("partner", "webhook", "Nettbutikken", *words)
        assert either == (2, "Skriv en adresse, eller --remove.\n")


def test_what_cannot_be_done_is_told_in_one_sentence(command: CommandLine) -> None:
    done(command, "add", "Nettbutikken")
    nobody = (2, "Det er ingen partner som heter Skyen. Se alle med: python -m bot partner list\n")
    assert command("partner", "webhook", "Skyen", OUTSIDE) == nobody
    for word in ("ping", "deliveries", "rehearse"):
        assert command("partner", word, "Skyen") == nobody
    code, told = command("partner", "ping", "Nettbutikken")
    assert (code, told.startswith("Nettbutikken har ingen adresse.")) == (2, True)
    code, told = command("partner", "resend", "X")
    assert (code, told.startswith("Det er ingen beskjed med den ID-en")) == (2, True)
    done(command, "webhook", "Nettbutikken", OUTSIDE)
    command.environment["SECRET_KEY"] = new_key()
    code, told = command("partner", "ping", "Nettbutikken")
    assert (code, told.startswith("Nøkkelen som hemmeligheten")) == (2, True)


def pasted(told: str) -> list[str]:
    """The words of the command that is told at the end of a line, as a shell takes them."""
    return shlex.split(told.rpartition("python -m bot ")[2])


def test_a_command_that_is_told_does_what_it_is_told_for(command: CommandLine) -> None:
    done(command, "add", "Nett & Butikk")
    words = pasted(command("partner", "ping", "Nett & Butikk")[1])
    assert words == ["partner", "webhook", "Nett & Butikk", "ADRESSE"]
    assert command(*words[:-1], OUTSIDE)[0] == 0
    words = pasted(command("partner", "rehearse", "Nett & Butikk")[1])
    assert words == ["partner", "add", "Nett & Butikk prøve", "--test"]
    assert command(*words)[0] == 0
    assert pasted(command("partner", "resend", "X")[1]) == ["partner", "deliveries", "NAVN"]


def test_without_any_key_it_says_how_to_get_one(tmp_path: Path) -> None:
    command = CommandLine(tmp_path)
    assert command("organisation", "add", "T012AB", "Røde Kors")[0] == 0
    done(command, "add", "Nettbutikken")
    code, told = command("partner", "webhook", "Nettbutikken", OUTSIDE)
    assert (code, told.startswith("Det er ingen nøkkel ennå.")) == (2, True)


def test_a_test_call_is_made_and_what_came_of_it_is_told(
    command: CommandLine, receiver: Receiver
) -> None:
    done(command, "add", "Nettbutikken")
    set_place(command, receiver)
    assert done(command, "ping", "Nettbutikken") == "Nettbutikken tok imot. Svaret: 204.\n"
    (_, body), *others = receiver.told
    assert (json.loads(body)["type"], others) == (Event.TEST, [])
    receiver.secret = "whsec_YW5vdGhlcg=="
    refused = (2, "Nettbutikken tok ikke imot. Svaret: 401.\n")
    assert command("partner", "ping", "Nettbutikken") == refused
    command.environment["WEBHOOKS_INSIDE"] = "no"
    code, told = command("partner", "ping", "Nettbutikken")
    assert (code, "begynner ikke med https://" in told) == (2, True)
    assert len(receiver.told) == 2


def test_nobody_answers_there(command: CommandLine) -> None:
    done(command, "add", "Nettbutikken")
    done(command, "webhook", "Nettbutikken", "http://127.0.0.1:1/hooks")
    told = "Nettbutikken tok ikke imot. Svaret: ingen svarer på adressen.\n"
    assert command("partner", "ping", "Nettbutikken") == (2, told)


def test_nothing_is_sent_to_a_partner_who_is_suspended(
    command: CommandLine, receiver: Receiver, migrated_url: str
) -> None:
    done(command, "add", "Nettbutikken", "--test")
    set_place(command, receiver)
    delivery_id = asyncio.run(tell(migrated_url))
    done(command, "suspend", "Nettbutikken")
    how = "Nettbutikken er sperret. Åpne igjen med: python -m bot partner resume Nettbutikken\n"
    for word in ("ping", "rehearse"):
        assert command("partner", word, "Nettbutikken") == (2, how)
    code, told = command("partner", "resend", delivery_id)
    assert (code, told.startswith("Partneren er sperret, og får ingen beskjeder.")) == (2, True)
    assert receiver.told == []
    done(command, "resume", "Nettbutikken")
    done(command, "ping", "Nettbutikken")
    done(command, "resend", delivery_id)


def test_taken_away_they_are_told_nowhere(command: CommandLine, receiver: Receiver) -> None:
    done(command, "add", "Nettbutikken")
    set_place(command, receiver)
    told = done(command, "webhook", "Nettbutikken", "--remove")
    assert told == "Nettbutikken får ikke vite noe av seg selv nå.\n"
    assert command("partner", "ping", "Nettbutikken")[0] == 2
    assert receiver.told == []


def test_all_that_may_come_is_rehearsed(command: CommandLine, receiver: Receiver) -> None:
    done(command, "add", "Nettbutikken", "--test")
    set_place(command, receiver)
    heading, *rows = done(command, "rehearse", "Nettbutikken").splitlines()
    assert heading.split() == ["Sendt", "Ventet", "Svar", "Som", "ventet"]
    found = [re.split(r"  +", row) for row in rows]
    assert [row[2:] for row in found] == [
        [status, "ja"] for status in ("204", "401", "204", "204", "204", "204", "401")
    ]
    ids = [headers["webhook-id"] for headers, _ in receiver.told]
    assert [ids.count(each) for each in ids] == [1, 1, 2, 2, 1, 1, 1]
    moments = [json.loads(body)["timestamp"] for _, body in receiver.told]
    assert moments[4] > moments[5]
    assert found[-1][0] == "signert med en annen hemmelighet"


def test_what_is_rehearsed_is_what_the_document_says_comes(
    command: CommandLine, receiver: Receiver
) -> None:
    done(command, "add", "Nettbutikken", "--test")
    set_place(command, receiver)
    done(command, "rehearse", "Nettbutikken")
    for _, body in receiver.told:
        told = json.dumps(json.loads(body)["data"])
        assert Ended.model_validate_json(told).uses_in_all == 1


@pytest.mark.parametrize("has_changed", [True, False])
def test_while_the_old_secret_is_good_a_side_may_go_on_with_it(
    command: CommandLine, receiver: Receiver, has_changed: bool
) -> None:
    done(command, "add", "Nettbutikken", "--test")
    first = set_place(command, receiver)
    second = set_place(command, receiver)
    assert first != second
    receiver.secret = second if has_changed else first
    *_, by_old, by_another = done(command, "rehearse", "Nettbutikken").splitlines()
    assert re.split(r"  +", by_old) == [
        "signert med den gamle hemmeligheten",
        "avvist, hvis de har byttet",
        "401" if has_changed else "204",
        "ja",
    ]
    assert re.split(r"  +", by_another) == [
        *("signert med en annen hemmelighet", "avvist", "401", "ja")
    ]


def test_a_secret_that_is_astray_is_no_old_one_any_more(
    command: CommandLine, receiver: Receiver
) -> None:
    done(command, "add", "Nettbutikken", "--test")
    set_place(command, receiver)
    told = done(command, "webhook", "Nettbutikken", receiver.url, "--now")
    (receiver.secret,) = SECRET.findall(told)
    told = done(command, "rehearse", "Nettbutikken")
    assert "signert med en annen hemmelighet" in told
    assert "signert med den gamle hemmeligheten" not in told


@pytest.mark.parametrize("has_old_secret", [True, False])
def test_a_side_that_takes_whatever_comes_is_found_out(
    command: CommandLine, receiver: Receiver, has_old_secret: bool
) -> None:
    done(command, "add", "Nettbutikken", "--test")
    if has_old_secret:
        set_place(command, receiver)
    set_place(command, receiver)
    receiver.takes_all = True
    code, told = command("partner", "rehearse", "Nettbutikken")
    of_old = ["ja"] if has_old_secret else []
    count = 7 + len(of_old)
    assert (code, told.splitlines()[-1]) == (2, f"2 av {count} ble ikke tatt imot som ventet.")
    assert [row.split()[-1] for row in told.splitlines()[1:-1]] == [
        *("ja", "NEI", "ja", "ja", "ja", "ja", *of_old, "NEI")
    ]


def test_whoever_is_there_in_earnest_is_not_rehearsed_with(
    command: CommandLine, receiver: Receiver
) -> None:
    done(command, "add", "Nettbutikken")
    set_place(command, receiver)
    code, told = command("partner", "rehearse", "Nettbutikken")
    assert (code, told.startswith("Nettbutikken er ikke bare for prøving.")) == (2, True)
    assert receiver.told == []


async def tell(url: str, name: str = "Nettbutikken") -> str:
    """Of two things; the second their side did not take, the first is on its way. The second's
    id."""
    database = await open_database(url)
    office = await Office.begin(database)
    which = office.standing.organisation.id
    for event in (Event.CODE_EXPIRED, Event.CODE_REVOKED):
        async with database.transaction() as transaction:
            partner = await partners.find(transaction, name)
            delivery_id = await webhooks.add(transaction, partner.id, which, event, {})
    await _give_up(database, delivery_id)
    await database.close()
    return delivery_id


async def _give_up(database: Database, delivery_id: str) -> None:
    async with database.transaction() as transaction:
        (delivery,) = [
            each for each in await webhooks.claim(transaction, 9) if each.id == delivery_id
        ]
        state = await webhooks.attempted(
            transaction, delivery, status=503, error=None, again_after=2 * webhooks.GIVEN_UP_AFTER
        )
    assert state is DeliveryState.PARKED


def test_what_they_were_told_is_listed_the_newest_first_and_sent_once_more(
    command: CommandLine, migrated_url: str
) -> None:
    done(command, "add", "Nettbutikken")
    done(command, "webhook", "Nettbutikken", OUTSIDE)
    none = done(command, "deliveries", "Nettbutikken")
    assert none == "Partneren har ikke fått vite noe ennå.\n"
    delivery_id = asyncio.run(tell(migrated_url))
    newest, older = json.loads(done(command, "deliveries", "Nettbutikken", "--json"))
    assert set(newest) == documented("partner deliveries") - {"name", "url", "secret"}
    assert (newest["id"], newest["event"]) == (delivery_id, "code.revoked")
    assert (newest["state"], newest["status"], newest["due_at"]) == ("parked", 503, None)
    assert (older["state"], older["status"]) == ("waiting", None)
    _, line, more = done(command, "deliveries", "Nettbutikken", "--most", "1").splitlines()
    assert more == "Det er flere enn 1. Se flere med --most 10."
    assert line.startswith(f"{delivery_id}  code.revoked  gitt opp  ")
    assert done(command, "resend", delivery_id) == "Den sendes på nytt.\n"
    newest, _ = json.loads(done(command, "deliveries", "Nettbutikken", "--json"))
    assert (newest["state"], newest["attempts"]) == ("waiting", 0)
    assert command("partner", "resend", str(older["id"]))[0] == 2


def test_the_doctor_says_of_whom_something_was_given_up_and_how_it_is_sent_once_more(
    command: CommandLine, migrated_url: str
) -> None:
    names = ("Nettbutikken & co", "Skyen")
    for name in names:
        done(command, "add", name)
    asyncio.run(begin(migrated_url))
    assert "✓ Beskjeder til partnerne\n" in command("doctor")[1]
    given_up = [asyncio.run(tell(migrated_url, name)) for name in names]
    (found,) = [each for each in command("doctor")[1].splitlines() if "til partnerne" in each]
    start = "✗ Beskjeder til partnerne: 2 beskjeder ble ikke tatt imot, og prøves ikke mer. Se: "
    assert found.startswith(start)
    see, again = found.removeprefix(start).split(". Send på nytt: ")
    commands = [shlex.split(each) for each in see.split(", ")]
    assert [each[-3:] for each in commands] == [["partner", "deliveries", name] for name in names]
    assert again.endswith(" partner resend ID")
    for which in given_up:
        done(command, "resend", which)
    assert "✓ Beskjeder til partnerne\n" in command("doctor")[1]


async def begin(url: str) -> None:
    """An organisation."""
    database = await open_database(url)
    await Office.begin(database)
    await database.close()
