"""The ledger's desk: one organisation, in one transaction, opened for what is to be done there.

    async with ledger.deciding(team_id) as desk:
        await decisions.approve(desk, request_id, user_id)

Whoever asks or looks holds off whoever changes who may decide, and decisions of one organisation
come one after the other. How strongly the organisation is locked is the desk's kind: what must
not be done on less takes that kind, and a weaker desk is not accepted for it. From then on its
transaction is kept to that organisation by the database, too, where that can (`row_security`).

    Desk            to look: nothing is locked, and nothing may be written
    └── AskingDesk      to ask and to write: the organisation stays as it stands
        └── DecidingDesk    to decide: and nobody else decides in it meanwhile
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from msgspec import Struct

from storage.database import Database, Reading, Transaction
from storage.keys import Keyring
from storage.records import ENDED_LIFETIME, Organisation
from storage.schema import organisations
from storage.sql import CompoundSelect, Select, Statement, bindparam, select
from storage.sql_text import is_insert
from storage.standing import Standing, standing_of, standing_of_team
from storage.statements import Row

_ORGANISATION = select(organisations.c.id)
_OF_TEAM = _ORGANISATION.where(organisations.c.team_id == bindparam("which")).order_by(
    organisations.c.id
)
_OF_ID = _ORGANISATION.where(organisations.c.id == bindparam("which"))

Locks = tuple[Select[Any], Select[Any]]
"""The statement that locks the organisation of a workspace, and the one for it by its id."""


class NoKeys(RuntimeError):  # noqa: N818
    """At this desk no code can be read or made: it was opened without the keys."""


class Desk:
    """To look at: one organisation as it stands, and what is written of it.

    A statement that is run here is about this organisation alone: it has a parameter
    `of_organisation` (an INSERT a column `organisation_id`), and one without is refused.
    """

    def __init__(self, transaction: Reading, standing: Standing, keyring: Keyring | None) -> None:
        self._reading = transaction
        self.standing = standing
        self._keyring = keyring

    @property
    def keyring(self) -> Keyring:
        """
        Raises:
            NoKeys: the desk was opened without.
        """
        if self._keyring is None:
            raise NoKeys(NoKeys.__doc__)
        return self._keyring

    @property
    def reading(self) -> Reading:
        """For what is about no organisation."""
        return self._reading

    @property
    def organisation(self) -> Organisation:
        return self.standing.organisation

    @property
    def now(self) -> datetime:
        return self._reading.now

    async def rows(self, statement: Select[Any] | CompoundSelect[Any], **values: Any) -> list[Row]:
        """Run a statement about this organisation; the rows it gives.

        Raises:
            UnknownValue: it is not about one organisation alone.
        """
        return await self._reading.rows(statement, of_organisation=self.organisation.id, **values)

    async def row(self, statement: Select[Any], **values: Any) -> Row | None:
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None


class AskingDesk(Desk):
    """To ask at and to write at: the organisation stays as it stands until the end."""

    _locks: ClassVar[Locks] = (
        _OF_TEAM.with_for_update(read=True),
        _OF_ID.with_for_update(read=True),
    )

    def __init__(
        self, transaction: Transaction, standing: Standing, keyring: Keyring | None
    ) -> None:
        super().__init__(transaction, standing, keyring)
        self.transaction = transaction

    @classmethod
    async def of_team(cls, transaction: Transaction, keyring: Keyring | None, team_id: str) -> Self:
        """
        Raises:
            NoOrganisation: this workspace belongs to no organisation here.
        """
        # Locked first and read then: what is read in the statement that waits for a lock is what
        # stood before the wait.
        await transaction.lock(cls._locks[0], which=team_id)
        standing = await standing_of_team(transaction, team_id)
        await transaction.keep_to(standing.organisation.id)
        return cls(transaction, standing, keyring)

    @classmethod
    async def of(
        cls, transaction: Transaction, keyring: Keyring | None, organisation_id: str
    ) -> Self:
        """
        Raises:
            NoOrganisation: there is no such organisation.
        """
        await transaction.keep_to(organisation_id)
        await transaction.lock(cls._locks[1], which=organisation_id)
        return cls(transaction, await standing_of(transaction, organisation_id), keyring)

    def new_id(self) -> str:
        return self.transaction.new_id()

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        which = "organisation_id" if is_insert(statement) else "of_organisation"
        return await self.transaction.rows(statement, **{which: self.organisation.id}, **values)

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None

    async def run(self, statement: Statement, **values: Any) -> None:
        await self.rows(statement, **values)


class DecidingDesk(AskingDesk):
    """To decide at: nobody else decides in this organisation meanwhile."""

    _locks: ClassVar[Locks] = (
        _OF_TEAM.with_for_update(key_share=True),
        _OF_ID.with_for_update(key_share=True),
    )

    async def read_standing_again(self) -> None:
        """After the organisation itself, or who its account holders are, has been changed."""
        self.standing = await standing_of(self.transaction, self.organisation.id)


class Ledger(Struct, frozen=True):
    """The database and the keys to the codes in it: where desks are opened.

    A desk of a workspace is opened by its team, and where only the organisation's own id is at
    hand, by that (`…_at`).
    """

    database: Database
    keyring: Keyring | None = None
    """None where no code is read or made, as by most of the operator's commands."""

    keeps: timedelta = ENDED_LIFETIME
    """How long it keeps what has ended."""

    @asynccontextmanager
    async def looking(self, team_id: str) -> AsyncIterator[Desk]:
        """
        Raises (as do `asking` and `deciding`):
            NoOrganisation: this workspace belongs to no organisation here.
        """
        async with self.database.reading() as reading:
            standing = await standing_of_team(reading, team_id)
            await reading.keep_to(standing.organisation.id)
            yield Desk(reading, standing, self.keyring)

    @asynccontextmanager
    async def looking_at(self, organisation_id: str) -> AsyncIterator[Desk]:
        async with self.database.reading() as reading:
            await reading.keep_to(organisation_id)
            yield Desk(reading, await standing_of(reading, organisation_id), self.keyring)

    @asynccontextmanager
    async def asking(self, team_id: str) -> AsyncIterator[AskingDesk]:
        async with self.database.transaction() as transaction:
            yield await AskingDesk.of_team(transaction, self.keyring, team_id)

    @asynccontextmanager
    async def asking_at(self, organisation_id: str) -> AsyncIterator[AskingDesk]:
        async with self.database.transaction() as transaction:
            yield await AskingDesk.of(transaction, self.keyring, organisation_id)

    @property
    def keys(self) -> Keyring:
        """
        Raises:
            NoKeys: it was opened without.
        """
        if self.keyring is None:
            raise NoKeys(NoKeys.__doc__)
        return self.keyring

    @asynccontextmanager
    async def deciding_at(self, organisation_id: str) -> AsyncIterator[DecidingDesk]:
        async with self.database.transaction() as transaction:
            yield await DecidingDesk.of(transaction, self.keyring, organisation_id)

    @asynccontextmanager
    async def deciding(self, team_id: str) -> AsyncIterator[DecidingDesk]:
        async with self.database.transaction() as transaction:
            yield await DecidingDesk.of_team(transaction, self.keyring, team_id)
