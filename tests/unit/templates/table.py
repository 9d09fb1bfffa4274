"""Who reads × how things stand × what they look at: a table, from which the renderings come.

Whatever the ledger learns to tell apart has to have its row here: `test_table` misses it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from slack_sdk.models.views import View

from storage.members import Member
from storage.overview import Overview
from storage.records import (
    Code,
    CodeRequest,
    CodeState,
    Issuer,
    OrganisationState,
    Reason,
    RequestKind,
    RequestState,
    Topic,
)
from templates import answers, codes, form, home
from templates.help import help_message
from templates.message import Message
from templates.situation import Situation
from templates.topics import related
from templates.words import Words
from tests.unit.templates.cast import ASKER, HOLDER, HOLDERS, NOW, ORDINARY, Cast

SOON = timedelta(days=14)
Render = Callable[[Words], View | Message]
QUESTION_ID = "0123456789abcdef0123456789"

ROLES: Mapping[str, str | None] = {"everybody": None, "member": ASKER, "holder": HOLDER}
"""By name, the reader. Of everybody who reads in a channel nothing is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is of a reader's."""

    codes: tuple[Code, ...] = ()
    others: tuple[Code, ...] = ()
    """Other people's, that an account holder sees."""

    asked: tuple[CodeRequest, ...] = ()
    refreshes: frozenset[str] = frozenset()
    withdrawn_by: str | None = None
    declined: CodeRequest | None = None

    def within(self, *states: CodeState) -> tuple[Code, ...]:
        return tuple(code for code in self.codes if code.state_at(NOW) in states)

    def of(self, reader: str) -> Member:
        holder, expired = reader == HOLDER, self.within(CodeState.EXPIRED)
        return Member(
            user_id=reader,
            account_holder=holder,
            valid=self.within(CodeState.ACTIVE),
            expired_own=expired,
            expired=(*expired, *(self.others if holder else ())),
            waiting=self.asked[0] if self.asked else None,
            waits_for_more=len(self.asked) > 1,
            refreshes_asked=self.refreshes,
            ended=self.within(CodeState.REPLACED, CodeState.REVOKED),
            withdrawn_by=self.withdrawn_by,
            declined=self.declined,
        )


def states(cast: Cast, reader: str = ASKER) -> Mapping[str, Standing]:
    """By name, how things may stand with somebody."""
    code = partial(cast.code, user_id=reader)
    valid, soon = code(days_left=46), code(number=18, days_left=0.2)
    old = code(CodeState.EXPIRED, number=2, days_left=-3)
    unswept = code(number=3, days_left=-1)
    revoked = code(CodeState.REVOKED, number=20)
    replaced = code(CodeState.REPLACED, number=21)
    refresh = cast.request(kind=RequestKind.REFRESH)
    declined = partial(cast.request, RequestState.DECLINED)
    others = tuple(
        cast.code(CodeState.EXPIRED, number=n, days_left=-n, user_id="U0OTHER") for n in (4, 5, 6)
    )
    return {
        "nothing": Standing(),
        "waiting": Standing(asked=(cast.request(),)),
        "waiting-for-another": Standing(asked=(cast.request(person=cast.person("U0OTHER")),)),
        "waiting-for-an-outsider": Standing(asked=(cast.request(person=cast.person(None)),)),
        "waiting-thrice": Standing((valid,), asked=tuple(map(_numbered(cast), range(3)))),
        "valid": Standing((valid,)),
        "last-day": Standing((soon,)),
        "many": Standing(tuple(code(number=n, days_left=n) for n in range(10, 16))),
        "expired": Standing((old, unswept)),
        "refresh-asked": Standing((old,), asked=(refresh,), refreshes=frozenset({old.id})),
        "seen-by-others": Standing((valid,), asked=(refresh,), refreshes=frozenset({valid.id})),
        "declined": Standing(declined=declined(reason=Reason.NO_AUTHORITY)),
        "declined-for-another-reason": Standing((old,), declined=declined(reason=Reason.OTHER)),
        "withdrawn": Standing((revoked,), withdrawn_by=HOLDER),
        "withdrawn-unknown-by-whom": Standing((revoked,)),
        "replaced": Standing((valid, replaced)),
        "replaced-and-no-more": Standing((replaced, revoked)),
        "both": Standing((valid, old)),
        "others-expired": Standing((valid,), others),
    }


def _numbered(cast: Cast) -> Callable[[int], CodeRequest]:
    return lambda number: cast.request(number=number)


@dataclass(frozen=True, slots=True)
class Place:
    """How the organisation stands."""

    state: OrganisationState = OrganisationState.APPROVED
    issuer: Issuer = Issuer.BOT
    holders: tuple[str, ...] = HOLDERS
    registered_by: str | None = None
    verdict: str | None = None


ORDINARY_PLACE = "approved"
PLACES: Mapping[str, Place] = {
    ORDINARY_PLACE: Place(),
    "techsoup": Place(issuer=Issuer.TECHSOUP),
    "unapproved": Place(OrganisationState.AWAITING),
    "registered": Place(OrganisationState.AWAITING, registered_by=HOLDER),
    "refused": Place(OrganisationState.AWAITING, registered_by=HOLDER, verdict="Nei."),
    "suspended": Place(OrganisationState.SUSPENDED),
    "nobody": Place(holders=()),
    "alone": Place(holders=(HOLDER,)),
}
ELSEWHERE = ("nothing", "waiting", "valid", "expired", "others-expired")
"""What is looked at in each organisation; the rest says the same wherever it stands."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Somebody in their state."""

    name: str
    role: str
    standing: Standing
    situation: Situation
    is_ordinary: bool
    """Whether it is one that many are in."""


def cells(cast: Cast) -> Iterator[Cell]:
    """What was typed shows the same wherever the organisation stands."""
    for place_name, place in PLACES.items():
        if cast is not ORDINARY and place_name != ORDINARY_PLACE:
            continue
        for role, reader in ROLES.items():
            if reader == HOLDER and reader not in place.holders:
                continue
            for state, standing in states(cast, reader or ASKER).items():
                is_told = reader is not None or state == "nothing"
                if is_told and (place_name == ORDINARY_PLACE or state in ELSEWHERE):
                    yield _cell(cast, (role, state, place_name), standing)


def _cell(cast: Cast, named: tuple[str, str, str], standing: Standing) -> Cell:
    role, state, where = named
    place, reader = PLACES[where], ROLES[role]
    member = standing.of(reader) if reader else None
    seen = cast.situation(
        reader,
        holders=place.holders,
        state=place.state,
        issuer=place.issuer,
        member=member,
        registered_by=place.registered_by,
        verdict=place.verdict,
    )
    is_ordinary = (state, where) in (("nothing", ORDINARY_PLACE), ("valid", ORDINARY_PLACE))
    return Cell(_named(*named), role, standing, seen, is_ordinary)


def _named(role: str, state: str, where: str) -> str:
    """A member with something of theirs is called by that."""
    who = [] if role == "member" and state != "nothing" else [role]
    how = [part for part in (state, where) if part not in ("nothing", ORDINARY_PLACE)]
    return "-".join([*who, *how])


def readers(cast: Cast) -> Mapping[str, Situation]:
    """By name, whoever may read, and how things may stand."""
    return {cell.name: cell.situation for cell in cells(cast)}


# What they look at


def _home(cell: Cell, words: Words) -> View:
    standing, member = cell.standing, cell.role == "member"
    waiting = standing.asked[:1]
    good = standing.within(CodeState.ACTIVE)
    ending = tuple(code for code in good if code.expires_at - NOW <= SOON)
    seen = Overview(len(good), len(ending), ending, len(waiting), waiting)
    return home.home_view(
        words,
        cell.situation,
        codes=standing.codes,
        asked=standing.asked,
        refreshes=standing.refreshes,
        overview=None if member else seen,
    )


def _list(cell: Cell, words: Words, *, whole: bool = False) -> View:
    standing = cell.standing
    return codes.codes_view(
        words,
        [*standing.codes, *(standing.others if whole else ())],
        cell.situation,
        whole_organisation=whole,
        page=0,
        pages=1,
        asked=standing.refreshes,
        waiting=() if whole else standing.asked,
        searched=codes.Searched(count=9) if whole else None,
    )


def _form(cell: Cell, words: Words) -> View:
    return form.request_form(words, cell.situation, form.Prefill())


def _help(cell: Cell, words: Words) -> Message:
    return help_message(words, account_holder=cell.role == "holder")


def _answer(cell: Cell, words: Words, *, topic: Topic) -> Message:
    others = related(topic)
    return answers.answer(words, topic, cell.situation, others=others, question_id=QUESTION_ID)


def _answer_view(cell: Cell, words: Words, *, topic: Topic) -> View:
    others = related(topic)
    return answers.answer_view(words, topic, cell.situation, others=others, question_id=QUESTION_ID)


@dataclass(frozen=True, slots=True)
class Look:
    """What can be looked at, and by whom."""

    render: Callable[[Cell, Words], View | Message]
    roles: Sequence[str] = ("member", "holder")
    says_it_in: str = ""
    """Another look that says the same word for word: this one is only seen in a state or two."""


LOOKS: Mapping[str, Look] = {
    "home": Look(_home),
    "mine": Look(_list),
    "all": Look(partial(_list, whole=True), ["holder"]),
    "form": Look(_form),
    "help": Look(_help),
    **{f"answer/{topic}": Look(partial(_answer, topic=topic), list(ROLES)) for topic in Topic},
    **{
        f"answer_view/{topic}": Look(partial(_answer_view, topic=topic), says_it_in="answer")
        for topic in Topic
    },
}


def table(cast: Cast) -> Iterator[tuple[str, Render]]:
    """Every rendering, by what it is and whose."""
    for cell in cells(cast):
        for name, look in LOOKS.items():
            if cell.role in look.roles and (cell.is_ordinary or not look.says_it_in):
                yield f"{name}/{cell.name}", partial(look.render, cell)
