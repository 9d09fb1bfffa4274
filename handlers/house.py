"""What every handler has at hand: the house, and the workspace in which something was done."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import ClassVar

from msgspec import Struct, field
from msgspec.structs import replace
from slack_sdk.web.async_client import AsyncWebClient

from handlers.agent import Agent
from handlers.complaints import Complaints
from handlers.directory import Directory
from handlers.faq.matcher import Matcher
from handlers.holders import Holders
from handlers.homes import Homes
from handlers.recent import Recent
from handlers.ties import Ties
from storage.desk import AskingDesk, DecidingDesk, Desk, Ledger
from storage.records import Turn
from storage.registering import Channel
from templates.words import Words

MOST_CHOICES = 200
"""Forms that are being filled in."""

QUIET = logging.getLogger("slack_bolt.quiet")
"""For Bolt and its client, whose debug lines hold whole requests. They look at the level of
the very logger they are given, so it is set there."""
QUIET.setLevel(logging.ERROR)


class House(Struct, frozen=True):
    """What belongs to the deployment, whichever workspaces it serves."""

    ledger: Ledger
    matcher: Matcher
    words: Words
    operator_channel: Channel | None = None
    """Where the operator reads of new organisations, and decides on them."""


class Seat(Struct, eq=False):
    """Where the ledger has it that the bot is installed, and as what that was seen."""

    installation_id: str
    """The workspace's, or that of its organisation of Enterprise Grid."""

    installed_at: datetime
    revision: int
    cut_since: datetime | None = None
    """Since when Slack says that its token is good for nothing any more."""


class Workspace(Struct, frozen=True, eq=False):
    """A workspace that the bot serves: nobody else's people are let in."""

    house: House
    team_id: str
    bot_id: str
    bot_user_id: str
    client: AsyncWebClient
    """Tries again by itself, for people who wait."""

    courier_client: AsyncWebClient
    """Does not: to try again is the outbox's."""

    directory: Directory
    ties: Ties
    agent: Agent
    name: str = ""
    """What it is called in Slack."""

    seat: Seat | None = None
    """None where its token stands in the settings."""

    organisation_id: str = ""
    organisation_name: str = ""
    """Of the one that is meant, where the workspace has several."""

    complaints: Complaints = field(default_factory=Complaints)
    homes: Homes = field(default_factory=Homes)
    holders: Holders = field(default_factory=Holders)
    choices: Recent[object] = field(default_factory=lambda: Recent(MOST_CHOICES))
    """What was chosen last in each form that is open, by its view."""

    @property
    def words(self) -> Words:
        return self.house.words

    @property
    def grid(self) -> str | None:
        """The organisation of Enterprise Grid that the bot was installed for, if it was."""
        which = self.seat.installation_id if self.seat else self.team_id
        return which if which != self.team_id else None

    def renewed_as(self, other: "Workspace") -> bool:
        """Go on with the token of another that is the same but for that; False when it is not, as
        when it has been installed anew."""
        mine, its = self.seat, other.seat
        if mine is None or its is None:
            return False
        if (mine.installation_id, mine.installed_at) != (its.installation_id, its.installed_at):
            return False
        if mine.revision != its.revision:
            self.client.token = self.courier_client.token = other.client.token
            mine.revision = its.revision
            if self.ties.trouble:
                self.ties.doubt()
        return True

    def at(self, organisation_id: str, name: str) -> "Workspace":
        """The same at one of its organisations."""
        return replace(
            self, organisation_id=organisation_id, organisation_name=name, holders=Holders()
        )

    def looking(self) -> AbstractAsyncContextManager[Desk]:
        """The desk of this workspace's organisation, to look; as `Ledger.looking`."""
        ledger, which = self.house.ledger, self.organisation_id
        return ledger.looking_at(which) if which else ledger.looking(self.team_id)

    def asking(self) -> AbstractAsyncContextManager[AskingDesk]:
        ledger, which = self.house.ledger, self.organisation_id
        return ledger.asking_at(which) if which else ledger.asking(self.team_id)

    def deciding(self) -> AbstractAsyncContextManager[DecidingDesk]:
        ledger, which = self.house.ledger, self.organisation_id
        return ledger.deciding_at(which) if which else ledger.deciding(self.team_id)


class Registry:
    """The workspaces that the bot serves, by team. A token in the settings makes it one of one."""

    def __init__(self, workspaces: Iterable[Workspace]) -> None:
        self._workspaces = {workspace.team_id: workspace for workspace in workspaces}

    serves_all: ClassVar[bool] = False
    """Whether it serves whichever workspaces the ledger has, and not only those it knows of."""

    def __iter__(self) -> Iterator[Workspace]:
        return iter(list(self._workspaces.values()))

    async def rouse(self, resting: Mapping[Turn, Collection[str]]) -> None:
        """See to it that those are served for whom something is due, but for those that have to
        rest, by its turn. These always are."""

    async def called_by(self, team_id: str, enterprise_id: str = "") -> Workspace | None:
        """The workspace whose bot somebody of this team has called, which may be one of an
        organisation of Enterprise Grid.

        Where there is one, it is that one, also for people of other workspaces, as over Slack
        Connect: they are to be told that it is not for them.
        """
        if len(self._workspaces) == 1:
            return next(iter(self._workspaces.values()))
        return self._workspaces.get(team_id)
