"""The thread of a question as Slack's session of an agent: at work, done, and what it is called."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.agent import Agent
from handlers.recent import Recent
from handlers.slack_errors import NETWORK, Kind, kind_of, name_of

log = logging.getLogger(__name__)

LONGEST_TITLE = 200
MOST_LEFT = 100
"""Threads that are remembered because Slack did not hear that an answer has come."""

MOST_SETTLED = 3
"""Of those, how many Slack is told of again when another answer has come, which waits for it."""


class AgentSessions:
    """
    https://docs.slack.dev/ai/agent-sessions
    """

    def __init__(self, client: AsyncWebClient, agent: Agent) -> None:
        self._client = client
        self._agent = agent
        self._left: Recent[tuple[str, str]] = Recent(MOST_LEFT)

    @asynccontextmanager
    async def at_work(self, channel: str, thread_ts: str, title: str) -> AsyncIterator[None]:
        """Show that an answer is on its way, until it has been sent or could not be.

        A new session gets the title; a later answer in the same thread leaves it as it is.
        """
        self._left.forget(_name(channel, thread_ts))
        await self._set(channel, thread_ts, "processing", title[:LONGEST_TITLE])
        try:
            yield
        finally:
            await self.at_rest(channel, thread_ts)

    async def at_rest(self, channel: str, thread_ts: str) -> None:
        """The answer is there; whoever was to say so may have ended before. Slack is told of a
        thread again, when it has not heard it, as soon as it listens."""
        self._left.keep(_name(channel, thread_ts), (channel, thread_ts))
        for left in reversed(self._left.all()[-1 - MOST_SETTLED :]):
            if not await self._set(*left, "active"):
                break
            self._left.forget(_name(*left))

    async def _set(
        self,
        channel: str,
        thread_ts: str,
        status: Literal["active", "processing"],
        title: str | None = None,
    ) -> bool:
        """Whether Slack has heard it; what it said no to it has heard."""
        if not self._agent.is_shown:
            return True
        try:
            await self._client.agents_sessions_setStatus(
                channel_id=channel, thread_ts=thread_ts, status=status, title=title
            )
        except SlackApiError as error:
            self._agent.refused(error)
            log.info("session_not_shown", extra={"error": name_of(error)})
            return kind_of(error) is not Kind.PASSING
        except NETWORK as error:
            log.info("session_not_shown", extra={"error": name_of(error)})
            return False
        self._agent.taken()
        return True


def _name(channel: str, thread_ts: str) -> str:
    return f"{channel} {thread_ts}"
