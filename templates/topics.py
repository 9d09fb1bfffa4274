"""What the ten topics are called: as headings, in lists and on buttons."""

from collections.abc import Mapping, Sequence

from templates.words import Words


def titles(words: Words) -> Mapping[str, str]:
    """By topic, in the order in which they are listed."""
    _ = words.gettext
    return {
        "what": _("Hva er en godkjenningskode?"),
        "get": _("Hvordan får jeg en kode?"),
        "after": _("Hva gjør jeg med koden?"),
        "looks": _("Hvordan ser koden ut?"),
        "expiry": _("Når går koden ut?"),
        "expired": _("Hva om koden er gått ut?"),
        "reuse": _("Kan koden brukes flere ganger?"),
        "how_many": _("Hvor mange koder kan jeg ha?"),
        "why_new": _("Ny kode eller oppdatere?"),
        "several_people": _("Kan flere ha hver sin kode?"),
    }


_RELATED = {
    "what": ("get", "after"),
    "get": ("several_people", "expiry"),
    "after": ("reuse", "expiry"),
    "looks": ("after", "what"),
    "expiry": ("expired", "why_new"),
    "expired": ("why_new", "expiry"),
    "reuse": ("expiry", "why_new"),
    "how_many": ("several_people", "reuse"),
    "why_new": ("expired", "how_many"),
    "several_people": ("get", "how_many"),
}


def related(topic: str) -> Sequence[str]:
    """What people often want to know besides, where no question says."""
    return _RELATED[topic]
