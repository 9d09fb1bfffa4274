"""Copies that Slack may have taken without our hearing of it, looked for in the conversation.

An app that is distributed outside Slack's Marketplace reads a conversation once a minute, fifteen
messages at a time. So one look answers for all that may have been taken there, goes on where it
was interrupted, and nothing else waits for it.

https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, field
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.house import Workspace
from handlers.recent import Recent
from handlers.slack_errors import wait_asked_for
from storage import claiming
from storage.records import Notice
from templates.message import Message

log = logging.getLogger(__name__)

Method = Callable[..., Awaitable[AsyncSlackResponse]]

MESSAGES_SEARCHED = 15
"""In one call; more messages take more calls."""

MOST_KEPT = 1_000
"""Conversations of which the last look is kept; of others there is a new one."""

EARLIER = timedelta(days=1)
"""How much earlier than it was written, by our clock, a notice may have been posted by Slack's."""


class NotNow(Exception):  # noqa: N818
    """Slack does not let itself be read for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Look(Struct, eq=False):
    """At one conversation, or at one thread of it."""

    channel: str
    thread_ts: str | None
    oldest: datetime
    asked: Mapping[str, int]
    """The notices that it answers for, and for which attempt to deliver each: what is posted in
    that attempt, after the look, makes the next one look again."""

    found: dict[str, str] = field(default_factory=dict)
    """When the copies were posted, by notice."""

    cursor: str | None = None
    is_at_end: bool = False

    @property
    def is_over(self) -> bool:
        return self.is_at_end or len(self.found) == len(self.asked)

    def is_about(self, notice: Notice) -> bool:
        return self.asked.get(notice.id) == notice.attempts

    def read(self, page: AsyncSlackResponse) -> None:
        for message in page["messages"]:
            self.found |= {name: message["ts"] for name in _marks(message) if name in self.asked}
        self.cursor = (page.get("response_metadata") or {}).get("next_cursor")
        self.is_at_end = not self.cursor


class Copies:
    """In the conversations of one workspace with the bot."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._client = workspace.courier_client
        self._looks: Recent[_Look] = Recent(MOST_KEPT)
        self._in_hand: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._told_to_wait = timedelta()
        self._told_at = datetime.min.replace(tzinfo=UTC)

    @contextmanager
    def in_hand(self, notice: Notice) -> Iterator[None]:
        """Meanwhile it may be posted at any moment, whatever a clock says of its lease."""
        self._in_hand.add(notice.id)
        try:
            yield
        finally:
            self._in_hand.discard(notice.id)

    async def find(self, notice: Notice, recipient: str) -> tuple[str, str] | None:
        """The channel and the timestamp of a notice's copy; None when Slack has not taken it.

        Raises:
            NotNow: it cannot be looked for yet.
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
        """
        async with self._one_at_a_time:
            look = await self._look_for(notice, recipient)
        ts = look.found.get(notice.id)
        return (look.channel, ts) if ts else None

    async def _look_for(self, notice: Notice, recipient: str) -> _Look:
        """By a look that is over, one that is finished now, or a new one."""
        place = f"{recipient} {notice.thread_ts}"
        look = self._looks.get(place)
        if look is not None:
            await self._finish(look)
        if look is None or not look.is_about(notice):
            look = await self._begun(notice, recipient)
            self._looks.keep(place, look)
            await self._finish(look)
        return look

    async def _begun(self, notice: Notice, recipient: str) -> _Look:
        async with self._workspace.house.ledger.looking_at(notice.organisation_id) as desk:
            unsure = await claiming.maybe_taken(desk, recipient)
            now = desk.now
        same = [each for each in unsure if each.thread_ts == notice.thread_ts]
        attempts = {each.id: self._next_attempt(each, now) for each in same}
        written = min(now, notice.created_at, *(each.created_at for each in same))
        conversation = await self._call(self._client.conversations_open, users=recipient)
        return _Look(
            channel=conversation["channel"]["id"],
            thread_ts=notice.thread_ts,
            oldest=written - EARLIER,
            asked={**attempts, notice.id: notice.attempts},
        )

    def _next_attempt(self, notice: Notice, now: datetime) -> int:
        """The number of the attempt that will ask about it: the one under way, or the next."""
        is_leased = notice.claim is not None and notice.due_at is not None and notice.due_at > now
        is_under_way = is_leased or notice.id in self._in_hand
        return notice.attempts if is_under_way else notice.attempts + 1

    async def _finish(self, look: _Look) -> None:
        while not look.is_over:
            look.read(await self._page(look))

    async def _page(self, look: _Look) -> AsyncSlackResponse:
        about = {
            "channel": look.channel,
            "oldest": f"{look.oldest.timestamp():.6f}",
            "limit": MESSAGES_SEARCHED,
            "include_all_metadata": True,
            "cursor": look.cursor,
        }
        if look.thread_ts:
            return await self._call(self._client.conversations_replies, ts=look.thread_ts, **about)
        return await self._call(self._client.conversations_history, **about)

    async def _call(self, method: Method, **arguments: Any) -> AsyncSlackResponse:
        """
        Raises:
            NotNow: Slack asks us to wait, or has asked for it lately.
        """
        now = self._workspace.house.ledger.database.clock()
        left = self._told_at + self._told_to_wait - now
        if timedelta() < left <= self._told_to_wait:  # more is left only by a clock put back
            raise NotNow(left.total_seconds())
        try:
            return await method(**arguments)
        except SlackApiError as error:
            seconds = wait_asked_for(error)
            if seconds is None:
                raise
            self._told_at, self._told_to_wait = now, timedelta(seconds=seconds)
            log.info("looking_waits", extra={"seconds": seconds})
            raise NotNow(seconds) from error


def known_by(notice_id: str, message: Message) -> dict[str, Any] | None:
    """The metadata by which a copy is found again, where it has no block to carry the id.

    https://docs.slack.dev/messaging/message-metadata
    """
    if message.blocks:
        return None
    return {"event_type": "notice", "event_payload": {"id": notice_id}}


def _marks(message: Mapping[str, Any]) -> set[str]:
    """A notice's first block carries its id, or else its metadata does."""
    metadata = (message.get("metadata") or {}).get("event_payload") or {}
    blocks = message.get("blocks") or ()
    return {str(metadata.get("id")), *(str(block.get("block_id")) for block in blocks)}
