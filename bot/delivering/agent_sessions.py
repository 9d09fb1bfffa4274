"""The thread of a question as Slack's session of an agent: at work, done, and what it is called.

Where the bot is no agent, as without a paid plan, Slack says no once and is not asked again.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack_errors import NETWORK, Kind, error_name, kind_of, name_of

log = logging.getLogger(__name__)

LONGEST_TITLE = 200


class AgentSessions:
    """
    https://docs.slack.dev/ai/agent-sessions
    """

    def __init__(self, client: AsyncWebClient, *, is_agent: bool) -> None:
        self._client = client
        self._is_agent = is_agent

    @asynccontextmanager
    async def at_work(self, channel: str, thread_ts: str, title: str) -> AsyncIterator[None]:
        """Show that an answer is on its way, until it has been sent or could not be.

        A new session gets the title; a later answer in the same thread leaves it as it is.
        """
        await self._set(channel, thread_ts, "processing", title[:LONGEST_TITLE])
        try:
            yield
        finally:
            await self.at_rest(channel, thread_ts)

    async def at_rest(self, channel: str, thread_ts: str) -> None:
        """The answer is there; whoever was to say so may have ended before."""
        await self._set(channel, thread_ts, "active")

    async def _set(
        self,
        channel: str,
        thread_ts: str,
        status: Literal["active", "processing"],
        title: str | None = None,
    ) -> None:
        if not self._is_agent:
            return
        try:
            await self._client.agents_sessions_setStatus(
                channel_id=channel, thread_ts=thread_ts, status=status, title=title
            )
        except SlackApiError as error:
            # About this thread, or for now; any other no is about what the bot may.
            self._is_agent = kind_of(error) not in (Kind.OURS, Kind.OTHER) or _is_for_now(error)
            log.info("session_not_shown", extra={"error": name_of(error)})
        except NETWORK as error:
            log.info("session_not_shown", extra={"error": name_of(error)})


def _is_for_now(error: SlackApiError) -> bool:
    """Whether Slack does not take the bot at all just now."""
    return kind_of(error) is Kind.OURS and error_name(error) != "missing_scope"
