"""Whether Slack takes the bot, and lets it do what it needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import settings
from bot.operating.examining.finding import Finding
from bot.slack.installing import Installation, is_unreached, refused_token
from bot.words import _
from handlers.house import QUIET
from handlers.slack_errors import SLACK_FAILED, error_name, is_refusal

SCOPES = frozenset(
    {
        "app_mentions:read",
        "chat:write",
        "commands",
        "files:write",
        "im:history",
        "im:write",
        "users:read",
        "users:read.email",
    }
)
"""What the bot needs. `app.yaml` asks for these and for what an agent may have besides; a test
holds the two together."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where Slack is asked, and with what."""

    bot_token: str = field(repr=False)
    url: str
    app_token: str | None = field(repr=False)
    """None where none is set, or what is set is none."""


async def examine_slack(asked: Asked) -> tuple[Installation | None, Finding]:
    what = _("Slack")
    async with slack_client(asked.bot_token, asked.url) as client:
        variable = "SLACK_BOT_TOKEN"
        try:
            installation = await Installation.ask(client)
            if asked.app_token is not None:
                variable = "SLACK_APP_TOKEN"
                await client.apps_connections_open(app_token=asked.app_token)
        except (*SLACK_FAILED, AttributeError) as error:
            is_refused = isinstance(error, SlackApiError) and is_refusal(error)
            problem = _slack_problem(asked, variable, error)
            return None, Finding(what, problem, keeps_it_from_starting=is_refused)
        return installation, Finding(what)


@asynccontextmanager
async def slack_client(token: str, url: str) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield AsyncWebClient(token, base_url=url, session=session, logger=QUIET)


def _slack_problem(asked: Asked, variable: str, error: Exception) -> str:
    """Whose it is: the token's, the network's, or that of whatever answers in Slack's place."""
    if isinstance(error, SlackApiError) and is_refusal(error):
        problem = str(refused_token(variable, error_name(error)))
    elif is_unreached(error):
        problem = _(
            "får ikke kontakt. Sjekk at maskinen er på nettet, og at ingen brannmur stopper den."
        )
    else:
        problem = _("svaret er ikke slik Slack svarer. Prøv igjen om litt, og sjekk nettet.")
    if asked.url != settings.SLACK_API_URL:
        problem += " " + _(
            "SLACK_API_URL peker et annet sted enn til Slack: er det ikke meningen, så ta den bort."
        )
    return problem


def examine_scopes(installation: Installation) -> Finding:
    missing = ", ".join(sorted(SCOPES - installation.scopes))
    if not missing:
        return Finding(_("Rettigheter"))
    advice = _("mangler {missing}. Legg inn app.yaml i Slack-appen og installer den på nytt.")
    return Finding(_("Rettigheter"), advice.format(missing=missing))
