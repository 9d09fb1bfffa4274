"""The pages on which somebody installs the bot: what it is, what it may see, and how it went."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from templates.words import Words

SITE = Path(__file__).parent / "site"
STYLE = (SITE / "site.css").read_text(encoding="utf-8")


GUARDED = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""The headers of a page of ours: nothing is loaded from elsewhere, nobody frames it, and no address
of it is passed on."""


class Outcome(StrEnum):
    """How it went when somebody came back from Slack."""

    DENIED = "denied"
    """They said no there."""

    TOO_LATE = "too_late"
    """They were sent away too long ago, or have come back before."""

    OTHER_BROWSER = "other_browser"
    """They come back with another browser than they were sent away with."""

    NOT_TAKEN = "not_taken"
    """Slack does not take what they bring."""

    NO_ANSWER = "no_answer"
    """Slack, or the ledger, does not answer now."""


class Ways(Struct, frozen=True):
    """Where the pages lead."""

    front: str
    install: str


def front_page(words: Words, ways: Ways, scopes: Sequence[str]) -> str:
    """What the bot is, what it may see and why, and one button."""
    reasons = scope_reasons(words)
    asked = [(scope, reasons[scope]) for scope in scopes]
    return _render(words, "front", ways=ways, asked=asked)


def installed_page(words: Words, ways: Ways, *, team_name: str, open_url: str) -> str:
    return _render(words, "installed", ways=ways, team_name=team_name, open_url=open_url)


def failed_page(words: Words, ways: Ways, outcome: Outcome, lasts: timedelta) -> str:
    """What went wrong, and the way on. `lasts`: how long one may be away."""
    title, told = _failures(words, lasts)[outcome]
    return _render(words, "failed", ways=ways, title=title, told=told)


def _render(words: Words, name: str, **values: object) -> str:
    return (
        site_environment(words)
        .get_template(f"{name}.html")
        .render(words=words, operator=words.operator, **values)
    )


@cache
def site_environment(words: Words) -> Environment:
    made = Environment(
        loader=FileSystemLoader(SITE),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words.translate(made)
    return made


def scope_reasons(words: Words) -> Mapping[str, str]:
    """Why the bot asks for each right that it asks for."""
    _ = words.gettext
    return {
        "app_mentions:read": _(
            "se meldinger i kanaler der noen nevner boten ved navn, og bare dem"
        ),
        "assistant:write": _("foreslå spørsmål når du åpner boten"),
        "chat:write": _("svare, og si fra om forespørsler og koder"),
        "commands": _("ta imot kommandoen /godkjenningskode"),
        "files:write": _("sende deg lister du ber om, som filer"),
        "im:history": _("lese det du skriver til boten i en direktemelding"),
        "im:write": _("åpne en direktemelding med deg"),
        "users:read": _("vite hva folk heter, og om de fortsatt er i arbeidsområdet"),
        "users:read.email": _("fylle ut e-postadressen for deg i skjemaet"),
    }


def _failures(words: Words, lasts: timedelta) -> Mapping[Outcome, tuple[str, str]]:
    _ = words.gettext
    return {
        Outcome.DENIED: (
            _("Boten er ikke lagt til"),
            _("Du svarte nei i Slack, og ingenting er gjort. Du kan prøve igjen når du vil."),
        ),
        Outcome.TOO_LATE: (
            _("Det gikk for lang tid"),
            _(
                "Lenken er brukt, eller den er eldre enn %(minutes)s. Begynn på nytt.",
                minutes=words.minutes(lasts),
            ),
        ),
        Outcome.OTHER_BROWSER: (
            _("Du kom tilbake i en annen nettleser"),
            _(
                "Begynn på nytt, og bruk den samme nettleseren hele veien. Den må tillate "
                "informasjonskapsler."
            ),
        ),
        Outcome.NOT_TAKEN: (
            _("Slack tok ikke imot svaret"),
            _(
                "Ingenting er gjort. Begynn på nytt. Skjer det igjen, kan du si fra til "
                "%(operator)s.",
                operator=words.operator,
            ),
        ),
        Outcome.NO_ANSWER: (
            _("Det gikk ikke nå"),
            _("Slack eller boten svarer ikke akkurat nå. Vent litt, og begynn på nytt."),
        ),
    }
