"""One notice on its way to Slack: posted, or brought up to date.

Delivery is at least once, and seen as once: a notice that may have reached Slack before (the
process died, the answer was lost) is first looked for (`copies`) by the id in its first block, or
in its metadata where it had to be said without blocks.
"""

import asyncio
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivering.agent_sessions import AgentSessions
from bot.delivering.copies import Copies, NotNow, known_by
from handlers.directory import NotYet
from handlers.house import Workspace
from handlers.putting import put
from handlers.slack_errors import (
    MAYBE_DONE,
    NETWORK,
    NOT_REACHED,
    Kind,
    error_name,
    is_refusal,
    kind_of,
    name_of,
    status_of,
    wait_asked_for,
)
from handlers.telling import (
    Gone,
    Prepared,
    Readdressed,
    Ready,
    UnknownKind,
    Unneeded,
    is_public,
    is_rather_told_twice,
    prepare,
)
from storage.database import DatabaseUnavailable
from storage.records import Notice
from templates.message import Message

PREPARE_SECONDS = 4.0
"""How long it may take to find out what is to be sent, and to whom."""


class Sent(Struct, frozen=True):
    """Where the copy is."""

    channel: str
    ts: str


MOST_UNSURE = 4
"""How often something is told once more because nobody knows whether Slack has taken it."""


class Failed(Struct, frozen=True):
    """It was not sent, or we do not know."""

    error: str
    is_final: bool = False
    is_unsure: bool = False
    is_passing: bool = False
    """It is no fault of the notice's, and it is tried again for as long as it takes."""

    is_ours: bool = False
    """Slack does not take the bot at all: no fault of the notice's."""

    retry_after: float | None = None
    """Seconds that Slack asks everybody in this workspace to wait."""


class Postponed(Struct, frozen=True):
    """It was not tried: Slack is not to be asked about it for so many seconds."""

    seconds: float


Outcome = Sent | Unneeded | Readdressed | Postponed | Failed


class Courier(Struct, frozen=True):
    """Delivers the notices of one workspace."""

    workspace: Workspace
    sessions: AgentSessions
    copies: Copies

    @classmethod
    def of(cls, workspace: Workspace) -> "Courier":
        sessions = AgentSessions(workspace.client, workspace.agent)
        return cls(workspace, sessions, Copies(workspace))

    @property
    def client(self) -> AsyncWebClient:
        return self.workspace.courier_client

    async def deliver(self, notice: Notice, until: float) -> Outcome:
        """Nothing is sent after `until`, by `time.monotonic` (a loop's own time stands still while
        it is at work): a process that was stopped meanwhile finds somebody else at it."""
        try:
            with self.copies.in_hand(notice):
                return await self._deliver(notice, until)
        except SlackApiError as error:
            failed = refused(error)
            if failed.is_ours:
                self.workspace.ties.refused(error)
            return failed
        except (NotNow, NotYet) as later:
            return Postponed(later.seconds)
        except (*NOT_REACHED, DatabaseUnavailable) as error:  # which is asked before Slack is
            return Failed(name_of(error), is_passing=True)
        except NETWORK as error:
            return Failed(name_of(error), is_unsure=True, is_passing=True)
        except UnknownKind:
            return Failed("unknown_kind", is_final=True)

    async def _deliver(self, notice: Notice, until: float) -> Outcome:
        if notice.unsure and notice.recipient and not notice.ts:
            if not is_public(notice.place):
                notice = await self._with_copy(notice, notice.recipient)
            elif not is_rather_told_twice(notice.kind):
                return Unneeded()  # the bot cannot read there, and rather says nothing than twice
            elif notice.attempts > MOST_UNSURE:
                return Failed("answers_lost", is_final=True)
        prepared = await self._prepared(notice)
        if isinstance(prepared, Ready):
            send = partial(self._send, notice, until, prepared.recipient)
            return await put(self.workspace, notice.kind, prepared.message, send)
        if isinstance(prepared, Gone):
            return await self._take_away(notice)
        return prepared

    async def _prepared(self, notice: Notice) -> Prepared | Failed:
        """What fails here has sent nothing."""
        try:
            async with asyncio.timeout(PREPARE_SECONDS):
                return await prepare(self.workspace, notice)
        except NETWORK as error:
            return Failed(name_of(error), is_passing=True)

    async def _send(
        self, notice: Notice, until: float, recipient: str, message: Message
    ) -> Outcome:
        if time.monotonic() > until:
            return Failed("too_late", is_passing=True)
        if notice.channel and notice.ts:
            return await self._update(notice.id, Sent(notice.channel, notice.ts), message)
        async with self._shown_at_work(notice, message.text):
            answer = await self.client.chat_postMessage(
                channel=notice.place or recipient,
                thread_ts=notice.thread_ts,
                text=message.text,
                blocks=message.blocks or None,
                metadata=known_by(notice.id, message),
                unfurl_links=False,
                unfurl_media=False,
            )
        return Sent(answer["channel"], answer["ts"])

    def _shown_at_work(self, notice: Notice, title: str) -> AbstractAsyncContextManager[None]:
        if notice.place and notice.thread_ts and not is_public(notice.place):
            return self.sessions.at_work(notice.place, notice.thread_ts, title)
        return nullcontext()

    async def _update(self, notice_id: str, copy: Sent, message: Message) -> Outcome:
        """Without blocks, those that there were go: they are not kept by being left out."""
        try:
            await self.client.chat_update(
                channel=copy.channel,
                ts=copy.ts,
                text=message.text,
                blocks=message.blocks,
                metadata=known_by(notice_id, message),
            )
        except SlackApiError as error:
            if kind_of(error) is Kind.COPY:
                return Unneeded(took_a_call=True)
            raise
        return copy

    async def _take_away(self, notice: Notice) -> Unneeded:
        """What somebody else has taken away before is away."""
        try:
            await self.client.chat_delete(channel=notice.channel or "", ts=notice.ts or "")
        except SlackApiError as error:
            if kind_of(error) is not Kind.COPY:
                raise
        return Unneeded(took_a_call=True)

    async def _with_copy(self, notice: Notice, recipient: str) -> Notice:
        """The notice with the copy of it that Slack has taken before, if there is one.

        Looked for before it is decided what the notice says: a copy that is there has to be
        brought up to date, also when a new one would not be posted any more.
        """
        try:
            found = await self.copies.find(notice, recipient)
        except SlackApiError as error:
            if kind_of(error) is not Kind.RECIPIENT:
                raise
            # Who has left hears of it no more, and others may have to: Slack is asked who is here.
            self.workspace.directory.forget(recipient)
            found = None
        if found is None:
            return notice
        channel, ts = found
        if notice.thread_ts:
            await self.sessions.at_rest(channel, notice.thread_ts)
        return replace(notice, channel=channel, ts=ts)


def refused(error: SlackApiError) -> Failed:
    """What a refusal of Slack's means for the notice."""
    status, name, wait = status_of(error), error_name(error), wait_asked_for(error)
    if wait is not None:
        return Failed("ratelimited", retry_after=wait)
    if status >= 500 or not name:
        return Failed(f"http_{status}", is_unsure=True, is_passing=True)
    if kind_of(error) is Kind.OURS:
        return Failed(name[:64], is_ours=True)
    passes, is_unsure = not is_refusal(error), name in MAYBE_DONE
    return Failed(name[:64], is_final=not passes, is_unsure=is_unsure, is_passing=passes)
