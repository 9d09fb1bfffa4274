"""`GET /metrics`, read as Prometheus reads it."""

import aiohttp
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.slack.stage import Stage


async def get(port: int | None, path: str = "/metrics") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def scraped(play: Stage) -> list[Metric]:
    status, page = await get(play.bot.metrics_port)
    assert status == 200
    return list(text_string_to_metric_families(page))


async def value(play: Stage, name: str, **labels: str) -> float | None:
    """What a scrape of its own tells of this; None when it does not tell."""
    return told(await scraped(play), name, **labels)


def told(metrics: list[Metric], name: str, **labels: str) -> float | None:
    """What this scrape tells of it."""
    found = [
        sample.value
        for metric in metrics
        for sample in metric.samples
        if (sample.name, sample.labels) == (f"godkjenningsbot_{name}", labels)
    ]
    assert len(found) < 2
    return found[0] if found else None


async def until(play: Stage, wanted: float, name: str, **labels: str) -> None:
    async def holds() -> bool:
        return await value(play, name, **labels) == wanted

    await play.until(holds, f"{name} {labels} is not {wanted}")
