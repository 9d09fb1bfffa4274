"""Slack's texts as HTML. Each piece is escaped where it is put in: nothing typed is markup."""

from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

import emoji
from babel.dates import format_date, format_timedelta
from markupsafe import Markup, escape

from bot.trial.sandbox.mrkdwn import Node, parsed, parsed_rich_text
from bot.trial.sandbox.records import Json
from bot.trial.sandbox.rendering import NameOf
from storage.records import OSLO
from templates.words import Words

OPENABLE = ("http", "https", "mailto", "tel")
"""Schemes that may be followed; anything else is shown and leads nowhere."""

_AROUND = {
    "root": Markup("{}"),
    "bold": Markup("<strong>{}</strong>"),
    "italic": Markup("<em>{}</em>"),
    "strike": Markup("<s>{}</s>"),
    "quote": Markup("<blockquote>{}</blockquote>"),
    "list": Markup("<ul>{}</ul>"),
    "item": Markup("<li>{}</li>"),
    "lines": Markup("<div>{}</div>"),
}
"""What stands around the pieces that hold others."""

_LEAVES = {
    "text": Markup("{}"),
    "code": Markup("<code>{}</code>"),
    "preformatted": Markup("<pre>{}</pre>"),
}
_LINK = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')


def address(url: str) -> str | None:
    """The address, if it is of a kind that may be followed."""
    try:
        scheme = urlsplit(url).scheme  # passes over what stands before it, and we do not
        return url if scheme in OPENABLE and url.lower().startswith(f"{scheme}:") else None
    except ValueError:
        return None


@cache
def emoji_called(name: str) -> str:
    """The character of that name; its name between colons where there is none."""
    base = name.partition("::")[0]
    drawn = emoji.emojize(f":{base}:", language="alias")
    return drawn if drawn != f":{base}:" else f":{name}:"


class Writer:
    """Writes texts for one reader, whose own name is marked."""

    def __init__(self, words: Words, name_of: NameOf, reader_id: str, now: datetime) -> None:
        self._words = words
        self._name_of = name_of
        self._reader_id = reader_id
        self._now = now

    def text(self, text_object: Json | str | None) -> Markup:
        """A text object, or a bare string, which is plain."""
        if not text_object:
            return Markup()
        if isinstance(text_object, str):
            return escape(text_object)
        text = str(text_object.get("text", ""))
        if text_object.get("type") == "mrkdwn":
            return self.mrkdwn(text, verbatim=bool(text_object.get("verbatim")))
        return self._plain(text) if text_object.get("emoji", True) else escape(text)

    def mrkdwn(self, text: str, verbatim: bool = False) -> Markup:
        return self._written(parsed(text, verbatim))

    def rich_text(self, block: Json) -> Markup:
        return self._written(parsed_rich_text(block))

    def _plain(self, text: str) -> Markup:
        """Plain text has emoji, and nothing else that is more than it looks."""
        return escape(emoji.emojize(text, language="alias"))

    def _written(self, node: Node) -> Markup:
        if node.kind in _AROUND:
            return _AROUND[node.kind].format(self._inner(node))
        if node.kind in _LEAVES:
            return _LEAVES[node.kind].format(node.text)
        match node.kind:
            case "link":
                return self._link(node)
            case "emoji":
                return escape(emoji_called(node.text))
            case "date":
                return self._date(node)
        return self._mention(node)

    def _inner(self, node: Node) -> Markup:
        return Markup().join(self._written(child) for child in node.children)

    def _link(self, node: Node) -> Markup:
        inner, target = self._inner(node), address(node.target)
        if target is None:
            return inner
        return _LINK.format(target, inner)

    def _mention(self, node: Node) -> Markup:
        if node.kind in ("user", "channel"):
            sign = "@" if node.kind == "user" else "#"
            name = sign + (node.text or self._name_of(node.target))
        else:
            name = "@" + (node.text or node.target).lstrip("@")
        own = " own" if node.target == self._reader_id else ""
        return Markup('<span class="mention{}">{}</span>').format(own, name)

    # Dates: https://docs.slack.dev/messaging/formatting-message-text#date-formatting

    def _date(self, node: Node) -> Markup:
        seconds, _, rest = node.target.partition("^")
        form, _, url = rest.partition("^")
        try:
            moment = datetime.fromtimestamp(int(seconds), UTC)
        except (ValueError, OverflowError, OSError):
            return escape(node.text)
        for name, text in self._forms(moment).items():
            form = form.replace(f"{{{name}}}", text)
        shown = Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), form)
        return _LINK.format(url, shown) if address(url) else shown

    def _forms(self, moment: datetime) -> dict[str, str]:
        day, language = moment.astimezone(OSLO).date(), self._words.language
        short, long = format_date(day, "d. MMM y", language), self._words.date(moment)
        ago = format_timedelta(moment - self._now, add_direction=True, locale=language)
        pretty = self._pretty(moment)
        return {
            "date_num": day.isoformat(),
            "date": format_date(day, "d. MMMM y", language),
            "date_short": short,
            "date_long": long,
            "date_pretty": pretty or format_date(day, "d. MMMM y", language),
            "date_short_pretty": pretty or short,
            "date_long_pretty": pretty or long,
            "time": self._words.time(moment),
            "time_secs": moment.astimezone(OSLO).strftime("%H.%M.%S"),
            "ago": ago,
        }

    def _pretty(self, moment: datetime) -> str:
        """The day by its name beside today, where it has one."""
        today = self._now.astimezone(OSLO).date()
        day = moment.astimezone(OSLO).date()
        names = {
            0: self._words.gettext("i dag"),
            1: self._words.gettext("i morgen"),
            -1: self._words.gettext("i går"),
        }
        return names.get((day - today) // timedelta(days=1), "")
