"""What people see of what has happened."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from slack_sdk.models.views import View

from storage.audit import Event
from storage.monthly import Month
from storage.records import BOT, ERASED, OPERATOR, SETTINGS, Action
from templates import chart, history
from templates.message import Message
from templates.words import Words
from tests.unit.templates.cast import HOLDER, NOW, Cast

Screens = Iterator[tuple[str, Callable[[Words], View | Message]]]

MONTHS = {
    "nothing": [Month(date(2026, each, 1), 0, 0, 0) for each in range(1, 13)],
    "much": [Month(date(2026, each, 1), each * 99, each, each % 3) for each in range(1, 13)],
}


def _charts() -> Screens:
    for name, months in MONTHS.items():
        yield f"chart/{name}", partial(chart.monthly_chart, months=months)
        yield f"chart/{name}-in-numbers", partial(chart.monthly_numbers, months=months)


USED = (Action.CODE_USED, Action.CODE_USE_NOTED)
WHO = (HOLDER, BOT, OPERATOR, SETTINGS, ERASED)


def history_screens(cast: Cast) -> Screens:
    person = cast.code().person
    events = [
        Event(
            id=f"01E{number}",
            at=NOW,
            actor="01PARTNER" if action is Action.CODE_USED else WHO[number % len(WHO)],
            action=action,
            request_id=None,
            code_id="01C" if number % 2 else None,
            person_id=person.id if number % 3 else None,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
            hint="12" if number % 2 else None,
            holder=HOLDER if number % 5 == 0 else None,
            partner=cast.organisation if action is Action.CODE_USED else None,
            service=cast.purpose if action in USED else None,
        )
        for number, action in enumerate(Action)
    ]
    typed = cast.first_name[:80]
    yield from _charts()
    for name, shown, searched, page, pages in (
        ("nothing", [], history.Searched(typed, "12", 0), 0, 1),
        ("some", events[0::3], history.Searched("", "", 15), 0, 1),
        ("more", events[1::3], history.Searched(typed, "", 1_000, is_cut=True), 4, 67),
        ("others", events[2::3], history.Searched("", "", 9), 0, 1),
    ):
        yield (
            f"history/{name}",
            partial(history.history_view, events=shown, searched=searched, page=page, pages=pages),
        )
