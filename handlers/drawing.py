"""A chart as a picture, drawn in a process of its own: what draws it takes more memory than all of
the bot, and gives it back by ending.

    python handlers/drawing.py < plan.json > chart.png
"""

import json
import sys
from typing import Any

INCHES = (9, 4.5)
DOTS_PER_INCH = 120
COLOURS = ("#1d4ed8", "#b45309", "#b91c1c")
"""Told apart by whoever does not see red beside green, and by how dark they are."""


def draw(plan: dict[str, Any], out: Any) -> None:
    """Bars side by side, a group for each month.

    Raises:
        ModuleNotFoundError: the extra `chart` is not installed.
    """
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot
    from matplotlib.ticker import MaxNLocator

    figure, axes = pyplot.subplots(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    width = 0.8 / len(plan["series"])
    for number, (name, values) in enumerate(plan["series"].items()):
        places = [place + (number - 1) * width for place in range(len(values))]
        axes.bar(places, values, width, label=name, color=COLOURS[number % len(COLOURS)])
    axes.set_xticks(range(len(plan["categories"])), plan["categories"], rotation=45, ha="right")
    axes.set_title(plan["title"])
    axes.set_ylabel(plan["y_label"])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(0, 1.1 * max(1, *map(max, plan["series"].values())))
    figure.legend(frameon=False, loc="outside lower center", ncols=len(plan["series"]))
    figure.savefig(out, format="png")


if __name__ == "__main__":
    draw(json.load(sys.stdin), sys.stdout.buffer)
