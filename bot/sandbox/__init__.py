"""A strict Slack stand-in on one machine, for tests to drive.

`async with Sandbox() as slack` gives a workspace with the real Web API, request signing, Socket
Mode and Block Kit's rules; `slack.person(...)` gives people who type, see, fill and click. What
the bot does wrong is in `slack.workspace.violations`.
"""

from .clock import MovableClock, system_clock
from .faults import Dropped, RateLimited, ServerError, Silence, SlackError
from .outcomes import Clicked, Confirmation, Outcome
from .person import Person
from .records import Installation
from .screen import Button, Field, NotOnScreen, SeenMessage, SeenView
from .server import Sandbox
from .transport import Answer, NotReached, Retry
from .workspace import Workspace

__all__ = [
    "Answer",
    "Button",
    "Clicked",
    "Confirmation",
    "Dropped",
    "Field",
    "Installation",
    "MovableClock",
    "NotOnScreen",
    "NotReached",
    "Outcome",
    "Person",
    "RateLimited",
    "Retry",
    "Sandbox",
    "SeenMessage",
    "SeenView",
    "ServerError",
    "Silence",
    "SlackError",
    "Workspace",
    "system_clock",
]
