"""The workspaces that have installed the bot: each wakes when somebody calls it, or something is to
be told there, and sleeps again when others have been called since."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from handlers.house import Registry, Workspace
from storage import claiming, installations, organisations
from storage.database import Reading
from storage.desk import Ledger
from storage.installations import Installed
from storage.keys import SecretUnreadable
from storage.records import Turn

log = logging.getLogger(__name__)

MOST_AWAKE = 500
MOST_ROUSED = 64
"""Notices, the oldest, whose workspaces are woken in one go."""

LOOKED_AT_WITHIN = timedelta(minutes=5)
"""So long what is known of an installation counts, unless it is told otherwise: another process may
have renewed its token, and the one before is good for two hours more."""


GRID = "E"
"""How the id of an organisation of Enterprise Grid begins."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class _Awake(Struct, frozen=True):
    workspace: Workspace
    looked_at: datetime


class AwakeRegistry(Registry):
    """`wake` makes a workspace of an installation. A warm call costs a look into a dictionary, a
    cold one a read of one row."""

    serves_all = True

    def __init__(
        self,
        ledger: Ledger,
        wake: Callable[[str, Installed], Workspace],
        *,
        most: int = MOST_AWAKE,
    ) -> None:
        super().__init__(())
        self._ledger = ledger
        self._wake = wake
        self._most = most
        self._awake: OrderedDict[str, _Awake] = OrderedDict()
        self._waking: dict[str, asyncio.Task[Workspace | None]] = {}
        self._absent: set[str] = set()
        """Where the bot is not, and something is due: nobody looks for it again and again."""

    def __iter__(self) -> Iterator[Workspace]:
        return iter([each.workspace for each in self._awake.values()])

    async def rouse(self, resting: Mapping[Turn, Collection[str]]) -> None:
        """All in one read, but for those that are found by their organisation of Enterprise Grid.

        Raises:
            DatabaseUnavailable: the ledger does not answer.
        """
        due: list[str] = []
        async with self._ledger.database.reading() as reading:
            for turn in Turn:
                but = [*resting.get(turn, ()), *self._absent]
                due += await claiming.teams_due(reading, turn, but=but, most=MOST_ROUSED)
            due = list(dict.fromkeys(due))
            grids = await organisations.grids(reading, due) if due else {}
            await self._wake_each(reading, due)
        for team_id in due:
            try:
                workspace = await self.called_by(team_id, grids.get(team_id, ""))
            except SecretUnreadable as error:  # the keys tell of it, and others are not to wait
                log.warning("not_woken", extra={"team": team_id, "error": type(error).__name__})
                workspace = None
            if workspace is None:
                self._absent.add(team_id)

    async def _wake_each(self, reading: Reading, teams: Sequence[str]) -> None:
        """Those of these that have an installation of their own."""
        asleep = [
            team_id
            for team_id in teams
            if not team_id.startswith(GRID) and not self._is_awake(team_id)
        ]
        if asleep:
            found = await installations.find_each(reading, self._ledger.keys, asleep)
            for team_id, installed in found.items():
                self._woken(team_id, installed, reading.now)

    async def called_by(self, team_id: str, enterprise_id: str = "") -> Workspace | None:
        """Where that workspace has not installed it, but one other of the same organisation of
        Enterprise Grid, it is that one: its members may come from there.

        Raises:
            DatabaseUnavailable: it is not known here, and the ledger does not answer.
            SecretUnreadable: it was sealed with a key that is not in the ring.
        """
        known = self._awake.get(team_id)
        if known and self._counts(known):
            self._awake.move_to_end(team_id)
            return known.workspace
        if not team_id:
            return None
        waking = self._waking.get(team_id)
        if waking is None:
            waking = asyncio.create_task(self._look(team_id, enterprise_id))
            self._waking[team_id] = waking
            waking.add_done_callback(lambda _: self._waking.pop(team_id, None))
        return await asyncio.shield(waking)

    def _is_awake(self, team_id: str) -> bool:
        known = self._awake.get(team_id)
        return known is not None and self._counts(known)

    def _counts(self, known: _Awake) -> bool:
        is_new = self._ledger.database.clock() < known.looked_at + LOOKED_AT_WITHIN
        return is_new and not known.workspace.ties.are_cut

    async def _look(self, team_id: str, enterprise_id: str) -> Workspace | None:
        known = self._awake.get(team_id)
        enterprise_id = enterprise_id or (known.workspace.grid if known else None) or ""
        ids = [team_id, *([enterprise_id] if enterprise_id else [])]
        async with self._ledger.database.reading() as reading:
            now = reading.now
            found = await installations.find(reading, self._ledger.keys, ids)
            if found is None or team_id.startswith(GRID):
                grid = enterprise_id or team_id
                team_id, found = await self._only_one(reading, grid, team_id, found)
        if found is None:
            self.forget(team_id)
            return None
        if found.granted.id.startswith(GRID):
            async with self._ledger.database.transaction() as transaction:
                await organisations.joined_grid(transaction, team_id, found.granted.id)
        return self._woken(team_id, found, now)

    def _woken(self, team_id: str, found: Installed, now: datetime) -> Workspace:
        """One that is awake goes on with the token that counts now."""
        self._absent.discard(team_id)
        known = self._awake.get(team_id)
        workspace = self._wake(team_id, found)
        if known and known.workspace.renewed_as(workspace):
            workspace = known.workspace
        self._awake[team_id] = _Awake(workspace, now)
        self._awake.move_to_end(team_id)
        while len(self._awake) > self._most:
            self._awake.popitem(last=False)
        return workspace

    async def _only_one(
        self, reading: Reading, grid: str, team_id: str, found: Installed | None
    ) -> tuple[str, Installed | None]:
        """Of a Grid, whose own installation it may be, no workspace is named that has its own."""
        if found is None:
            found = await installations.find_only_one(reading, self._ledger.keys, grid)
            return (found.granted.id, found) if found else (team_id, None)
        teams = await organisations.of_grid(reading, grid)
        return (teams[0] if len(teams) == 1 else team_id), found

    def forget(self, team_id: str) -> None:
        """The bot has been removed there."""
        self._awake.pop(team_id, None)

    def look_again(self) -> None:
        """For those where the bot was not: it may have been installed by another process."""
        self._absent.clear()

    def changed(self, installation_id: str) -> None:
        """Another token counts there now, or the bot has been installed or removed: who is awake
        is looked at anew, and goes on."""
        self._absent.clear()
        for team_id, known in self._awake.items():
            seat = known.workspace.seat
            if installation_id in (team_id, seat and seat.installation_id):
                self._awake[team_id] = replace(known, looked_at=LONG_AGO)
