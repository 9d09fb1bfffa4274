"""Three casts for the same screens: ordinary people, people who type anything, long names."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.members import Member
from storage.records import (
    CODE_LIFETIME,
    Code,
    CodeRequest,
    CodeState,
    Confirmation,
    Issuer,
    Organisation,
    OrganisationState,
    Person,
    Reason,
    RequestKind,
    RequestState,
    Role,
)
from templates.situation import Situation

NOW = datetime(2026, 9, 24, 12, 5, tzinfo=UTC)
ASKER = "U0ASKER"
HOLDER = "U0HOLDER"
SECOND_HOLDER = "U0SECOND"
HOLDERS = (HOLDER, SECOND_HOLDER)
BOT = "bot"
SHORT_NAME = "Fjellvettringene"
CODE_TEXT = "qx34a567@MyNGOname"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cast:
    """What was typed; everything else is the same for all."""

    first_name: str
    last_name: str
    email: str
    purpose: str
    message: str
    organisation: str
    holder_name: str

    @property
    def typed(self) -> tuple[str, ...]:
        return (
            f"{self.first_name} {self.last_name}",
            self.first_name,
            self.last_name,
            self.email,
            self.purpose,
            self.message,
            self.organisation,
            self.holder_name,
        )

    def situation(
        self,
        reader: str | None = ASKER,
        *,
        holders: tuple[str, ...] = HOLDERS,
        state: OrganisationState = OrganisationState.APPROVED,
        issuer: Issuer = Issuer.BOT,
        member: Member | None = None,
        registered_by: str | None = None,
        verdict: str | None = None,
    ) -> Situation:
        organisation = Organisation(
            id="01ORGANISATION",
            team_id="T0TEAM",
            name=self.organisation,
            short_name=SHORT_NAME,
            issuer=issuer,
            state=state,
            created_at=NOW - 300 * DAY,
            registered_by=registered_by,
            verdict=verdict,
        )
        return Situation(organisation, holders, NOW, reader, member)

    def person(self, user_id: str | None = ASKER, *, looked_up: bool = True) -> Person:
        return Person(
            id="01PERSON",
            organisation_id="01ORGANISATION",
            first_name=self.first_name,
            last_name=self.last_name,
            email=self.email,
            user_id=user_id,
            looked_up_at=NOW if looked_up else None,
        )

    def request(
        self,
        state: RequestState = RequestState.PENDING,
        *,
        number: int = 1,
        person: Person | None = None,
        kind: RequestKind = RequestKind.NEW,
        decided_by: str | None = HOLDER,
        reason: Reason | None = None,
        purpose: str | None = None,
        asked_by: str = ASKER,
    ) -> CodeRequest:
        pending = state is RequestState.PENDING
        return CodeRequest(
            id=f"01REQUEST{number:02}",
            organisation_id="01ORGANISATION",
            person=person or self.person(),
            asked_by=asked_by,
            kind=kind,
            code_id="01CODE01" if kind is RequestKind.REFRESH else None,
            role=Role.VOLUNTEER,
            purpose=self.purpose if purpose is None else purpose,
            state=state,
            asked_at=NOW - 2 * DAY,
            decided_at=None if pending else NOW,
            decided_by=None if pending else decided_by,
            reason=reason,
            message=self.message if reason else "",
        )

    def code(
        self,
        state: CodeState = CodeState.ACTIVE,
        *,
        number: int = 1,
        days_left: float = 46,
        user_id: str | None = ASKER,
        replaces_id: str | None = None,
        purpose: str | None = None,
    ) -> Code:
        expires_at = NOW + days_left * DAY
        return Code(
            id=f"01CODE{number:02}",
            organisation_id="01ORGANISATION",
            person=self.person(user_id),
            request_id="01REQUEST01",
            user_id=user_id,
            hint=CODE_TEXT[:2],
            purpose=self.purpose if purpose is None else purpose,
            state=state,
            made_at=expires_at - CODE_LIFETIME,
            made_by=HOLDER,
            expires_at=expires_at,
            replaces_id=replaces_id,
            ended_at=NOW if state in (CodeState.REPLACED, CodeState.REVOKED) else None,
        )


def confirmation(*, withdrawn: bool = False, until: datetime | None = None) -> Confirmation:
    return Confirmation(
        id="01WORD",
        confirmed_by=HOLDER,
        confirmed_at=NOW - 100 * DAY,
        role=Role.BOARD_MEMBER,
        valid_until=until,
        withdrawn_at=NOW - 9 * DAY if withdrawn else None,
        withdrawn_by=HOLDER if withdrawn else None,
    )


ORDINARY = Cast(
    first_name="Kari",
    last_name="Nordmann",
    email="kari@example.no",
    purpose="Kontorpakke til styret",
    message="Hvem er dette? Skriv hva personen gjør hos oss.",
    organisation="Fjellvettringene",
    holder_name="Ola Nordmann",
)
HOSTILE = Cast(
    first_name="*x* <!channel>",
    last_name=":tada: \"שלום\" 'q' & co",
    email="o'hara_+tag&x=1?@example.no",
    purpose="<https://x|y> _u_ ~s~ `k` %(name)s {{ x }}",
    message="<@U0HOLDER> *b*\n> sitat :wave:\n```kode```",
    organisation="<!here> *Lag* & Sønner",
    holder_name="<!everyone> _Ola_",
)
LONGEST = Cast(
    first_name="Å" * 60,
    last_name="W" * 60,
    email="a" * 64 + "@" + "b" * 185 + ".no",
    purpose="Ø" * 200,
    message="Æ" * 500,
    organisation="Ü" * 250,
    holder_name="Q" * 120,
)
CASTS = {"ordinary": ORDINARY, "hostile": HOSTILE, "longest": LONGEST}
