"""What people see of who has authority: the register, its forms, and what is told of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from msgspec.structs import replace
from slack_sdk.models.views import View

from storage.records import BOT, Confirmation, PersonDetails, RequestState, Role
from storage.refusals import DeclinedBefore, WithdrawnBefore
from storage.register import Registered
from templates import authority_notices, people
from templates.message import Message
from templates.words import Words
from tests.unit.templates.cast import DAY, HOLDER, NOW, Cast, confirmation

Screens = Iterator[tuple[str, Callable[[Words], View | Message]]]

METADATA = f"{'0' * 26}:{'0' * 26}::0:"
WORDS: dict[str, Confirmation] = {
    "for-good": confirmation(),
    "for-a-time": confirmation(until=NOW + 90 * DAY),
    "today": confirmation(until=NOW + timedelta(hours=1)),
    "no-longer": confirmation(until=NOW - 9 * DAY),
}


def withdrawn_before(by: str | None) -> WithdrawnBefore:
    return WithdrawnBefore(replace(confirmation(), withdrawn_at=NOW, withdrawn_by=by))


def people_screens(cast: Cast) -> Screens:
    person = cast.code().person
    entries = {name: Registered(person, word) for name, word in WORDS.items()}
    details = PersonDetails(person.first_name, person.last_name, person.email, Role.EMPLOYEE)
    typed = people.Typed(details, (NOW + 90 * DAY).date())
    for name, listed, found, page, pages in (
        ("nobody", [], people.Found(), 0, 1),
        ("nobody-found", [], people.Found(cast.first_name[: people.LONGEST_SEARCH], 0), 0, 1),
        ("some", list(entries.values()), people.Found("", 4), 0, 1),
        ("many", list(entries.values()) * 3, people.Found("", 1_000), 3, 99),
    ):
        yield (
            f"people/{name}",
            partial(
                people.people_view,
                listed=listed[:10],
                now=NOW,
                found=found,
                page=page,
                pages=pages,
            ),
        )
    yield "people/add", partial(people.add_view, metadata=METADATA)
    for name, said in {
        "declined": DeclinedBefore(cast.request(RequestState.DECLINED)),
        "withdrawn": withdrawn_before(HOLDER),
        "by-nobody": withdrawn_before(None),
        "declined-by-nobody": DeclinedBefore(cast.request(RequestState.DECLINED, decided_by=None)),
    }.items():
        yield (
            f"people/add-in-spite-of-{name}",
            partial(people.add_view, typed=typed, said=said, metadata=METADATA),
        )
    for name, entry in entries.items():
        yield (
            f"people/change-{name}",
            partial(people.change_view, entry=entry, now=NOW, metadata=METADATA),
        )
    for codes, requests, techsoup in ((0, 0, False), (1, 0, True), (3, 2, False), (0, 1, False)):
        yield (
            f"people/withdraw-{codes}-{requests}",
            partial(
                people.withdraw_view,
                entry=entries["for-good"],
                now=NOW,
                codes=codes,
                requests=requests,
                techsoup=techsoup,
                metadata=METADATA,
            ),
        )
    yield from _told(list(entries.values()))


def _told(entries: list[Registered]) -> Screens:
    many = [
        replace(each, person=replace(each.person, id=f"01P{number}"))
        for number, each in enumerate(entries * 3)
    ]
    for yearly in (True, False):
        for name, listed, more in (("one", entries[1:2], False), ("many", many[:10], True)):
            yield (
                f"authority_check/{name}-{'yearly' if yearly else 'ending'}",
                partial(
                    authority_notices.authority_check,
                    listed=listed,
                    now=NOW,
                    more=more,
                    yearly=yearly,
                ),
            )
    for name, by, has_codes, holders in (
        ("with-codes", HOLDER, True, (HOLDER,)),
        ("without-codes", HOLDER, False, (HOLDER, "U0OTHER")),
        ("by-the-bot", BOT, False, ()),
    ):
        yield (
            f"authority_withdrawn/{name}",
            partial(
                authority_notices.authority_withdrawn,
                by=by,
                has_codes=has_codes,
                holders=holders,
            ),
        )
