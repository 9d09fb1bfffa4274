"""What somebody has just done, in a word, where nothing else on the screen shows it."""

from enum import StrEnum

from slack_sdk.models.views import View

from storage.records import Code
from templates import ids
from templates.situation import Situation
from templates.told import told_view
from templates.words import Words, mention


class Done(StrEnum):
    """What is done; each has its own file in `texts/outcomes/`."""

    CODE_MADE = "code_made"
    CODE_REFRESHED = "code_refreshed"
    REFRESH_ASKED = "refresh_asked"
    CODE_WITHDRAWN = "code_withdrawn"
    NUDGED = "nudged"
    REQUEST_WITHDRAWN = "request_withdrawn"
    HOLDING_ENDED = "holding_ended"
    SENDING_FILE = "sending_file"
    SENDING_CHART = "sending_chart"
    FILE_SENT = "file_sent"
    FILE_FAILED = "file_failed"


def made_view(words: Words, code: Code) -> View:
    """To an account holder who has made it for a colleague."""
    return _view(words, Done.CODE_MADE, who=mention(code.user_id) if code.user_id else None)


def refreshed_view(words: Words, new: Code | None, reader: str) -> View:
    """How the new code reaches its person; nothing of that where it is not known."""
    return _view(
        words,
        Done.CODE_REFRESHED,
        is_known=new is not None,
        is_own=new is not None and new.user_id == reader,
        in_slack=new is not None and new.user_id is not None,
    )


def refresh_asked_view(words: Words) -> View:
    return _view(words, Done.REFRESH_ASKED)


def nudged_view(words: Words) -> View:
    return _view(words, Done.NUDGED)


def holding_ended_view(words: Words) -> View:
    """To an account holder who has removed themselves."""
    return _view(words, Done.HOLDING_ENDED)


def sending_file_view(words: Words) -> View:
    return _of_file(words, Done.SENDING_FILE)


def sending_chart_view(words: Words) -> View:
    return _of_file(words, Done.SENDING_CHART)


def file_sent_view(words: Words) -> View:
    return _of_file(words, Done.FILE_SENT)


def file_failed_view(words: Words, *, lasting: bool) -> View:
    """`lasting`: somebody has to mend it first."""
    return _of_file(words, Done.FILE_FAILED, lasting=lasting)


def _of_file(words: Words, done: Done, **known: object) -> View:
    """One view, from when it is asked for until it is there."""
    view = _view(words, done, **known)
    view.callback_id = ids.VIEW_FILE
    return view


def withdrawn_request_view(words: Words, situation: Situation) -> View:
    return _view(words, Done.REQUEST_WITHDRAWN, blocked=situation.is_blocked)


def withdrawn_view(words: Words, *, techsoup: bool) -> View:
    return _view(words, Done.CODE_WITHDRAWN, techsoup=techsoup)


def _view(words: Words, done: Done, **known: object) -> View:
    return told_view(words, words.prose(f"outcomes/{done}", **known))
