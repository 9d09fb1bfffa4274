"""The picture of a chart: what stands in it, pixel by pixel."""

import io
import json

import pytest

from handlers import charts
from handlers.drawing import COLOURS, draw
from storage.monthly import Month
from templates.chart import Plan, monthly_plan
from templates.words import Words
from tests.unit.templates.history_screens import MONTHS

image = pytest.importorskip("PIL.Image")


def plan(months: list[Month]) -> Plan:
    return monthly_plan(Words.of("nb"), months)


def pixels(picture: bytes, colour: str) -> int:
    """How many there are of a colour."""
    drawn = image.open(io.BytesIO(picture)).convert("RGB")
    wanted = tuple(bytes.fromhex(colour.removeprefix("#")))
    counted = {found: count for count, found in drawn.getcolors(drawn.width * drawn.height)}
    return int(counted.get(wanted, 0))


@pytest.mark.slow
async def test_each_series_has_its_bars_and_their_size_is_what_they_tell() -> None:
    picture = await charts.drawn(json.dumps(plan(MONTHS["much"])).encode())
    assert picture is not None
    made, ran_out, withdrawn = (pixels(picture, colour) for colour in COLOURS)
    assert made > 50 * ran_out > 0
    assert withdrawn > 0


@pytest.mark.slow
def test_where_nothing_happened_no_bar_stands_and_it_is_drawn_all_the_same() -> None:
    out = io.BytesIO()
    draw(plan(MONTHS["nothing"]), out)
    legend = [pixels(out.getvalue(), colour) for colour in COLOURS]
    assert all(0 < count < 1_000 for count in legend)


@pytest.mark.slow
async def test_a_plan_that_cannot_be_drawn_gives_no_picture() -> None:
    assert await charts.drawn(b"{}") is None


async def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "DRAWING_SECONDS", 0.0)
    assert await charts.drawn(b"{}") is None
