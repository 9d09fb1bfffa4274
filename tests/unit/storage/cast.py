"""One small cast: Ola and Anne hold the account, Kari represents, Per asks."""

from dataclasses import dataclass

from storage import decisions, organisations, requests
from storage.database import Database
from storage.keys import Keyring, new_key
from storage.organisations import Standing
from storage.records import CodeRequest, Issuer, PersonDetails, Role

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
class Ledger:
    """The ledger of one approved organisation, with the steps that tests take over and over."""

    database: Database
    keyring: Keyring
    standing: Standing

    @classmethod
    async def begin(
        cls,
        database: Database,
        *,
        team: str = TEAM,
        name: str = "Røde Kors",
        issuer: Issuer = Issuer.BOT,
        holders: tuple[str, ...] = (OLA, ANNE),
    ) -> "Ledger":
        async with database.transaction() as transaction:
            standing = await organisations.follow_settings(transaction, team, name, issuer, holders)
        return cls(database, Keyring([new_key()]), standing)

    @property
    def organisation_id(self) -> str:
        return self.standing.organisation.id

    async def look(self) -> Standing:
        async with self.database.reading() as transaction:
            self.standing = await organisations.standing_of(transaction, self.organisation_id)
        return self.standing

    async def ask(
        self, person: PersonDetails | None = None, *, by: str = KARI, submission: str = "V1"
    ) -> str | None:
        form = requests.NewRequest(by, person or details(), "Nettside", submission)
        async with self.database.transaction() as transaction:
            return await requests.ask(transaction, self.standing, form)

    async def approve(self, request_id: str, *, by: str = OLA, pasted: str | None = None) -> str:
        async with self.database.transaction() as transaction:
            return await decisions.approve(
                transaction, self.standing, self.keyring, request_id, by, pasted
            )

    async def code(self, person: PersonDetails | None = None, *, submission: str = "V1") -> str:
        request_id = await self.ask(person, submission=submission)
        assert request_id is not None
        return await self.approve(request_id)

    async def request(self, request_id: str) -> CodeRequest:
        async with self.database.reading() as transaction:
            return await requests.find(transaction, self.organisation_id, request_id)
