"""What is told of codes and requests, to each who reads it, wherever the organisation stands: what
they are led to has to be possible there."""

from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace
from slack_sdk.models.views import View

from storage.background import Background
from storage.records import Code, CodeRequest, CodeState, Reason, RequestKind, RequestState
from templates import code_notices, codes, deciding, request_notices
from templates.code_notices import Reader
from templates.message import Message
from templates.situation import Situation
from templates.words import Words
from tests.unit.templates.cast import ASKER, BOT, CODE_TEXT, HOLDER, NOW, ORDINARY, Cast
from tests.unit.templates.table import ORDINARY_PLACE, PLACES, Place

Render = Callable[[Words], View | Message]
Screens = Iterator[tuple[str, Render]]


WHERE = (ORDINARY_PLACE, "techsoup", "suspended", "nobody")
"""Where there may be codes: none is made before an organisation is approved."""


def places(cast: Cast) -> Iterator[tuple[str, Place]]:
    """What was typed shows the same wherever the organisation stands."""
    for name in WHERE if cast is ORDINARY else [ORDINARY_PLACE]:
        yield ("" if name == ORDINARY_PLACE else f"-{name}"), PLACES[name]


def meets(cast: Cast, place: Place, reader: str) -> Situation:
    """The organisation, as one reader meets it."""
    return cast.situation(
        reader,
        holders=place.holders,
        state=place.state,
        issuer=place.issuer,
        registered_by=place.registered_by,
        verdict=place.verdict,
    )


def notice_screens(cast: Cast) -> Screens:
    for where, place in places(cast):
        for who, user_id, code_holder in (
            ("holder", ASKER, ASKER),
            ("both", HOLDER, HOLDER),
            ("account-holder", HOLDER, None),
            ("somebody-else", ASKER, "U0OTHER"),
        ):
            if user_id == HOLDER and HOLDER not in place.holders:
                continue
            for has_asked in (False, True):
                reader = Reader(meets(cast, place, user_id), has_asked)
                said = f"{who}{'-asked' * has_asked}{where}"
                yield from _of_codes(cast, said, reader, code_holder)
        if where:
            yield from _of_requests(cast, where, place)


def _of_codes(cast: Cast, said: str, reader: Reader, user_id: str | None) -> Screens:
    is_ordinary = said in ("holder", "both", "account-holder")
    if not said.startswith("somebody-else"):
        for days in (14, 7, 1, 0.5, 0.1, -1) if is_ordinary else (14,):
            code = cast.code(days_left=days, user_id=user_id)
            expires = partial(code_notices.code_expires, code=code, reader=reader)
            yield f"code_expires/{days}-{said}", expires
        good = cast.code(user_id=user_id)
        yield f"code_found/{said}", partial(code_notices.code_found, code=good, reader=reader)
        expired = cast.code(CodeState.EXPIRED, days_left=-1, user_id=user_id)
        yield (
            f"code_expired/{said}",
            partial(code_notices.code_expired, code=expired, reader=reader),
        )
        shown = partial(codes.code_view, code=expired, text=CODE_TEXT, sent_from=None)
        yield (
            f"code/told-{said}",
            partial(shown, situation=reader.situation, has_asked=reader.has_asked),
        )
    for state, written in _written(cast, user_id).items():
        exposed = partial(code_notices.code_exposed, code=written, reader=reader)
        yield f"code_exposed/{state}-{said}", exposed


def _of_requests(cast: Cast, where: str, place: Place) -> Screens:
    asker, decider = meets(cast, place, ASKER), meets(cast, place, HOLDER)
    yield from _of_new_code(cast, where, asker, decider)
    for kind in RequestKind:
        request = cast.request(kind=kind)
        lapsed = cast.request(RequestState.LAPSED, decided_by=BOT, kind=kind)
        for name, compose, one in (
            ("request_sent", request_notices.request_sent, request),
            ("request_sent/nudged", request_notices.request_sent, replace(request, nudged_at=NOW)),
            ("request_lapsed", request_notices.request_lapsed, lapsed),
        ):
            yield f"{name}/{kind}{where}", partial(compose, request=one, situation=asker)
        for reason in (*Reason, None):
            declined = cast.request(RequestState.DECLINED, reason=reason, kind=kind)
            yield (
                f"request_declined/{reason}-{kind}{where}",
                partial(request_notices.request_declined, request=declined, situation=asker),
            )
        if place.holders:
            yield from _to_decide(f"{kind}{where}", request, decider)


def _of_new_code(cast: Cast, where: str, asker: Situation, decider: Situation) -> Screens:
    """That somebody is to see it, or to send it."""
    mine, to_send = cast.code(), cast.code(user_id=None)
    sent = replace(to_send, sent_at=NOW, sent_by=HOLDER)
    ready = partial(code_notices.code_ready, code=mine, situation=asker)
    yield f"code_ready/new{where}", ready
    for name, code in (("to-send", to_send), ("sent", sent)):
        send = partial(code_notices.code_to_send, code=code, situation=decider)
        yield f"code_to_send/{name}{where}", send
    approved = cast.request(RequestState.APPROVED, person=cast.person("U0OTHER"))
    for told in ("U0OTHER", None):
        made = partial(request_notices.request_approved, request=approved, code=to_send)
        yield (
            f"request_approved/{told}{where}",
            partial(made, situation=asker, told=told, has_authority=True),
        )


def _to_decide(said: str, request: CodeRequest, decider: Situation) -> Screens:
    known = Background(NOW)
    yield (
        f"request_asked/{said}",
        partial(
            request_notices.request_asked, request=request, background=known, situation=decider
        ),
    )
    yield (
        f"deciding/waiting-{said}",
        partial(
            deciding.waiting_view,
            requests=[(request, known)],
            situation=decider,
            page=0,
            pages=1,
        ),
    )


def _written(cast: Cast, user_id: str | None) -> dict[str, Code | None]:
    """What somebody may have written in a message."""
    return {
        "unknown": None,
        "good": cast.code(user_id=user_id),
        "expired": cast.code(CodeState.EXPIRED, days_left=-1, user_id=user_id),
        "expired-unswept": cast.code(days_left=-1, user_id=user_id),
        "replaced": cast.code(CodeState.REPLACED, user_id=user_id),
        "withdrawn": cast.code(CodeState.REVOKED, user_id=user_id),
        "withdrawn-and-past": cast.code(CodeState.REVOKED, days_left=-1, user_id=user_id),
    }
