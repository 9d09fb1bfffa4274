"""The room put together: the sandbox, the real bot in it, its ledger, and whoever is there."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import zip_longest

from bot import settings
from bot.app import Bot, running
from bot.operating.examining.slack import SCOPES
from bot.operating.signpost import SLACK_PATH
from bot.slack.installing import AGENT_SCOPE
from bot.trial.room.cast import (
    BOT_NAME,
    MESSAGES,
    OPERATORS,
    TROUPES,
    Beginning,
    CastMember,
    Troupe,
)
from bot.trial.room.clock import RoomClock
from bot.trial.room.desks import each_desk
from bot.trial.room.folder import Folder, Kept, Unreadable
from bot.trial.room.guide import GUIDES, Guide, Step, followed
from bot.trial.room.installing import agree, own_app
from bot.trial.sandbox import Human, InstalledBot, Sandbox
from bot.trial.sandbox.changes import Changes
from bot.trial.sandbox.records import Json
from bot.trial.sandbox.snapshot import UnknownForm, put_back, taken
from bot.trial.sandbox.tickets import carry_along
from handlers.routes import ROUTES
from storage import due, installations
from storage.database import Clock, Database, DatabaseUnavailable, utc_now
from storage.desk import Ledger
from storage.opening import open_database
from storage.records import Issuer

log = logging.getLogger(__name__)

KEEP_AFTER_SECONDS = 0.5

LOOKS, LOOK_SECONDS = 100, 0.02
"""How often it is looked whether the bot has done what time has brought, and how far apart."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the room is to be."""

    folder: Folder
    over_http: bool = False
    """Else over Socket Mode, as the bot does by default."""

    issuer: Issuer = Issuer.BOT
    clock: Clock = utc_now
    agent: bool = False
    """Whether the bot is shown as an agent, as Slack does on some plans."""

    begins: Beginning = Beginning.REGISTERED
    """How it is when it is opened for the first time."""

    address: str = "http://127.0.0.1"
    """Where the page is reached."""

    webhooks_inside: bool = False
    """Whether partners are told at addresses of this machine, too: as the operator has it set, for
    the command line goes by that."""

    acknowledgement_seconds: float = 3.0
    """How long the bot may take to answer; Slack waits for three seconds."""


@dataclass(eq=False)
class Room:
    slacks: Sequence[Sandbox]
    """The workspaces in it."""

    bot: Bot
    ledger: Ledger
    """A second way into the bot's own, for looking under the hood."""

    clock: RoomClock
    people: dict[str, Human]
    """By the part of the address that names them."""

    begins: Beginning = Beginning.REGISTERED
    """How it was when it was opened for the first time."""

    address: str = ""
    """Where the page is reached."""

    read_until: dict[str, str] = field(default_factory=dict)
    """How far somebody has read in a channel: `user channel` → the message's timestamp."""

    done: set[Step] = field(default_factory=set)
    """The steps of the guide that have been taken."""

    at_home: list[str] = field(default_factory=list)
    """Who has the Home tab before them: once for each page."""

    @property
    def slack(self) -> Sandbox:
        """The first workspace, or the only one."""
        return self.slacks[0]

    @property
    def troupes(self) -> Sequence[Troupe]:
        """The workspaces as they were at first, in the same order."""
        return TROUPES[self.begins]

    def troupe_of(self, slug: str) -> Troupe:
        return next(each for each in self.troupes if slug in (one.slug for one in each.cast))

    @property
    def guide(self) -> Guide:
        return GUIDES[self.begins]

    @property
    def changes(self) -> Changes:
        """Of all the workspaces."""
        return self.slack.workspace.changes

    @property
    def is_shared(self) -> bool:
        """Whether there are several workspaces in it."""
        return len(self.slacks) > 1

    def may_remove_bot(self, person: Human) -> bool:
        """Whoever runs a workspace; but not where the operator reads."""
        return person.record.is_admin and person.workspace is not self.slack.workspace

    async def remove_bot(self, person: Human) -> None:
        """From this person's workspace."""
        slack = next(each for each in self.slacks if each.workspace is person.workspace)
        await slack.settles()
        await slack.removes_app()
        self.changes.announce()

    # Time

    async def travel(self, by: timedelta) -> None:
        self.clock.forward(by)
        for slack in self.slacks:
            carry_along(slack.workspace, by)
        self.bot.wake()
        self.changes.announce()
        await self._open_homes_anew()

    async def _open_homes_anew(self) -> None:
        """The bot spares Slack, and publishes nobody's Home twice within some seconds; whoever
        opens it gets it at once. So it is opened again, when what time brought has been done."""
        if self.at_home:
            with suppress(DatabaseUnavailable):
                await self._done_what_is_due()
        for slug in set(self.at_home):
            if self.people[slug].workspace.has_bot:
                await self.people[slug].opens_home("home")

    async def _done_what_is_due(self) -> None:
        """By the bot; one that does not come to it is not waited for any longer."""
        for _look in range(LOOKS):
            moment = await self._next_moment()
            if moment is None or moment > self.clock():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def travel_to_next_notice(self) -> bool:
        """Go to when something is told next; False when nothing is to be told."""
        moment = await self._next_moment()
        if moment is None:
            return False
        await self.travel(max(moment + timedelta(seconds=1) - self.clock(), timedelta()))
        return True

    async def _next_moment(self) -> datetime | None:
        """In a workspace from which the bot has been removed nothing is told, but of it to the
        operator."""
        there = [each.workspace for each in self.slacks if each.workspace.has_bot]
        found = [await self._next_moment_in(each.team_id) for each in there]
        async with self.ledger.database.reading() as reading:
            found.append(await installations.next_notice(reading))
        return min((each for each in found if each), default=None)

    async def _next_moment_in(self, team_id: str) -> datetime | None:
        moments = [await due.next_moment(desk) async for desk in each_desk(self.ledger, team_id)]
        return min((each for each in moments if each), default=None)

    # What is looked at, and has been read

    @contextmanager
    def showing_home(self, slug: str) -> Iterator[None]:
        """While it lasts, this person has the Home tab before them."""
        self.at_home.append(slug)
        try:
            yield
        finally:
            self.at_home.remove(slug)

    def unread(self, person: Human, channel_id: str) -> int:
        channel = person.workspace.channels.get(channel_id)
        if channel is None:
            return 0
        read = self.read_until.get(f"{person.id} {channel_id}", "")
        return sum(
            message.ts > read and message.user_id != person.id
            for message in channel.messages
            if message.ephemeral_for in (None, person.id)
        )

    def has_read(self, person: Human, channel_id: str) -> bool:
        """Everything in the channel counts as read; whether anything was not."""
        channel = person.workspace.channels.get(channel_id)
        if channel is None or not self.unread(person, channel_id):
            return False
        self.read_until[f"{person.id} {channel_id}"] = channel.messages[-1].ts
        return True

    def files(self) -> Iterator[Json]:
        """All that have been sent."""
        for slack in self.slacks:
            for channel in slack.workspace.channels.values():
                for message in channel.messages:
                    yield from message.files


@asynccontextmanager
async def opened(plan: Plan) -> AsyncIterator[Room]:
    """The room, as it was left; everything in it is kept until it is closed and beyond.

    Raises:
        BadSetting, DatabaseUnavailable: the ledger cannot be used.
        Unreadable: what was kept is broken, or of another version.
    """
    kept = plan.folder.read()
    begins = _beginning(plan, kept)
    plan, clock = replace(plan, begins=begins), RoomClock(plan.clock, kept.ahead)
    async with _workspaces(plan, clock) as slacks:
        people: dict[str, Human] = {}
        for slack, troupe, said in zip_longest(slacks, TROUPES[begins], kept.said):
            people |= furnish(slack, troupe, said)
        read_until = dict(kept.read_until if kept.said else _all_read(people))

        def keep() -> None:
            """A full disk, say, ends neither the room nor the keeping."""
            try:
                said = [taken(each.workspace) for each in slacks]
                plan.folder.write(Kept(clock.ahead, read_until, said, begins))
            except OSError as error:
                log.warning("room_not_kept", extra={"error": type(error).__name__})

        chosen = await _settled(plan, slacks, clock)
        # Kept last when the bot has stopped: what it still had in hand has been said by then.
        async with _keeping(slacks[0].workspace.changes, keep), running(chosen, clock) as bot:
            await _connect(plan, slacks, bot)
            async with _looking(chosen.database_url, clock) as database:
                ledger = Ledger(database)
                room = Room(slacks, bot, ledger, clock, people, begins, plan.address, read_until)
                async with followed(room.done, room.guide, slacks[-1].workspace, ledger):
                    yield room


def _beginning(plan: Plan, kept: Kept) -> Beginning:
    """
    Raises:
        Unreadable: what was kept is of a room with more workspaces, or with fewer.
    """
    if not kept.said:
        return plan.begins
    if not len(kept.said) == len(TROUPES[kept.begins]) == len(TROUPES[plan.begins]):
        raise Unreadable
    return kept.begins


@asynccontextmanager
async def _workspaces(plan: Plan, clock: Clock) -> AsyncIterator[list[Sandbox]]:
    """The bot has not been added to those after the first."""
    first, *others = troupes = TROUPES[plan.begins]
    slack = Sandbox(
        first.team_id,
        first.name,
        clock=clock,
        acknowledgement_timeout=plan.acknowledgement_seconds,
        installation=_installation(plan),
    )
    async with AsyncExitStack() as there:
        slacks = [await there.enter_async_context(slack)]
        for each in others:
            beside = slack.neighbour(each.team_id, each.name, is_installed=False)
            slacks.append(await there.enter_async_context(beside))
        for slack, troupe in zip(slacks, troupes, strict=True):
            slack.workspace.client_url = f"{plan.address}/{troupe.cast[0].slug}/{MESSAGES}"
        yield slacks


async def _connect(plan: Plan, slacks: Sequence[Sandbox], bot: Bot) -> None:
    """So that what happens reaches the bot."""
    if not plan.over_http:
        await slacks[0].socket_mode.connected()
        return
    for slack in slacks:
        await slack.connect_http(f"http://127.0.0.1:{bot.port}{SLACK_PATH}")


def _installation(plan: Plan) -> InstalledBot:
    """Secrets of this run alone: other programs on the machine must not speak as the bot."""
    return InstalledBot(
        bot_name=BOT_NAME,
        bot_token=f"xoxb-{secrets.token_hex(16)}",
        app_token=f"xapp-{secrets.token_hex(16)}",
        signing_secret=secrets.token_hex(16),
        client_secret=secrets.token_hex(16),
        scopes={*SCOPES, *([AGENT_SCOPE] if plan.agent else [])},
        is_agent=plan.agent,
        events={_subscription(name) for kind, name, _ in ROUTES if kind == "event"},
    )


def _subscription(event: str) -> str:
    return "message.im" if event == "message" else event


def furnish(slack: Sandbox, troupe: Troupe, said: Json | None) -> dict[str, Human]:
    """Let everybody in, to what was said the last time or else to what is there at first.

    Raises:
        Unreadable: what was kept is broken, or of another version.
    """
    people = {each.slug: _enter(slack, each, troupe.email(each)) for each in troupe.cast}
    if said is None:
        _begin(slack, troupe)
        return people
    try:
        put_back(slack.workspace, said)
    except UnknownForm as error:
        raise Unreadable from error
    return people


def _enter(slack: Sandbox, member: CastMember, email: str) -> Human:
    return slack.person(
        member.first_name,
        member.last_name,
        email=email,
        id=member.user_id,
        is_admin=member.is_administrator,
    )


def _begin(slack: Sandbox, troupe: Troupe) -> None:
    ids = {each.slug: each.user_id for each in troupe.cast}
    for place in troupe.places:
        members = [slack.workspace.users[ids[slug]] for slug in place.members]
        channel = slack.workspace.add_channel(place.name, members, channel_id=place.channel_id)
        for slug, text in place.said:
            slack.workspace.add_message(channel, ids[slug], text)


async def _settled(plan: Plan, slacks: Sequence[Sandbox], clock: Clock) -> settings.Settings:
    """What the bot is told, when what it is to find is there."""
    chosen = _settings(plan, slacks[0])
    if plan.begins is not Beginning.MANY:
        return chosen
    await agree(chosen, clock, slacks, TROUPES[plan.begins][0], plan.issuer)
    return _settings(plan, slacks[0])  # with the key that may just have been made


def _settings(plan: Plan, slack: Sandbox) -> settings.Settings:
    """By the one place where settings are read; of the operator's own the plan has all."""
    way = (
        {"SLACK_SIGNING_SECRET": slack.signing_secret}
        if plan.over_http
        else {"SLACK_APP_TOKEN": slack.app_token}
    )
    environment = {
        "SLACK_API_URL": slack.api_url,
        "PORT": "0",
        "DATABASE_URL": plan.folder.database_url,
        "WEBHOOKS_INSIDE": settings.YES if plan.webhooks_inside else settings.NO,
        **_of_workspaces(plan, slack),
        **way,
    }
    return settings.read(environment, folder=plan.folder.path)


def _of_workspaces(plan: Plan, slack: Sandbox) -> dict[str, str]:
    """What is told of those that the bot serves."""
    troupe, token = TROUPES[plan.begins][0], {"SLACK_BOT_TOKEN": slack.bot_token}
    match plan.begins:
        case Beginning.MANY:
            channel = f"{troupe.team_id}/{OPERATORS.channel_id}"
            return {**own_app(slack, plan.address), "OPERATOR_CHANNEL": channel}
        case Beginning.UNREGISTERED:
            return {**token, "OPERATOR_CHANNEL": OPERATORS.channel_id}
    holders = ",".join(each.user_id for each in troupe.account_holders)
    told = {"ORGANISATION_NAME": troupe.name, "ACCOUNT_HOLDERS": holders, "ISSUER": plan.issuer}
    return {**token, **told}


@asynccontextmanager
async def _looking(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    database = await open_database(database_url, clock)
    try:
        yield database
    finally:
        await database.close()


def _all_read(people: Mapping[str, Human]) -> dict[str, str]:
    """Of what is there at first. What the bot says when it comes is still to be read."""
    return {
        f"{person.id} {channel.id}": channel.messages[-1].ts
        for person in people.values()
        for channel in person.workspace.channels.values()
        if channel.messages
    }


@asynccontextmanager
async def _keeping(changes: Changes, keep: Callable[[], None]) -> AsyncIterator[None]:
    """Write down what was said, soon after it was said and at the end."""
    changed = asyncio.Event()

    async def keep_on() -> None:
        while True:
            await changed.wait()
            await asyncio.sleep(KEEP_AFTER_SECONDS)
            changed.clear()
            keep()

    with changes.subscription(lambda _: changed.set()):
        task = asyncio.create_task(keep_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            keep()
