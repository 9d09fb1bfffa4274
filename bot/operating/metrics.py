"""`GET /metrics`: how the bot is and what it does, in numbers, for Prometheus.

What happens is counted when it happens; how much waits, how many are locked out, and whether Slack
takes the bot, is looked at when somebody asks. No label holds who people are or what they write:
all values are known beforehand, but for the ids of the workspaces that the bot serves.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics import MetricWrapperBase
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.observing import Fate, Observer
from bot.operating.seen import Seen
from handlers.call import KINDS
from handlers.house import Registry
from handlers.slack_errors import Kind
from storage.database import Database
from storage.patience import Wait

OTHER = "other"
"""The kind of a request that is of no kind that we know."""

ACKNOWLEDGED = "godkjenningsbot_acknowledgement_seconds"
NOT_ACKNOWLEDGED = "godkjenningsbot_not_acknowledged_total"
TRIED = "godkjenningsbot_deliveries_total"
SLACK_FAILED = "godkjenningsbot_slack_errors_total"
RATE_LIMITED = "godkjenningsbot_slack_rate_limited_total"
SWEPT = "godkjenningsbot_sweep_seconds"
WAITED = "godkjenningsbot_database_wait_seconds"

HELP = {
    ACKNOWLEDGED: "Time from when a request of Slack's was read until its acknowledgement was "
    "ready, by kind: command, action, submission, shortcut, event, other.",
    NOT_ACKNOWLEDGED: "Requests not acknowledged for a reason of ours; Slack brings events again.",
    TRIED: "Notices tried, by what became of them: delivered, dropped (holds no longer), "
    "readdressed (to others), postponed (untried), retried (later), held (while Slack refuses the "
    "bot), parked.",
    SLACK_FAILED: "Calls, each try by itself, that Slack refused or left unanswered, by whose "
    "trouble it is: ours (token, scope, app), passing, recipient, copy, content, other.",
    RATE_LIMITED: "Calls that Slack answered with 429; they are among the errors as well.",
    SWEPT: "Time it took to see to what time had brought: codes, requests, what is forgotten.",
    WAITED: "Time spent waiting for the database, in vain too: queue (in this process), "
    "connection, lock (held by others).",
}

ACKNOWLEDGED_WITHIN = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3)
"""Slack waits for three seconds."""

SWEPT_WITHIN = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAITED_WITHIN = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)

AnyMetric = TypeVar("AnyMetric", bound=MetricWrapperBase)


class Metrics(Observer):
    """Of one bot: they begin with it, and are its own."""

    def __init__(self) -> None:
        # When each was first counted would be twice the lines, and nobody reads it.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._all = CollectorRegistry()
        self._seen = Seen()
        self._all.register(self._seen)
        ProcessCollector(registry=self._all)
        kinds = (*KINDS, OTHER)
        self._acknowledged = _each(self._times(ACKNOWLEDGED, ACKNOWLEDGED_WITHIN, "kind"), kinds)
        self._not_acknowledged = _each(self._counts(NOT_ACKNOWLEDGED, "kind"), kinds)
        self._tried = _each(self._counts(TRIED, "outcome"), Fate)
        slack_kinds = [kind.value for kind in Kind]
        self._slack_failed = _each(self._counts(SLACK_FAILED, "kind"), slack_kinds)
        self._rate_limited = self._counts(RATE_LIMITED)
        self._swept = self._times(SWEPT, SWEPT_WITHIN)
        self._waited = _each(self._times(WAITED, WAITED_WITHIN, "reason"), Wait)

    def _counts(self, name: str, *labels: str) -> Counter:
        return Counter(name, HELP[name], labels, registry=self._all)

    def _times(self, name: str, within: Sequence[float], *labels: str) -> Histogram:
        return Histogram(name, HELP[name], labels, registry=self._all, buckets=within)

    # What happens

    def acknowledged(self, kind: str, seconds: float) -> None:
        self._acknowledged[_known(kind)].observe(seconds)

    def not_acknowledged(self, kind: str) -> None:
        self._not_acknowledged[_known(kind)].inc()

    def tried(self, fate: Fate) -> None:
        self._tried[fate].inc()

    def swept(self, seconds: float) -> None:
        self._swept.observe(seconds)

    def slack_failed(self, kind: Kind, status: int) -> None:
        self._slack_failed[kind.value].inc()
        if status == 429:
            self._rate_limited.inc()

    def waited(self, what: Wait, seconds: float) -> None:
        self._waited[what].observe(seconds)

    # What is told of it

    def may_look_at(self, database: Database, registry: Registry) -> None:
        self._seen.database, self._seen.registry = database, registry

    async def page(self) -> bytes:
        """All of it, as Prometheus reads it; without the outbox when the database does not answer
        at once."""
        await self._seen.look()
        return generate_latest(self._all)


def _each(metric: AnyMetric, values: Iterable[str]) -> dict[str, AnyMetric]:
    """One for each value of the label: they are told of from the start, and nothing else ever."""
    return {value: metric.labels(value) for value in values}


def _known(kind: str) -> str:
    return kind if kind in KINDS else OTHER


def metrics_app(metrics: Metrics) -> Starlette:
    async def page(request: Request) -> Response:
        return Response(await metrics.page(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return Starlette(routes=[Route("/metrics", page)])
