"""Who people are in Slack: profiles for prefilling and names, addresses to members, who is here.

Slack is asked gently: what was told is kept for a while, and what nobody waits for keeps to a pace.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.call import as_id, as_text
from handlers.pace import TokenBucket
from handlers.recent import Recent
from handlers.slack_errors import (
    NOBODY,
    SLACK_FAILED,
    Kind,
    error_name,
    kind_of,
    wait_asked_for,
)

KEEP_FOR = timedelta(minutes=10)
GONE_FOR = timedelta(minutes=1)
"""So long somebody who was found to be gone is not asked about again: much may be for them."""

MOST_KEPT = 1_000
MOST_SEEN = 10_000

ASKED_ANEW = timedelta.min
"""However lately somebody was seen: Slack is asked whether they are here."""

PROFILES_AT_ONCE, PROFILES_A_SECOND = 60, 0.65
ADDRESSES_AT_ONCE, ADDRESSES_A_SECOND = 30, 0.3
"""Slack takes `users.info` a hundred times a minute, `users.lookupByEmail` fifty times."""


class Urgency(Enum):
    """For whom Slack is asked who somebody is."""

    NOW = "now"
    """Somebody waits for what hangs on it: it is asked at once."""

    DUE = "due"
    """Time has brought a notice: it is asked at a pace that Slack takes."""

    IDLE = "idle"
    """Nothing hangs on it: half of what may be asked at once is left to the others."""


class NotYet(Exception):  # noqa: N818
    """Slack has been asked about too many people just now: ask again so many seconds later."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Profile(Struct, frozen=True):
    """A member as Slack describes them; empty where Slack says nothing."""

    user_id: str
    first_name: str
    last_name: str
    name: str
    email: str
    is_member: bool
    """A person of this workspace who has not left it."""

    is_nobody: bool
    """Slack says that they are none, which is more than that it does not say."""

    homes: frozenset[str]
    """The workspaces they belong to, and their organisation of Enterprise Grid."""

    is_administrator: bool = False
    """Or owner, of the workspace."""

    is_guest: bool = False
    """Of the workspace, who sees some of its channels."""


@contextmanager
def _at(pace: TokenBucket, urgency: Urgency) -> Iterator[None]:
    """One question to Slack at this pace.

    Raises:
        NotYet: it is too soon.
    """
    if wait := _seconds_to_wait(pace, urgency):
        raise NotYet(wait)
    pace.take(1)
    try:
        yield
    except SlackApiError as error:
        seconds = wait_asked_for(error)
        if seconds is None:
            raise
        pace.pause(seconds)
        raise NotYet(max(1.0, seconds)) from error


def _seconds_to_wait(pace: TokenBucket, urgency: Urgency) -> float:
    match urgency:
        case Urgency.NOW:
            return pace.pause_seconds()
        case Urgency.DUE:
            return pace.wait_seconds()
        case Urgency.IDLE:
            return pace.wait_seconds(keeping=pace.burst // 2)


class Directory:
    """Slack's members, kept for ten minutes each; and when each of them was seen last."""

    def __init__(
        self,
        client: AsyncWebClient,
        courier_client: AsyncWebClient,
        team_id: str,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._courier_client = courier_client
        self._team_id = team_id
        self._clock = clock
        self._kept: Recent[tuple[datetime, Profile]] = Recent(MOST_KEPT)
        self._seen: Recent[datetime] = Recent(MOST_SEEN)
        self._gone: Recent[datetime] = Recent(MOST_KEPT)
        self._departures = 0
        self._departed: Recent[int] = Recent(MOST_KEPT)
        """The number of the departure that was theirs."""

        self._profiles = TokenBucket(PROFILES_AT_ONCE, PROFILES_A_SECOND, monotonic)
        self._addresses = TokenBucket(ADDRESSES_AT_ONCE, ADDRESSES_A_SECOND, monotonic)
        self._asking: set[asyncio.Task[Profile]] = set()

    # For whoever waits: at once

    def known(self, user_id: str) -> Profile | None:
        """The profile if it is at hand: asks nobody, takes no time."""
        kept = self._kept.get(user_id)
        if kept is None or not self._is_within(KEEP_FOR, kept[0]):
            return None
        return kept[1]

    async def profile(self, user_id: str) -> Profile:
        """Whoever cannot wait so long finds it at hand the next time: Slack is heard out.

        Raises:
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
        """
        known = self.known(user_id)
        if known is not None:
            return known
        asking = asyncio.create_task(self._ask(user_id))
        self._asking.add(asking)
        asking.add_done_callback(self._heard)
        return await asyncio.shield(asking)

    async def _ask(self, user_id: str) -> Profile:
        self._profiles.take(1)
        asked = self._departures
        answer = await self._client.users_info(user=user_id)
        return self.described(answer["user"], asked)

    def _heard(self, asking: asyncio.Task[Profile]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            asking.exception()  # nobody may be waiting for it any more

    async def profile_anew(self, user_id: str) -> Profile:
        """As Slack describes them at this moment: what they may do hangs on it.

        Raises:
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
        """
        return await self._ask(user_id)

    async def profile_within(self, user_id: str, seconds: float) -> Profile | None:
        """The profile if Slack gives it in time; a form can do without."""
        try:
            async with asyncio.timeout(seconds):
                return await self.profile(user_id)
        except SLACK_FAILED:
            return None

    # For what is to be told

    def saw(self, user_id: str) -> None:
        """They have just done something here."""
        self._gone.forget(user_id)
        self._seen.keep(user_id, self._clock())

    def left(self, user_id: str) -> None:
        """They are no member any more, as Slack has just said."""
        self.forget(user_id)
        self._gone.keep(user_id, self._clock())
        self._departures += 1
        self._departed.keep(user_id, self._departures)

    @property
    def departures(self) -> int:
        """How many have left so far."""
        return self._departures

    def has_left_since(self, user_id: str, departures: int) -> bool:
        """Whether somebody has left since there were so many departures."""
        return (self._departed.get(user_id) or 0) > departures

    async def is_here(self, user_id: str, within: timedelta, urgency: Urgency) -> bool:
        """Whether somebody is a member of this workspace. Slack is asked unless they have been
        seen within this time, or found to be gone a moment ago, and only what Slack says is nobody
        is nobody.

        Raises:
            NotYet: Slack has been asked too much.
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
        """
        seen_at = self._seen.get(user_id)
        if seen_at is not None and self._is_within(within, seen_at):
            return True
        gone_at = self._gone.get(user_id)
        if within > timedelta() and gone_at is not None and self._is_within(GONE_FOR, gone_at):
            return False
        asked = self._departures
        try:
            with _at(self._profiles, urgency):
                answer = await self._courier_client.users_info(user=user_id)
        except SlackApiError as error:
            if error_name(error) in NOBODY:
                self.left(user_id)
                return False
            if kind_of(error) in (Kind.OURS, Kind.PASSING):
                raise
            return True
        return not self.described(answer["user"], asked).is_nobody

    async def member_with_email(self, email: str, urgency: Urgency) -> Profile | None:
        """The member of this workspace who has this address, if any.

        Raises:
            NotYet: Slack has been asked too much.
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
        """
        asked = self._departures
        try:
            with _at(self._addresses, urgency):
                answer = await self._courier_client.users_lookupByEmail(email=email)
        except SlackApiError as error:
            if error_name(error) in NOBODY:
                return None
            raise  # any other no of Slack's says nothing of who has it
        profile = self.described(answer["user"], asked)
        return profile if profile.is_member else None

    def _is_within(self, time: timedelta, moment: datetime) -> bool:
        """A moment that is still to come is of a clock that was wrong, and says nothing."""
        return timedelta() <= self._clock() - moment <= time

    def forget(self, user_id: str) -> None:
        for kept in (self._kept, self._seen, self._gone):
            kept.forget(user_id)

    def told_of(self, user: Mapping[str, Any]) -> Profile:
        """Somebody as an event describes them. It may come late, or again: what was known of them
        is forgotten, and Slack is asked when it matters."""
        profile = self._profile(user)
        self.forget(profile.user_id)
        return profile

    async def tells_otherwise(self, user: Mapping[str, Any]) -> bool:
        """Whether Slack, asked now, describes somebody as a member, and not as they were before an
        event that says that they are none.

        Raises:
            NotYet: Slack has been asked too much.
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
        """
        asked = self._departures
        with _at(self._profiles, Urgency.NOW):
            answer = await self._courier_client.users_info(user=as_id(user.get("id")))
        now = answer["user"]
        is_member = self.described(now, asked).is_member
        return is_member and _updated(now) >= _updated(user)

    def described(self, user: Mapping[str, Any], asked: int) -> Profile:
        """Somebody as Slack describes them now, kept for a while: unless they have left while the
        answer was on its way, when it was asked after so many departures."""
        profile = self._profile(user)
        if self.has_left_since(profile.user_id, asked):
            return replace(profile, is_member=False, is_nobody=True)
        self._kept.keep(profile.user_id, (self._clock(), profile))
        if profile.is_member:
            self.saw(profile.user_id)
        else:
            self._seen.forget(profile.user_id)
        if profile.is_nobody:
            self._gone.keep(profile.user_id, self._clock())
        return profile

    def _profile(self, user: Mapping[str, Any]) -> Profile:
        told = _mapping(user.get("profile"))
        names = (told.get("real_name"), user.get("real_name"), user.get("name"))
        name = next(filter(None, map(as_text, names)), "")
        first, last = as_text(told.get("first_name")), as_text(told.get("last_name"))
        if not first and not last:  # Slack says only what they are called
            first, _, last = name.rpartition(" ")
        gone = bool(user.get("deleted") or user.get("is_bot") or user.get("is_stranger"))
        homes = _homes(user)
        teams = {home for home in homes if not home.startswith("E")}
        return Profile(
            user_id=as_id(user.get("id")),
            first_name=first,
            last_name=last,
            name=name,
            email=as_text(told.get("email")),
            is_member=self._team_id in teams and not gone,
            is_nobody=gone or (bool(teams) and self._team_id not in teams),
            homes=homes,
            is_administrator=any(user.get(each) is True for each in _RUN_IT),
            is_guest=any(user.get(each) is True for each in _ARE_GUESTS),
        )


_ARE_GUESTS = ("is_restricted", "is_ultra_restricted")
_RUN_IT = ("is_admin", "is_owner", "is_primary_owner")
"""https://docs.slack.dev/reference/objects/user-object"""


def _homes(user: Mapping[str, Any]) -> frozenset[str]:
    """None where Slack does not say. On Enterprise Grid their own team is the organisation, or any
    one of its workspaces, and all of theirs stand in a list."""
    own = user.get("team_id") or _mapping(user.get("profile")).get("team")
    grid = _mapping(user.get("enterprise_user"))
    teams = grid.get("teams")
    named = (own, grid.get("enterprise_id"), *(teams if isinstance(teams, list) else ()))
    return frozenset(filter(None, map(as_id, named)))


def _updated(user: Mapping[str, Any]) -> int:
    """When Slack has changed what it says of them last, in seconds; 0 where it does not say."""
    moment = user.get("updated")
    return moment if isinstance(moment, int) else 0


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
