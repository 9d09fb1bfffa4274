"""Making Slack misbehave on purpose. How often it lets itself be called is in `limits`."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Json


@dataclass(frozen=True)
class RateLimited:
    """HTTP 429 with `Retry-After`; nothing is done."""

    retry_after: int | str = 1


@dataclass(frozen=True)
class ServerError:
    """An HTTP status of 500 and above; nothing is done unless `before` is False."""

    status: int = 500
    before: bool = True


@dataclass(frozen=True)
class Dropped:
    """The connection breaks without an answer, before or AFTER the call took effect."""

    before: bool


@dataclass(frozen=True)
class SlackError:
    """An ordinary refusal, `ok: false`; nothing is done unless `before` is False. `messages` are
    what Slack says of it."""

    error: str
    messages: tuple[str, ...] = ()
    before: bool = True

    def as_answer(self) -> "Json":
        answer: Json = {"ok": False, "error": self.error}
        if self.messages:
            answer["response_metadata"] = {"messages": list(self.messages)}
        return answer


@dataclass(frozen=True)
class Silence:
    """Nothing is heard for so many seconds, or until the trouble is ended; the call takes effect
    after that, or before."""

    seconds: float
    before: bool = True


@dataclass(frozen=True)
class Crowd:
    """Nothing is heard before as many wait at once as the barrier is for; and then how it was when
    each call came."""

    barrier: asyncio.Barrier


@dataclass(frozen=True)
class Strange:
    """HTTP 200, and not as Slack answers: what stands between may do that. Nothing is done."""

    body: bytes
    media_type: str = "application/json"


Fault = RateLimited | ServerError | Dropped | SlackError | Silence | Crowd | Strange


@dataclass(eq=False)
class _Planned:
    method: str
    fault: Fault
    times: int
    when: "Callable[[Json], bool] | None"

    def fits(self, method: str, body: "Json") -> bool:
        named = self.method in (method, "*")
        return named and self.times > 0 and (self.when is None or self.when(body))


@dataclass(eq=False)
class Faults:
    planned: list[_Planned] = field(default_factory=list)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def add(
        self, method: str, fault: Fault, times: int, when: "Callable[[Json], bool] | None"
    ) -> None:
        self.planned.append(_Planned(method, fault, times, when))

    def take(self, method: str, body: "Json") -> Fault | None:
        """The fault this call meets, if any; each planned one is used up `times` times."""
        for planned in self.planned:
            if planned.fits(method, body):
                planned.times -= 1
                return planned.fault
        return None

    async def last(self, seconds: float) -> None:
        """Until as much time is over, or the trouble is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()

    def clear(self) -> None:
        """Nothing goes wrong from now on."""
        self.planned.clear()

    def end(self) -> None:
        """The same; and whoever was left without an answer has it now."""
        self.clear()
        self._over.set()
        self._over = asyncio.Event()
