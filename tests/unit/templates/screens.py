"""Everything people can see, by name: each view and message in each state and variant."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import cycle
from typing import Any

from msgspec.structs import replace
from slack_sdk.models.views import View

from storage.background import Background
from storage.members import Member
from storage.overview import Overview
from storage.records import (
    Code,
    CodesListed,
    CodeState,
    ForwardedQuestion,
    Issuer,
    OrganisationState,
    Reason,
    RequestKind,
    RequestState,
    Use,
    Uses,
)
from storage.refusals import (
    AlreadyAnswered,
    AlreadyDecided,
    AlreadyRegistered,
    AlreadyRemoved,
    AlreadySent,
    DeclinedBefore,
    HolderChanged,
    OrganisationChanged,
    OrganisationNotApproved,
    OrganisationThere,
    Refusal,
    SaidBefore,
    WithdrawnBefore,
    WordChanged,
)
from templates import code_notices, codes, deciding, form, home, request_notices
from templates.blocks import LONGEST_SEARCH
from templates.choosing import about
from templates.message import Message
from templates.mishaps import Mishap, explain_mishap
from templates.outcomes import (
    file_failed_view,
    file_sent_view,
    holding_ended_view,
    made_view,
    nudged_view,
    refresh_asked_view,
    refreshed_view,
    sending_file_view,
    withdrawn_request_view,
    withdrawn_view,
)
from templates.refusals import Explanation, explain
from templates.situation import Situation
from templates.told import told_message, told_view
from templates.using import NOWHERE, UsesOf, note_view
from templates.words import CATALOGUES, SOURCE_LANGUAGE, Words
from tests.unit.templates.cast import (
    ASKER,
    BOT,
    CASTS,
    CODE_TEXT,
    DAY,
    HOLDER,
    HOLDERS,
    NOW,
    Cast,
    confirmation,
)
from tests.unit.templates.choosing_screens import choosing_screens
from tests.unit.templates.faq_screens import faq_screens
from tests.unit.templates.history_screens import history_screens
from tests.unit.templates.holder_screens import SOMEBODY, holder_screens
from tests.unit.templates.locked_out_screens import locked_out_screens
from tests.unit.templates.notice_screens import notice_screens
from tests.unit.templates.people_screens import people_screens, withdrawn_before
from tests.unit.templates.registering_screens import registering_screens
from tests.unit.templates.table import table

Render = Callable[[Words], View | Message]
LANGUAGES = sorted({SOURCE_LANGUAGE} | {path.parts[-3] for path in CATALOGUES.glob("*/*/*.po")})
known_now = partial(Background, NOW)
NOTHING_KNOWN = known_now()
READERS = {"member": ASKER, "holder": HOLDER}
DECIDED = [state for state in RequestState if state is not RequestState.PENDING]


CHOSEN = (
    form.Chosen(form.ForWhom.COLLEAGUE),
    form.Chosen(form.ForWhom.COLLEAGUE, "U0OTHER"),
    form.Chosen(form.ForWhom.OUTSIDER),
)


@dataclass(frozen=True)
class Seen:
    """A rendering as Slack gets it: a view, or a message with its top-level text."""

    view: dict[str, Any] | None
    text: str | None
    blocks: list[dict[str, Any]]

    @property
    def whole(self) -> dict[str, Any]:
        return self.view or {"text": self.text, "blocks": self.blocks}


@dataclass(frozen=True, eq=False)
class Screen:
    name: str
    cast: Cast
    render: Render

    def seen(self, words: Words) -> Seen:
        return _seen(self, words)

    def message(self, words: Words) -> Message | None:
        """Nothing where it is a view."""
        seen = self.seen(words)
        return None if seen.text is None else Message(seen.text, seen.blocks)


@cache
def _seen(screen: Screen, words: Words) -> Seen:
    """Rendered once for all who look: there are some five thousand, and many who look at each."""
    shown = screen.render(words)
    if isinstance(shown, Message):
        return Seen(None, shown.text, shown.blocks)
    view = shown.to_dict()
    return Seen(view, None, view["blocks"])


Screens = Iterator[tuple[str, Render]]


def forms(cast: Cast) -> Screens:
    prefill = form.Prefill(cast.first_name, cast.last_name, cast.email)
    for who, reader in READERS.items():
        yield f"form/skeleton-{who}", partial(form.skeleton, situation=cast.situation(reader))
        for name, values in (("empty", form.Prefill()), ("filled", prefill)):
            for issuer in Issuer:
                yield (
                    f"form/{who}-{name}{'-paste' * (issuer is Issuer.TECHSOUP)}",
                    partial(
                        form.request_form,
                        situation=cast.situation(reader, issuer=issuer),
                        prefill=values,
                    ),
                )
        for beside, member in _members(cast, reader).items():
            yield (
                f"form/{who}-beside-{beside}",
                partial(
                    form.request_form,
                    situation=cast.situation(reader, member=member),
                    prefill=prefill,
                ),
            )
        for chosen in CHOSEN:
            yield (
                f"form/{who}-for-{chosen.about}",
                partial(
                    form.request_form,
                    situation=cast.situation(reader),
                    prefill=prefill,
                    chosen=chosen,
                ),
            )

    for reason in Reason:
        declined = cast.request(RequestState.DECLINED, reason=reason)
        yield (
            f"form/holder-declined-{reason}",
            partial(
                form.request_form,
                situation=cast.situation(HOLDER),
                prefill=prefill,
                said=DeclinedBefore(declined),
            ),
        )
    yield (
        "form/holder-declined-themselves",
        partial(
            form.request_form,
            situation=cast.situation(HOLDER),
            prefill=prefill,
            said=DeclinedBefore(cast.request(RequestState.DECLINED, person=cast.person(HOLDER))),
        ),
    )
    for by in (HOLDER, None):
        yield (
            f"form/holder-withdrawn-by-{by}",
            partial(
                form.request_form,
                situation=cast.situation(HOLDER),
                prefill=prefill,
                said=withdrawn_before(by),
            ),
        )


def _members(cast: Cast, reader: str) -> dict[str, Member]:
    """Who has or waits for something already."""
    nothing = Member(reader, reader == HOLDER, (), (), (), None, frozenset())
    both = (cast.code(number=1), cast.code(number=2, days_left=1))
    return {
        "nothing": nothing,
        "valid": replace(nothing, valid=both),
        "waiting": replace(nothing, waiting=cast.request()),
        "both": replace(nothing, valid=both[1:], waiting=cast.request()),
    }


def backgrounds(cast: Cast) -> dict[str, Background]:
    """What may be known of somebody before an account holder decides."""
    answers = [
        *(cast.request(RequestState.DECLINED, reason=reason) for reason in Reason),
        cast.request(RequestState.DECLINED),
        cast.request(RequestState.DECLINED, decided_by=BOT),
        cast.request(RequestState.APPROVED),
    ]
    good = [cast.code(number=n, purpose=None if n else "") for n in range(3)]
    others = [cast.request(number=n, asked_by=who) for n, who in ((2, ASKER), (3, "U0OTHER"))]
    return {
        "never": NOTHING_KNOWN,
        "confirmed": known_now(confirmation()),
        "withdrawn": known_now(confirmation(withdrawn=True)),
        "for-a-time": known_now(confirmation(until=NOW + 90 * DAY)),
        "no-longer": known_now(confirmation(until=NOW - 90 * DAY), has_passed=True),
        "answered": known_now(confirmation(), decided=tuple(answers)),
        "answered-alike": known_now(decided=(answers[0], answers[0])),
        "much": known_now(
            None, tuple(answers[:3]), tuple(good), (cast.code(CodeState.REVOKED),), tuple(others)
        ),
    }


def decisions(cast: Cast) -> Screens:
    for known, background in backgrounds(cast).items():
        for kind in RequestKind:
            request = cast.request(kind=kind)
            yield (
                f"deciding/approve-{kind}-{known}",
                partial(_approve, request, background, paste=kind is RequestKind.NEW),
            )
    without_purpose = cast.request(purpose="")
    yield "deciding/approve-without-purpose", partial(_approve, without_purpose, NOTHING_KNOWN)
    for name, said in {
        "declined": DeclinedBefore(cast.request(RequestState.DECLINED)),
        "withdrawn": withdrawn_before(HOLDER),
        "withdrawn-by-nobody": withdrawn_before(None),
    }.items():
        yield (
            f"deciding/approve-meanwhile-{name}",
            partial(_approve, cast.request(), NOTHING_KNOWN, said=said),
        )
    yield "deciding/decline", lambda words: deciding.decline_view(words, cast.request())
    for count, page, pages in ((0, 0, 1), (1, 0, 1), (10, 0, 3), (10, 1, 3), (2, 2, 3)):
        waiting = [
            cast.request(number=n, kind=list(RequestKind)[n % 2], purpose="" if n % 3 else None)
            for n in range(count)
        ]
        requests = list(zip(waiting, cycle(backgrounds(cast).values()), strict=False))
        yield (
            f"deciding/waiting-{count}-on-{page + 1}-of-{pages}",
            partial(
                deciding.waiting_view,
                requests=requests,
                situation=cast.situation(HOLDER),
                page=page,
                pages=pages,
            ),
        )


def _approve(
    request: Any,
    background: Background,
    words: Words,
    *,
    paste: bool = False,
    said: SaidBefore | None = None,
) -> View:
    return deciding.approve_view(
        words, request, background, now=NOW, paste=paste, metadata=f"{request.id}:", said=said
    )


def code_screens(cast: Cast) -> Screens:
    for name, code in _codes(cast).items():
        if code.state in (CodeState.ACTIVE, CodeState.EXPIRED):
            for said, one in {"": code, "-sent": sent(code)}.items():
                yield (
                    f"code/{name}-to-send{said}",
                    partial(
                        codes.code_view,
                        code=one,
                        text=CODE_TEXT,
                        situation=cast.situation(HOLDER),
                        sent_from=cast.organisation,
                    ),
                )
            for who, reader in READERS.items():
                yield (
                    f"code/{name}-{who}",
                    partial(
                        codes.code_view,
                        code=code,
                        text=CODE_TEXT,
                        situation=cast.situation(reader),
                        sent_from=None,
                    ),
                )
            yield f"paste/{name}", partial(codes.paste_view, code=code, now=NOW)
            yield f"newer/{name}", partial(codes.newer_view, newer=code)
    for who, reader in READERS.items():
        for whole in {False, reader == HOLDER}:
            where = f"codes/{'all' if whole else 'mine'}-{who}"
            listing = partial(_listing, cast, reader, whole)
            yield f"{where}-none", partial(listing, shown=0)
            yield f"{where}-each-state", listing
            yield f"{where}-asked", partial(listing, asked=frozenset({"01CODE01", "01CODE03"}))
            yield f"{where}-waiting", partial(listing, waiting=[cast.request()])
            yield f"{where}-none-waiting", partial(listing, shown=0, waiting=[cast.request()])
            yield f"{where}-first-page", partial(listing, shown=10, page=0, pages=3)
            yield f"{where}-middle-page", partial(listing, shown=10, page=1, pages=3)
            yield f"{where}-last-page", partial(listing, shown=1, page=2, pages=3)
    yield "codes/of-somebody-else", partial(_of_somebody_else, cast)
    for listed in CodesListed:
        for name, text in (("one", cast.last_name), ("none", cast.first_name)):
            yield f"codes/found-{listed}-{name}", partial(_found, cast, listed, text)


def used_codes(cast: Cast) -> Screens:
    for name, code in _codes(cast).items():
        when_good = (NOW - 9 * DAY, NOW)
        yield (
            f"note_use/{name}",
            partial(note_view, code=code, when_good=when_good, metadata=f"{code.id}:all:0::"),
        )
        if not code.has_ended:
            yield (
                f"code/{name}-used",
                partial(
                    codes.code_view,
                    code=code,
                    text=CODE_TEXT,
                    situation=cast.situation(),
                    sent_from=None,
                    used=uses(cast)["many"],
                    is_noted=True,
                ),
            )
    for reader, whole in ((ASKER, False), (HOLDER, False), (HOLDER, True)):
        where = f"codes/{'all' if whole else 'mine'}-{reader}"
        listing = partial(_listing, cast, reader, whole, issuer=Issuer.TECHSOUP)
        for often, used in uses(cast).items():
            everywhere = {code.id: used for code in _codes(cast).values()}
            yield f"{where}-used-{often}", partial(listing, used=everywhere)
        fullest = {f"01CODE{number:02}": uses(cast)["many"] for number in range(10)}
        yield (
            f"{where}-full",
            partial(
                listing,
                shown=10,
                page=1,
                pages=3,
                asked=frozenset(fullest),
                waiting=[cast.request(number=n) for n in range(3)],
                used=fullest,
            ),
        )


def sent(code: Code) -> Code:
    return replace(code, sent_at=NOW, sent_by=HOLDER)


def uses(cast: Cast) -> dict[str, Uses]:
    """Where a code may have been used: what partners and members typed."""
    by_partner = Use("01USE", "01CODE01", cast.purpose, NOW - DAY, cast.organisation, None)
    by_hand = Use("02USE", "01CODE01", cast.purpose, NOW, None, HOLDER)
    return {
        "once": Uses([by_partner], 1),
        "by-hand": Uses([by_hand], 1),
        "many": Uses([by_hand, by_partner, by_partner], 1_000),
    }


def _codes(cast: Cast) -> dict[str, Any]:
    return {
        "valid": cast.code(number=1),
        "soon": cast.code(number=2, days_left=14),
        "last-day": cast.code(number=3, days_left=0.2, purpose=""),
        "expired": cast.code(CodeState.EXPIRED, number=4, days_left=-3),
        "expired-unswept": cast.code(number=5, days_left=0),
        "replaced": cast.code(CodeState.REPLACED, number=6),
        "revoked": cast.code(CodeState.REVOKED, number=7),
        "of-nobody-in-slack": cast.code(number=8, user_id=None),
    }


def _listing(
    cast: Cast,
    reader: str,
    whole: bool,
    words: Words,
    *,
    shown: int | None = None,
    page: int = 0,
    pages: int = 1,
    asked: frozenset[str] = frozenset(),
    waiting: Sequence[Any] = (),
    issuer: Issuer = Issuer.BOT,
    used: UsesOf = NOWHERE,
) -> View:
    every = list(_codes(cast).values())
    many = [cast.code(number=n) for n in range(shown or 0)]
    return codes.codes_view(
        words,
        every if shown is None else many,
        cast.situation(reader, issuer=issuer),
        whole_organisation=whole,
        page=page,
        pages=pages,
        asked=asked,
        waiting=waiting,
        searched=codes.Searched(count=len(every)) if whole else None,
        used=used,
    )


def _found(cast: Cast, listed: CodesListed, text: str, words: Words) -> View:
    """What is found of all, if anything is."""
    found = [cast.code(number=1)] if text == cast.last_name else []
    return codes.codes_view(
        words,
        found,
        cast.situation(HOLDER),
        whole_organisation=True,
        page=0,
        pages=1,
        searched=codes.Searched(listed, text[:LONGEST_SEARCH], len(found)),
    )


def _of_somebody_else(cast: Cast, words: Words) -> View:
    other = [cast.code(user_id="U0OTHER")]
    return codes.codes_view(
        words, other, cast.situation(), whole_organisation=False, page=0, pages=1
    )


def notices_of_requests(cast: Cast) -> Screens:
    for holders in ((), HOLDERS[:1], HOLDERS):
        seen = cast.situation(holders=holders)
        for kind in RequestKind:
            request = cast.request(kind=kind)
            yield (
                f"request_sent/pending-{kind}-to-{len(holders)}",
                partial(request_notices.request_sent, request=request, situation=seen),
            )
            yield (
                f"request_sent/nudged-{kind}-to-{len(holders)}",
                partial(
                    request_notices.request_sent,
                    request=replace(request, nudged_at=NOW),
                    situation=seen,
                    is_one_of_several=True,
                ),
            )
    for state in DECIDED:
        for by in (HOLDER, BOT):
            request = cast.request(state, decided_by=by)
            yield (
                f"request_sent/{state}-by-{by}",
                partial(request_notices.request_sent, request=request, situation=cast.situation()),
            )
            yield f"request_asked/{state}-by-{by}", _asked(cast, request)
    yield from _asked_pending(cast)
    yield from _answers(cast)
    for count, total in ((1, 1), (3, 3), (10, 10), (10, 27), (12, 12)):
        requests = [cast.request(number=n) for n in range(count)]
        yield (
            f"requests_waiting/{count}-of-{total}",
            partial(request_notices.requests_waiting, requests=requests, total=total),
        )


def _asked(cast: Cast, request: Any, known: Background = NOTHING_KNOWN) -> Render:
    return partial(
        request_notices.request_asked,
        request=request,
        background=known,
        situation=cast.situation(HOLDER),
    )


def _asked_pending(cast: Cast) -> Screens:
    people = {
        "self": cast.person(),
        "other": cast.person("U0OTHER"),
        "not-in-slack": cast.person(None),
        "not-looked-up": cast.person(None, looked_up=False),
    }
    for who, person in people.items():
        for kind in RequestKind:
            yield (
                f"request_asked/pending-{kind}-{who}",
                _asked(cast, cast.request(person=person, kind=kind)),
            )
    for known, background in backgrounds(cast).items():
        yield f"request_asked/{known}", _asked(cast, cast.request(), background)
    yield "request_asked/nudged", _asked(cast, replace(cast.request(), nudged_at=NOW))
    yield "request_asked/without-purpose", _asked(cast, cast.request(purpose=""))


def _answers(cast: Cast) -> Screens:
    approved = cast.request(RequestState.APPROVED, person=cast.person(None))
    for told in ("U0OTHER", None):
        yield (
            f"request_approved/{'told' if told else 'to-be-sent'}",
            partial(
                request_notices.request_approved,
                request=approved,
                code=cast.code(user_id=told),
                situation=cast.situation(),
                told=told,
                has_authority=True,
            ),
        )
    to_be_sent = cast.code(user_id=None)
    since = {
        "sent": sent(to_be_sent),
        "replaced": cast.code(CodeState.REPLACED, user_id=None),
        "withdrawn": cast.code(CodeState.REVOKED, user_id=None),
        "unfounded": to_be_sent,
    }
    for name, code in since.items():
        yield (
            f"request_approved/{name}-since",
            partial(
                request_notices.request_approved,
                request=approved,
                code=code,
                situation=cast.situation(),
                told=None,
                has_authority=name != "unfounded",
            ),
        )
    people = {"self": cast.person(), "other": cast.person("U0OTHER")}
    for reason in (*Reason, None):
        for kind in RequestKind:
            for who, person in people.items():
                request = cast.request(
                    RequestState.DECLINED, reason=reason, kind=kind, person=person
                )
                yield (
                    f"request_declined/{reason}-{kind}-{who}",
                    partial(
                        request_notices.request_declined,
                        request=request,
                        situation=cast.situation(),
                    ),
                )
    waiting = cast.request(RequestState.PENDING)
    yield (
        "request_unattended",
        partial(
            request_notices.request_unattended,
            request=waiting,
            situation=cast.situation(holders=()),
        ),
    )
    for kind in RequestKind:
        lapsed = cast.request(RequestState.LAPSED, decided_by=BOT, kind=kind)
        yield (
            f"request_lapsed/{kind}",
            partial(request_notices.request_lapsed, request=lapsed, situation=cast.situation()),
        )


def notices_of_codes(cast: Cast) -> Screens:
    ready = partial(code_notices.code_ready, situation=cast.situation())
    yield "code_ready/new", partial(ready, code=cast.code())
    for state in (CodeState.REPLACED, CodeState.REVOKED):
        yield f"code_ready/{state}", partial(ready, code=cast.code(state))
    for by in (HOLDER, "U0OTHER"):
        for_another = cast.request(RequestState.APPROVED, asked_by=by)
        yield (
            f"code_ready/asked-by-{by}",
            partial(ready, code=cast.code(), request=for_another),
        )
    yield (
        "code_ready/refreshed",
        partial(ready, code=cast.code(replaces_id="01CODE09", purpose="")),
    )
    to_send = cast.code(user_id=None)
    for said, one in {"": to_send, "/sent": sent(to_send)}.items():
        yield (
            f"code_to_send{said}",
            partial(
                code_notices.code_to_send,
                code=one,
                situation=cast.situation(HOLDER),
            ),
        )
    yield "code_sent", partial(code_notices.code_sent, code=sent(to_send))
    for state in (CodeState.REPLACED, CodeState.REVOKED):
        yield f"code_ended/{state}", partial(code_notices.code_ended, code=cast.code(state))
    for often, used in uses(cast).items():
        for is_own in (True, False):
            yield (
                f"first_use/{often}-{'holder' if is_own else 'account-holder'}",
                partial(
                    code_notices.first_use, code=cast.code(), use=used.newest[0], is_own=is_own
                ),
            )
    revoked, left = cast.code(CodeState.REVOKED), cast.code(user_id=None)
    for issuer in Issuer:
        techsoup = issuer is Issuer.TECHSOUP
        withdrawn = partial(code_notices.code_revoked, code=revoked, techsoup=techsoup)
        yield (
            f"code_left/{issuer}",
            partial(code_notices.code_left, code=left, now=NOW, techsoup=techsoup),
        )
        yield f"code_revoked/{issuer}-by-somebody", partial(withdrawn, who=HOLDER)
        yield f"code_revoked/{issuer}", partial(withdrawn, who=None)


def homes(cast: Cast) -> Screens:
    every = list(_codes(cast).values())
    states = {
        "": OrganisationState.APPROVED,
        "-unapproved": OrganisationState.AWAITING,
        "-suspended": OrganisationState.SUSPENDED,
    }
    for said, state in states.items():
        for who, seen in {
            f"member{said}": cast.situation(ASKER, state=state),
            f"member{said}-nobody": cast.situation(ASKER, state=state, holders=()),
            f"holder{said}": cast.situation(HOLDER, state=state),
        }.items():
            for waiting, shown in ((0, []), (1, every[:1]), (3, every), (12, every[3:4])):
                used = dict(zip((code.id for code in every), uses(cast).values(), strict=False))
                yield (
                    f"home/{who}-{waiting}-{len(shown)}",
                    partial(
                        home.home_view,
                        situation=seen,
                        codes=shown,
                        has_more=waiting > 1,
                        used=used,
                        overview=_overview(cast, waiting) if who == "holder" else None,
                    ),
                )
            for kind in RequestKind:
                asked = [cast.request(kind=kind, number=n) for n in range(1, 4)]
                yield (
                    f"home/{who}-asked-{kind}",
                    partial(
                        home.home_view,
                        situation=seen,
                        codes=every,
                        asked=asked,
                        refreshes=frozenset({"01CODE01", "01CODE04"}),
                    ),
                )
    yield "home/all-questions", home.questions_view


def _overview(cast: Cast, waits: int) -> Overview:
    waiting = [cast.request(number=n, purpose="" if n % 2 else None) for n in range(min(waits, 5))]
    ending = [cast.code(number=n, days_left=n + 0.5) for n in range(waits)]
    return Overview(
        good=waits + 1, ends=waits, ending=tuple(ending), waits=waits, waiting=tuple(waiting)
    )


def refusal_kinds(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every class of refusal that the ledger has."""
    for kind in base.__subclasses__():
        if kind is not SaidBefore:  # always one of its two
            yield kind
        yield from refusal_kinds(kind)


def explanations(cast: Cast) -> Iterator[tuple[str, Callable[[Words], Explanation]]]:
    for kind in refusal_kinds():
        for name, refusal, seen, decided_by in _refused(cast, kind):
            yield (
                f"{kind.__name__}-{name}",
                partial(explain, refusal=refusal, situation=seen, name_of_first=decided_by),
            )
    for mishap in Mishap:
        yield mishap, partial(explain_mishap, mishap=mishap)


Refused = tuple[str, Refusal, Situation | None, str]
"""Which case it is, the refusal, to whom it is told, and who decided."""


def _refused(cast: Cast, kind: type[Refusal]) -> Iterator[Refused]:
    """A refusal of this class as each kind of reader meets it."""
    if kind in _WHO_WAS_FIRST:
        yield from _WHO_WAS_FIRST[kind](cast)
        return
    suspended = kind is OrganisationNotApproved
    there = replace(cast.situation().organisation, state=OrganisationState.AWAITING)
    waiting = OrganisationNotApproved(there) if suspended else kind()
    yield "nothing-known", waiting, None, ""
    yield "one-holder", waiting, cast.situation(holders=HOLDERS[:1]), ""
    yield "two-holders", waiting, cast.situation(), ""
    yield "to-account-holder", waiting, cast.situation(HOLDER), ""
    if suspended:
        stopped = replace(there, state=OrganisationState.SUSPENDED)
        yield "suspended", OrganisationNotApproved(stopped), cast.situation(), ""
        refused = OrganisationNotApproved(replace(there, verdict=cast.message))
        yield "refused", refused, cast.situation(), ""


def _already_sent(cast: Cast) -> Iterator[Refused]:
    for code in (cast.code(user_id=None), sent(cast.code(user_id=None))):
        name = cast.holder_name if code.sent_by else ""
        yield f"by-{code.sent_by}", AlreadySent(code), cast.situation(HOLDER), name


def _declined_before(cast: Cast) -> Iterator[Refused]:
    before = DeclinedBefore(cast.request(RequestState.DECLINED))
    yield "by-somebody", before, cast.situation(HOLDER), cast.holder_name
    yield "by-nobody-known", before, cast.situation(HOLDER), ""


def _already_decided(cast: Cast) -> Iterator[Refused]:
    for state in DECIDED:
        for by, name in ((HOLDER, cast.holder_name), (BOT, "")):
            request = cast.request(state, decided_by=by)
            decided = AlreadyDecided(request)
            yield f"{state}-by-{by}", decided, cast.situation(), name
            yield f"{state}-by-{by}-to-holder", decided, cast.situation(HOLDER), name


def _already_answered(cast: Cast) -> Iterator[Refused]:
    answered = ForwardedQuestion("01Q", "01O", ASKER, "?", NOW, NOW, "!", HOLDER, NOW)
    for name in (cast.holder_name, ""):
        yield f"by-{bool(name)}", AlreadyAnswered(answered), cast.situation(HOLDER), name


def _of_holder(kind: type[AlreadyRemoved | HolderChanged], cast: Cast) -> Iterator[Refused]:
    for by in (HOLDER, BOT):
        changed = replace(SOMEBODY, added_by=by, removed_by=by)
        name = cast.holder_name if by == HOLDER else ""
        yield f"by-{by}", kind(changed), cast.situation(HOLDER), name


def _of_word(
    kind: type[AlreadyRegistered | WordChanged | WithdrawnBefore], cast: Cast
) -> Iterator[Refused]:
    for by in (HOLDER, BOT):
        name = cast.holder_name if by == HOLDER else ""
        given = replace(confirmation(), confirmed_by=by)
        for word in (given, replace(given, withdrawn_at=NOW, withdrawn_by=by)):
            case = f"by-{by}-{'withdrawn' if word.withdrawn_at else 'given'}"
            yield case, kind(word), cast.situation(HOLDER), name


def _organisation_there(cast: Cast) -> Iterator[Refused]:
    there = cast.situation().organisation
    for by, name in ((HOLDER, cast.holder_name), (None, "")):
        for state in OrganisationState:
            one = replace(there, registered_by=by, state=state)
            yield f"by-{by}-{state}", OrganisationThere(one), cast.situation(HOLDER), name
            of_several = OrganisationThere(one, is_one_of_several=True)
            yield f"by-{by}-{state}-of-several", of_several, cast.situation(HOLDER), name
    refused = replace(there, state=OrganisationState.AWAITING, verdict=cast.message)
    yield "refused", OrganisationThere(replace(refused, registered_by=ASKER)), None, ""


def _organisation_changed(cast: Cast) -> Iterator[Refused]:
    seen = cast.situation(HOLDER)
    yield "since", OrganisationChanged(seen.organisation), seen, ""


_WHO_WAS_FIRST: dict[type[Refusal], Callable[[Cast], Iterator[Refused]]] = {
    AlreadySent: _already_sent,
    DeclinedBefore: _declined_before,
    AlreadyDecided: _already_decided,
    AlreadyAnswered: _already_answered,
    AlreadyRemoved: partial(_of_holder, AlreadyRemoved),
    HolderChanged: partial(_of_holder, HolderChanged),
    OrganisationThere: _organisation_there,
    OrganisationChanged: _organisation_changed,
    AlreadyRegistered: partial(_of_word, AlreadyRegistered),
    WordChanged: partial(_of_word, WordChanged),
    WithdrawnBefore: partial(_of_word, WithdrawnBefore),
}
"""Refusals that know of what they stand on."""


def told(cast: Cast) -> Screens:
    for name, explained in explanations(cast):
        yield f"told_view/{name}", partial(_told_view, explained)
        yield f"told_message/{name}", partial(_told_message, explained)


def outcomes(cast: Cast) -> Screens:
    for who, new in (
        ("self", cast.code(user_id=HOLDER)),
        ("other", cast.code()),
        ("nobody", cast.code(user_id=None)),
        ("unknown", None),
    ):
        yield f"outcome/refreshed-{who}", partial(refreshed_view, new=new, reader=HOLDER)
    yield "outcome/refresh-asked", refresh_asked_view
    yield "outcome/nudged", nudged_view
    for name, holders in (("", HOLDERS), ("-nobody", ())):
        seen = cast.situation(holders=holders)
        yield f"outcome/request-withdrawn{name}", partial(withdrawn_request_view, situation=seen)
    yield "outcome/holding-ended", holding_ended_view
    yield "outcome/sending-file", sending_file_view
    yield "outcome/file-sent", file_sent_view
    for lasting in (True, False):
        yield f"outcome/file-failed-{lasting}", partial(file_failed_view, lasting=lasting)
    for told in ("U0OTHER", None):
        yield f"outcome/made-{told}", partial(made_view, code=cast.code(user_id=told))
    for issuer in Issuer:
        techsoup = issuer is Issuer.TECHSOUP
        yield f"outcome/withdrawn-{issuer}", partial(withdrawn_view, techsoup=techsoup)


def _told_view(explained: Callable[[Words], Explanation], words: Words) -> View:
    told = explained(words)
    return told_view(words, told.mrkdwn, which=about(words, told.name) if told.name else ())


def _told_message(explained: Callable[[Words], Explanation], words: Words) -> Message:
    told = explained(words)
    return told_message(told.mrkdwn, which=about(words, told.name) if told.name else ())


ROOMS = (
    forms,
    decisions,
    code_screens,
    used_codes,
    notices_of_requests,
    notices_of_codes,
    notice_screens,
    homes,
    told,
    outcomes,
    faq_screens,
    holder_screens,
    people_screens,
    history_screens,
    registering_screens,
    choosing_screens,
    locked_out_screens,
    table,
)
ALL_SCREENS = [
    Screen(f"{kind}:{name}", cast, render)
    for kind, cast in CASTS.items()
    for room in ROOMS
    for name, render in room(cast)
]
