"""What is sent to a partner to try their side: once, or as it may come when things go wrong."""

from base64 import b64encode
from datetime import datetime, timedelta
from secrets import token_bytes, token_hex
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.api.rehearsal import NAME, NUMBER
from bot.delivering.letterbox import Came, Postman
from bot.operating.listing import Row
from bot.words import _
from storage import webhooks
from storage.webhooks import PREFIX, SECRET_BYTES, Event, Webhook

LATE = timedelta(minutes=10)
"""Older than five minutes the scheme has refused."""

BETWEEN = timedelta(minutes=1)


class Letter(Struct, frozen=True):
    """One that is sent in rehearsal, and what their side should make of it."""

    sent: str
    expected: str
    is_to_be_taken: bool | None
    """None: as they like."""

    id: str
    body: str
    signed_at: datetime
    place: Webhook

    def is_as_expected(self, came: Came) -> bool:
        return came.status is not None and self.is_to_be_taken in (None, came.is_taken)


async def ping(place: Webhook, now: datetime, *, inside_too: bool) -> Came:
    """A test call, once."""
    body = webhooks.written(Event.TEST, now, {})
    postman = Postman(inside_too=inside_too)
    try:
        return await postman.carry(place, _new_id(), body, now)
    finally:
        await postman.close()


async def rehearse(place: Webhook, now: datetime, *, inside_too: bool) -> list[Row]:
    """All that may come, one after the other, each with what their side answered."""
    postman = Postman(inside_too=inside_too)
    try:
        return [await _try(postman, letter) for letter in letters(place, now)]
    finally:
        await postman.close()


async def _try(postman: Postman, letter: Letter) -> Row:
    came = await postman.carry(letter.place, letter.id, letter.body, letter.signed_at)
    return {
        "sent": letter.sent,
        "expected": letter.expected,
        "status": came.status,
        "error": came.error,
        "is_expected": letter.is_as_expected(came),
    }


def letters(place: Webhook, now: datetime) -> list[Letter]:
    """In the order in which they are sent; all of them of made-up codes."""
    taken, refused = _("tatt imot"), _("avvist")
    plain = Letter(_("en vanlig"), taken, True, _new_id(), _body("1", now), now, place)
    late = replace(
        _another(plain, _("10 minutter gammel"), "2", now - LATE),
        expected=refused,
        is_to_be_taken=False,
        signed_at=now - LATE,
    )
    twice = _another(plain, _("en som kommer to ganger"), "3", now)
    again = replace(twice, sent=_("… den samme igjen"), expected=_("tatt imot, uten virkning"))
    newer = _another(plain, _("en som går forbi en eldre"), "4", now)
    older = _another(plain, _("… den eldre"), "5", now - BETWEEN)
    rest = [*_by_old(plain, now), _by_another(plain, refused, now)]
    return [plain, late, twice, again, newer, older, *rest]


def _by_old(plain: Letter, now: datetime) -> list[Letter]:
    """Signed with the secret from before the one they have now, where there is one: until it ends
    they may go on with it."""
    old = plain.place.secrets[1:]
    if not old:
        return []
    letter = _another(plain, _("signert med den gamle hemmeligheten"), "6", now)
    expected, place = _("avvist, hvis de har byttet"), replace(plain.place, secrets=old)
    return [replace(letter, expected=expected, is_to_be_taken=None, place=place)]


def _by_another(plain: Letter, refused: str, now: datetime) -> Letter:
    """Signed with a secret that never was theirs."""
    letter = _another(plain, _("signert med en annen hemmelighet"), "7", now)
    place = replace(plain.place, secrets=_made_up())
    return replace(letter, expected=refused, is_to_be_taken=False, place=place)


def _another(plain: Letter, sent: str, reference: str, at: datetime) -> Letter:
    return replace(plain, sent=sent, id=_new_id(), body=_body(reference, at))


def _made_up() -> tuple[str, ...]:
    return (PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode(),)


def _body(reference: str, at: datetime) -> str:
    return webhooks.written(Event.CODE_REPLACED, at, _data(f"prøve-{reference}", at))


def _data(reference: str, at: datetime) -> dict[str, Any]:
    use = {
        "id": _new_id(),
        "service": "Kontorpakke",
        "reference": reference,
        "used_at": (at - timedelta(days=1)).isoformat(),
    }
    return {"organisation": {"name": NAME, "number": NUMBER}, "uses": [use], "uses_in_all": 1}


def _new_id() -> str:
    return token_hex(13).upper()
