"""The words of one language: gettext, dates and prose.

Bokmål is the source language: a message's id is the bokmål text itself. Another language is
a catalogue, `locale/<language>/LC_MESSAGES/messages.po`, compiled in memory at first use.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from storage.records import (
    CODE_LIFETIME,
    ENDED_LIFETIME,
    FIRST_REMINDER,
    LONGEST_DEPUTY,
    LONGEST_TERM,
    MOST_OF_ONE_WORKSPACE,
    NEXT_REMINDER,
    NOBODYS,
    NOTICE_DAYS,
    OSLO,
    QUESTION_LIFETIME,
    REQUEST_LIFETIME,
    CodeState,
    Reason,
    RequestState,
    just_before,
)

SOURCE_LANGUAGE = "nb"
HERE = Path(__file__).parent
CATALOGUES = HERE / "locale"
TEXTS = HERE / "texts"
MOST_NAMED = 10
"""People named in one sentence; the rest are counted."""


class Mrkdwn(str):
    """Text that is Slack's mrkdwn already, as a mention is: `prose` lets it through."""

    __slots__ = ()


def escape(text: str) -> Mrkdwn:
    """What Slack asks for in mrkdwn: these three characters, and no others."""
    return Mrkdwn(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def in_notification(text: str) -> Mrkdwn:
    """Typed text in a message's top-level text, which Slack reads as mrkdwn.

    There is no way to quote the marks of mrkdwn, and a notification does well without them.
    """
    return escape(re.sub(r"[*_~`:]", "", text))


def mention(user_id: str) -> Mrkdwn:
    return Mrkdwn(f"<@{user_id}>")


def mention_of(actor: str | None) -> Mrkdwn | None:
    """Whoever did it, where it was a person in Slack."""
    return None if actor in (None, *NOBODYS) else mention(str(actor))


def link(url: str, label: str) -> Mrkdwn:
    """`url` is percent-encoded: nothing in it ends the link."""
    return Mrkdwn(f"<{escape(url)}|{escape(label)}>")


DAYS_OF_A_YEAR = 365

RESPONSIBLE = "den ansvarlige for boten"
"""Whoever runs it, where the settings have no name for them."""


class Words:
    """
    >>> Words.of("nb").days(14)
    '14 dager'
    """

    def __init__(
        self,
        language: str,
        catalogue: NullTranslations,
        operator: str | None = None,
        keeps: timedelta = ENDED_LIFETIME,
        texts: Environment | None = None,
    ) -> None:
        self.language = language
        self._operator = operator
        self._locale = Locale.parse(language)
        self._catalogue = catalogue
        self._texts = texts or _environment(catalogue)
        self._texts.globals |= self._numbers()
        self._of_this_bot = {"operator": self.operator, "keep": self._years_or_days(keeps.days)}

    @classmethod
    @cache
    def of(cls, language: str) -> "Words":
        """The words of this language; bokmål when there is no catalogue for it."""
        return cls.read(language, CATALOGUES)

    @classmethod
    def read(cls, language: str, folder: Path) -> "Words":
        path = folder / language / "LC_MESSAGES" / "messages.po"
        if not path.is_file():
            return cls(SOURCE_LANGUAGE, NullTranslations())
        return cls(language, catalogue_at(path))

    def _numbers(self) -> Mapping[str, object]:
        """The numbers of the ledger's rules, by the names under which texts speak of them."""
        *first, last = NOTICE_DAYS
        return {
            "code_days": CODE_LIFETIME.days,
            "request_days": REQUEST_LIFETIME.days,
            "question_days": QUESTION_LIFETIME.days,
            "deputy_days": LONGEST_DEPUTY.days,
            "term_years": LONGEST_TERM.days // 366,
            "most_organisations": MOST_OF_ONE_WORKSPACE,
            "first_notices": ", ".join(map(str, first)),
            "last_notice": self.days(last),
            "first_reminder": self.days(FIRST_REMINDER.days),
            "next_reminder": self.days(NEXT_REMINDER.days),
        }

    def _years_or_days(self, days: int) -> str:
        years, rest = divmod(days, DAYS_OF_A_YEAR)
        return self.days(days) if rest else self.gettext("%(count)d år", count=years)

    def naming(self, operator: str | None, keeps: timedelta) -> "Words":
        """The same, for a bot that is run by somebody: a name for them, or where they are found,
        and how long what has ended is kept."""
        return type(self)(self.language, self._catalogue, operator, keeps, self._texts)

    @property
    def operator(self) -> str:
        """Whom people turn to about the bot itself. No clause of its own: no comma follows it."""
        return self._operator or self.gettext("den ansvarlige for boten")

    @property
    def operator_name(self) -> str | None:
        """As the settings have it."""
        return self._operator

    def translate(self, environment: Environment) -> None:
        """Let the templates of another environment speak this language."""
        _install(environment, self._catalogue)

    def gettext(self, message: str, **values: object) -> str:
        text = self._catalogue.gettext(message)
        return text % values if values else text

    def ngettext(self, singular: str, plural: str, count: int, **values: object) -> str:
        text = self._catalogue.ngettext(singular, plural, count)
        return text % {"count": count, **values}

    def date(self, moment: datetime) -> str:
        """As "mandag 23. november 2026", in Oslo."""
        return format_date(moment.astimezone(OSLO).date(), "full", self._locale)

    def moment(self, moment: datetime) -> str:
        """As "mandag 23. november 2026 kl. 14.05", in Oslo."""
        time = self.time(moment)
        return self.gettext("%(date)s kl. %(time)s", date=self.date(moment), time=time)

    def time(self, moment: datetime) -> str:
        """As "14.05", in Oslo."""
        return format_time(moment.astimezone(OSLO).time(), self._clock, locale=self._locale)

    @property
    def _clock(self) -> str:
        """Babel's pattern: 14.05 in Norway, 14:05 elsewhere."""
        return self.gettext("HH.mm")

    def last_day(self, ends_at: datetime) -> str:
        """As a date: the last on which something is good that ends then."""
        return self.date(just_before(ends_at))

    def end(self, ends_at: datetime) -> str:
        """As a moment; but a midnight is the end of a day, as "søndag 22. november 2026 kl. 24.00",
        and not the beginning of one of which there is nothing."""
        if just_before(ends_at).date() == ends_at.astimezone(OSLO).date():
            return self.moment(ends_at)
        clock = self._clock.replace("HH", "kk")  # Babel's hours from 1 to 24
        time = format_time(ends_at.astimezone(OSLO).time(), clock, locale=self._locale)
        return self.gettext("%(date)s kl. %(time)s", date=self.last_day(ends_at), time=time)

    def days(self, count: int) -> str:
        return self.ngettext("%(count)d dag", "%(count)d dager", count)

    def minutes(self, time: timedelta) -> str:
        return self.ngettext("ett minutt", "%(count)d minutter", time // timedelta(minutes=1))

    def days_left(self, ends_at: datetime, now: datetime) -> int:
        """From today's date to the last on which it is good, in Oslo: the same number all day long
        and wherever it stands. None on the last day, and once the time is over."""
        last, today = just_before(ends_at).date(), now.astimezone(OSLO).date()
        return max(0, (last - today).days)

    def mentions(self, user_ids: Iterable[str], most: int = MOST_NAMED) -> Mrkdwn:
        """As "@Ola, @Kari og @Per"."""
        names = [mention(user_id) for user_id in user_ids]
        if len(names) > most:
            rest = len(names) - most
            names[most:] = [Mrkdwn(self.gettext("%(rest)d til", rest=rest))]
        return Mrkdwn(format_list(names, locale=self._locale) if names else "")

    def prose(self, template: str, **values: object) -> Mrkdwn:
        """A text of `texts/`, or an answer as `faq/what`, as mrkdwn.

        Values are escaped, unless they are mrkdwn already.
        """
        values = {**self._of_this_bot, **values}
        return Mrkdwn(self.plain_prose(template, **{n: _safe(v) for n, v in values.items()}))

    def plain_prose(self, template: str, **values: object) -> str:
        """A text of `texts/` for places that read no mrkdwn."""
        values = {**self._of_this_bot, **values}
        text = self._texts.get_template(f"{template}.j2").render(values)
        lines = "\n".join(line.strip() for line in text.splitlines())
        return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _safe(value: object) -> object:
    """What was typed, escaped; mrkdwn, and members that a text asks about, as they are."""
    if isinstance(value, str) and not isinstance(value, Mrkdwn | Enum):
        return escape(value)
    return value


def _environment(catalogue: NullTranslations) -> Environment:
    environment = Environment(  # noqa: S701 - not HTML: `prose` escapes what Slack wants escaped
        loader=FileSystemLoader([TEXTS, HERE]),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        auto_reload=False,  # they stay as they are while the bot runs
    )
    environment.globals |= {
        "CodeState": CodeState,
        "Reason": Reason,
        "RequestState": RequestState,
    }
    _install(environment, catalogue)
    return environment


def _install(environment: Environment, catalogue: NullTranslations) -> None:
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )


def catalogue_at(path: Path) -> GNUTranslations:
    # Bokmål, which most speak, has no catalogue to be compiled.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)
