"""The operator's commands, in a process of their own as an operator runs them."""

import json
import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.trial.sandbox import Sandbox
from handlers.faq.phrasings import LABELS, LANGUAGES
from storage import claiming, installations, outbox, questions, registering
from storage.desk import Ledger
from storage.installations import Granted
from storage.keys import Keyring, new_key
from storage.opening import open_database
from storage.outbox import REQUESTS_WAITING, NewNotice
from storage.records import Issuer, Turn, Verdict
from storage.registering import Registration
from tests.commands import GENUINE, ROOT, Command
from tests.faults.process import bot_process
from tests.slack.stage import BOT_SCOPES


class CommandLine:
    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], **settings}

    def __call__(self, *words: str, typed: str = "") -> tuple[int, str]:
        """Its exit code and what it writes, when this stands on its standard input."""
        done = Command(words, self.folder, self.environment, typed.encode())
        code, written = done.finished()
        assert "Traceback" not in written, written
        return code, written


@pytest.fixture
def command(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def test_help_is_worth_reading(command: CommandLine) -> None:
    told = subprocess.run(
        [*GENUINE, "--help"],
        cwd=command.folder, env={**command.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60,
        check=True,
    ).stdout  # fmt: skip
    assert command("--help") == (0, told)
    for word in ("run", "doctor", "organisation", "account-holder", "outbox", "new-key", "audit"):
        assert word in told
    for group in ("organisation", "account-holder", "outbox", "requests", "codes"):
        code, told = command(group, "--help")
        assert code == 0
        assert "list" in told


def test_an_organisation_from_added_to_suspended(command: CommandLine) -> None:
    assert command("organisation", "add", "T012AB", "Røde Kors")[0] == 0
    assert command("organisation", "add", "T012AB", "Igjen")[0] == 2
    assert "venter på godkjenning" in command("organisation", "list")[1]
    assert "Røde Kors er godkjent" in command("organisation", "approve", "T012AB")[1]
    assert command("organisation", "list")[1].splitlines() == [
        "Arbeidsområde  Tilstand  Koder lages av  Navn",
        "T012AB         godkjent  boten           Røde Kors",
    ]
    assert command("organisation", "suspend", "T012AB")[0] == 0
    assert "stengt" in command("organisation", "list")[1]
    code, told = command("organisation", "approve", "T0NONE")
    assert (code, "T0NONE" in told) == (2, True)


def test_an_organisation_is_given_its_number_and_may_lose_it_again(command: CommandLine) -> None:
    for team in ("T012AB", "T034CD"):
        assert command("organisation", "add", team, f"Laget {team}")[0] == 0
    code, told = command("organisation", "number", "T012AB", "NO 988 077 917 MVA")
    assert (code, told) == (0, "Laget T012AB har nummeret 988077917.\n")
    _, told = command("organisation", "number", "T034CD", "988077917")
    assert told.splitlines()[1:] == ["Det samme nummeret har også: Laget T012AB"]
    assert command("organisation", "list")[1].count("988077917") == 2
    for given in (["988077918"], ["98807791"], [], ["988077917", "--remove"]):
        code, told = command("organisation", "number", "T034CD", *given)
        assert (code, len(told.splitlines())) == (2, 1), told
    _, told = command("organisation", "number", "T034CD", "--remove")
    assert told == "Laget T034CD har ikke noe nummer nå.\n"
    assert command("organisation", "list")[1].count("988077917") == 1
    assert "endret nummeret til organisasjonen" in command("audit")[1]


async def install(folder: Path) -> None:
    """As somebody does it from the page; Anne has registered the organisation since."""
    database = await open_database(f"sqlite:///{folder / 'godkjenningsbot.sqlite3'}")
    clock = database.clock
    granted = Granted(
        id="T034CD",
        enterprise_id=None,
        team_name="Blåbær",
        installed_by="U0ANNE",
        said={"bot_token": "xoxb-1"},
        token_expires_at=clock() + timedelta(hours=12),
    )
    async with database.transaction() as transaction:
        await installations.keep(transaction, Keyring([new_key()]), granted)
    await database.close()


async def remove(folder: Path) -> None:
    database = await open_database(f"sqlite:///{folder / 'godkjenningsbot.sqlite3'}")
    async with database.transaction() as transaction:
        await installations.end(transaction, "T034CD", "account_inactive")
    await database.close()


async def test_workspaces_are_seen_and_forgotten(command: CommandLine) -> None:
    command("organisation", "add", "T012AB", "Røde Kors")
    code, told = command("workspace", "list")
    assert (code, told) == (0, "Boten er ikke lagt til fra siden sin noe sted ennå.\n")
    assert command("workspace", "show", "T034CD")[0] == 2
    await register(command.folder)
    await install(command.folder)
    (_, row) = command("workspace", "list")[1].splitlines()
    for word in ("T034CD", "lagt til", "Blåbær", "Blåbærlaget"):
        assert word in row
    shown = command("workspace", "show", "T034CD")[1]
    for words in ("Lagt til av           U0ANNE", "Nøkkelen fornyes før", "Blåbærlaget"):
        assert words in shown, shown
    assert "xoxb" not in shown + command("workspace", "show", "T034CD", "--json")[1]
    code, told = command("workspace", "forget", "T034CD", "--yes")
    assert (code, "Fjern den i Slack først" in told) == (2, True)
    await remove(command.folder)
    shown = json.loads(command("workspace", "show", "T034CD", "--json")[1])
    assert (shown[0]["state"], shown[0]["why_ended"]) == ("removed", "account_inactive")
    assert "Slettes" in command("workspace", "show", "T034CD")[1]
    code, told = command("workspace", "forget", "T034CD")
    assert (code, "Ingenting er slettet." in told) == (2, True)
    assert "T034CD" in command("organisation", "list")[1]
    code, told = command("workspace", "forget", "T034CD", "--yes")
    assert (code, told) == (0, "Alt om T034CD er slettet.\n")
    assert "T034CD" not in command("organisation", "list")[1] + command("workspace", "list")[1]
    assert "T012AB" in command("organisation", "list")[1]


async def register(folder: Path) -> None:
    """As somebody does it in Slack."""
    database = await open_database(f"sqlite:///{folder / 'godkjenningsbot.sqlite3'}")
    laget = Registration(
        "Blåbærlaget", "988077917", "Laget", ("U0ANNE",), is_at_techsoup=True, issuer=Issuer.BOT
    )
    await registering.register(Ledger(database), "T034CD", laget, "U0ANNE", channel=None)
    await database.close()


async def test_a_registration_that_waits_is_refused_with_a_reason(
    command: CommandLine,
) -> None:
    command("organisation", "add", "T012AB", "Røde Kors")
    await register(command.folder)
    assert command("organisation", "list")[1].splitlines() == [
        "Arbeidsområde  Tilstand               Koder lages av  Organisasjonsnummer  Navn",
        "T012AB         venter på godkjenning  boten           –                    Røde Kors",
        "T034CD         venter på godkjenning  boten           988077917            Blåbærlaget",
    ]
    assert command("organisation", "refuse", "T034CD")[0] == 2
    code, told = command("organisation", "refuse", "T034CD", "--reason", " ")
    assert (code, told) == (2, "Skriv en grunn.\n")
    code, told = command("organisation", "refuse", "T034CD", "--reason", "Navnet er feil.")
    assert (code, told) == (0, "Registreringen av Blåbærlaget er avslått.\n")
    assert "avslått" in command("organisation", "list")[1]
    shown = json.loads(command("organisation", "list", "--json")[1])
    known = ("number", "is_at_techsoup", "registered_by", "verdict")
    assert [shown[0][key] for key in known] == [None] * 4
    assert [shown[1][key] for key in known] == ["988077917", True, "U0ANNE", "Navnet er feil."]
    assert command("organisation", "approve", "T034CD")[0] == 0
    code, told = command("organisation", "refuse", "T034CD", "--reason", "Likevel ikke.")
    assert (code, told) == (2, "T034CD venter ikke på godkjenning.\n")


def test_a_damaged_database_is_one_sentence_whatever_is_asked_of_it(command: CommandLine) -> None:
    command("organisation", "add", "T012AB", "Røde Kors")
    path = command.folder / "godkjenningsbot.sqlite3"
    whole = path.read_bytes()
    page = 4096
    path.write_bytes(whole[:page] + b"\xff" * 2 * page + whole[3 * page :])
    for words in (
        ("organisation", "list"),
        ("account-holder", "list"),
        ("outbox", "list"),
        ("rotate-keys",),
    ):
        code, told = command(*words)
        assert (code, told.count("\n")) == (2, 1), told
        assert "sikkerhetskopi" in told
    assert path.read_bytes()[page:][:page] == b"\xff" * page


def test_account_holders(command: CommandLine) -> None:
    assert command("account-holder", "list")[0] == 2
    command("organisation", "add", "T012AB", "Røde Kors")
    assert "Ingen er kontoholder" in command("account-holder", "list")[1]
    assert "U1 er nå kontoholder" in command("account-holder", "add", "U1")[1]
    assert "fra før" in command("account-holder", "add", "U1")[1]
    code, told = command("account-holder", "remove", "U1")
    assert (code, "siste" in told) == (2, True)
    assert command("account-holder", "remove", "U2")[0] == 2
    command("account-holder", "add", "U2")
    assert command("account-holder", "remove", "U1")[0] == 0
    assert "U1" not in command("account-holder", "list")[1]
    _, was, is_one = command("account-holder", "list", "--ever")[1].splitlines()
    assert (was.split()[0], was.split()[-1], was.count("operatøren")) == ("U1", "operatøren", 2)
    assert is_one.startswith("U2")
    assert command("account-holder", "remove", "U2", "--even-the-last")[0] == 0
    command("organisation", "add", "T034CD", "Naboen")
    code, told = command("account-holder", "add", "U3")
    assert (code, "--team" in told) == (2, True)
    assert command("account-holder", "add", "U3", "--team", "T034CD")[0] == 0
    assert "T034CD         U3" in command("account-holder", "list")[1]


def test_keys(command: CommandLine) -> None:
    code, key = command("new-key")
    assert code == 0
    assert len(key.strip()) == 44


def test_keys_are_rotated_without_slack(command: CommandLine) -> None:
    command("organisation", "add", "T012AB", "Røde Kors")
    assert command("rotate-keys") == (
        0,
        "Alle kodene er nå kryptert med den første nøkkelen. Endret nå: 0.\n",
    )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:///no/such/bot.sqlite3", "no/such/bot.sqlite3 finnes ikke"),
        ("postgresql://nobody@127.0.0.1:9/nothing", "ingen svarer på den adressen"),
        ("postgresql://nobody@no.such.host.invalid/nothing", "ingen maskin heter det som står der"),
    ],
)
def test_an_unreachable_database_is_one_sentence(tmp_path: Path, url: str, why: str) -> None:
    code, told = CommandLine(tmp_path, DATABASE_URL=url)("organisation", "list")
    assert (code, told.count("\n"), why in told) == (2, 1, True), told


def test_a_database_that_the_server_has_not_is_told_of(
    tmp_path: Path, postgres_server: str
) -> None:
    url = postgres_server.replace("/postgres?", "/nothing?")
    code, told = CommandLine(tmp_path, DATABASE_URL=url)("organisation", "list")
    assert (code, "tjeneren har ingen database med det navnet" in told) == (2, True), told


async def test_what_was_parked_is_listed_and_tried_again(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        async with bot_process(slack, tmp_path, [ola]) as bot:
            await bot.start()
            await bot.terminate()
    command = CommandLine(tmp_path, DATABASE_URL="sqlite:///bot.sqlite3")
    assert command("outbox", "list") == (0, "Alt er levert.\n")
    database = await open_database(f"sqlite:///{tmp_path}/bot.sqlite3")
    async with Ledger(database).deciding("T0ORG") as desk:
        await outbox.tell(desk, NewNotice(REQUESTS_WAITING, "UGONE", about="x"))
        lease = timedelta(seconds=1)
        (claimed,) = await claiming.claim(
            desk.transaction, ["T0ORG"], Turn.DEED, most=1, lease=lease
        )
        await claiming.park(desk.transaction, claimed, "user_disabled")
    await database.close()
    listed = command("outbox", "list")[1]
    told = ("lagt til side", "requests_waiting", "UGONE", "1       –       user_disabled")
    assert "  ".join((claimed.id, *told)) in listed
    assert command("outbox", "retry", "01NONE")[0] == 2
    assert command("outbox", "retry", claimed.id)[0] == 0
    assert f"{claimed.id}  venter" in command("outbox", "list")[1]
    assert command("outbox", "retry", "--all")[0] == 2


def ask(folder: Path, *words: str, typed: str = "") -> tuple[int, str]:
    """A command of `faq`, with what stands on its standard input."""
    return CommandLine(folder)("faq", *words, typed=typed)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("når går koden min ut?", ("Emne: expiry", "Sikkerhet: ", "60 dager fra den blir laget")),
        ("er det noe med koden min", ("Emne: none", "Mente du …?", "• ")),
        (
            "hvem vant kampen i går?",
            ("Emne: none", "Jeg svarer bare på spørsmål om"),
        ),
        ("hei", ("Hei! Jeg hjelper",)),
        ("takk", ("Bare hyggelig",)),
        ("hjelp", ("/godkjenningskode hjelp",)),
        ("", ("Emne: none",)),
    ],
)
def test_a_question_is_answered_without_slack(
    tmp_path: Path, question: str, told: tuple[str, ...]
) -> None:
    code, written = ask(tmp_path, "ask", question)
    assert code == 0
    assert [text for text in told if text not in written] == []


def test_questions_are_labelled_by_the_columns_of_their_header(tmp_path: Path) -> None:
    rows = [
        "\ufefflang\tid\tnotat\tquestion",
        "nb\ta1\tx\tnår går koden min ut?",
        'nb\ta2\t"\tHva er "koden" for noe?',
        "nb\ta3\t\thvem vant kampen i går?",
        "nb\ta4",
        "",
    ]
    code, written = ask(tmp_path, "classify", typed="\r\n".join(rows))
    assert code == 0
    assert written.splitlines() == ["a1\texpiry", "a2\twhat", "a3\tnone", "a4\tnone"]
    best = ask(tmp_path, "classify", "--top", "3", typed="\n".join(rows[:2]))[1].strip()
    number, labels = best.split("\t")
    assert (number, len(labels.split(",")), labels.split(",")[0]) == ("a1", 3, "expiry")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "mangler id, question"),
        ("id\tspørsmål\n1\thei", "mangler question"),
        ("id,question\n1,hei", "mangler id, question"),
    ],
)
def test_a_table_of_another_form_is_refused_in_words(tmp_path: Path, typed: str, told: str) -> None:
    code, written = ask(tmp_path, "classify", typed=typed)
    assert code == 2
    assert told in written


def test_the_score_has_a_line_for_each_language_and_topic(tmp_path: Path) -> None:
    code, written = ask(tmp_path, "score", str(ROOT / "tests" / "faq" / "unseen.tsv"))
    assert code == 0
    names = [line.split()[0] for line in written.splitlines()[1:]]
    assert names == ["alle", *LANGUAGES, *LABELS]
    assert ask(tmp_path, "score", "finnes.ikke.tsv")[0] == 2


async def test_what_could_not_be_answered_is_listed_and_exported(tmp_path: Path) -> None:
    command = CommandLine(tmp_path, DATABASE_URL="sqlite:///bot.sqlite3")
    command("organisation", "add", "T0ORG", "Laget")
    assert command("faq", "unanswered") == (0, "Ingen spørsmål står uten svar.\n")
    database = await open_database(f"sqlite:///{tmp_path}/bot.sqlite3")
    async with Ledger(database).deciding("T0ORG") as desk:
        for text in ("Hva koster Adobe?", "hva koster adobe", "Hvem vant?"):
            await questions.keep(desk, text, Verdict.REFUSED, None)
    await database.close()
    heading, first_of_two, other = command("faq", "unanswered")[1].splitlines()
    assert heading == "Antall  Emne  Spørsmål"
    assert first_of_two.casefold().removesuffix("?") == "2       –     hva koster adobe"
    assert other == "1       –     Hvem vant?"
    (first, _) = json.loads(command("faq", "unanswered", "--json")[1])
    assert set(first) == {"count", "topic", "text", "questions"}
    assert set(first["questions"]) == {"Hva koster Adobe?", "hva koster adobe"}
    assert command("faq", "unanswered", "--export")[1].startswith("[? ?]\n")


def test_of_several_organisations_in_one_workspace_each_command_says_which(
    command: CommandLine,
) -> None:
    command("organisation", "add", "T0RUNDE01", "Røde Kors")
    command("organisation", "approve", "T0RUNDE01")
    code, told = command("organisation", "add", "T0RUNDE01", "Nabo", "--another")
    assert (code, told.strip().split()[-3:]) == (0, ["organisation", "approve", "T0RUNDE01/Nabo"])
    code, told = command("organisation", "approve", "T0RUNDE01")
    assert (code, "T0RUNDE01/RodeKors, T0RUNDE01/Nabo" in told) == (2, True), told
    assert command("organisation", "approve", "T0RUNDE01/nabo") == (0, "Nabo er godkjent.\n")
    told = command("organisation", "list")[1]
    assert [line.split()[0] for line in told.splitlines()[1:]] == [
        "T0RUNDE01/RodeKors",
        "T0RUNDE01/Nabo",
    ]


async def test_of_two_with_one_short_name_the_id_says_which(command: CommandLine) -> None:
    """One was refused, and keeps it from nobody."""
    command("organisation", "add", "T0RUNDE01", "Røde Kors")
    database = await open_database(f"sqlite:///{command.folder / 'godkjenningsbot.sqlite3'}")
    lag = Registration("Nabo", "988077917", "Nabo", ("U1",), is_at_techsoup=True, issuer=Issuer.BOT)
    ids = []
    for name in ("Nabo", "Nye Nabo"):
        there = await registering.register(
            Ledger(database), "T0RUNDE01", replace(lag, name=name), "U1", channel=None, another=True
        )
        ids.append(there.id)
        if name == "Nabo":
            async with registering.answering(Ledger(database), there.id) as desk:
                await registering.refuse(desk, "Nei.")
    await database.close()
    code, told = command("organisation", "approve", "T0RUNDE01/Nabo")
    named = ", ".join(f"T0RUNDE01/{each}" for each in ids)
    assert (code, named in told) == (2, True), told
    approved = command("organisation", "approve", f"T0RUNDE01/{ids[1]}")
    assert approved == (0, "Nye Nabo er godkjent.\n")
