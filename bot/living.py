"""The bot's life: the tasks that it lives on, how it is, and how it ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.8
"""Within which it is said how all parts are: one that cannot tell by then is not well."""

Work = Callable[[], Coroutine[Any, Any, None]]
Check = Callable[[], Awaitable[bool]]


class Died(Exception):  # noqa: N818
    """A part that the bot cannot do without has ended by itself; `part` says which."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class Unwell(Exception):  # noqa: N818
    """A part does not work; the message says why, in a word for the operator."""


class Life:
    """Shared by the parts of one bot, from its start to its end."""

    def __init__(self, group: asyncio.TaskGroup, finish_seconds: float) -> None:
        self._group = group
        self._finish_seconds = finish_seconds
        self._checks: dict[str, Check | None] = {}
        self._reasons: dict[str, str] = {}
        self._looks: dict[str, asyncio.Task[bool]] = {}
        self._to_be_told: list[Callable[[], object]] = []
        self._ends_at: float | None = None

    # The tasks that it lives on

    def start(self, part: str, work: Work) -> asyncio.Task[None]:
        """A task that lives as long as the bot: if it ends before, the bot ends with it."""
        return self._group.create_task(self._watched(part, work), name=part)

    async def _watched(self, part: str, work: Work) -> None:
        cause: Exception | None = None
        try:
            await work()
        except asyncio.CancelledError:
            if self.is_ending:
                raise
        except Exception as error:
            cause = error
        if not self.is_ending:
            log.critical("part_died", exc_info=cause, extra={"part": part})
            self.end()
            raise Died(part) from cause
        if cause is not None:
            log.warning("part_ended_badly", exc_info=cause, extra={"part": part})

    @asynccontextmanager
    async def lives(
        self, part: str, work: Work, stop: Callable[[], object] | None = None
    ) -> AsyncIterator[None]:
        """The part lives while the block does. At the end it is told to stop, or cancelled where
        it has no way of its own, and seen out."""
        task = self.start(part, work)
        self.tell_at_the_end(stop or task.cancel)
        try:
            yield
        finally:
            self.end()
            await self.see_out(task)

    # How it is

    def needs(self, *parts: str) -> None:
        """The parts that must work; each is not well before it is there."""
        self._checks |= dict.fromkeys(parts)

    def watch(self, part: str, check: Check) -> None:
        """
        Raises:
            KeyError: the bot needs no such part.
        """
        if part not in self._checks:
            raise KeyError(part)
        self._checks[part] = check

    async def parts(self) -> Mapping[str, bool]:
        """The parts that must work, and whether they do."""
        found = await asyncio.gather(*(self._is_well(part) for part in self._checks))
        return dict(zip(self._checks, found, strict=True))

    def reasons(self) -> Mapping[str, str]:
        """Why parts were not well when they were looked at last, of those that can tell."""
        return dict(self._reasons)

    async def _is_well(self, part: str) -> bool:
        """Looked at by one at a time: a look that takes long is waited for by all who ask."""
        look = self._looks.get(part)
        if look is None or look.done():
            look = self._looks[part] = asyncio.create_task(self._look(part, self._checks[part]))
        await asyncio.wait([look], timeout=ANSWER_SECONDS)
        if not look.done():
            self._reasons[part] = "no_answer"
            return False
        return not look.cancelled() and look.result()

    async def _look(self, part: str, check: Check | None) -> bool:
        """Whatever keeps it from being so, it is not well."""
        reason = ""
        try:
            return check is not None and await check()
        except Unwell as error:
            reason = str(error)
        except Exception as error:
            log.warning("part_unavailable", extra={"part": part, "error": type(error).__name__})
        finally:
            self._reasons.pop(part, None)
            self._reasons |= {part: reason} if reason else {}
        return False

    # How it ends

    @property
    def is_ending(self) -> bool:
        return self._ends_at is not None

    def tell_at_the_end(self, stop: Callable[[], object]) -> None:
        """Called when the bot is to end: take nothing new, finish what is in hand."""
        if self.is_ending:
            stop()
        else:
            self._to_be_told.append(stop)

    def end(self) -> None:
        """Tell every part, once, and begin to count the time that they have left."""
        if self.is_ending:
            return
        self._ends_at = asyncio.get_running_loop().time() + self._finish_seconds
        for stop in (*self._to_be_told, *(look.cancel for look in self._looks.values())):
            stop()

    def seconds_left(self) -> float:
        """How long what is in hand may still take."""
        if self._ends_at is None:
            return self._finish_seconds
        return max(0.0, self._ends_at - asyncio.get_running_loop().time())

    async def see_out(self, task: asyncio.Task[None]) -> None:
        """Wait for a task that has been told to end; when there is no time left, end it."""
        _, late = await asyncio.wait([task], timeout=self.seconds_left())
        if late:
            task.cancel()
            await asyncio.wait([task])


@asynccontextmanager
async def living(finish_seconds: float) -> AsyncIterator[Life]:
    """A life, for as long as the block: the task that enters it has to be there to its end, since
    it is what is cancelled when a part dies.

    Raises:
        Died: a part has ended before the block did.
    """
    try:
        async with asyncio.TaskGroup() as group:
            life = Life(group, finish_seconds)
            try:
                yield life
            finally:
                life.end()
    except BaseExceptionGroup as failed:
        first = failed.exceptions[0]
        raise first from first.__cause__  # what the block itself raised is told as it is
