"""One small cast: Ola and Anne hold the account, Kari represents, Per asks."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta

from msgspec.structs import replace

from storage import decisions, organisations, requests
from storage.database import Database
from storage.desk import AskingDesk, DecidingDesk, Desk, Ledger
from storage.keys import Keyring, new_key
from storage.making import Pasted
from storage.records import CodeRequest, Issuer, PersonDetails, Role
from storage.standing import Standing
from tests.welcomed import welcomed

TEAM = "T0ORG"
OLA, ANNE, KARI, PER = "UOLA", "UANNE", "UKARI", "UPER"


def details(first_name: str = "Kari", last_name: str = "Nordmann", **changes: str) -> PersonDetails:
    return PersonDetails(
        first_name=first_name,
        last_name=last_name,
        email=changes.get("email", f"{first_name.lower()}@example.org"),
        role=Role.VOLUNTEER,
    )


@dataclass
class Office:
    """One approved organisation and its ledger, with the steps that tests take over and over."""

    ledger: Ledger
    standing: Standing
    """As it was at first, or when last looked at."""

    @classmethod
    async def begin(
        cls,
        database: Database,
        *,
        team: str = TEAM,
        name: str = "Røde Kors",
        issuer: Issuer = Issuer.BOT,
        holders: tuple[str, ...] = (OLA, ANNE),
    ) -> "Office":
        ledger = Ledger(database, Keyring([new_key()]))
        standing = await organisations.follow_settings(ledger, team, name, issuer, holders)
        await welcomed(database)
        return cls(ledger, standing)

    @property
    def database(self) -> Database:
        return self.ledger.database

    @property
    def keyring(self) -> Keyring:
        assert self.ledger.keyring is not None
        return self.ledger.keyring

    def takes_keys(self, keyring: Keyring) -> None:
        self.ledger = replace(self.ledger, keyring=keyring)

    def keeps(self, lifetime: timedelta) -> None:
        self.ledger = replace(self.ledger, keeps=lifetime)

    @property
    def team(self) -> str:
        return self.standing.organisation.team_id

    def looking(self) -> AbstractAsyncContextManager[Desk]:
        return self.ledger.looking(self.team)

    def asking(self) -> AbstractAsyncContextManager[AskingDesk]:
        return self.ledger.asking(self.team)

    def deciding(self) -> AbstractAsyncContextManager[DecidingDesk]:
        return self.ledger.deciding(self.team)

    async def look(self) -> Standing:
        async with self.looking() as desk:
            self.standing = desk.standing
        return self.standing

    async def ask(
        self, person: PersonDetails | None = None, *, by: str = KARI, submission: str = "V1"
    ) -> str | None:
        form = requests.NewRequest(by, person or details(), "Nettside", submission)
        async with self.asking() as desk:
            return await requests.ask(desk, form)

    async def approve(
        self,
        request_id: str,
        *,
        by: str = OLA,
        pasted: str | None = None,
        made_on: date | None = None,
    ) -> str:
        given = None if pasted is None else Pasted(pasted, made_on)
        async with self.deciding() as desk:
            return await decisions.approve(desk, request_id, by, given)

    async def code(self, person: PersonDetails | None = None, *, submission: str = "V1") -> str:
        request_id = await self.ask(person, submission=submission)
        assert request_id is not None
        return await self.approve(request_id)

    async def request(self, request_id: str) -> CodeRequest:
        async with self.looking() as desk:
            return await requests.find(desk, request_id)
