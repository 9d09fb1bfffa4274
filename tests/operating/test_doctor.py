"""The doctor, asked before the first run, and when things are wrong."""

import asyncio
from pathlib import Path

import pytest

from bot.trial.sandbox import Sandbox
from storage import key_file
from storage.keys import Keyring
from storage.opening import open_database
from tests.conftest import of_the_server
from tests.faults.process import bot_process
from tests.installed import installed_long_ago
from tests.operating.test_command_line import CommandLine
from tests.slack.stage import BOT_SCOPES

UNREACHED = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
}
NOT_SET_UP = "• Database: er ikke satt opp ennå. Det skjer ved første «run»."


def marks(told: str) -> str:
    return "".join(line[0] for line in told.splitlines())


def test_before_anything_is_set_all_that_is_missing_is_told_and_nothing_is_made(
    tmp_path: Path,
) -> None:
    code, told = CommandLine(tmp_path)("doctor")
    assert (code, marks(told)) == (2, "✗✗••✗"), told
    assert f"• Innstillinger: det er ingen .env-fil i {tmp_path}." in told
    for word in ("SLACK_BOT_TOKEN: mangler", "SLACK_APP_TOKEN: mangler", "ACCOUNT_HOLDERS"):
        assert word in told
    assert NOT_SET_UP in told.splitlines()
    assert list(tmp_path.iterdir()) == []


def test_the_readmes_own_example_is_told_to_be_one(tmp_path: Path) -> None:
    lines = (
        "SLACK_BOT_TOKEN=xoxb-…      # OAuth",
        "SLACK_APP_TOKEN=xapp-…      # Basic Information",
        "ACCOUNT_HOLDERS=U012AB3CD   # who decides",
    )
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    code, told = CommandLine(tmp_path)("doctor")
    assert (code, marks(told), told.count("eksempelet fra README")) == (2, "✗✗✗•", 3), told
    code, told = CommandLine(tmp_path)("run")
    assert (code, told.count("\n"), told.count("eksempelet fra README")) == (2, 3, 3), told


def test_without_a_network_the_only_organisation_is_looked_at_all_the_same(tmp_path: Path) -> None:
    command = CommandLine(tmp_path, **UNREACHED)
    command("organisation", "add", "T012AB", "Røde Kors")
    code, told = command("doctor")
    assert code == 1
    assert "✗ Slack: får ikke kontakt. Sjekk at maskinen er på nettet" in told
    assert "✗ Organisasjon: er ikke godkjent. Godkjenn med: " in told
    command("organisation", "approve", "T012AB")
    command("account-holder", "add", "U1")
    assert "✓ Organisasjon\n" in command("doctor")[1]


def test_of_several_organisations_in_the_workspace_each_is_looked_at(tmp_path: Path) -> None:
    command = CommandLine(tmp_path, **UNREACHED)
    command("organisation", "add", "T012AB", "Røde Kors")
    command("organisation", "approve", "T012AB")
    command("account-holder", "add", "U1")
    command("organisation", "add", "T012AB", "Nabo", "--another")
    _code, told = command("doctor")
    assert "✓ Organisasjon T012AB/RodeKors\n" in told
    assert "✗ Organisasjon T012AB/Nabo: er ikke godkjent. Godkjenn med: " in told
    assert "organisation approve T012AB/Nabo\n" in told
    command("organisation", "approve", "T012AB/Nabo")
    assert "account-holder add U012AB3CD --team T012AB/Nabo\n" in command("doctor")[1]


async def test_a_member_id_that_is_nobodys_is_told_before_the_first_run(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        ola = slack.person("Ola", "Nordmann")
        bot.environment["ACCOUNT_HOLDERS"] = f"{ola.id},U0WRONG123"
        code, told = await asyncio.to_thread(CommandLine(tmp_path, **bot.environment), "doctor")
        assert (code, "✗ Kontoholdere: Slack kjenner ikke U0WRONG123" in told) == (1, True), told


async def test_what_slack_says_is_told_beside_a_setting_that_is_missing(tmp_path: Path) -> None:
    async with Sandbox(scopes=tuple({*BOT_SCOPES} - {"im:history"})) as slack:
        environment = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_API_URL": slack.api_url}
        command = CommandLine(tmp_path, **environment, ACCOUNT_HOLDERS="U0WRONG123")
        code, told = await asyncio.to_thread(command, "doctor")
    for finding in (
        "✗ Innstillinger: SLACK_APP_TOKEN: mangler",
        "✓ Slack",
        "✗ Rettigheter: mangler im:history",
        "✗ Kontoholdere: Slack kjenner ikke U0WRONG123",
    ):
        assert finding in told
    assert code == 2


async def test_a_bot_without_a_network_says_in_words_what_it_waits_for_and_goes_on(
    tmp_path: Path,
) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        bot.environment["SLACK_API_URL"] = UNREACHED["SLACK_API_URL"]
        await bot.begin()
        first = await bot.writes("Får ikke kontakt med Slack. Boten venter".encode())
        await bot.writes(b"slack_unavailable", first.end())
        assert await bot.terminate() == 0


async def test_quotes_that_are_taken_away_are_told_of(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        bot.environment["ORGANISATION_NAME"] = '"Laget"'
        _, told = await asyncio.to_thread(CommandLine(tmp_path, **bot.environment), "doctor")
        assert "✓ Innstillinger, uten anførselstegnene som sto rundt ORGANISATION_NAME" in told
        await bot.start()
        assert b'"event": "quotes_taken_away", "variable": "ORGANISATION_NAME"' in bot.written


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "Arbeidsområdet har ingen organisasjon"), ("Laget", "Ingen er kontoholder")],
)
async def test_a_bot_that_serves_nobody_yet_says_in_words_what_is_missing(
    tmp_path: Path, name: str, told: str
) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        bot.environment |= {"ORGANISATION_NAME": name}
        await bot.start()
        await bot.terminate()
        assert told in bot.written.decode()


async def test_the_doctor_finds_what_is_wrong_and_says_how_to_mend_it(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        async with bot_process(slack, tmp_path, [ola]) as bot:
            command = CommandLine(tmp_path, **bot.environment)

            async def examined() -> tuple[int, str]:
                return await asyncio.to_thread(command, "doctor")

            code, told = await examined()
            assert (code, "✗" in told, "• Database: er ikke satt opp ennå" in told) == (
                0,
                False,
                True,
            )
            await bot.start()
            code, told = await examined()
            assert (code, "✗" in told) == (0, False), told
            command.environment["ACCOUNT_HOLDERS"] = f"{ola.id},U0WRONG123"
            code, told = await examined()
            assert (code, "kjenner ikke U0WRONG123 som medlem" in told) == (1, True), told
            command.environment["ACCOUNT_HOLDERS"] = ola.id
            command("account-holder", "add", "U0WRONG456")
            code, told = await examined()
            assert (code, "account-holder remove U0WRONG456" in told) == (1, True), told
            command("account-holder", "remove", "U0WRONG456")
            slack.workspace.installation.scopes.discard("im:history")
            code, told = await examined()
            assert (code, "im:history" in told) == (1, True)
            command("account-holder", "remove", ola.id, "--even-the-last")
            code, told = await examined()
            assert "account-holder add" in told
            command("organisation", "suspend", "T0ORG")
            code, told = await examined()
            assert (code, "er stengt. Åpne den igjen med: " in told) == (1, True)
            command.environment["SLACK_BOT_TOKEN"] = "xoxb-wrong"
            code, told = await examined()
            assert "✗ Slack" in told
            assert "xoxb-wrong" not in told
            command.environment["PORT"] = "mange"
            code, told = await examined()
            assert "✗ Innstillinger: PORT: " in told


async def test_where_many_add_it_each_workspace_is_asked_about_and_the_page(
    tmp_path: Path,
) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        environment = for_many(bot.environment)
        bot.environment.clear()
        bot.environment.update(environment)
        command = CommandLine(tmp_path, **environment)

        async def examined() -> tuple[int, str]:
            return await asyncio.to_thread(command, "doctor")

        code, told = await examined()
        assert (code, "✗ Siden der boten legges til" in told) == (1, True), told
        await bot.start()
        code, told = await examined()
        assert "• Arbeidsområder: boten er ikke lagt til noe sted ennå" in told
        database = await open_database(f"sqlite:///{tmp_path / 'bot.sqlite3'}")
        keyring = Keyring(key_file.parse(environment["SECRET_KEY"]))
        async with slack.neighbour("T0LAG", "Laget") as club:
            for each in (slack, club):
                await installed_long_ago(database, keyring, each)
            assert "✓ 2 arbeidsområder" in (await examined())[1]
            club.workspace.installation.uninstalled = True
            slack.workspace.installation.scopes.discard("im:history")
            code, told = await examined()
        await database.close()
        for line in (
            "✗ T0LAG: Slack tar ikke imot boten her (account_inactive)",
            "✗ T0ORG: mangler im:history",
            "✗ Arbeidsområder: 0 av 2 er i orden",
        ):
            assert line in told, told
        assert code == 1
        assert "xoxb" not in told


async def test_it_is_told_where_postgresql_keeps_nothing_apart(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    urls = (migrated_postgres_url, of_the_server(migrated_postgres_url))
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        for url, line in zip(urls, ("✓ Skille mellom", "✗ Skille mellom"), strict=True):
            async with bot_process(slack, tmp_path, [], database_url=url) as bot:
                command = CommandLine(tmp_path, **for_many(bot.environment))
                _code, told = await asyncio.to_thread(command, "doctor")
                assert f"{line} organisasjonene" in told, told


async def test_where_there_is_one_it_is_no_failure_that_postgresql_keeps_nothing_apart(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    url = of_the_server(migrated_postgres_url)
    async with (
        Sandbox(scopes=BOT_SCOPES) as slack,
        bot_process(slack, tmp_path, [], database_url=url) as bot,
    ):
        command = CommandLine(tmp_path, **bot.environment)
        for mark in "•✗":
            command("organisation", "add", "T0ORG", "Laget", "--another")
            _code, told = await asyncio.to_thread(command, "doctor")
            assert f"{mark} Skille mellom organisasjonene" in told, told


def for_many(environment: dict[str, str]) -> dict[str, str]:
    """The settings, as they are where people install the bot from its page."""
    of_one = ("SLACK_BOT_TOKEN", "ACCOUNT_HOLDERS", "ORGANISATION_NAME", "ISSUER")
    kept = {name: value for name, value in environment.items() if name not in of_one}
    return {**kept, **FOR_MANY}


FOR_MANY = {
    "SLACK_CLIENT_ID": "1234567890.1234567890",
    "SLACK_CLIENT_SECRET": "sandbox-client-secret",
    "PUBLIC_URL": "http://127.0.0.1:9",
}
