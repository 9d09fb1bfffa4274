"""What `GET /metrics` tells that nobody counts: it is looked at when somebody asks."""

import asyncio
import logging
from collections.abc import Iterator, Mapping

from msgspec import Struct
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from handlers.house import Registry
from storage import claiming, guessing, installations, webhooks
from storage.claiming import Depth
from storage.database import Database, Reading
from storage.guessing import ADDRESS, PARTNER
from storage.patience import waiting_at_most

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How long a scrape waits for the database. Prometheus itself gives up after ten seconds."""

UP = "godkjenningsbot_database_up"
NOTICES = "godkjenningsbot_outbox_notices"
OLDEST_DUE = "godkjenningsbot_outbox_oldest_due_seconds"
WEBHOOKS_PARKED = "godkjenningsbot_webhooks_parked"
LOCKED_OUT = "godkjenningsbot_locked_out"
TAKEN = "godkjenningsbot_workspace_taken"
WORKSPACES = "godkjenningsbot_workspaces"

HELP = {
    UP: "1 when the database told at once what lies in the outbox, 0 when that is left out.",
    NOTICES: "Notices in the outbox: due, later (in hand, or to be tried again), parked.",
    OLDEST_DUE: "How long the notice that was due first has been due, 0 when none is, by turn: "
    "answer (somebody looks at the screen), deed (of others), time (has brought it).",
    WEBHOOKS_PARKED: "What partners were to be told by webhooks, and was given up.",
    LOCKED_OUT: "How many are locked out of the partners' interface now, because they guess, by "
    "what they are: partner, address.",
    TAKEN: "1 where Slack takes the bot, 0 where it refuses it, by the workspace's id; "
    "left out where many have installed it.",
    WORKSPACES: "Workspaces: awake (served by this process now), refused (awake, and Slack does "
    "not take the bot); where many have installed it, installed and removed (not forgotten yet).",
}


class OfPartners(Struct, frozen=True):
    """Of the whole ledger, whichever workspaces are served here."""

    parked: int
    locked_out: Mapping[str, int]
    """How many, by what they are."""

    @classmethod
    async def at(cls, reading: Reading) -> "OfPartners":
        parked = await webhooks.parked(reading)
        kinds = [who.partition(":")[0] for who in await guessing.locked(reading)]
        counts = {kind: kinds.count(kind) for kind in (PARTNER, ADDRESS)}
        return cls(sum(parked.values()), counts)


class Seen(Collector):
    """How much waits, how many are locked out, and whether Slack takes the bot."""

    def __init__(self) -> None:
        self.database: Database | None = None
        self.registry = Registry([])
        self._depth: Depth | None = None
        self._installed: tuple[int, int] | None = None
        self._of_partners: OfPartners | None = None

    async def look(self) -> None:
        """The broad catch: whatever keeps the database from telling, the rest is told."""
        self._depth = self._installed = self._of_partners = None
        if self.database is None:
            return
        try:
            with waiting_at_most(LOOK_SECONDS):
                # PostgreSQL is cut off by the deadline; SQLite's reader has none of its own.
                async with asyncio.timeout(LOOK_SECONDS * 1.5), self.database.reading() as reading:
                    teams = [workspace.team_id for workspace in self.registry]
                    serves_all = self.registry.serves_all
                    self._depth = await claiming.depth(reading, None if serves_all else teams)
                    self._installed = await installations.count(reading) if serves_all else None
                    self._of_partners = await OfPartners.at(reading)
        except Exception as error:
            log.warning("outbox_not_seen", extra={"error": type(error).__name__})

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(UP, HELP[UP], value=self._depth is not None)
        yield from self._outbox()
        yield from self._partners()
        yield from (self._taken(), self._workspaces())

    def _taken(self) -> Metric:
        taken = GaugeMetricFamily(TAKEN, HELP[TAKEN], labels=["team"])
        if not self.registry.serves_all:
            for workspace in self.registry:
                taken.add_metric([workspace.team_id], not workspace.ties.trouble)
        return taken

    def _workspaces(self) -> Metric:
        """By kind and not by name: there may be thousands."""
        found = GaugeMetricFamily(WORKSPACES, HELP[WORKSPACES], labels=["state"])
        awake = [bool(workspace.ties.trouble) for workspace in self.registry]
        counts = {"awake": len(awake), "refused": sum(awake)}
        if self._installed is not None:
            counts["installed"], counts["removed"] = self._installed
        for state, count in counts.items():
            found.add_metric([state], count)
        return found

    def _outbox(self) -> Iterator[Metric]:
        notices = GaugeMetricFamily(NOTICES, HELP[NOTICES], labels=["state"])
        oldest = GaugeMetricFamily(OLDEST_DUE, HELP[OLDEST_DUE], labels=["turn"])
        if self._depth is not None:
            for state in ("due", "later", "parked"):
                notices.add_metric([state], getattr(self._depth, state))
            for turn, overdue in self._depth.overdue.items():
                oldest.add_metric([turn.name.lower()], overdue.total_seconds())
        yield from (notices, oldest)

    def _partners(self) -> Iterator[Metric]:
        parked = GaugeMetricFamily(WEBHOOKS_PARKED, HELP[WEBHOOKS_PARKED], labels=[])
        locked = GaugeMetricFamily(LOCKED_OUT, HELP[LOCKED_OUT], labels=["who"])
        if self._of_partners is not None:
            parked.add_metric([], self._of_partners.parked)
            for who, count in self._of_partners.locked_out.items():
                locked.add_metric([who], count)
        yield from (parked, locked)
