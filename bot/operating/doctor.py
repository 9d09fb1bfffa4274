"""The command `doctor`: one line for each thing that must be right, with how to mend it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from bot import settings
from bot.operating import asking
from bot.operating.examining.database import Known, examine_database
from bot.operating.examining.finding import Finding
from bot.operating.examining.installations import examine_page
from bot.operating.examining.organisation import Answering
from bot.operating.examining.slack import Asked, examine_scopes, examine_slack
from bot.settings import Settings
from bot.words import _

T = TypeVar("T")
Say = Callable[[str], None]


async def examine(say: Say) -> int:
    """Say each finding as it is found; the exit code of the worst."""
    worst = 0
    async for finding in _findings():
        say(str(finding))
        worst = max(worst, finding.exit_code)
    return worst


async def _findings() -> AsyncIterator[Finding]:
    """All there is to be found: also where settings are missing, what does not hang on them."""
    read, findings = _examine_settings()
    for finding in findings:
        yield finding
    slack: Answering | None = None
    asked = _asked(read)
    if asked is not None:
        installation, finding = await examine_slack(asked)
        yield finding
        if installation is not None:
            slack = asked, installation
            yield examine_scopes(installation)
    if read is not None and read.own_app is not None:
        yield await examine_page(read.own_app)
    url = _unless_wrong(settings.read_database_url)
    if url is not None:
        keys = _unless_wrong(settings.read_keys)
        named = _unless_wrong(settings.read_account_holders)
        asks_at = read.slack_api_url if read is not None and read.own_app else None
        async for finding in examine_database(Known(url, keys, named, slack, asks_at)):
            yield finding
    complaint = await asking.complaint(read) if read is not None else None
    if complaint is not None:
        yield Finding(_("Boten som kjører"), complaint)


def _examine_settings() -> tuple[Settings | None, list[Finding]]:
    what = _("Innstillinger")
    try:
        read = settings.read()
    except settings.BadSetting as problem:
        told = [Finding(what, str(each), keeps_it_from_starting=True) for each in problem.all]
        return None, told if Path(".env").exists() else [*told, _without_file()]
    return read, [Finding(_settings_told(read))]


def _without_file() -> Finding:
    """Who has one may stand in another folder; who has none may have set all in another way."""
    told = _("det er ingen .env-fil i {folder}.").format(folder=Path.cwd())
    return Finding(_("Innstillinger"), told, is_expected=True)


def _asked(read: Settings | None) -> Asked | None:
    found = _unless_wrong(settings.read_slack)
    return Asked(*found, read.app_token if read else None) if found else None


def _unless_wrong(read: Callable[[], T]) -> T | None:
    """What is read; None where it is wrong, which is told already."""
    try:
        return read()
    except settings.BadSetting:
        return None


def _settings_told(read: Settings) -> str:
    if not read.unquoted:
        return _("Innstillinger")
    text = _("Innstillinger, uten anførselstegnene som sto rundt {variables}")
    return text.format(variables=", ".join(read.unquoted))
