"""The composition root: everything is put together here, started, and stopped.

Each part is entered before the next one uses it, and left in the opposite order. When the bot is
to stop, every part is told at once; what is in hand is finished, and then each part ends.
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)

from msgspec import Struct

from bot.delivering.dispatcher import Dispatcher
from bot.delivering.home_keeper import HomeKeeper
from bot.delivering.letterbox import Letterbox, Postman
from bot.delivering.sweeper import Sweeper
from bot.delivering.watchman import Watchman
from bot.installing.one_workspace import one_workspace
from bot.installing.served import Served
from bot.living import Check, Life, Unwell, living
from bot.observing import UNOBSERVED, Observer
from bot.operating.keys import is_file_there, keyring_for
from bot.operating.partners_door import partners_door
from bot.operating.signpost import Way
from bot.operating.web import Lobby, serving, web_app
from bot.settings import Settings
from bot.slack.background import Background
from bot.slack.bolt import SlackApp
from bot.slack.http import SlackEvents
from bot.slack.installing import (
    Clients,
    Installation,
    Line,
    ask_until_told,
    line,
    require_app_token,
)
from bot.slack.slack_time import SlackTime
from handlers.faq import learning
from handlers.faq.matcher import Matcher
from handlers.house import House
from storage import outbox
from storage.clock_repair import put_right
from storage.database import Clock, utc_now
from storage.desk import Ledger
from storage.migrate import opened
from storage.needed_keys import are_at_hand
from storage.pulse import Pulse
from storage.registering import Channel
from templates.words import Words

log = logging.getLogger(__name__)

FINISH_SECONDS = 7.5
"""How long the bot may go on with what is in hand when it is told to stop."""

STOP_SECONDS = 9.0
"""How long all of the stopping may take."""


class Bot(Struct, frozen=True, eq=False):
    """The bot while it runs."""

    port: int
    metrics_port: int | None
    life: Life
    wake: Callable[[], None]
    """Look at once at what time has brought and at what is due, as after the clock was moved."""

    async def is_ready(self) -> Mapping[str, bool]:
        """The parts that must work, and whether they do."""
        return await self.life.parts()


@asynccontextmanager
async def running(
    settings: Settings,
    clock: Clock = utc_now,
    *,
    ending: Callable[[], object] = lambda: None,
    is_leaving: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Bot]:
    """The bot, started; and stopped at the end whatever happens. `ending` is called as soon as it
    begins to end. While it `is_leaving`, it says that nothing more is to come here.

    Raises:
        BadSetting: a setting turned out wrong: the port is taken, the token refused.
        DatabaseUnavailable: the database cannot be opened.
        BadPhrasings, BadSynonyms, CannotLearn: the assistant has nothing to answer by.
        Died: a part that the bot cannot do without has ended by itself.
    """
    async with AsyncExitStack() as parts:
        life = await parts.enter_async_context(_alive(settings, ending, is_leaving))
        life.needs(
            "clock",
            "dispatcher",
            "sweeper",
            *(() if settings.own_app else ("installation",)),
            "socket_mode" if settings.uses_socket_mode else "slack",
        )
        lobby = None if settings.uses_socket_mode else Lobby()
        pages = Lobby() if settings.own_app else None
        partners = Lobby()
        app = web_app(life, lobby, partners, pages)
        port = await parts.enter_async_context(serving(life, app, settings.host, settings.port))
        observer, metrics_port = await parts.enter_async_context(_observed(settings, life))
        matcher = await parts.enter_async_context(_reading())
        ledger = await parts.enter_async_context(_ledger(settings, clock, life, observer))
        to_slack = await parts.enter_async_context(line(settings, observer))
        slack = to_slack.clients(settings.bot_token)
        installation = None if settings.own_app else await ask_until_told(slack.patient)
        slack_time = SlackTime(slack.courier, clock, lambda: put_right(ledger.database))
        life.watch("clock", _is_right(slack_time))
        house = House(
            ledger, await matcher, _words(settings), _operator_channel(settings, installation)
        )
        way = (
            one_workspace(settings, house, installation, slack, life)
            if installation
            else _many_workspaces(settings, house, to_slack, pages, life)
        )
        served = await parts.enter_async_context(way)
        observer.may_look_at(ledger.database, served.registry)
        postman = Postman(inside_too=settings.webhooks_inside)
        parts.push_async_callback(postman.close)
        wake = await parts.enter_async_context(
            _delivering(house, served, slack_time, life, observer, postman)
        )
        slack_app = SlackApp(served.registry, house.words, slack_time, observer)
        door = await parts.enter_async_context(
            partners_door(settings, ledger, house.words, life.seconds_left)
        )
        await parts.enter_async_context(partners.opened(door))
        await parts.enter_async_context(_taking_requests(settings, slack_app, slack, lobby, life))
        parts.callback(life.end)
        team_id = installation.team_id if installation else ""
        log.info("ready", extra={"team": team_id, "port": port})
        yield Bot(port, metrics_port, life, wake)


@asynccontextmanager
async def answering_partners(
    settings: Settings,
    clock: Clock = utc_now,
    *,
    ending: Callable[[], object] = lambda: None,
    is_leaving: Callable[[], bool] = lambda: False,
) -> AsyncIterator[int]:
    """What answers partners alone, without Slack, beside bots that are at the same database; the
    port where.

    Raises:
        BadSetting, DatabaseUnavailable, Died: as `running`.
    """
    async with AsyncExitStack() as parts:
        life = await parts.enter_async_context(_alive(settings, ending, is_leaving))
        life.needs("partners")
        lobby = Lobby()
        life.watch("partners", lobby.is_open)
        app = web_app(life, None, lobby, way=Way.NONE)
        port = await parts.enter_async_context(serving(life, app, settings.host, settings.port))
        observer, _ = await parts.enter_async_context(_observed(settings, life))
        ledger = await parts.enter_async_context(_ledger(settings, clock, life, observer))
        door = await parts.enter_async_context(
            partners_door(settings, ledger, _words(settings), life.seconds_left)
        )
        await door.open()
        parts.callback(life.end)
        await parts.enter_async_context(lobby.opened(door))
        log.info("ready", extra={"port": port})
        yield port


@asynccontextmanager
async def _alive(
    settings: Settings, ending: Callable[[], object], is_leaving: Callable[[], bool]
) -> AsyncIterator[Life]:
    """Whatever it is that runs needs its ledger, and its keys; and says so when it is leaving."""
    try:
        async with living(FINISH_SECONDS) as life:
            life.tell_at_the_end(ending)
            life.needs("database", "keys")
            if settings.leave_seconds:
                life.needs("staying")
                life.watch("staying", _unless(is_leaving))
            yield life
    finally:
        log.info("stopped")


@asynccontextmanager
async def _reading() -> AsyncIterator[asyncio.Task[Matcher]]:
    """What the bot has learnt takes its time, and is wanted later; a bot that ends before it has
    learnt gives it up."""
    learner = learning.Learner()
    task = asyncio.create_task(asyncio.to_thread(learner.matcher))
    try:
        yield task
    finally:
        learner.give_up()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _observed(settings: Settings, life: Life) -> AsyncIterator[tuple[Observer, int | None]]:
    """Whoever counts, and the port where the counts are told; nobody counts unless asked to."""
    if settings.metrics_port is None:
        yield UNOBSERVED, None
        return
    from bot.operating.metrics import Metrics, metrics_app  # what is not asked for is not loaded

    metrics = Metrics()
    app, host = metrics_app(metrics), settings.metrics_host
    async with serving(life, app, host, settings.metrics_port, what="metrics") as port:
        yield metrics, port


@asynccontextmanager
async def _ledger(
    settings: Settings, clock: Clock, life: Life, observer: Observer
) -> AsyncIterator[Ledger]:
    """
    Raises:
        BadSetting: the keys do not open the codes there are.
    """
    async with opened(settings.database_url, clock) as database:
        database.tell_of_waits(observer.waited)
        keyring = await keyring_for(settings, database)

        async def has_its_keys() -> bool:
            async with database.reading() as transaction:
                if not await are_at_hand(transaction, keyring):
                    raise Unwell("missing")
            if not await asyncio.to_thread(is_file_there, settings, keyring):
                raise Unwell("file_gone")
            return True

        life.watch("database", _can_be_written(Pulse(database)))
        life.watch("keys", has_its_keys)
        async with database.transaction() as transaction:
            await outbox.place_what_older_bots_wrote(transaction)
        yield Ledger(database, keyring, settings.keeps)


def _can_be_written(pulse: Pulse) -> Check:
    async def check() -> bool:
        trouble = await pulse.trouble()
        if trouble:
            raise Unwell(trouble)
        return True

    return check


def _unless(is_leaving: Callable[[], bool]) -> Check:
    """Said to a proxy that asks: while it goes on answering, others get what comes."""

    async def check() -> bool:
        if is_leaving():
            raise Unwell("stopping")
        return True

    return check


def _is_right(slack_time: SlackTime) -> Check:
    """While Slack does not tell, nothing is known against the clock."""

    async def check() -> bool:
        await slack_time.agrees()
        if slack_time.trouble:
            raise Unwell(slack_time.trouble)
        return True

    return check


def _many_workspaces(
    settings: Settings, house: House, to_slack: Line, pages: Lobby | None, life: Life
) -> AbstractAsyncContextManager[Served]:
    from bot.installing.many_workspaces import many_workspaces  # one workspace does without it

    assert settings.own_app is not None
    assert pages is not None
    return many_workspaces(settings, house, to_slack, pages, life)


def _operator_channel(settings: Settings, installation: Installation | None) -> Channel | None:
    """In the one workspace there is, or in the one that the settings name."""
    team_id = installation.team_id if installation else settings.operator_team
    channel = settings.operator_channel
    return Channel(team_id, channel) if team_id and channel else None


def _words(settings: Settings) -> Words:
    return Words.of("nb").naming(settings.operator_name, settings.keeps)


@asynccontextmanager
async def _delivering(
    house: House,
    served: Served,
    slack_time: SlackTime,
    life: Life,
    observer: Observer,
    postman: Postman,
) -> AsyncIterator[Callable[[], None]]:
    """While it lasts; with what wakes all that looks at the clock."""
    registry = served.registry
    dispatcher = Dispatcher(house.ledger, registry, observer=observer)
    sweeper = Sweeper(house.ledger, slack_time.agrees, observer)
    homes = HomeKeeper(registry)

    def changed(concerns: frozenset[str] | None) -> None:
        for workspace in registry:
            workspace.holders.forget()
        homes.heard(concerns)

    def wake() -> None:
        for wake_part in (served.wake, sweeper.wake, dispatcher.wake, letterbox.wake):
            wake_part()
        homes.heard(None)
        if watchman:
            watchman.wake()

    letterbox = Letterbox(house.ledger, postman)
    channel = house.operator_channel
    watchman = Watchman(house, registry, channel) if channel else None
    life.watch("dispatcher", dispatcher.is_running)
    life.watch("sweeper", sweeper.is_running)
    async with (
        house.ledger.database.heard_by(dispatcher.wake),
        house.ledger.database.heard_by(letterbox.wake),
        house.ledger.database.seen_by(changed),
        life.lives("home_keeper", homes.run, homes.stop),
        life.lives("dispatcher", dispatcher.run, dispatcher.stop),
        life.lives("sweeper", sweeper.run, sweeper.stop),
        life.lives("letterbox", letterbox.run, letterbox.stop),
        life.lives("watchman", watchman.run, watchman.stop) if watchman else nullcontext(),
    ):
        yield wake


@asynccontextmanager
async def _taking_requests(
    settings: Settings, app: SlackApp, slack: Clients, lobby: Lobby | None, life: Life
) -> AsyncIterator[None]:
    """Whichever way they come; at the end what is in hand is finished."""
    background = Background()
    way: AbstractAsyncContextManager[None]
    if settings.app_token is not None:
        from bot.slack.socket_mode import SocketMode  # the other way in does without it

        await require_app_token(slack.patient, settings.app_token)
        socket_mode = SocketMode(app, settings.app_token, slack.patient, background)
        life.tell_at_the_end(socket_mode.take_nothing_new)
        life.watch("socket_mode", socket_mode.is_connected)
        way = socket_mode.opened(life)
    else:
        assert settings.signing_secret is not None
        assert lobby is not None
        events = SlackEvents(app, settings.signing_secret, background)
        life.tell_at_the_end(events.take_nothing_new)
        life.watch("slack", lobby.is_open)
        way = lobby.opened(events)
    async with way:
        try:
            yield
        finally:
            life.end()
            await background.finish(life.seconds_left())


async def run(
    settings: Settings, clock: Clock = utc_now, *, for_partners_alone: bool = False
) -> None:
    """Run until SIGTERM or SIGINT, and end within ten seconds of it: of the second one, where the
    first begins a time (`leave_seconds`) in which proxies are told and all is still answered.

    A database that another process holds cannot be waited for longer: what has not been committed
    has not been acknowledged either, so nothing is lost by going.

    Raises:
        BadSetting, DatabaseUnavailable, BadPhrasings, BadSynonyms, CannotLearn, Died: as `running`.
    """
    is_ending, is_leaving = asyncio.Event(), asyncio.Event()
    way = answering_partners if for_partners_alone else running
    life = asyncio.create_task(
        _live(way(settings, clock, ending=is_ending.set, is_leaving=is_leaving.is_set), is_ending)
    )
    loop = asyncio.get_running_loop()

    def end() -> None:
        if not is_ending.is_set():
            is_ending.set()
            life.cancel()

    def leave() -> None:
        seconds = 0 if is_leaving.is_set() else settings.leave_seconds
        if not is_ending.is_set():
            is_leaving.set()
            loop.call_later(seconds, end)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` has it
            loop.add_signal_handler(number, leave)
    await is_ending.wait()
    if not await _in_time(life):
        log.warning("stopped_in_the_middle")
        logging.shutdown()
        os._exit(0 if is_leaving.is_set() or _is_well(life) else 1)
    if not life.cancelled():
        life.result()


async def _in_time(life: asyncio.Task[None]) -> bool:
    """Whether the bot, and whatever still works for it in threads, has ended in time."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + STOP_SECONDS
    _, late = await asyncio.wait([life], timeout=STOP_SECONDS)
    if late:
        return False
    threads = asyncio.create_task(loop.shutdown_default_executor())
    _, late = await asyncio.wait([threads], timeout=max(0.1, ends_at - loop.time()))
    return not late


def _is_well(life: asyncio.Task[None]) -> bool:
    return life.done() and (life.cancelled() or life.exception() is None)


async def _live(parts: AbstractAsyncContextManager[object], is_ending: asyncio.Event) -> None:
    """Until it is cancelled, or cannot go on."""
    try:
        async with parts:
            await asyncio.Event().wait()
    finally:
        is_ending.set()
