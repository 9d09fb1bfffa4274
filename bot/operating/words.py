"""The operator's words: translated like all others."""

from templates.words import Words


def _(text: str) -> str:
    """The text in the operator's language."""
    return Words.of("nb").gettext(text)
