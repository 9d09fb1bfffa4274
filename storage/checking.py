"""Partners' questions, answered together: whoever asks while others are being answered waits for
them, and shares the next transaction, and its commit, with all who wait by then. On PostgreSQL,
too, one such transaction is through sooner than several that wait for each other.

Each stands or falls alone: where a transaction of several fails, each is asked anew in one of its
own. Whoever has an answer has it because what it says is kept.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from storage.desk import Ledger
from storage.using import Answer, Outcome, Overtaken, Question, UsedOtherwise, check

MOST_TOGETHER = 64
"""Questions in one transaction."""

MOST_TRIES = 5
"""Another process that is at the same reference is through when one has waited for it once."""

_Waiting = tuple[Question, "asyncio.Future[Answer]"]


class Checking:
    """Answers what is asked, in one transaction after the other."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: deque[_Waiting] = deque()
        self._answering: asyncio.Task[None] | None = None

    async def check(self, question: Question) -> Answer:
        """
        Raises:
            UsedOtherwise: its reference, or its idempotency key, is another question's.
            DatabaseUnavailable: nothing is kept.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer_all())
        return await answer

    async def _answer_all(self) -> None:
        """Until nobody waits."""
        while self._waiting:
            most = min(MOST_TOGETHER, len(self._waiting))
            together = [self._waiting.popleft() for _ in range(most)]
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
