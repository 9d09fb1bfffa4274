"""A workspace in which the bot has been installed from its page, as far as the ledger knows."""

from dataclasses import replace
from datetime import timedelta

from bot.settings import OwnApp, Settings
from bot.trial.sandbox import Sandbox
from storage import installations
from storage.database import Database
from storage.installations import Granted
from storage.keys import Keyring


def as_granted(slack: Sandbox) -> Granted:
    """What Slack has told of it: it is a workspace of an organisation of Enterprise Grid."""
    bot, workspace = slack.workspace.installation, slack.workspace
    return Granted(
        id=workspace.team_id,
        enterprise_id="E0GRID",
        team_name=workspace.name,
        installed_by="U0INSTALLER",
        said={
            "bot_token": bot.bot_token,
            "bot_id": bot.bot_id,
            "bot_user_id": bot.bot_user_id,
            "bot_scopes": sorted(bot.scopes),
        },
        token_expires_at=None,
    )


def from_the_page(settings: Settings, slack: Sandbox) -> Settings:
    """The same bot, when people install it from a page."""
    bot = slack.workspace.installation
    return replace(
        settings,
        bot_token=None,
        own_app=OwnApp(bot.client_id, bot.client_secret, "http://127.0.0.1"),
        organisation_name=None,
        account_holders=None,
        issuer=None,
    )


async def installed_long_ago(database: Database, keyring: Keyring, slack: Sandbox) -> None:
    """Whoever did has been welcomed."""
    async with database.transaction() as transaction:
        await installations.keep(transaction, keyring, as_granted(slack))
        for each in await installations.claim_welcome(transaction, most=9, lease=timedelta(1)):
            await installations.told(transaction, each)
