"""What people see of who decides: the list, its forms, and what is told of it."""

from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace
from slack_sdk.models.views import View

from storage.members import Member
from storage.records import (
    BOT,
    OPERATOR,
    SETTINGS,
    AccountHolder,
    Issuer,
    OrganisationState,
    Topic,
)
from templates import answers, holder_notices, holders
from templates.message import Message
from templates.words import Words
from tests.unit.templates.cast import ASKER, DAY, HOLDER, NOW, Cast

Screens = Iterator[tuple[str, Callable[[Words], View | Message]]]

SOMEBODY = AccountHolder("01H", "01O", "U0OTHER", NOW - 30 * DAY, HOLDER, None, None)
STANDS_IN = replace(SOMEBODY, id="01D", deputy_from=NOW, deputy_until=NOW + 9 * DAY)


def holder_screens(cast: Cast) -> Screens:
    many = [
        replace(SOMEBODY, id=f"01H{n}", user_id=f"U0{chr(65 + n)}", added_by=OPERATOR)
        for n in range(18)
    ]
    own = replace(SOMEBODY, id="01OWN", user_id=HOLDER, added_by=SETTINGS)
    for name, listed, page, pages in (
        ("alone", [own], 0, 1),
        ("two-and-a-deputy", [own, SOMEBODY, STANDS_IN], 0, 1),
        ("many", [own, SOMEBODY, *many], 0, 3),
        ("more", [*many, STANDS_IN], 1, 3),
    ):
        yield (
            f"holders/{name}",
            partial(
                holders.holders_view,
                holders=listed,
                reader=HOLDER,
                alone=name == "alone",
                page=page,
                pages=pages,
            ),
        )
    yield "holders/add", holders.add_view
    yield "holders/deputy", partial(holders.deputy_view, now=NOW, seen=["01D"] * 200)
    yield from _told(cast)


def _answers(cast: Cast) -> Screens:
    """Where somebody stands in: to them, an account holder, a member, and with nobody else."""
    deputies = frozenset({"U0OTHER"})
    for who, reader, holders_now in (
        ("deputy", "U0OTHER", (HOLDER, "U0OTHER")),
        ("holder", HOLDER, (HOLDER, "U0OTHER")),
        ("member", ASKER, (HOLDER, "U0OTHER")),
        ("left-alone", ASKER, ("U0OTHER",)),
    ):
        member = Member(reader, reader in holders_now, (), (), (), None, frozenset())
        for issuer in Issuer:
            seen = replace(
                cast.situation(reader, holders=holders_now, issuer=issuer, member=member),
                deputies=deputies,
            )
            for topic in Topic:
                yield (
                    f"answer/{topic}-{issuer}-with-deputy-to-{who}",
                    partial(answers.answer, topic=topic, situation=seen),
                )


def _told(cast: Cast) -> Screens:
    for who, reader in {"themselves": "U0OTHER", "colleague": HOLDER}.items():
        seen = cast.situation(reader, holders=(HOLDER, "U0OTHER"))
        for by in (HOLDER, OPERATOR):
            added = replace(SOMEBODY, added_by=by)
            yield (
                f"holder_added/{who}-by-{by}",
                partial(holder_notices.holder_added, holder=added, situation=seen),
            )
        for by in (HOLDER, OPERATOR, BOT, "U0OTHER"):
            for kind, one in {"holder": SOMEBODY, "deputy": STANDS_IN}.items():
                gone = replace(one, removed_by=by, removed_at=NOW)
                yield (
                    f"holder_removed/{kind}-{who}-by-{by}",
                    partial(
                        holder_notices.holder_removed,
                        holder=gone,
                        situation=cast.situation(reader, holders=(HOLDER,)),
                    ),
                )
        yield (
            f"deputy_appointed/{who}",
            partial(holder_notices.deputy_appointed, deputy=STANDS_IN, situation=seen),
        )
        yield (
            f"deputy_moved/{who}",
            partial(holder_notices.deputy_moved, deputy=STANDS_IN, situation=seen),
        )
    yield from _answers(cast)
    theirs = cast.situation("U0OTHER")
    yield (
        "deputy_began",
        partial(holder_notices.deputy_began, deputy=STANDS_IN, situation=theirs),
    )
    yield (
        "deputy_ended",
        partial(holder_notices.deputy_ended, deputy=STANDS_IN, situation=theirs),
    )
    for state in (OrganisationState.AWAITING, OrganisationState.SUSPENDED):
        yield (
            f"holder_added/themselves-{state}",
            partial(
                holder_notices.holder_added,
                holder=SOMEBODY,
                situation=cast.situation("U0OTHER", holders=("U0OTHER",), state=state),
            ),
        )
    yield (
        "holder_added/themselves-techsoup",
        partial(
            holder_notices.holder_added,
            holder=SOMEBODY,
            situation=cast.situation("U0OTHER", holders=("U0OTHER",), issuer=Issuer.TECHSOUP),
        ),
    )
