"""A strict Slack stand-in on one machine, for tests to drive.

`async with Sandbox() as slack` gives a workspace with the real Web API, request signing, Socket
Mode and Block Kit's rules; `slack.person(...)` gives people who type, see, fill and click:

    async with Sandbox() as slack:
        await slack.connect_http(url_of_the_bot)
        kari = slack.person("Kari", "Nordmann", email="kari@example.no")
        await kari.types("/godkjenningskode")
        await kari.sees_view("Be om godkjenningskode")
        await kari.fills({"Fornavn": "Kari", "Representasjonsmyndighet": True})
        outcome = await kari.submits()
        assert outcome.closed
        assert slack.workspace.violations == []

What the bot did wrong is in `workspace.violations`, every call it made in `workspace.calls`, and
how it answered each delivery in `workspace.acknowledgements`.
"""

from .clock import MovableClock, system_clock
from .faults import Dropped, RateLimited, ServerError, Silence, SlackError, Strange
from .outcomes import Clicked, Dialog, Outcome
from .person import Human
from .records import InstalledBot
from .screen import Button, Field, NotOnScreen, SeenMessage, SeenView
from .server import Sandbox
from .transport import BotAnswer, NotReached, Retry
from .web_server import WebServer
from .workspace import PlayedWorkspace

__all__ = [
    "BotAnswer",
    "Button",
    "Clicked",
    "Dialog",
    "Dropped",
    "Field",
    "Human",
    "InstalledBot",
    "MovableClock",
    "NotOnScreen",
    "NotReached",
    "Outcome",
    "PlayedWorkspace",
    "RateLimited",
    "Retry",
    "Sandbox",
    "SeenMessage",
    "SeenView",
    "ServerError",
    "Silence",
    "SlackError",
    "Strange",
    "WebServer",
    "system_clock",
]
