"""What stands in `GET /metrics` and what never does, and where it is."""

import re
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.slack.metrics.scraping import get, scraped
from tests.slack.stage import COMMAND, Stage, stage

README = Path(__file__).parents[3] / "README.md"


async def test_no_label_holds_what_people_write_or_who_they_are(play: Stage) -> None:
    """Each value of a label is a word of the texts that explain them."""
    await play.asks(play.kari, Fornavn="Siri", **{"E-post": "siri@example.org"})
    await play.ola.sees("ber om")
    await play.approves(play.ola)
    await play.per.says("Er 99aa88bb@RodeKors min, spør per@example.org?")
    await play.per.sees("Ikke det du lurte på?")
    slack = play.slack
    await slack.deliver("event", slack.event({"type": "siri@example.org"}))
    await slack.deliver("interactive", {"type": "Ola Nordmann"})
    await slack.deliver("command", {"command": "/siri", "team_id": "T0NORDMANN"})
    status, page = await get(play.bot.metrics_port)
    assert status == 200
    metrics = list(text_string_to_metric_families(page))
    explained = {word for each in metrics for word in re.findall(r"\w+", each.documentation)}
    for label, held in {pair for m in metrics for s in m.samples for pair in s.labels.items()}:
        if label == "le":
            assert float(held) > 0
        else:
            team = play.slack.workspace.team_id
            assert held in ({team} if label == "team" else explained), (label, held)
    people = (play.kari, play.ola, play.anne, play.per)
    written = ("Nordmann", "Siri", "siri", "example.org", "RodeKors", "Røde Kors", COMMAND)
    for secret in (*written, *(person.id for person in people)):
        assert secret not in page, secret


def section() -> str:
    return README.read_text(encoding="utf-8").partition("\n## Metrics\n")[2].partition("\n## ")[0]


def full_name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


async def test_the_readme_tells_of_what_is_served_and_of_nothing_else(
    http_play: Stage,
) -> None:
    served = {
        full_name(metric): (
            metric.type,
            {label for sample in metric.samples for label in sample.labels} - {"le"},
            metric.documentation,
        )
        for metric in await scraped(http_play)
    }
    written = {
        name: (kind, set(re.findall(r"`(\w+)`", labels)), text)
        for name, kind, labels, text in re.findall(
            r"^\| `(\w+)` \| (\w+) \| (\S+) \| (.+) \|$", section(), re.MULTILINE
        )
    }
    ours = {name: what for name, what in served.items() if not name.startswith("process_")}
    assert written == ours
    assert all(name.startswith("godkjenningsbot_") for name in ours)
    usual = set(re.findall(r"`(process_\w+)`", section()))
    assert usual
    assert usual <= served.keys()


SELECTOR = re.compile(r'(godkjenningsbot_\w+)(?:\{(\w+)="(\w+)"\})?')


async def test_the_alerts_in_the_readme_are_about_what_is_served(http_play: Stage) -> None:
    samples = [s for metric in await scraped(http_play) for s in metric.samples]
    alerts = section().partition("```promql\n")[2].partition("\n```")[0].splitlines()
    assert len(alerts) == 3
    for alert in alerts:
        selected = SELECTOR.findall(alert)
        assert selected, alert
        for name, label, held in selected:
            wanted = {(label, held)} if label else set()
            assert [s for s in samples if s.name == name and wanted <= set(s.labels.items())]


# Where it is


async def test_it_is_not_where_slacks_requests_come_in(http_play: Stage) -> None:
    assert (await get(http_play.bot.port))[0] == 404
    assert (await get(http_play.bot.metrics_port, "/slack/events"))[0] == 404
    assert (await get(http_play.bot.metrics_port, "/readyz"))[0] == 404


async def test_nothing_listens_unless_asked_to(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        assert play.bot.metrics_port is None
