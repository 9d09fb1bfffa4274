"""The command `doctor`: one line for each thing that must be right, with how to mend it."""

from collections.abc import AsyncIterator, Callable

from bot import settings
from bot.operating import asking
from bot.operating.examining.database import examine_database
from bot.operating.examining.finding import Finding
from bot.operating.examining.slack import examine_scopes, examine_slack
from bot.settings import Settings
from bot.words import _

Say = Callable[[str], None]


async def examine(say: Say) -> int:
    """Say each finding as it is found; the exit code of the worst."""
    worst = 0
    async for finding in _findings():
        say(str(finding))
        worst = max(worst, finding.exit_code)
    return worst


async def _findings() -> AsyncIterator[Finding]:
    try:
        read = settings.read()
    except settings.BadSetting as problem:
        yield Finding(_("Innstillinger"), str(problem), keeps_it_from_starting=True)
        return
    yield Finding(_settings_told(read))
    installation, finding = await examine_slack(read)
    yield finding
    if installation is not None:
        yield examine_scopes(installation)
    async for finding in examine_database(read, installation):
        yield finding
    complaint = await asking.complaint(read)
    if complaint is not None:
        yield Finding(_("Boten som kjører"), complaint)


def _settings_told(read: Settings) -> str:
    if not read.unquoted:
        return _("Innstillinger")
    text = _("Innstillinger, uten anførselstegnene som sto rundt {variables}")
    return text.format(variables=", ".join(read.unquoted))
