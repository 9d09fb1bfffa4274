"""Whether Slack takes the bot in a workspace: its token, its scopes, the app itself.

While it does not, nothing is delivered there and nothing is given up. It is asked for again, and
by itself everything goes on when Slack takes us again.
"""

import asyncio
import logging
from collections.abc import Callable

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.resting import rest_until
from handlers.slack_errors import NETWORK, Kind, error_name, kind_of, needed_scope, scopes_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
"""How often Slack is asked while all is well; nobody tells of a token that was revoked."""

LOOK_AGAIN_SECONDS = 5.0
"""And while it is not."""

FOR_GOOD = frozenset(("account_inactive", "token_revoked"))
"""Slack takes this token never again: the bot has been removed, and gets another one when it is
installed anew."""


class Ties:
    """To one workspace; `team_id` is for the log."""

    def __init__(self, client: AsyncWebClient, team_id: str) -> None:
        self._client = client
        self._team_id = team_id
        self._needed_scope = ""
        self._stirred = asyncio.Event()
        self.is_doubted = False
        self._mended: list[Callable[[], object]] = []
        self.trouble = ""
        """The error that Slack names; empty when there is none."""

    @property
    def are_cut(self) -> bool:
        """Whether the bot has been removed, and not only kept from something."""
        return self.trouble in FOR_GOOD

    def when_mended(self, tell: Callable[[], object]) -> None:
        self._mended.append(tell)

    def refused(self, error: SlackApiError) -> None:
        """Slack has said so. Told in the log once, however often it is said."""
        if not self.trouble:
            log.error(
                "slack_refuses_the_bot",
                extra={
                    "team": self._team_id,
                    "error": error_name(error),
                    "scope": needed_scope(error),
                },
            )
            self._stirred.set()
        self.trouble = error_name(error)
        self._needed_scope = needed_scope(error)

    def doubt(self) -> None:
        """Something says that it may be so: Slack is asked at once."""
        self.is_doubted = True
        self._stirred.set()

    async def look_after(self) -> None:
        """Ask again and again."""
        while True:
            self._stirred.clear()
            await rest_until(self._stirred, LOOK_AGAIN_SECONDS if self.trouble else LOOK_SECONDS)
            if self.is_doubted or not self._stirred.is_set():
                await self.look()

    async def look(self) -> bool:
        """Ask Slack; whether it told. No answer changes nothing."""
        self.is_doubted = False
        try:
            answer = await self._client.auth_test()
        except SlackApiError as error:
            is_told = kind_of(error) is Kind.OURS
            if is_told:
                self.refused(error)
            return is_told
        except NETWORK:
            return False
        granted = scopes_of(answer)
        needed = {scope.strip() for scope in self._needed_scope.split(",")}
        if self.trouble and (not granted or needed & {"", *granted}):
            self.trouble = self._needed_scope = ""
            log.info("slack_takes_the_bot_again", extra={"team": self._team_id})
            for tell in self._mended:
                tell()
        return True
