"""What somebody wrote, as it is to be understood: small talk, a question, codes in it."""

import html
import re
from dataclasses import dataclass

from handlers.faq.matcher import Match, Matcher
from handlers.faq.phrasings import SmallTalk
from storage.scrubbing import codes_in

_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_EMOJI = re.compile(r":[a-z0-9_+'\-]+:")


def plain(text: str) -> str:
    """Slack's markup as what a person sees, without whom and what it mentions, and without emoji.

    >>> plain("<@U012AB3CD> se <https://eksempel.no|her> &amp; der :wave:")
    'se her & der'
    """
    text = _EMOJI.sub(" ", _MARKED.sub(_shown, text))
    return " ".join(html.unescape(text.replace("`", " ")).split())


def _shown(found: re.Match[str]) -> str:
    target, label = found[1], found[2]
    if target.startswith(("@", "!", "#")):
        return " "
    return label or target.removeprefix("mailto:").removeprefix("tel:")


@dataclass(frozen=True, slots=True)
class Understood:
    text: str
    codes: tuple[str, ...]
    """Codes that stand in it: secrets, that nobody should have written here."""

    small_talk: SmallTalk | None
    match: Match

    @property
    def is_empty(self) -> bool:
        """Whether there are no words in it, as in a picture or a row of emoji."""
        return not re.search(r"\w", self.text)


def understand(text: str, matcher: Matcher) -> Understood:
    seen = plain(text)
    codes = tuple(codes_in(seen))
    without = seen
    for code in codes:
        without = without.replace(code, "koden")
    return Understood(seen, codes, matcher.small_talk(seen), matcher.match(without))
