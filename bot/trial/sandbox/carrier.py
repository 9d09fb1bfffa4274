"""Brings everything to the bot, and writes down how each delivery went."""

import asyncio
import time
from typing import TYPE_CHECKING

from .changes import TRAFFIC
from .payloads import event_callback
from .records import Acknowledgement
from .transport import BotAnswer, Kind, NotReached, Retry

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from .records import Json
    from .transport import Transport
    from .workspace import PlayedWorkspace

# Slack's own rhythm: at once, after a minute, after five.
RETRY_DELAYS = (0.0, 60.0, 300.0)
ACKNOWLEDGED = "acknowledged"


class Carrier:
    """`timeout` is how long an acknowledgement may take; three seconds in Slack."""

    def __init__(
        self,
        workspace: "PlayedWorkspace",
        timeout: float = 3.0,
        retry_delays: "Sequence[float]" = RETRY_DELAYS,
    ) -> None:
        self.workspace = workspace
        self.timeout = timeout
        self.retry_delays = retry_delays
        self.transport: Transport | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def deliver(self, kind: Kind, payload: "Json", retry: Retry | None = None) -> BotAnswer:
        """One delivery, recorded; Undelivered where no good answer came in time."""
        started, first_call = time.monotonic(), len(self.workspace.calls)
        at = self.workspace.clock()
        answer, outcome = await self._attempted(kind, payload, retry)
        acknowledgement = Acknowledgement(
            kind=kind,
            name=delivery_name(kind, payload),
            payload=payload,
            elapsed=time.monotonic() - started,
            outcome=outcome,
            status=answer.status,
            body=answer.body,
            calls_before=tuple(self.workspace.calls[first_call:]),
            at=at,
            retry=retry.number if retry else 0,
        )
        self._record(acknowledgement)
        if outcome != ACKNOWLEDGED:
            raise Undelivered(outcome, answer)
        return answer

    async def _attempted(
        self, kind: Kind, payload: "Json", retry: Retry | None
    ) -> tuple[BotAnswer, str]:
        try:
            answer = await self._send(kind, payload, retry)
        except NotReached as failure:
            return BotAnswer(0), failure.reason
        return answer, ACKNOWLEDGED if _is_success(answer) else "http_error"

    async def _send(self, kind: Kind, payload: "Json", retry: Retry | None) -> BotAnswer:
        if self.transport is None:
            raise NotReached("no_connection")
        return await self.transport.send(kind, payload, self.timeout, retry)

    def _record(self, acknowledgement: Acknowledgement) -> None:
        self.workspace.acknowledgements.append(acknowledgement)
        what = f"{acknowledgement.kind} {acknowledgement.name}"
        if acknowledgement.outcome == "http_timeout":
            self.workspace.violation("late_acknowledgement", what)
        elif acknowledgement.outcome == "http_error":
            detail = f"{what}: HTTP {acknowledgement.status}"
            self.workspace.violation("refused_delivery", detail)
        else:
            self.workspace.changes.announce(TRAFFIC)

    # Events

    async def deliver_event(self, event: "Json") -> None:
        """The first attempt is awaited; the repeats that may follow go on by themselves."""
        if not self._is_subscribed(event):
            return
        payload = event_callback(self.workspace, event)
        failure = await self._attempt(payload, None)
        if failure is not None:
            self._in_background(self._repeat(payload, failure))

    def send_event(self, event: "Json") -> None:
        """The same, without waiting for it."""
        self._in_background(self.deliver_event(event))

    async def _attempt(self, payload: "Json", retry: Retry | None) -> str | None:
        """None, or why the event has to be sent again."""
        try:
            await self.deliver("event", payload, retry)
        except Undelivered as failure:
            return None if failure.wants_no_retry else failure.reason
        return None

    async def _repeat(self, payload: "Json", reason: str) -> None:
        failure: str | None = reason
        for number, delay in enumerate(self.retry_delays, start=1):
            if failure is None:
                return
            await asyncio.sleep(delay)
            failure = await self._attempt(payload, Retry(number, failure))

    def _is_subscribed(self, event: "Json") -> bool:
        bot = self.workspace.installation
        kind = event["type"]
        if kind == "message":
            kind = f"message.{event.get('channel_type', 'channel')}"
        allowed = kind != "message.im" or "im:history" in bot.scopes
        return kind in bot.events and allowed

    def _in_background(self, work: "Coroutine[None, None, None]") -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Wait until nothing is on its way any more.

        Not by `gather`: from Python 3.12 it gives the loop no turn where everything has ended,
        and a task is taken out of the set in a turn of the loop's.
        """
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def stop(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self.transport is not None:
            await self.transport.close()


class Undelivered(NotReached):
    """The bot was not reached, or answered with something else than success."""

    def __init__(self, reason: str, answer: BotAnswer) -> None:
        super().__init__(reason)
        self.answer = answer

    @property
    def wants_no_retry(self) -> bool:
        headers = {name.lower(): value for name, value in self.answer.headers.items()}
        return headers.get("x-slack-no-retry") == "1"


def _is_success(answer: BotAnswer) -> bool:
    return 200 <= answer.status < 300


def delivery_name(kind: Kind, payload: "Json") -> str:
    """The short name a delivery goes by in records and complaints."""
    if kind == "command":
        return f"{payload['command']} {payload['text']}".strip()
    if kind == "event":
        return str(payload.get("event", {}).get("type", payload.get("type")))
    return f"{payload['type']} {_identifier(payload)}".strip()


def _identifier(payload: "Json") -> str:
    if payload.get("actions"):
        return str(payload["actions"][0].get("action_id", ""))
    view = payload.get("view") or {}
    return str(payload.get("callback_id") or view.get("callback_id") or "")
