"""What Slack offers to ask, where the bot is shown as an agent."""

from typing import TYPE_CHECKING

from templates.words import Words

if TYPE_CHECKING:
    from storage.members import Member

MOST = 4
"""Slack shows no more."""


def title(words: Words) -> str:
    return words.gettext("Hva lurer du på?")


def suggested(words: Words, member: "Member") -> list[dict[str, str]]:
    """For an account holder, for somebody with codes, and for everybody else."""
    _ = words.gettext
    if member.account_holder:
        asked = [
            _("Hvordan lager jeg en kode til en annen?"),
            _("Hvem kan få kode?"),
            _("En kode er gått ut. Hva gjør jeg?"),
            _("Ny kode eller oppdatere den gamle?"),
        ]
    elif member.valid or member.expired_own:
        asked = [
            _("Når går koden min ut?"),
            _("Hva gjør jeg med koden?"),
            _("Kan jeg bruke koden flere ganger?"),
            _("Hva om koden er gått ut?"),
        ]
    else:
        asked = [
            _("Hva er en godkjenningskode?"),
            _("Hvordan får jeg en kode?"),
            _("Kan flere av oss ha hver sin kode?"),
            _("Hvor lenge er koden gyldig?"),
        ]
    return [{"title": text, "message": text} for text in asked[:MOST]]
