"""What partners are told of a code, in Norwegian and in English: what its status means, who must
act, and what they are to do. It stands on the partner's own support page."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations

from msgspec import Struct

from storage.records import CodeStatus
from templates.words import CATALOGUES, catalogue_at

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
            "Den som har koden, trykker «Oppdater koden» i Slack, og legger inn den nye koden når "
            "den er klar."
        ),
    ),
    CodeStatus.REPLACED: (
        Acts.HOLDER,
        _("Koden er erstattet av en nyere kode."),
        _(
            "Den som har koden, finner den nye i Slack: skriv /godkjenningskode koder, og trykk "
            "«Vis koden»."
        ),
    ),
    CodeStatus.REVOKED: (
        Acts.ACCOUNT_HOLDER,
        _("Organisasjonen har trukket koden tilbake."),
        _("Den som trenger en kode, snakker med kontoholderen i organisasjonen sin."),
    ),
    CodeStatus.UNKNOWN: (
        Acts.WHOEVER_ENTERED_IT,
        _("Koden er ikke kjent her."),
        _(
            "Kopier hele koden på nytt, med @ og det som står bak. Hjelper ikke det, spør den som "
            "ga deg koden."
        ),
    ),
    CodeStatus.ORGANISATION_SUSPENDED: (
        Acts.ACCOUNT_HOLDER,
        _("Organisasjonen er ikke godkjent nå. Koden er ellers i orden."),
        _("Kontoholderen i organisasjonen tar kontakt med den som driver boten."),
    ),
}


@cache
def _english() -> GNUTranslations:
    return catalogue_at(ENGLISH)


def in_both(text: str) -> Mapping[str, str]:
    """A text that is in the catalogue, in both languages."""
    return {"nb": text, "en": _english().gettext(text)}


@cache
def told(status: CodeStatus) -> Told:
    acts, message, action = _SAID[status]
    return Told(in_both(message), acts, in_both(action))
