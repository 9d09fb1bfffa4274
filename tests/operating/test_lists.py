"""What the operator sees of the ledger: requests, codes and what happened, on each database."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.trial.sandbox import Sandbox
from storage import codes, decisions, holding, meeting, organisations, partners
from storage.checking import Checking
from storage.database import Database
from storage.holding import Period
from storage.once import Question
from storage.opening import open_database
from storage.outbox import HELP, NewNotice, tell
from storage.records import OSLO, PartnerScope, Reason
from tests.commands import ROOT
from tests.faults.process import bot_process
from tests.operating.test_command_line import CommandLine
from tests.slack.stage import BOT_SCOPES
from tests.unit.storage.cast import KARI, OLA, PER, TEAM, Office, details


def documented(name: str) -> set[str]:
    """The keys that programs may go by, as the README has them."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (keys,) = re.findall(rf"^\| `{name}` \| (.*) \|$", readme, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", keys)))


@pytest.fixture
async def ledger(migrated_url: str) -> AsyncIterator[Database]:
    """One by the machine's own clock, as the commands have it."""
    database = await open_database(migrated_url)
    yield database
    await database.close()


@pytest.fixture
async def office(ledger: Database) -> Office:
    return await Office.begin(ledger)


class Asking:
    """A command line beside an open ledger."""

    def __init__(self, folder: Path, url: str) -> None:
        self._command = CommandLine(folder, DATABASE_URL=url)

    async def lines(self, *words: str) -> list[str]:
        code, told = await asyncio.to_thread(self._command, *words)
        assert code == 0, told
        return told.splitlines()

    async def rows(self, *words: str) -> list[dict[str, Any]]:
        found = json.loads("\n".join(await self.lines(*words, "--json")))
        assert isinstance(found, list)
        return found


@pytest.fixture
def asking(tmp_path: Path, migrated_url: str) -> Asking:
    return Asking(tmp_path, migrated_url)


async def hand_to_kari(office: Office, code_id: str) -> None:
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, (await codes.find(desk, code_id)).person.id, KARI)


async def test_codes_are_told_apart_by_two_letters_and_never_told(
    office: Office, asking: Asking
) -> None:
    code = await office.code()
    async with office.deciding() as desk:
        secret = (await codes.show(desk, code, OLA)).text
    heading, line = await asking.lines("codes", "list")
    assert heading.split() == ["ID", "Kode", "Tilstand", "Til", "E-post", "Gyldig", "til"]
    for told in (code, f"{secret[:2]}•••", "gyldig", "Kari Nordmann", "kari@example.org"):
        assert told in line
    (row,) = await asking.rows("codes", "list", "--state", "active")
    assert set(row) == documented("codes list")
    assert (row["code"], row["state"], row["team"]) == (f"{secret[:2]}•••", "active", TEAM)
    assert secret[2:8] not in f"{line}{row}"
    assert await asking.lines("codes", "list", "--state", "revoked") == [
        "Det er ingen slike koder."
    ]
    assert await asking.rows("codes", "list", "--state", "revoked") == []


async def test_requests_are_seen_by_state_with_who_asked_and_who_decided(
    office: Office, asking: Asking
) -> None:
    declined = await office.ask()
    assert declined
    async with office.deciding() as desk:
        await decisions.decline(desk, declined, OLA, Reason.NO_AUTHORITY, "Beklager")
    waiting = await office.ask(details("Nils"), by=PER, submission="V2")
    heading, *lines = await asking.lines("requests", "list")
    assert heading.startswith("ID ")
    assert [line.split()[0] for line in lines] == [waiting, declined]
    assert ("venter" in lines[0], "avslått" in lines[1]) == (True, True)
    (row,) = await asking.rows("requests", "list", "--state", "declined")
    assert set(row) == documented("requests list")
    assert (row["asked_by"], row["decided_by"], row["reason"]) == (KARI, OLA, "no_authority")


async def test_no_more_than_wanted_are_shown_and_that_there_are_more_is_said(
    office: Office, asking: Asking
) -> None:
    for number in range(3):
        await office.ask(details(f"Nils{number}"), submission=f"V{number}")
    _, _, _, advice = await asking.lines("requests", "list", "--most", "2")
    assert advice == "Det er flere enn 2. Se flere med --most 20."
    assert len(await asking.lines("requests", "list", "--most", "3")) == 1 + 3


async def test_what_happened_is_told_newest_first_and_by_whom(
    office: Office, asking: Asking
) -> None:
    code = await office.code()
    await hand_to_kari(office, code)
    heading, newest, *_ = await asking.lines("audit", "--code", code)
    assert heading.split() == ["Tid", "Hvem", "Hva", "Gjelder", "Kodens", "ID"]
    assert "Kari Nordmann (UKARI)  fikk koden som sin  Kari Nordmann  " in newest
    made, *_ = [row for row in await asking.rows("audit") if row["action"] == "slack:code:make"]
    assert set(made) == documented("audit")
    assert (made["actor"], made["code_id"], made["person"]) == (OLA, code, "Kari Nordmann")


async def test_what_partners_did_is_told_by_what_they_are_called(
    office: Office, ledger: Database, asking: Asking
) -> None:
    code_id = await office.code()
    async with office.looking() as desk:
        code = (await codes.still_shown(desk, code_id, OLA)).text
    async with ledger.transaction() as transaction:
        partner, _ = await partners.add(
            transaction, "Nettbutikken", PartnerScope.HOLDER, is_test=False
        )
    await Checking(office.ledger).check(Question(partner, code, "Kontorpakke"))
    _, newest, *_ = await asking.lines("audit", "--code", code_id)
    assert "Nettbutikken  tok imot koden (Kontorpakke)  Kari Nordmann  " in newest
    row, *_ = await asking.rows("audit")
    assert set(row) == documented("audit")
    assert (row["partner"], row["service"], row["actor"]) == (
        "Nettbutikken",
        "Kontorpakke",
        partner.id,
    )
    (listed,) = await asking.rows("codes", "list")
    assert listed["id"] == code_id


async def test_what_happened_is_found_by_person_and_by_time(office: Office, asking: Asking) -> None:
    await office.code()
    await office.ask(details("Nils"), by=PER, submission="V2")
    for who in (PER, "nils@example.org"):
        (row,) = await asking.rows("audit", "--person", who)
        assert (row["actor"], row["person"]) == (PER, "Nils Nordmann")
    assert await asking.rows("audit", "--since", "2999-12-31") == []
    assert len(await asking.rows("audit", "--since", row["at"])) == 1
    assert len(await asking.rows("audit", "--since", "2020-01-01")) > 2
    assert await asking.lines("audit", "--person", "UNOBODY") == ["Ingenting slikt har skjedd."]


async def test_several_organisations_are_seen_together_or_one_of_them(
    office: Office, ledger: Database, asking: Asking
) -> None:
    neighbour = await Office.begin(ledger, team="T0NEXT", name="Naboen", holders=(OLA, "UNABO"))
    first, second = await office.code(), await neighbour.code(submission="V2")
    heading, *lines = await asking.lines("codes", "list")
    assert heading.startswith("Arbeidsområde")
    assert [line.split()[:2] for line in lines] == [["T0NEXT", second], [TEAM, first]]
    (row,) = await asking.rows("codes", "list", "--team", "T0NEXT")
    assert row["id"] == second
    holders = await asking.rows("account-holder", "list")
    assert {row["user_id"] for row in holders} == {"UOLA", "UANNE", "UNABO"}
    assert set(holders[0]) == documented("account-holder list")
    assert {row["team"] for row in await asking.rows("audit")} == {TEAM, "T0NEXT"}
    organisations = await asking.rows("organisation", "list")
    assert [row["name"] for row in organisations] == ["Røde Kors", "Naboen"]
    assert set(organisations[0]) == documented("organisation list")


async def test_of_several_in_one_workspace_it_is_said_whose_each_is_also_where_one_is_named(
    office: Office, ledger: Database, asking: Asking
) -> None:
    await office.code()
    async with ledger.transaction() as transaction:
        await organisations.add(transaction, TEAM, "Nabo", another=True)
    for words in ((), ("--team", TEAM), ("--team", f"{TEAM}/RodeKors")):
        (row,) = await asking.rows("codes", "list", *words)
        assert (row["team"], row["organisation"]) == (TEAM, f"{TEAM}/RodeKors"), words
    assert set(row) == documented("codes list")


async def test_what_is_not_delivered_is_listed_for_one_organisation_or_all(
    office: Office, ledger: Database, asking: Asking
) -> None:
    neighbour = await Office.begin(ledger, team="T0NEXT", name="Naboen")
    async with office.asking() as desk:
        await tell(desk, NewNotice(HELP, KARI, about="Ev1"))
    async with neighbour.asking() as desk:
        await tell(desk, NewNotice(HELP, PER, about="Ev2"))
    (row,) = await asking.rows("outbox", "list", "--team", TEAM)
    assert set(row) == documented("outbox list")
    assert (row["recipient"], row["state"], row["kind"]) == (KARI, "waiting", "help")
    assert len(await asking.rows("outbox", "list")) == 2


async def test_account_holders_have_names_where_slack_or_the_ledger_knows_them(
    tmp_path: Path,
) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        async with bot_process(slack, tmp_path, [ola]) as bot:
            await bot.start()
            await bot.terminate()
            command = CommandLine(tmp_path, **bot.environment)
            _, told = await asyncio.to_thread(command, "account-holder", "list")
            heading, line = told.splitlines()
            assert heading.split() == ["Medlems-ID", "Navn", "Siden", "Lagt", "til", "av"]
            assert line.startswith(f"{ola.id}  Ola Nordmann  ")
            assert line.endswith("innstillingene")
            command.environment["SLACK_API_URL"] = "http://127.0.0.1:9/api/"
            _, told = await asyncio.to_thread(command, "account-holder", "list")
            assert told.splitlines()[1].startswith(f"{ola.id}  –")


@pytest.mark.parametrize(
    "words", [("codes", "list"), ("requests", "list"), ("audit",), ("account-holder", "list")]
)
def test_where_there_is_no_database_none_is_made_by_looking(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, told = CommandLine(tmp_path)(*words)
    assert (code, told.count("\n"), "Er det riktig mappe?" in told) == (2, 1, True)
    assert list(tmp_path.iterdir()) == []


async def test_a_deputy_is_listed_with_their_time_and_named_in_what_happened(
    office: Office, asking: Asking
) -> None:
    async with office.deciding() as desk:
        today = desk.now.astimezone(OSLO).date()
        await holding.appoint(desk, PER, OLA, Period(today, today), seen=())
    heading, *_ = await asking.lines("account-holder", "list")
    assert "Stedfortreder fra" in heading
    (deputy,) = [row for row in await asking.rows("account-holder", "list") if row["deputy_until"]]
    assert (deputy["user_id"], deputy["added_by"]) == (PER, OLA)
    (event,) = await asking.rows("audit", "--person", PER)
    assert (event["action"], event["holder"]) == ("slack:deputy:appoint", PER)
    assert PER in (await asking.lines("audit", "--person", PER))[1]
