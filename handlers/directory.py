"""Who people are in Slack: profiles for prefilling and names, addresses to members."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack_errors import SLACK_FAILED, error_name

KEEP_FOR = timedelta(minutes=10)
MOST_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Profile:
    """A member as Slack describes them; empty where Slack says nothing."""

    user_id: str
    first_name: str
    last_name: str
    name: str
    email: str
    is_member: bool
    """A person of this workspace who has not left it."""


class Directory:
    """Slack's members, kept for ten minutes each."""

    def __init__(self, client: AsyncWebClient, team_id: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._team_id = team_id
        self._clock = clock
        self._kept: OrderedDict[str, tuple[datetime, Profile]] = OrderedDict()

    def known(self, user_id: str) -> Profile | None:
        """The profile if it is at hand: asks nobody, takes no time."""
        kept = self._kept.get(user_id)
        if kept is None or self._clock() - kept[0] > KEEP_FOR:
            return None
        return kept[1]

    async def profile(self, user_id: str) -> Profile:
        """
        Raises:
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
        """
        known = self.known(user_id)
        if known is None:
            answer = await self._client.users_info(user=user_id)
            known = self._keep(answer["user"])
        return known

    async def profile_within(self, user_id: str, seconds: float) -> Profile | None:
        """The profile if Slack gives it in time; a form can do without."""
        try:
            async with asyncio.timeout(seconds):
                return await self.profile(user_id)
        except SLACK_FAILED:
            return None

    async def member_with_email(self, email: str) -> Profile | None:
        """The member of this workspace who has this address, if any.

        Raises:
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
        """
        try:
            answer = await self._client.users_lookupByEmail(email=email)
        except SlackApiError as error:
            if error_name(error) == "users_not_found":
                return None
            raise  # any other no of Slack's says nothing of who has it
        profile = self._keep(answer["user"])
        return profile if profile.is_member else None

    def forget(self, user_id: str) -> None:
        self._kept.pop(user_id, None)

    def _keep(self, user: dict[str, Any]) -> Profile:
        profile = self._profile(user)
        self._kept[profile.user_id] = (self._clock(), profile)
        self._kept.move_to_end(profile.user_id)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return profile

    def _profile(self, user: dict[str, Any]) -> Profile:
        told = user.get("profile") or {}
        name = told.get("real_name") or user.get("real_name") or user.get("name") or ""
        first, _, last = name.rpartition(" ")
        stranger = user.get("team_id", self._team_id) != self._team_id
        gone = user.get("deleted") or user.get("is_bot") or user.get("is_stranger")
        return Profile(
            user_id=user["id"],
            first_name=told.get("first_name") or first,
            last_name=told.get("last_name") or last,
            name=name,
            email=told.get("email") or "",
            is_member=not stranger and not gone,
        )
