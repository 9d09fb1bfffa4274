"""**Koder per måned**, as a chart, as a picture, and in numbers."""

from pathlib import Path

import pytest

from bot.trial.sandbox.faults import SlackError
from handlers import charts
from tests.slack.stage import COMMAND, Stage

NUMBERS = "mars 2026: 1 laget, 0 gått ut, 0 trukket tilbake"


async def asks_for_the_chart(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.ola.types(f"{COMMAND} historikk")
    await play.ola.sees_view("Historikk")
    await play.ola.clicks("Koder per måned")


async def test_it_is_a_chart_where_slack_takes_one(play: Stage) -> None:
    await asks_for_the_chart(play)
    message = await play.ola.sees_message("Koder per måned")
    (chart, numbers) = message.blocks
    assert chart["type"] == "data_visualization"
    assert [each["name"] for each in chart["chart"]["series"]] == [
        "Laget",
        "Gått ut",
        "Trukket tilbake",
    ]
    assert chart["chart"]["series"][0]["data"][-1] == {"label": "mars 26", "value": 1}
    assert numbers["text"]["text"] == NUMBERS


async def test_it_is_a_picture_where_slack_takes_no_chart(play: Stage) -> None:
    play.slack.workspace.fail("chat.postMessage", SlackError("invalid_blocks"))
    await play.ola.types(f"{COMMAND} historikk")
    await play.ola.sees_view("Historikk")
    await play.ola.clicks("Koder per måned")
    message = await play.ola.waits_for(
        lambda: next((m for m in play.ola.messages() if m.record.files), None),
        "there is no picture",
        timeout=30,
    )
    assert message.file("koder-per-maned.png").startswith(b"\x89PNG")


async def test_it_is_numbers_where_nothing_can_draw_it(
    play: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nothing = tmp_path / "nothing.py"
    nothing.write_text("raise ModuleNotFoundError")
    monkeypatch.setattr(charts, "DRAWING", nothing)
    await play.has_code(play.kari)
    play.slack.workspace.fail("chat.postMessage", SlackError("invalid_blocks"))
    await play.ola.types(f"{COMMAND} historikk")
    await play.ola.sees_view("Historikk")
    await play.ola.clicks("Koder per måned")
    await play.ola.sees_message(NUMBERS)
