"""What people are told by themselves: what it is about, to whom it goes, how it reads.

Whoever delivers notices needs no more than this: `prepare` one, and say when it is `given_up`.
A kind of notice has one `Entry`, in `of_requests`, `of_codes` or `of_questions`.
"""

from handlers.telling.places import is_public
from handlers.telling.preparing import (
    Gone,
    Prepared,
    Readdressed,
    Ready,
    UnknownKind,
    Unneeded,
    given_up,
    is_rather_told_twice,
    prepare,
)

__all__ = [
    "Gone",
    "Prepared",
    "Readdressed",
    "Ready",
    "UnknownKind",
    "Unneeded",
    "given_up",
    "is_public",
    "is_rather_told_twice",
    "prepare",
]
