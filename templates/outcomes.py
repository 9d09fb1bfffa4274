"""What somebody has just done, in a word, where nothing else on the screen shows it."""

from enum import StrEnum

from slack_sdk.models.views import View

from templates.told import told_view
from templates.words import Words


class Done(StrEnum):
    """What is done; each has its own file in `texts/outcomes/`."""

    CODE_REFRESHED = "code_refreshed"
    REFRESH_ASKED = "refresh_asked"
    CODE_WITHDRAWN = "code_withdrawn"


def done_view(words: Words, done: Done) -> View:
    return told_view(words, words.prose(f"outcomes/{done}"))
