"""What the bot tells people by itself: one function for each kind of notice."""

from templates.answers import answer
from templates.code_notices import (
    code_expired,
    code_expires,
    code_exposed,
    code_ready,
    code_revoked,
    code_to_send,
)
from templates.help import help_message
from templates.questions import choice, greeting, no_answer, question_forwarded, thanks
from templates.request_notices import (
    request_approved,
    request_asked,
    request_declined,
    request_lapsed,
    request_sent,
    requests_waiting,
)

__all__ = [
    "answer",
    "choice",
    "code_expired",
    "code_expires",
    "code_exposed",
    "code_ready",
    "code_revoked",
    "code_to_send",
    "greeting",
    "help_message",
    "no_answer",
    "question_forwarded",
    "request_approved",
    "request_asked",
    "request_declined",
    "request_lapsed",
    "request_sent",
    "requests_waiting",
    "thanks",
]
