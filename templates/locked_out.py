"""The operator reads that somebody who guesses was locked out of the partners' interface."""

from datetime import timedelta

from msgspec import Struct

from storage.records import Partner
from templates.blocks import heading, paragraph, table, typed
from templates.message import Message
from templates.words import Words, in_notification


class Limits(Struct, frozen=True):
    """By which somebody is locked out, and told of."""

    most_misses: int
    window: timedelta
    locked: timedelta
    told_every: timedelta


def partner_locked_out(words: Words, partner: Partner, limits: Limits, command: str) -> Message:
    """`command`: what stands before `list`, `suspend` and the rest, in a terminal."""
    _ = words.gettext
    told = words.prose(
        "notices/partner_locked_out",
        partner=partner.id,
        rehearses=partner.is_test,
        command=command,
        **_spoken(words, limits),
    )
    return Message.of(
        _("%(name)s er stengt ute en liten stund", name=in_notification(partner.name)),
        [
            heading(_("En partner er stengt ute en liten stund")),
            *table([(_("Partner"), typed(partner.name))]),
            paragraph(told),
        ],
    )


def strangers_locked_out(words: Words, limits: Limits, command: str) -> Message:
    """However many they are, and wherever they ask from: that is told to nobody."""
    title = words.gettext("Én eller flere adresser er stengt ute en liten stund")
    told = words.prose("notices/strangers_locked_out", command=command, **_spoken(words, limits))
    return Message.of(title, [heading(title), paragraph(told)])


def _spoken(words: Words, limits: Limits) -> dict[str, object]:
    return {
        "misses": limits.most_misses,
        "window": words.minutes(limits.window),
        "locked": words.minutes(limits.locked),
        "every": _hours(words, limits.told_every),
    }


def _hours(words: Words, time: timedelta) -> str:
    """As it is said after "høyst én gang"."""
    if time == timedelta(days=1):
        return words.gettext("i døgnet")
    hours = time // timedelta(hours=1)
    return words.ngettext("i timen", "på %(count)d timer", hours)
