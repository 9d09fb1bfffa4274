"""Where Bolt keeps and finds installations: in the ledger.

The bot asks for no user token, so there is one installation for each workspace, or for the whole of
an organisation of Enterprise Grid: the newest, whoever made it.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from handlers.house import QUIET
from storage import installations
from storage.desk import Ledger
from storage.installations import Granted


class LedgerStore(AsyncInstallationStore):
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def logger(self) -> logging.Logger:
        return QUIET

    async def async_save(self, installation: Installation) -> None:
        async with self._ledger.database.transaction() as transaction:
            told = granted(installation, transaction.now)
            await installations.keep(transaction, self._ledger.keys, told)

    async def async_save_bot(self, bot: Bot) -> None:
        """What Bolt's rotator would call: tokens are renewed elsewhere, by one process."""
        raise NotImplementedError

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """A workspace's own before that of its Grid: one that has joined a Grid since is found by
        either."""
        ids = [each for each in (team_id, enterprise_id) if each]
        if is_enterprise_install:
            ids.reverse()
        async with self._ledger.database.reading() as reading:
            found = await installations.find(reading, self._ledger.keys, ids)
        installation = as_told(found.granted) if found else None
        is_theirs = user_id is None or (installation and installation.user_id == user_id)
        return installation if is_theirs else None

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        found = await self.async_find_installation(
            enterprise_id=enterprise_id,
            team_id=team_id,
            is_enterprise_install=is_enterprise_install,
        )
        return found.to_bot() if found else None

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """One user's alone is none that we keep."""
        if user_id is None:
            await self.async_delete_all(enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self.async_delete_all(enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        which = team_id or enterprise_id
        if which:
            async with self._ledger.database.transaction() as transaction:
                await installations.end(transaction, which, "deleted")


def granted(installation: Installation, now: datetime) -> Granted:
    """What Slack has told of an installation just now, as the ledger keeps it.

    Raises:
        ValueError: it is of no workspace, and of no Grid.
    """
    is_for_all = installation.is_enterprise_install
    which = installation.enterprise_id if is_for_all else installation.team_id
    if not which:
        raise ValueError("an installation is of a workspace, or of a Grid")
    expires_at = installation.bot_token_expires_at
    lasts = None if expires_at is None else expires_at - installation.installed_at
    said: dict[str, Any] = {
        name: value for name, value in vars(installation).items() if value is not None
    }
    return Granted(
        id=which,
        enterprise_id=installation.enterprise_id,
        team_name=installation.team_name or installation.enterprise_name or "",
        installed_by=installation.user_id,
        said=said,
        token_expires_at=None if lasts is None else now + timedelta(seconds=lasts),
    )


def as_told(kept: Granted) -> Installation:
    """The installation as Slack told it."""
    return Installation(**kept.said)
