"""What is said when it is not the ledger that refuses: the bot cannot, or is not for them."""

from enum import StrEnum

from templates.refusals import Explanation
from templates.words import Words


class Mishap(StrEnum):
    """Each has its own file in `texts/mishaps/`."""

    OTHER_WORKSPACE = "other_workspace"
    MEMBER_NOT_KNOWN = "member_not_known"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - the name of a text
    CLOCK_IS_WRONG = "clock_is_wrong"
    TROUBLE = "trouble"
    NOT_TAKEN = "not_taken"
    NOT_SHOWN = "not_shown"
    NOT_SHOWN_NOW = "not_shown_now"
    HOME_NOT_SHOWN = "home_not_shown"


def explain_mishap(words: Words, mishap: Mishap) -> Explanation:
    """The same for everybody, so made of nothing that would have to be looked up."""
    text = f"mishaps/{mishap}"
    return Explanation(plain=words.plain_prose(text), mrkdwn=words.prose(text))
