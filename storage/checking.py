"""Partners' questions, answered together: whoever asks while others are being answered waits for
them, and shares the next transaction, and its commit, with all who wait by then. On PostgreSQL,
too, one such transaction is through sooner than several that wait for each other; others begin only
where one is held up, as by somebody who holds an organisation.

Each stands or falls alone: where a transaction of several fails, each is asked anew in one of its
own. Whoever has an answer has it because what it says is kept.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from storage.desk import Ledger
from storage.once import Answer, Outcome, Question, UsedOtherwise
from storage.using import Overtaken, check

MOST_TOGETHER = 64
"""Questions in one transaction."""

MOST_AT_ONCE = 4
HELD_UP_SECONDS = 0.1
"""A transaction that takes longer waits for somebody."""

MOST_TRIES = 5
"""Another process that is at the same reference is through when one has waited for it once."""

_Waiting = tuple[Question, "asyncio.Future[Answer]"]


class Checking:
    """Answers what is asked, in one transaction after the other. `monotonic` is the clock, in
    seconds."""

    def __init__(self, ledger: Ledger, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._monotonic = monotonic
        self._waiting: deque[_Waiting] = deque()
        self._answering: dict[asyncio.Task[None], float] = {}
        """Since when each has been at what it is at."""

    async def check(self, question: Question) -> Answer:
        """
        Raises:
            UsedOtherwise: its reference, or its idempotency key, is another question's.
            DatabaseUnavailable: nothing is kept.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._are_held_up():
            task = asyncio.create_task(self._answer_all())
            self._answering[task] = self._monotonic()
            task.add_done_callback(self._answering.pop)
        return await answer

    def _are_held_up(self) -> bool:
        """All who answer, where there is room for another."""
        before = self._monotonic() - HELD_UP_SECONDS
        return len(self._answering) < MOST_AT_ONCE and all(
            since < before for since in self._answering.values()
        )

    async def _answer_all(self) -> None:
        """Until nobody waits."""
        while self._waiting:
            most = min(MOST_TOGETHER, len(self._waiting))
            together = [self._waiting.popleft() for _ in range(most)]
            if task := asyncio.current_task():
                self._answering[task] = self._monotonic()
            await self._answer([each for each in together if not each[1].done()])

    async def _answer(self, together: Sequence[_Waiting]) -> None:
        try:
            outcomes = await self._outcomes([question for question, _ in together])
        except Exception as error:
            if len(together) == 1:
                _give(together[0][1], error)
                return
            for each in together:
                await self._answer([each])
            return
        for (_, answer), outcome in zip(together, outcomes, strict=True):
            _give(answer, outcome)

    async def _outcomes(self, questions: Sequence[Question]) -> list[Outcome]:
        for _ in range(MOST_TRIES - 1):
            try:
                return await self._outcomes_now(questions)
            except Overtaken:
                pass
        return await self._outcomes_now(questions)

    async def _outcomes_now(self, questions: Sequence[Question]) -> list[Outcome]:
        async with self._ledger.database.transaction() as transaction:
            return await check(transaction, self._ledger.keys, questions)


def _give(answer: "asyncio.Future[Answer]", outcome: Outcome | Exception) -> None:
    """To whoever still waits for it."""
    if answer.done():
        return
    if isinstance(outcome, UsedOtherwise | Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
