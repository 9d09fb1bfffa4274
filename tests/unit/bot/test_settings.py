"""Settings: read in one place, and refused with a sentence that names the variable."""

import os
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from bot import settings
from bot.settings import BadSetting, Settings
from storage.keys import new_key
from storage.records import ENDED_LIFETIME

SOCKET = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
HTTP = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "hemmelig"}


def read(tmp_path: Path, values: dict[str, str], **more: str) -> Settings:
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/bot.sqlite3"}
    return settings.read({**database, **values, **more}, tmp_path)


def test_two_tokens_are_enough(tmp_path: Path) -> None:
    found = read(tmp_path, SOCKET)
    assert found.uses_socket_mode
    assert (found.host, found.port, found.issuer) == ("127.0.0.1", 3000, None)
    assert found.slack_api_url == "https://slack.com/api/"
    assert found.account_holders is None


def test_with_a_signing_secret_it_is_http(tmp_path: Path) -> None:
    assert not read(tmp_path, HTTP).uses_socket_mode


OWN = {
    "SLACK_CLIENT_ID": "123.456",
    "SLACK_CLIENT_SECRET": "hemmelig",
    "SLACK_SIGNING_SECRET": "hemmelig",
    "PUBLIC_URL": "https://bot.example/koder/",
}


def test_an_app_that_is_installed_from_a_page_has_no_token_of_one_workspace(tmp_path: Path) -> None:
    found = read(tmp_path, OWN)
    assert found.bot_token is None
    assert found.own_app
    assert (found.own_app.client_id, found.own_app.client_secret) == ("123.456", "hemmelig")
    assert found.own_app.public_url == "https://bot.example/koder"
    assert "hemmelig" not in repr(found)
    assert read(tmp_path, HTTP).own_app is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_on_this_machine_alone_it_need_not_be_encrypted(tmp_path: Path, host: str) -> None:
    found = read(tmp_path, OWN, PUBLIC_URL=f"http://{host}:3000")
    assert found.own_app
    assert found.own_app.public_url == f"http://{host}:3000"


@pytest.mark.parametrize(
    ("variable", "changes"),
    [
        ("SLACK_CLIENT_ID", {"SLACK_CLIENT_ID": "A012AB"}),
        ("SLACK_CLIENT_ID", {"SLACK_BOT_TOKEN": "xoxb-1"}),
        ("SLACK_CLIENT_SECRET", {"SLACK_CLIENT_SECRET": ""}),
        ("PUBLIC_URL", {"PUBLIC_URL": ""}),
        ("PUBLIC_URL", {"PUBLIC_URL": "http://bot.example"}),
        ("PUBLIC_URL", {"PUBLIC_URL": "bot.example"}),
        ("PUBLIC_URL", {"PUBLIC_URL": "https://bot.example/?a=1"}),
        ("PUBLIC_URL", {"PUBLIC_URL": "https://bot.example/#a"}),
        ("PUBLIC_URL", {"PUBLIC_URL": "http://localhost.bot.example"}),
    ],
)
def test_what_is_wrong_with_it_is_named(
    tmp_path: Path, variable: str, changes: dict[str, str]
) -> None:
    with pytest.raises(BadSetting) as problem:
        read(tmp_path, {**OWN, **changes})
    assert problem.value.variable == variable


def test_account_holders_are_told_apart_by_commas(tmp_path: Path) -> None:
    found = read(tmp_path, SOCKET, ACCOUNT_HOLDERS=" U012AB , W34CD,U012AB,")
    assert found.account_holders == ("U012AB", "W34CD")


def test_metrics_are_told_where_they_are_asked_for_and_on_this_machine_alone(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, SOCKET)
    assert (found.metrics_host, found.metrics_port) == ("127.0.0.1", None)
    found = read(tmp_path, SOCKET, HOST="0.0.0.0", METRICS_PORT="9464")
    assert (found.metrics_host, found.metrics_port) == ("127.0.0.1", 9464)


def test_what_has_ended_is_kept_for_three_years_or_as_long_as_is_wanted(tmp_path: Path) -> None:
    assert read(tmp_path, SOCKET).keeps == ENDED_LIFETIME == timedelta(days=1_095)
    assert read(tmp_path, SOCKET, KEEP_DAYS="90").keeps == timedelta(days=90)


def test_it_leaves_at_once_unless_it_is_told_otherwise(tmp_path: Path) -> None:
    assert read(tmp_path, SOCKET).leave_seconds == 0
    assert read(tmp_path, SOCKET, LEAVE_SECONDS="2").leave_seconds == 2


@pytest.mark.parametrize(
    ("variable", "values"),
    [
        ("SLACK_BOT_TOKEN", {"SLACK_APP_TOKEN": "xapp-1"}),
        ("SLACK_BOT_TOKEN", {**SOCKET, "SLACK_BOT_TOKEN": "xoxp-1"}),
        ("SLACK_APP_TOKEN", {"SLACK_BOT_TOKEN": "xoxb-1"}),
        ("SLACK_APP_TOKEN", {**SOCKET, "SLACK_APP_TOKEN": "xoxb-1"}),
        ("SLACK_BOT_TOKEN", {**SOCKET, "SLACK_BOT_TOKEN": "xoxb-1\nxoxb-2"}),
        ("SLACK_APP_TOKEN", {**SOCKET, "SLACK_APP_TOKEN": "xapp-1 # appen"}),
        ("SLACK_SIGNING_SECRET", {**HTTP, "SLACK_SIGNING_SECRET": "hemme\u200blig"}),
        ("SLACK_API_URL", {**SOCKET, "SLACK_API_URL": "slack.com/api"}),
        ("PORT", {**SOCKET, "PORT": "mange"}),
        ("PORT", {**SOCKET, "PORT": "70000"}),
        ("PORT", {**SOCKET, "PORT": "٣"}),
        ("METRICS_PORT", {**SOCKET, "METRICS_PORT": "70000"}),
        ("ISSUER", {**SOCKET, "ISSUER": "meg"}),
        ("SLACK_API_URL", {**SOCKET, "SLACK_API_URL": "http://[::1/api/"}),
        ("SLACK_API_URL", {**SOCKET, "SLACK_API_URL": "http://slack.example:99999/api/"}),
        ("KEEP_DAYS", {**SOCKET, "KEEP_DAYS": "89"}),
        ("KEEP_DAYS", {**SOCKET, "KEEP_DAYS": "99999"}),
        ("KEEP_DAYS", {**SOCKET, "KEEP_DAYS": "tre år"}),
        ("LEAVE_SECONDS", {**SOCKET, "LEAVE_SECONDS": "61"}),
        ("LEAVE_SECONDS", {**SOCKET, "LEAVE_SECONDS": "-1"}),
        ("LOG_FORMAT", {**SOCKET, "LOG_FORMAT": "xml"}),
        ("ACCOUNT_HOLDERS", {**SOCKET, "ACCOUNT_HOLDERS": "ola@example.org"}),
        ("SECRET_KEY", {**SOCKET, "SECRET_KEY": "passord"}),
        ("SECRET_KEY", {**SOCKET, "DATABASE_URL": "postgresql://localhost/bot"}),
        ("DATABASE_URL", {**SOCKET, "DATABASE_URL": "bot.sqlite3"}),
        ("DATABASE_URL", {**SOCKET, "DATABASE_URL": "mysql://localhost/bot"}),
        ("DATABASE_URL", {**SOCKET, "DATABASE_URL": "sqlite:////no/such/folder/bot.sqlite3"}),
        ("SLACK_BOT_TOKEN_FILE", {"SLACK_BOT_TOKEN_FILE": "/no/such/file"}),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    tmp_path: Path, variable: str, values: dict[str, str]
) -> None:
    with pytest.raises(BadSetting) as refusal:
        read(tmp_path, values)
    assert refusal.value.variable == variable
    assert str(refusal.value).startswith(f"{variable}: ")
    assert "passord" not in str(refusal.value)


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-file\n")
    found = read(
        tmp_path, {"SLACK_BOT_TOKEN_FILE": f"{tmp_path}/token", "SLACK_APP_TOKEN": "xapp-1"}
    )
    assert found.bot_token == "xoxb-from-file"


def test_the_environment_goes_before_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "SLACK_BOT_TOKEN=xoxb-file\nSLACK_APP_TOKEN=xapp-file\nPORT=81\n"
    )
    found = read(tmp_path, {"SLACK_BOT_TOKEN": "xoxb-environment"})
    assert (found.bot_token, found.app_token, found.port) == ("xoxb-environment", "xapp-file", 81)


def test_without_a_key_none_is_made(tmp_path: Path) -> None:
    """Whoever only looks may not leave a key behind, which would be a wrong one beside codes."""
    assert read(tmp_path, SOCKET).secret_keys == ()
    assert list(tmp_path.iterdir()) == []


def test_several_keys_are_taken_in_their_order(tmp_path: Path) -> None:
    newest, oldest = new_key(), new_key()
    found = read(tmp_path, SOCKET, SECRET_KEY=f"{newest}, {oldest}")
    assert found.secret_keys == (newest, oldest)
    assert not (tmp_path / "bot.sqlite3.key").exists()


def test_a_key_file_may_hold_several(tmp_path: Path) -> None:
    """The newest is put above the others; they are not taken for one long key."""
    newest, oldest = new_key(), new_key()
    (tmp_path / "bot.sqlite3.key").write_text(f"{newest}\n{oldest}\n")
    assert read(tmp_path, SOCKET).secret_keys == (newest, oldest)


def test_no_secret_is_in_what_the_settings_print(tmp_path: Path) -> None:
    key = new_key()
    printed = repr(read(tmp_path, {**SOCKET, **HTTP}, SECRET_KEY=key))
    for secret in ("xoxb-1", "xapp-1", "hemmelig", key):
        assert secret not in printed


@pytest.mark.parametrize("quotes", ['""', "''", "“”", "””", "‘’"])
def test_quotes_that_the_environment_leaves_round_a_value_are_taken_away_and_said(
    tmp_path: Path, quotes: str
) -> None:
    first, last = quotes[0], quotes[-1]
    (tmp_path / "secret").write_text(f"{first}hemmelig{last}\n", encoding="utf-8")
    values = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET_FILE": str(tmp_path / "secret"),
        "ORGANISATION_NAME": "Røde Kors",
        "PORT": "3001",
        "NOT_OURS": "x",
    }
    quoted = {name: f"{first}{text}{last}" for name, text in values.items()}
    found = read(tmp_path, quoted, ISSUER="bot")
    assert (found.bot_token, found.signing_secret) == ("xoxb-1", "hemmelig")
    assert (found.organisation_name, found.port) == ("Røde Kors", 3001)
    assert set(found.unquoted) == values.keys() - {"NOT_OURS"}
    url = settings.read_database_url({"DATABASE_URL": f"{first}sqlite:///x.sqlite3{last}"})
    assert url == "sqlite:///x.sqlite3"


def test_so_are_those_of_a_word_processor_in_the_env_file(tmp_path: Path) -> None:
    text = "ORGANISATION_NAME=“Røde Kors”\nPORT=”81”\n"
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    found = read(tmp_path, SOCKET, PORT="80")
    assert (found.organisation_name, found.port) == ("Røde Kors", 80)
    assert found.unquoted == ("ORGANISATION_NAME",)


def test_quotes_that_belong_to_a_value_stay(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ORGANISATION_NAME='\"Laget\"'\n")
    assert read(tmp_path, SOCKET).organisation_name == '"Laget"'
    found = read(tmp_path, SOCKET, ORGANISATION_NAME='Laget "Vi"')
    assert (found.organisation_name, found.unquoted) == ('Laget "Vi"', ())


def test_settings_that_may_not_be_read_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("bot.settings.dotenv_values", refuse)
    with pytest.raises(BadSetting, match=r"\.env: kan ikke leses \(Permission denied\)"):
        settings.read({}, tmp_path)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    values = {"SLACK_BOT_TOKEN_FILE": "/no/such/file", "PORT": "mange", "ISSUER": "meg"}
    with pytest.raises(BadSetting) as refusal:
        read(tmp_path, values, DATABASE_URL="mysql://localhost/bot")
    assert [each.variable for each in refusal.value.all] == [
        "SLACK_BOT_TOKEN_FILE",
        "SLACK_APP_TOKEN",
        "PORT",
        "DATABASE_URL",
        "ISSUER",
    ]


@pytest.mark.parametrize(
    ("variable", "placeholder"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-…"),
        ("SLACK_BOT_TOKEN", "xoxb-..."),
        ("SLACK_BOT_TOKEN", "xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-xxxx-xxxx"),
        ("SLACK_APP_TOKEN", "xapp-…"),
        ("SLACK_SIGNING_SECRET", "<hemmelig>"),
        ("ACCOUNT_HOLDERS", "U012AB3CD"),
        ("ACCOUNT_HOLDERS", "U0123,U012AB3CD"),
    ],
)
def test_what_the_readme_has_in_its_place_is_told_as_that(
    tmp_path: Path, variable: str, placeholder: str
) -> None:
    with pytest.raises(BadSetting, match=f"^{variable}: .*er eksempelet fra README"):
        read(tmp_path, {**SOCKET, variable: placeholder})


def test_the_readme_has_those_examples() -> None:
    readme = (Path(settings.__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert "SLACK_BOT_TOKEN=xoxb-… " in readme
    assert "SLACK_APP_TOKEN=xapp-… " in readme
    assert f"ACCOUNT_HOLDERS={settings.EXAMPLE_MEMBER} " in readme


def test_a_secret_comes_through_a_pipe_that_can_be_read_once(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"hemmelig\n")
    os.close(writing)
    try:
        file = f"/dev/fd/{reading}"
        found = read(tmp_path, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET_FILE": file})
    finally:
        os.close(reading)
    assert found.signing_secret == "hemmelig"


def test_every_setting_is_made_of_something() -> None:
    made = {each.name for each in fields(Settings)} - {"unquoted"}
    assert made == settings._FIELDS.keys()
