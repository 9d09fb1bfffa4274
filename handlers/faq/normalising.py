"""A question as words that are the same however they were typed: without æøå, in nynorsk, dialect
or SMS style. Light, and only for finding the topic: nobody ever sees it.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST = 1_000
"""Characters that are looked at: of a longer text the first and the last half as many."""

_FOLDED = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "ae", "ö": "o", "ð": "d", "ß": "ss"})

_FORMS = """
hva: kva ka va kå
hvem: kven kem vem hem
hvordan: korleis vordan korsen korsn korssen koss kossen koson hvrdan hvordn hordan assen hvodan
hvorfor: kvifor koffor koffer vorfor hvofor kossfor koffoe
hvor: vor kvar kor hvr
nar: nr naar korti katti nor
jeg: eg jae ae jei
ikke: ikkje ikkj ikk ikje itj inte ikki
noe: noko noka nokka nokke nakka nake
flere: fleire fler fleir flerie
mye: mykje
fra: ifra
det: d de da
den: dn
vi: me
blir: vart vert ble blei bli bir
en: eit ein ei et
til: te
min: mi mitt mine
kan: kn kanj
skal: ska sku
er: e
ny: nytt nye nytte
bruke: bruka bruker brukar brukt brukes brukast brukte bruk nytta nytte
kode: koden kodn kodene koder kodar kodane kodan koda kodi kodinn kodeen kodenn kodes kodens
kode: code codes token tokens tokenet tokenen tokener tokn tokns
"""
_SPELLED: dict[str, str] = {
    form: word
    for line in _FORMS.strip().splitlines()
    for word, _colon, forms in [line.partition(": ")]
    for form in forms.split()
}

_COMPOUND = re.compile(r"(\w+?)kod(?:e|en|n|er|ene|a|an|ar|ane)")
_OURS = re.compile(r"(?:godk|gokj|valid|verifi|te[ck]h?soup)\w*|\w*kjen\w*")
"""The other half of a word that means a godkjenningskode, misspelt or not."""

_BESIDE = frozenset(
    (
        *("samme", "en", "ny", "nye", "den", "denne", "hver", "to", "flere", "egen", "eigen"),
        *("min", "var", "gammel", "gamle", "selve"),
    )
)
"""Words that stand before `kode` and are run together with it."""


CODE, OTHER_CODE = "kode", "annenkode"

_PLACES = re.compile(
    r"""
      (?:mailto:)?(?<![^\s@<>()\[\],;:])[^\s@<>()\[\],;:]+ @ [^\W_][\w-]*(?:\.[\w-]+)+
    | (?:https?://|www\.)\S+
    | (?<![\w.-])[\w.-]+\.(?:no|com|org|net|eu|info)\b(?:/\S*)?
    | \[(?:adresse|lenke|tall)\]
    """,
    re.VERBOSE,
)
"""Addresses, links, also without the scheme, and what is kept in their place (`scrubbing`)."""

_SIGNATURE = re.compile(
    r"""
    (?: \b(?:m\.?v\.?h|(?:yours\s)?sincerely|(?:best|kind|warm)\s(?:regards|wishes))\b
      | \b(?:med\s(?:\w+\s)?|vennlig\s|venleg\s|beste\s)(?:hilsen|helsing)\b
      | (?:\A|(?<=[.?!,;]))\s*\b(?:hilsen|helsing|regards|cheers)\b
      | (?<!\ben\s)(?<!\bei\s)(?<!\bwith\s)(?<!\bin\s)(?<!\bas\s)
        \b(?:hilsen|helsing|regards)(?=(?:\s[\w-]+){1,8}\s*(?:[,.]|\Z))
    )
    (?![^.?!]*(?:kod|code|token)) [^.?!]{0,200} (?:[.!]|\Z)
    """,
    re.VERBOSE,
)
"""How somebody ends, to the end of the sentence, if that asks nothing and is not about codes."""

_PASTED = re.compile(r"(?<![a-z0-9.+%@])[a-z0-9]{8} {0,9}@ {0,9}[a-z0-9]+(?![\w@])")
"""A code, as it looks in small letters."""


def words(text: str) -> list[str]:
    """The question's words, folded and respelt.

    Another kind of code, as `rabattkode` or `PIN-kode`, becomes two words that no godkjenningskode
    has: so the bot need not know every kind there is.
    """
    return [word for typed in _typed(text) for word in _respelt(typed)]


def folded(text: str) -> str:
    """In small letters, without accents, and without æ, ø and å."""
    composed = unicodedata.normalize("NFC", text.lower())  # ä may be an a and two dots
    text = unicodedata.normalize("NFKD", composed.translate(_FOLDED))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _typed(text: str) -> list[str]:
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
    text = re.sub(r"(\w)\1{2,}", r"\1\1", _what_is_asked(folded(text)))
    return re.findall(r"[a-z0-9]+|@", re.sub(r"-(?=kod)", "", text))


def _what_is_asked(text: str) -> str:
    """Without addresses, links and signatures: who asks, and of whom, is something else. A code is
    a code, whatever its letters are."""
    return _SIGNATURE.sub(" ", _PASTED.sub(" koden ", _PLACES.sub(" ", text)))


@lru_cache(maxsize=10_000)
def _respelt(word: str) -> tuple[str, ...]:
    word = _SPELLED.get(word, word)
    found = _COMPOUND.fullmatch(word)
    if found is None:
        return (CODE,) if re.match(r"(?:godk|gokj)\w*kod", word) else (word,)
    before = _SPELLED.get(found[1], found[1])
    if _OURS.fullmatch(before):
        return (CODE,)
    return (before, CODE) if before in _BESIDE else (OTHER_CODE, before)
