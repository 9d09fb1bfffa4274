"""The settings: read in one place, from the environment and a `.env` file, and checked.

A secret may be given in a file instead: `SLACK_BOT_TOKEN_FILE=/run/secrets/token`.
The environment goes before `.env`.
"""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.words import _, program
from storage import key_file
from storage.addresses import (
    LAST_PORT,
    UnknownDatabase,
    has_bad_port,
    has_long_name,
    postgres_url,
    sqlite_path,
)
from storage.keys import BadKey
from storage.records import ENDED_LIFETIME, NOTICE_LIFETIME, Issuer

SLACK_API_URL = "https://slack.com/api/"
DATABASE_URL = "sqlite:///godkjenningsbot.sqlite3"
SHORTEST_KEPT, LONGEST_KEPT = NOTICE_LIFETIME, timedelta(days=36_500)
"""Codes and requests are kept at least as long as the notices that tell of them."""

OWN_MACHINE = "127.0.0.1,::1"
"""Where a proxy is that is trusted when no other is named."""

YES, NO = "yes", "no"

LONGEST_LEAVING = 60
"""Seconds. What watches over the bot waits longer: `deploying/godkjenningsbot.service`."""

SECRETS = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_CLIENT_SECRET",
    "SLACK_SIGNING_SECRET",
    "SECRET_KEY",
)

STRAIGHT, CURLY = ('""', "''"), ("“”", "””", "„“", "„”", "«»", "‘’", "’’")
"""Quotes that stand round a value and are no part of it: the first and the last."""

EXAMPLE_MEMBER = "U012AB3CD"
"""Stands where a member id is asked for, here and in the README."""


class BadSetting(ValueError):  # noqa: N818
    """A setting is missing or wrong; the message names the variable and says what to do."""

    also: tuple["BadSetting", ...] = ()
    """Others that are, too: whoever mends them is to hear of all at once."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable

    @property
    def all(self) -> tuple["BadSetting", ...]:
        return (self, *self.also)


@dataclass(frozen=True, slots=True)
class OwnApp:
    """The Slack app that people install in their own workspaces, from a page of ours."""

    client_id: str
    client_secret: str = field(repr=False)
    public_url: str
    """Where the page is reached from outside, without a slash at the end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the bot is told from outside. Secrets stay out of its `repr`."""

    bot_token: str | None = field(repr=False)
    """Of the one workspace that it serves; None where it is installed from a page."""

    own_app: OwnApp | None
    app_token: str | None = field(repr=False)
    signing_secret: str | None = field(repr=False)
    slack_api_url: str
    host: str
    port: int
    metrics_host: str
    metrics_port: int | None
    database_url: str = field(repr=False)
    organisation_name: str | None
    account_holders: tuple[str, ...] | None
    issuer: Issuer | None
    operator_name: str | None
    """Whom people turn to about the bot itself: a name, or where they are found."""

    operator_channel: str | None
    """Where the operator reads of new organisations in Slack, and decides on them: its id."""

    operator_team: str | None
    """The workspace in which that is, where the bot serves many."""

    secret_keys: tuple[str, ...] = field(repr=False)
    """Empty where they are to stand in a file beside the database that is not there (yet)."""

    has_keys_set: bool
    """Whether the settings name them themselves."""

    keeps: timedelta
    """How long the ledger keeps what has ended."""

    log_format: str
    public_url: str | None = None
    """Where the bot is reached from outside, without a slash at the end."""

    trusted_proxies: frozenset[str] = frozenset()
    """The addresses of what stands in front of the bot: it says from where partners ask."""

    webhooks_inside: bool = False
    """Whether partners may be told at addresses inside, and without https."""

    leave_seconds: int = 0
    """How long all is still answered when the bot has been told to stop, and has said so."""

    unquoted: tuple[str, ...] = ()
    """The variables round whose values there were quotes, which do not belong to them."""

    @property
    def uses_socket_mode(self) -> bool:
        return self.app_token is not None


def read(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings from the environment and from `.env` in `folder` (the working directory).

    Raises:
        BadSetting: a setting is missing or wrong; it knows of all others that are.
    """
    return _read(_gather(os.environ if environment is None else environment, folder), _FIELDS)


def read_for_partners(
    environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Settings:
    """The same without what is said of Slack and of organisations: what it takes to answer
    partners.

    Raises:
        BadSetting: as `read`.
    """
    values = _gather(os.environ if environment is None else environment, folder)
    return _read(values, {**_FIELDS, **dict.fromkeys(_OF_SLACK, _nothing)})


def _nothing(values: "_Values") -> None:
    """What is not asked for."""


def _read(values: "_Values", fields: Mapping[str, "Callable[[_Values], Any]"]) -> Settings:
    found: dict[str, Any] = {}
    problems: dict[str, BadSetting] = {}
    for name, field_of in fields.items():
        try:
            found[name] = field_of(values)
        except BadSetting as problem:
            problems.setdefault(str(problem), problem)  # one may be wrong for several fields
    if problems:
        raise _all_told(list(problems.values()))
    return Settings(**found, unquoted=values.unquoted())


def _all_told(problems: list[BadSetting]) -> BadSetting:
    first, *others = problems
    first.also = tuple(others)
    return first


def read_database_url(
    environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> str:
    """The database's address alone: what the operator's commands need.

    Raises:
        BadSetting: it is wrong.
    """
    values = _gather(os.environ if environment is None else environment, folder)
    return _database_url(values)


def read_webhooks_inside(
    environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> bool:
    """Whether partners may be told at addresses that are not outside.

    Raises:
        BadSetting: it is neither yes nor no.
    """
    return _webhooks_inside(_gather(os.environ if environment is None else environment, folder))


def read_account_holders(
    environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> tuple[str, ...]:
    """The account holders alone; none where the settings name none.

    Raises:
        BadSetting: what stands there are no member ids.
    """
    values = _gather(os.environ if environment is None else environment, folder)
    return _account_holders(values) or ()


def read_slack(
    environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> tuple[str, str]:
    """The bot's token and the address of the Web API alone: what it takes to ask Slack something.

    Raises:
        BadSetting: one of them is missing or wrong.
    """
    values = _gather(os.environ if environment is None else environment, folder)
    return _token(values), _slack_api_url(values)


def read_keys(
    environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> tuple[str, ...]:
    """The keys alone, from the settings or from the file beside an SQLite database.

    Raises:
        BadSetting: they are malformed, or missing where there can be no such file.
    """
    return _secret_keys(_gather(os.environ if environment is None else environment, folder))


def read_secret_key() -> tuple[str, ...]:
    """The keys that the settings themselves name; none where they stand beside the database.

    Raises:
        BadSetting: they are malformed.
    """
    text = _gather(os.environ, None).optional("SECRET_KEY")
    return _keys("SECRET_KEY", text) if text else ()


def _gather(environment: Mapping[str, str], folder: Path | None) -> "_Values":
    try:
        # As it stands: a password may hold ${…}.
        from_file = dotenv_values((folder or Path.cwd()) / ".env", interpolate=False)
    except UnicodeDecodeError:
        raise BadSetting(".env", _("må lagres som UTF-8.")) from None
    except OSError as error:
        problem = _("kan ikke leses ({why}). Gi brukeren som boten kjører som, lov til det.")
        raise BadSetting(".env", problem.format(why=error.strerror)) from None
    # A shell and `.env` take straight quotes away; `docker --env-file` and others leave them. Those
    # that a word processor has made of them nobody takes away.
    found = {
        **{name: (text, _without(CURLY, text)) for name, text in from_file.items() if text},
        **{name: (text, _without_quotes(text)) for name, text in environment.items()},
    }
    quoted = {name for name, (text, bare) in found.items() if text != bare}
    return _Values({name: bare for name, (_text, bare) in found.items()}, quoted)


def _without_quotes(text: str) -> str:
    return _without(STRAIGHT + CURLY, text)


def _without(quotes: tuple[str, ...], text: str) -> str:
    stripped = text.strip()
    is_quoted = len(stripped) > 1 and stripped[0] + stripped[-1] in quotes
    return stripped[1:-1] if is_quoted else text


def _contents(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError):
        raise BadSetting(variable, _("filen finnes ikke eller kan ikke leses.")) from None


class _Values:
    """Texts by variable name; white space around them does not count, and empty is unset."""

    def __init__(self, values: dict[str, str], quoted: set[str]) -> None:
        self._values = values
        self._quoted = quoted
        self._asked_for: set[str] = set()

    def optional(self, name: str) -> str | None:
        """
        Raises:
            BadSetting: it is a secret that stands in a file, which cannot be read.
        """
        self._asked_for |= {name, f"{name}_FILE"}
        if name in SECRETS and not self._values.get(name):
            self._values[name] = self._in_file(f"{name}_FILE")
        return self._values.get(name, "").strip() or None

    def _in_file(self, variable: str) -> str:
        """Read once: it may be a pipe."""
        path = self._values.get(variable)
        if not path:
            return ""
        contents = _contents(variable, Path(path))
        text = _without_quotes(contents)
        self._quoted |= {variable} if text != contents else set()
        return text

    def get(self, name: str, default: str, check: Callable[[str], str | None] | None = None) -> str:
        """`check` answers what is wrong, or nothing."""
        text = self.optional(name) or default
        problem = check(text) if check else None
        if problem:
            raise BadSetting(name, problem)
        return text

    def secret(self, name: str, begins: str = "") -> str | None:
        """What Slack has given out: letters and signs in one piece."""
        text = self.optional(name)
        if text is None:
            return None
        if _is_placeholder(text.removeprefix(begins)):
            raise BadSetting(name, _("er eksempelet fra README. Sett inn det du fikk av Slack."))
        if not re.fullmatch(r"[!-~]+", text):
            problem = _(
                "har linjeskift, mellomrom eller andre tegn i seg som ikke hører til. "
                "Kopier den på nytt."
            )
            raise BadSetting(name, problem)
        if not text.startswith(begins):
            raise BadSetting(name, _("skal begynne med {begins}.").format(begins=begins))
        return text

    def of_one(self, name: str) -> str | None:
        """What is said of one organisation.

        Raises:
            BadSetting: many are served, each of which says so itself.
        """
        text = self.optional(name)
        if text is not None and self.optional("SLACK_CLIENT_ID"):
            problem = _(
                "gjelder én organisasjon, og kan ikke stå sammen med SLACK_CLIENT_ID. Hver "
                "organisasjon registreres i Slack."
            )
            raise BadSetting(name, problem)
        return text

    def unquoted(self) -> tuple[str, ...]:
        """Those that were asked for, and had quotes round them."""
        return tuple(sorted(self._asked_for & self._quoted))


def _slack_api_url(values: _Values) -> str:
    return values.get("SLACK_API_URL", SLACK_API_URL, _web_address).rstrip("/") + "/"


def _own_app(values: _Values) -> OwnApp | None:
    """
    Raises:
        BadSetting: some of it is missing or wrong; or there is a token of one workspace, too.
    """
    client_id = values.optional("SLACK_CLIENT_ID")
    if client_id is None:
        return None
    if values.optional("SLACK_BOT_TOKEN"):
        problem = _("kan ikke stå sammen med SLACK_BOT_TOKEN, som gjelder ett arbeidsområde.")
        raise BadSetting("SLACK_CLIENT_ID", problem)
    if not re.fullmatch(r"[0-9]+\.[0-9]+", client_id):
        problem = _("skal se ut som 123456789.123456789. Den står under «Basic Information».")
        raise BadSetting("SLACK_CLIENT_ID", problem)
    secret = values.secret("SLACK_CLIENT_SECRET")
    if secret is None:
        problem = _("mangler. Den står under «Basic Information» i Slack-appen.")
        raise BadSetting("SLACK_CLIENT_SECRET", problem)
    return OwnApp(client_id, secret, _public_url(values))


def _public_url(values: _Values) -> str:
    url = values.get("PUBLIC_URL", "", _outside_address).rstrip("/")
    if url:
        return url
    problem = _("mangler. Skriv adressen der siden nås utenfra, som https://bot.eksempel.no.")
    raise BadSetting("PUBLIC_URL", problem)


def _outside_address(url: str) -> str | None:
    """What people type goes over it, so it is encrypted; but for this machine alone."""
    if not url:
        return None
    if problem := _web_address(url):
        return problem
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        return _("skal være en adresse uten ? og #.")
    if parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return None
    return _("skal begynne med https://.")


def _bot_token(values: _Values) -> str | None:
    return None if values.optional("SLACK_CLIENT_ID") else _token(values)


def _token(values: _Values) -> str:
    bot_token = values.secret("SLACK_BOT_TOKEN", "xoxb-")
    if bot_token is None:
        raise BadSetting(
            "SLACK_BOT_TOKEN",
            _("mangler. Den begynner med xoxb- og står under «OAuth & Permissions» i Slack-appen."),
        )
    return bot_token


def _app_token(values: _Values) -> str | None:
    """
    Raises:
        BadSetting: it is wrong; or nothing says how Slack's requests come here.
    """
    app_token = values.secret("SLACK_APP_TOKEN", "xapp-")
    if app_token is None and values.optional("SLACK_SIGNING_SECRET") is None:
        raise BadSetting(
            "SLACK_APP_TOKEN",
            _(
                "mangler. Sett SLACK_APP_TOKEN (begynner med xapp-) for Socket Mode, "
                "eller SLACK_SIGNING_SECRET for HTTP."
            ),
        )
    return app_token


def _is_placeholder(text: str) -> bool:
    """What stands in the README in its place, or a row of signs that stands for anything."""
    return not text.strip(".…*xX-") or bool(re.fullmatch(r"<.*>", text))


def _database_url(values: _Values) -> str:
    return values.get("DATABASE_URL", DATABASE_URL, _database_address)


def _database_address(url: str) -> str | None:
    path, known = None, False
    with suppress(UnknownDatabase):
        path = sqlite_path(url)
        known = path is not None or postgres_url(url) is not None
    if not known:
        return _("skal se ut som sqlite:///fil.sqlite3 eller postgresql://vert/navn.")
    if path is not None and has_long_name(path):
        return _("navnet på filen eller en mappe er for langt.")
    if path is None and has_bad_port(url):
        return _(
            "porten skal være et tall fra 1 til {last}. Tegnene / ? # @ : i brukernavn og passord "
            "skrives som %2F %3F %23 %40 %3A."
        ).format(last=LAST_PORT)
    return None


def _issuer(values: _Values) -> Issuer | None:
    if values.of_one("ISSUER") is None:
        return None
    return Issuer(values.get("ISSUER", "", _one_of(*Issuer)))


def _web_address(url: str) -> str | None:
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", url):
        return _("skal begynne med http:// eller https://.")
    try:
        parts = urlsplit(url)
        is_one = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    return None if is_one else _("er ingen adresse på nettet.")


def _port(text: str) -> str | None:
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return None
    return _("skal være et tall fra 0 til 65535.")


def _metrics_port(text: str | None) -> int | None:
    if text is None:
        return None
    problem = _port(text)
    if problem:
        raise BadSetting("METRICS_PORT", problem)
    return int(text)


def _number(least: int, most: int) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        if text.isascii() and text.isdigit() and len(text) <= 5 and least <= int(text) <= most:
            return None
        return _("skal være et tall fra {least} til {most}.").format(least=least, most=most)

    return check


_days = _number(SHORTEST_KEPT.days, LONGEST_KEPT.days)
_leaving = _number(0, LONGEST_LEAVING)


def _one_of(*words: str) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        choices = ", ".join(words)
        return (
            None
            if text in words
            else _("skal være en av disse: {choices}.").format(choices=choices)
        )

    return check


def _account_holders(values: _Values) -> tuple[str, ...] | None:
    text = values.of_one("ACCOUNT_HOLDERS")
    if text is None:
        return None
    user_ids = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if EXAMPLE_MEMBER in user_ids:
        problem = _("{example} er eksempelet fra README. Sett inn medlems-ID-en til kontoholderen.")
        raise BadSetting("ACCOUNT_HOLDERS", problem.format(example=EXAMPLE_MEMBER))
    for user_id in user_ids:
        if not re.fullmatch(r"[UW][A-Z0-9]+", user_id):
            raise BadSetting(
                "ACCOUNT_HOLDERS",
                _(
                    "skal være medlems-ID-er fra Slack med komma mellom, som {example}. "
                    "Du finner dem under «Copy member ID» i profilen."
                ).format(example=EXAMPLE_MEMBER),
            )
    return user_ids


def _operator_channel(values: _Values) -> str | None:
    return _operator_place(values)[1]


def _operator_team(values: _Values) -> str | None:
    return _operator_place(values)[0]


def _operator_place(values: _Values) -> tuple[str | None, str | None]:
    """
    Raises:
        BadSetting: it is no channel; or one that may be of any workspace, where there are many.
    """
    text = values.optional("OPERATOR_CHANNEL")
    if text is None:
        return None, None
    named = re.fullmatch(
        r"(?:(?:https://app\.slack\.com/client/)?(T\w+)/)?([CG][A-Z0-9]{2,})", text
    )
    serves_many = values.optional("SLACK_CLIENT_ID") is not None
    if named and (named[1] or not serves_many):
        return named[1], named[2]
    if serves_many:
        problem = _(
            "skal være arbeidsområdet og kanalen, som T012AB3CD/C012AB3CD. Begge står i adressen "
            "når du åpner kanalen i nettleseren."
        )
    else:
        problem = _(
            "skal være ID-en til en kanal i Slack, som C012AB3CD. Den står nederst under "
            "«Om kanalen»."
        )
    raise BadSetting("OPERATOR_CHANNEL", problem)


def _trusted_proxies(values: _Values) -> frozenset[str]:
    """
    Raises:
        BadSetting: they are no addresses.
    """
    text = values.optional("TRUSTED_PROXIES") or OWN_MACHINE
    try:
        return frozenset(str(ip_address(each.strip())) for each in text.split(","))
    except ValueError:
        problem = _("skal være IP-adresser med komma mellom, som {example}.")
        raise BadSetting("TRUSTED_PROXIES", problem.format(example=OWN_MACHINE)) from None


def _webhooks_inside(values: _Values) -> bool:
    return values.get("WEBHOOKS_INSIDE", NO, _one_of(YES, NO)) == YES


def _secret_keys(values: _Values) -> tuple[str, ...]:
    text = values.optional("SECRET_KEY")
    if text is not None:
        return _keys("SECRET_KEY", text)
    database = sqlite_path(_database_url(values))
    if database is None:
        problem = _("må settes når databasen er PostgreSQL. Lag en med: {program} new-key")
        raise BadSetting("SECRET_KEY", problem.format(program=program()))
    if not database.parent.is_dir():
        raise BadSetting("DATABASE_URL", _("mappen til databasen finnes ikke."))
    return keys_beside(database)


def _keys(variable: str, text: str) -> tuple[str, ...]:
    try:
        return key_file.parse(text)
    except BadKey:
        problem = _(
            "er ingen gyldig nøkkel. Sjekk at hele nøkkelen er med. Bare til en ny database lager "
            "du en ny: {program} new-key"
        )
        raise BadSetting(variable, problem.format(program=program())) from None


def keys_beside(database: Path) -> tuple[str, ...]:
    """Those in the file beside an SQLite database; none where there is no such file.

    Raises:
        BadSetting: there is one, and no keys in it.
    """
    path = key_file.beside(database)
    try:
        return key_file.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError):
        problem = _(
            "nøkkelfilen {path} kan ikke leses, eller har ingen gyldig nøkkel. "
            "Hent den tilbake fra en sikkerhetskopi."
        )
        raise BadSetting("SECRET_KEY", problem.format(path=path)) from None


_FIELDS: Mapping[str, Callable[[_Values], Any]] = {
    "bot_token": _bot_token,
    "own_app": _own_app,
    "app_token": _app_token,
    "signing_secret": lambda values: values.secret("SLACK_SIGNING_SECRET"),
    "slack_api_url": _slack_api_url,
    "host": lambda values: values.get("HOST", "127.0.0.1"),
    "port": lambda values: int(values.get("PORT", "3000", _port)),
    "metrics_host": lambda values: values.get("METRICS_HOST", "127.0.0.1"),
    "metrics_port": lambda values: _metrics_port(values.optional("METRICS_PORT")),
    "database_url": _database_url,
    "organisation_name": lambda values: values.of_one("ORGANISATION_NAME"),
    "account_holders": _account_holders,
    "issuer": _issuer,
    "operator_name": lambda values: values.optional("OPERATOR_NAME"),
    "operator_channel": _operator_channel,
    "operator_team": _operator_team,
    "secret_keys": _secret_keys,
    "has_keys_set": lambda values: values.optional("SECRET_KEY") is not None,
    "keeps": lambda values: timedelta(
        days=int(values.get("KEEP_DAYS", str(ENDED_LIFETIME.days), _days))
    ),
    "public_url": lambda values: _public_url(values) if values.optional("PUBLIC_URL") else None,
    "trusted_proxies": _trusted_proxies,
    "webhooks_inside": _webhooks_inside,
    "leave_seconds": lambda values: int(values.get("LEAVE_SECONDS", "0", _leaving)),
    "log_format": lambda values: values.get("LOG_FORMAT", "console", _one_of("console", "json")),
}
"""What each field of the settings is made of; a test holds the two together."""

_OF_SLACK = (
    "bot_token",
    "own_app",
    "app_token",
    "signing_secret",
    "organisation_name",
    "account_holders",
    "issuer",
    "operator_channel",
    "operator_team",
)
"""Those that what answers partners alone does without."""
