"""What the topics are called: as headings, in lists and on buttons."""

from collections.abc import Mapping, Sequence

from storage.records import Topic
from templates.words import Words


def titles(words: Words) -> Mapping[Topic, str]:
    """By topic, in the order in which they are listed."""
    _ = words.gettext
    return {
        Topic.WHAT: _("Hva er en godkjenningskode?"),
        Topic.GET: _("Hvordan får jeg en kode?"),
        Topic.AFTER: _("Hva gjør jeg med koden?"),
        Topic.LOOKS: _("Hvordan ser koden ut?"),
        Topic.EXPIRY: _("Når går koden ut?"),
        Topic.EXPIRED: _("Hva om koden er gått ut?"),
        Topic.REUSE: _("Kan koden brukes flere ganger?"),
        Topic.HOW_MANY: _("Hvor mange koder kan jeg ha?"),
        Topic.WHY_NEW: _("Ny kode eller oppdatere?"),
        Topic.SEVERAL_PEOPLE: _("Kan flere ha hver sin kode?"),
        Topic.SHARE: _("Kan jeg dele koden?"),
        Topic.TROUBLE: _("Hva om koden ikke virker?"),
        Topic.WAITING: _("Når får jeg svar?"),
        Topic.HOLDER: _("Hvem er kontoholder?"),
        Topic.AUTHORITY: _("Hvem kan representere oss?"),
        Topic.LEAVING: _("Hva gjør vi når noen slutter?"),
        Topic.PRIVACY: _("Hva lagrer boten om meg?"),
    }


_RELATED: Mapping[Topic, Sequence[Topic]] = {
    Topic.WHAT: (Topic.GET, Topic.AFTER),
    Topic.GET: (Topic.SEVERAL_PEOPLE, Topic.EXPIRY),
    Topic.AFTER: (Topic.REUSE, Topic.EXPIRY),
    Topic.LOOKS: (Topic.AFTER, Topic.WHAT),
    Topic.EXPIRY: (Topic.EXPIRED, Topic.WHY_NEW),
    Topic.EXPIRED: (Topic.WHY_NEW, Topic.EXPIRY),
    Topic.REUSE: (Topic.EXPIRY, Topic.WHY_NEW),
    Topic.HOW_MANY: (Topic.SEVERAL_PEOPLE, Topic.REUSE),
    Topic.WHY_NEW: (Topic.EXPIRED, Topic.HOW_MANY),
    Topic.SEVERAL_PEOPLE: (Topic.GET, Topic.SHARE),
    Topic.AUTHORITY: (Topic.GET, Topic.HOLDER),
    Topic.HOLDER: (Topic.AUTHORITY, Topic.WAITING),
    Topic.SHARE: (Topic.SEVERAL_PEOPLE, Topic.LEAVING),
    Topic.TROUBLE: (Topic.EXPIRED, Topic.LOOKS),
    Topic.WAITING: (Topic.HOLDER, Topic.GET),
    Topic.LEAVING: (Topic.SHARE, Topic.HOLDER),
    Topic.PRIVACY: (Topic.HOLDER, Topic.SHARE),
}


def related(topic: Topic) -> Sequence[Topic]:
    """What people often want to know besides, where no question says."""
    return _RELATED[topic]
