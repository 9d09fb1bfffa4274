"""What is left of a run, gathered from the ledger, from Slack's own record and from the log."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.trial.sandbox import Sandbox
from bot.trial.sandbox.records import Json
from storage.schema import metadata
from tests.chaos.checking.evidence import Evidence, Member, Row, Trouble
from tests.chaos.databases import Database
from tests.chaos.keeper import Keeper
from tests.chaos.slacks_record import asked, failed_posts, known_gone, of_the_bot, said, sent
from tests.chaos.troubles import Spell
from tests.chaos.world_clock import WorldClock

WITH_CODES = "code"
"""The one view in which a code may stand, by its callback."""

ITS_OWN_TROUBLE = (
    "late_acknowledgement",
    "refused_delivery",
    "expired_trigger_id",
    "exchanged_trigger_id",
)
"""What the sandbox holds against a bot that is late, or asks again as it was not answered: which
here it is."""

DONE_BEFORE = "chat.delete: message_not_found"
"""A bot that could not write down that it had taken a message away does so once more."""


@dataclass
class Gatherer:
    slack: Sandbox
    database: Database
    clock: WorldClock
    keeper: Keeper
    retries: Sequence[float]
    kept: dict[str, dict[Any, Row]] = field(default_factory=lambda: defaultdict(dict))
    there_at_first: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.there_at_first = frozenset(self.slack.workspace.users)

    async def keep_rows(self) -> None:
        """As they are now; what the bot has forgotten since the last time is kept."""
        for table in metadata.tables:
            for row in await self.database.rows(f"SELECT * FROM {table}"):
                if "id" in row:
                    self.kept[table][row["id"]] = row

    def evidence(self, spells: Iterable[Spell], calm_at: Sequence[datetime]) -> Evidence:
        workspace = self.slack.workspace
        told = list(said(self.slack))
        return Evidence(
            ledger={table: list(rows.values()) for table, rows in self.kept.items()},
            said=[each for each in told if not each.is_overtaken],
            overtaken=[each for each in told if each.is_overtaken],
            asked=list(asked(self.slack, self.retries)),
            sent=list(sent(workspace.acknowledgements)),
            members=self._members(),
            writings=list(self._writings()),
            complaints=[
                f"{each.kind}: {each.detail}"
                for each in workspace.violations
                if each.kind not in ITS_OWN_TROUBLE and not each.detail.startswith(DONE_BEFORE)
            ],
            troubles=[Trouble(each.kind, each.began, each.ended) for each in spells],
            failed_posts=failed_posts(workspace.calls),
            leaps=[(leap.at, leap.by) for leap in self.clock.leaps],
            calm_at=calm_at,
        )

    def _members(self) -> dict[str, Member]:
        known = known_gone(self.slack)
        return {
            user.id: Member(
                email=user.email or "",
                has_joined=user.id not in self.there_at_first,
                has_left=user.deleted,
                gone_since=known.get(user.id),
            )
            for user in self.slack.workspace.users.values()
            if not user.is_bot
        }

    def _writings(self) -> Iterator[tuple[str, str]]:
        """Messages, calls, answers, the log, and the ledger itself."""
        workspace = self.slack.workspace
        for message in of_the_bot(self.slack):
            yield f"message {message.ts}", json.dumps([message.text, message.blocks])
        for call in workspace.calls:
            if not (call.method.startswith("views.") and _shows_a_code(call.body.get("view"))):
                yield f"call {call.method}", json.dumps(call.body, default=str)
        for answer in workspace.acknowledgements:
            text = answer.body.decode(errors="replace")
            answered = _object(text) if text.startswith("{") else {}
            if not _shows_a_code(answered.get("view")):  # as to whoever has just made it
                yield f"answer to {answer.name}", text
        for line in self.keeper.log.splitlines():
            yield "log line", line
        for table, rows in self.kept.items():
            for row in rows.values():
                texts = [value for value in row.values() if isinstance(value, str)]
                yield f"row of {table}", "\n".join(texts)


def _shows_a_code(view: object) -> bool:
    """Whether it is the modal that is there to show one."""
    return _object(view).get("callback_id") == WITH_CODES


def _object(value: Any) -> Json:
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else {}
