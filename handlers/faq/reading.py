"""What somebody wrote, as it is to be understood: small talk, a question, codes in it."""

import html
import re
from unicodedata import category

from msgspec import Struct
from msgspec.structs import replace

from handlers.faq.harm import WARNINGS
from handlers.faq.matcher import Match, Matcher
from handlers.faq.normalising import LONGEST
from handlers.faq.phrasings import SmallTalk
from storage.records import Verdict
from storage.scrubbing import codes_in

_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_FORMATTING = re.compile(r"[*~]|(?<!\w)_|_(?!\w)")
_SOMEBODY = re.compile(r"(?<![\w.@])(?<![A-Za-z0-9]{8} )@[^\W\d][\w.-]*")
"""Somebody's name as it is typed after the command, where Slack makes no mention of it."""

_EMOJI = re.compile(r":[a-z0-9_+'\-]+:")

_ASKING = (
    *("hva", "hvem", "hvor", "hvordan", "hvorfor", "når", "kan", "må", "skal", "får", "er"),
    *("kva", "kven", "korleis", "kvifor", "kor", "ka", "kem", "korsn", "går", "finnes", "trenger"),
    *("what", "who", "where", "how", "why", "when", "can", "must", "should", "may", "do", "does"),
)
"""How the second of two questions begins."""

_BETWEEN = re.compile(rf"(?<=\?)\s+|[,;]?\s+(?:og|å|and)\s+(?=(?:{'|'.join(_ASKING)})\b)", re.I)
MOST_ASKED = 2


def plain(text: str) -> str:
    """Slack's markup as what a person sees, without whom and what it mentions, and without emoji.

    >>> plain("<@U012AB3CD> se <https://eksempel.no|her> &amp; der :wave:")
    'se her & der'
    """
    text = _EMOJI.sub(" ", _MARKED.sub(_shown, _showable(text)))
    text = html.unescape(_FORMATTING.sub("", text.replace("`", " ")))
    return " ".join(_SOMEBODY.sub(" ", text).split())


def _showable(text: str) -> str:
    """Without what no database takes and nobody sees: control characters and half characters."""
    return "".join(" " if category(letter) in ("Cc", "Cs") else letter for letter in text)


def _shown(found: re.Match[str]) -> str:
    target, label = found[1], found[2]
    if target.startswith(("@", "!", "#")):
        return " "
    return label or target.removeprefix("mailto:").removeprefix("tel:")


class Understood(Struct, frozen=True):
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
    codes = tuple(dict.fromkeys([*codes_in(seen), *codes_in(html.unescape(_showable(text)))]))
    without = seen
    for code in codes:
        without = without.replace(code, "koden")
    return Understood(seen, codes, matcher.small_talk(seen), matcher.match(without))


def understand_each(text: str, matcher: Matcher) -> tuple[Understood, ...]:
    """What is asked: one question, or two where each is clear by itself and asks something else.

    Not where the whole is a warning's matter that neither half knows of: what stands before a
    question may be what it is about.
    """
    whole = understand(text, matcher)
    if len(whole.text) > LONGEST:
        return (whole,)
    pieces = [piece for piece in _BETWEEN.split(whole.text) if piece.strip()]
    if len(pieces) != MOST_ASKED:
        return (whole,)
    halves = [understand(piece, matcher) for piece in pieces]
    if any(each.small_talk for each in halves):
        return (whole,)
    halves[0] = replace(halves[0], codes=whole.codes)  # which may stand behind a link
    topics = {each.match.topics[0] for each in halves if each.match.verdict is Verdict.ANSWERED}
    warned = set(whole.match.topics[:1]) & set(WARNINGS)
    return tuple(halves) if len(topics) == MOST_ASKED and warned <= topics else (whole,)
