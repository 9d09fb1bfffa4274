"""How hard a text is to read, by Björnsson's LIX: words a sentence, and long words in a hundred."""

import re

LONG_WORD = 7
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_NOT_READ = re.compile(r"<[^>]*>|`[^`]*`|:[a-z_]+:")


def sentences(prose: str) -> list[list[str]]:
    """Each as its words. A mention reads as one word, what is typed as none."""
    readable = _NOT_READ.sub(lambda found: "Navn" if found[0].startswith("<@") else " ", prose)
    found = (_WORD.findall(part) for part in _SENTENCE.split(readable))
    return [words for words in found if words]


def lix(prose: str) -> float:
    parts = sentences(prose)
    words = [word for part in parts for word in part]
    if not words:
        return 0.0
    long_words = sum(len(word) >= LONG_WORD for word in words)
    return len(words) / len(parts) + 100 * long_words / len(words)
