"""What the bot tells people by itself: one function for each kind of notice."""

from templates.code_notices import (
    code_expired,
    code_expires,
    code_ready,
    code_revoked,
    code_to_send,
)
from templates.help import cannot_answer_yet, help_message
from templates.request_notices import (
    request_approved,
    request_asked,
    request_declined,
    request_lapsed,
    request_sent,
    requests_waiting,
)

__all__ = [
    "cannot_answer_yet",
    "code_expired",
    "code_expires",
    "code_ready",
    "code_revoked",
    "code_to_send",
    "help_message",
    "request_approved",
    "request_asked",
    "request_declined",
    "request_lapsed",
    "request_sent",
    "requests_waiting",
]
