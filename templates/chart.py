"""**Koder per måned**: as a chart of Slack's own, as a picture's plan, and in numbers.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from slack_sdk.models.blocks import Block

from templates.blocks import heading, plain_paragraph
from templates.message import Message
from templates.words import Words

if TYPE_CHECKING:
    from storage.monthly import Month

Plan = dict[str, Any]
"""What there is to draw: `title`, `y_label`, `categories`, and `series` of names and values."""


class _Chart(Block):
    """Of 2026, and slack_sdk 3.47 has no class for it."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(type="data_visualization")
        self._plan = plan

    def to_dict(self, *args: object) -> dict[str, Any]:
        plan = self._plan
        series = [
            {
                "name": name,
                "data": [
                    {"label": label, "value": value}
                    for label, value in zip(plan["categories"], values, strict=True)
                ],
            }
            for name, values in plan["series"].items()
        ]
        axis = {"categories": plan["categories"], "y_label": plan["y_label"]}
        return {
            "type": "data_visualization",
            "title": plan["title"],
            "chart": {"type": "bar", "series": series, "axis_config": axis},
        }


def monthly_plan(words: Words, months: Sequence["Month"]) -> Plan:
    _ = words.gettext
    return {
        "title": _("Koder per måned"),
        "y_label": _("Koder"),
        "categories": [format_date(each.first, "MMM yy", words.language) for each in months],
        "series": {
            _("Laget"): [each.made for each in months],
            _("Gått ut"): [each.ran_out for each in months],
            _("Trukket tilbake"): [each.withdrawn for each in months],
        },
    }


def monthly_chart(words: Words, months: Sequence["Month"]) -> Message:
    plan = monthly_plan(words, months)
    return Message.of(plan["title"], [_Chart(plan), plain_paragraph(in_numbers(words, months))])


def monthly_numbers(words: Words, months: Sequence["Month"]) -> Message:
    """Where neither a chart nor a picture is taken."""
    title = words.gettext("Koder per måned")
    return Message.of(title, [heading(title), plain_paragraph(in_numbers(words, months))])


def in_numbers(words: Words, months: Sequence["Month"]) -> str:
    """The months in which something happened, and all of them together."""
    _ = words.gettext
    told = _("%(month)s: %(made)d laget, %(ran_out)d gått ut, %(withdrawn)d trukket tilbake")
    named = [
        (format_date(each.first, "MMMM yyyy", words.language), each)
        for each in months
        if each.made or each.ran_out or each.withdrawn
    ]
    lines = [
        told
        % {
            "month": name,
            "made": each.made,
            "ran_out": each.ran_out,
            "withdrawn": each.withdrawn,
        }
        for name, each in named
    ]
    return "\n".join(lines) or _("Det har ikke skjedd noe med koder de siste tolv månedene.")
