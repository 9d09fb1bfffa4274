"""What partners are told of a code, in Norwegian and in English: what its status means, who must
act, and what they are to do. It stands on the partner's own support page."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations

from msgspec import Struct

from storage.records import CodeStatus
from templates.words import CATALOGUES, RESPONSIBLE, catalogue_at

ENGLISH = CATALOGUES / "partners-en.po"


def _(text: str) -> str:
    """Marks what is to be translated."""
    return text


class Acts(StrEnum):
    """Who must act."""

    NOBODY = "nobody"
    HOLDER = "holder"
    ACCOUNT_HOLDER = "account_holder"
    WHOEVER_ENTERED_IT = "whoever_entered_it"


class Told(Struct, frozen=True):
    """By language: `nb` and `en`."""

    message: Mapping[str, str]
    acts: Acts
    action: Mapping[str, str]


_SAID: Mapping[CodeStatus, tuple[Acts, str, str]] = {
    CodeStatus.VALID: (
        Acts.NOBODY,
        _("Koden er gyldig, og organisasjonen er godkjent."),
        _("Ingen trenger å gjøre noe."),
    ),
    CodeStatus.EXPIRED: (
        Acts.HOLDER,
        _("Koden er gått ut. Tjenester som er tatt i bruk med den, påvirkes ikke."),
        _(
            "Velg «Oppdater koden» i Slack, og lim inn den nye koden når en kontoholder har "
            "godkjent. Er du ikke i Slack, kan du be den som ga deg koden, om en ny."
        ),
    ),
    CodeStatus.REPLACED: (
        Acts.HOLDER,
        _("Koden er erstattet av en nyere kode."),
        _(
            "Skriv /godkjenningskode koder i Slack, velg «Vis koden», og lim inn den nye. Er du "
            "ikke i Slack, kan du be den som ga deg koden, om den nye."
        ),
    ),
    CodeStatus.REVOKED: (
        Acts.ACCOUNT_HOLDER,
        _("Organisasjonen har trukket koden tilbake."),
        _("Trenger du en kode, kan du snakke med en kontoholder i organisasjonen din."),
    ),
    CodeStatus.UNKNOWN: (
        Acts.WHOEVER_ENTERED_IT,
        _("Koden er ikke kjent her."),
        _(
            "Kopier hele koden på nytt, med @ og det som står bak. Hjelper ikke det, kan du spørre "
            "den som ga deg koden."
        ),
    ),
    CodeStatus.ORGANISATION_SUSPENDED: (
        Acts.ACCOUNT_HOLDER,
        _("Organisasjonen er ikke godkjent nå. Koden er ellers i orden."),
        _("En kontoholder i organisasjonen må ta kontakt med %(operator)s."),
    ),
}

_NO_NEW_ONE = _(
    "Organisasjonen er ikke godkjent nå, og ingen kan få en ny kode. En kontoholder i "
    "organisasjonen må ta kontakt med %(operator)s."
)
"""What helps with a code that has ended, while its organisation is suspended."""

_ENDED = (CodeStatus.EXPIRED, CodeStatus.REPLACED, CodeStatus.REVOKED)


@cache
def _english() -> GNUTranslations:
    return catalogue_at(ENGLISH)


def in_both(text: str, operator: str | None) -> Mapping[str, str]:
    """A text that is in the catalogue, in both languages; `operator`: what whoever runs the bot is
    called, if anything."""
    english = _english().gettext
    return {
        "nb": text % {"operator": operator or RESPONSIBLE},
        "en": english(text) % {"operator": operator or english(RESPONSIBLE)},
    }


@cache
def told(status: CodeStatus, operator: str | None, *, is_approved: bool = True) -> Told:
    """`is_approved`: whether the code's organisation is; else no code of its helps."""
    acts, message, action = _SAID[status]
    if status in _ENDED and not is_approved:
        acts, action = Acts.ACCOUNT_HOLDER, _NO_NEW_ONE
    return Told(in_both(message, operator), acts, in_both(action, operator))
