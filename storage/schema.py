"""The tables. What must never happen is refused here as well, by keys and constraints.

- A code refers to the confirmation of its own person in its own organisation, given by an
  account holder of that organisation: without one there is no row (`RULES.md` rule 2).
- A request leads to one code, and a code is replaced by one code: unique keys.
- What becomes due is a column that is empty when nothing is, under a partial index (`indexes`).
"""

from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

from storage.records import (
    Action,
    CodeState,
    DeliveryState,
    Issuer,
    NoticeState,
    OrganisationState,
    PartnerScope,
    Reason,
    RequestKind,
    RequestState,
    Role,
    Topic,
    Turn,
    Verdict,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware UTC in, aware UTC out. On SQLite, text that sorts as time does.

    Raises:
        ValueError: the moment has no time zone.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment in the ledger needs a time zone")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value
        return datetime.fromisoformat(value)


class Word(TypeDecorator[StrEnum]):
    """One word of an enumeration, kept as its text."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__(32)
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Number(TypeDecorator[IntEnum]):
    """One member of an enumeration that has an order, kept as its number."""

    impl = Integer
    cache_ok = True

    def __init__(self, numbers: type[IntEnum]) -> None:
        super().__init__()
        self.numbers = numbers

    def process_bind_param(self, value: IntEnum | None, dialect: Dialect) -> int | None:
        return None if value is None else self.numbers(value).value

    def process_result_value(self, value: int | None, dialect: Dialect) -> IntEnum | None:
        return None if value is None else self.numbers(value)


def _id() -> Column[str]:
    return Column("id", String(26), primary_key=True)


def _organisation() -> Column[str]:
    return Column("organisation_id", String(26), ForeignKey("organisations.id"), nullable=False)


organisations = Table(
    "organisations",
    metadata,
    _id(),
    Column("team_id", String(32), nullable=False),
    Column("enterprise_id", String(32)),
    Column("left_at", UtcDateTime),
    Column("forgotten_at", UtcDateTime),
    Column("name", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("issuer", Word(Issuer), nullable=False),
    Column("state", Word(OrganisationState), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("review_before", UtcDateTime),
    Column("next_review_at", UtcDateTime),
    Column("number", String(9)),
    Column("is_at_techsoup", Boolean),
    Column("registered_by", String(32)),
    Column("names", Text),
    Column("verdict", Text),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("valid_user_since", UtcDateTime),
)

installations = Table(
    "installations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("enterprise_id", String(32)),
    Column("team_name", Text, nullable=False),
    Column("installed_by", String(32), nullable=False),
    Column("installed_at", UtcDateTime, nullable=False),
    Column("secret", LargeBinary),
    Column("key_name", String(16)),
    Column("token_expires_at", UtcDateTime),
    Column("renewing_until", UtcDateTime),
    Column("next_notice_at", UtcDateTime),
    Column("next_roll_call_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("why_ended", Text),
    Column("revision", Integer, nullable=False),
)

installing = Table(
    "installing",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("forget_at", UtcDateTime, nullable=False),
)

choices = Table(
    "choices",
    metadata,
    Column("id", String(65), primary_key=True),
    _organisation(),
    Column("chosen_at", UtcDateTime, nullable=False),
)

account_holders = Table(
    "account_holders",
    metadata,
    _id(),
    _organisation(),
    Column("user_id", String(32), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", String(32), nullable=False),
    Column("removed_at", UtcDateTime),
    Column("removed_by", String(32)),
    Column("deputy_from", UtcDateTime),
    Column("deputy_until", UtcDateTime),
    Column("next_notice_at", UtcDateTime),
    UniqueConstraint("id", "organisation_id"),
)

people = Table(
    "people",
    metadata,
    _id(),
    _organisation(),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("user_id", String(32)),
    Column("looked_up_at", UtcDateTime),
    Column("slack_name", Text),
    Column("confirmation_id", String(26)),
    Column("sort_key", Text),
    UniqueConstraint("organisation_id", "identity"),
    UniqueConstraint("id", "organisation_id"),
)

confirmations = Table(
    "confirmations",
    metadata,
    _id(),
    Column("organisation_id", String(26), nullable=False),
    Column("person_id", String(26), nullable=False),
    Column("account_holder_id", String(26), nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("confirmed_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_by", String(32)),
    Column("valid_until", UtcDateTime),
    Column("next_notice_at", UtcDateTime),
    ForeignKeyConstraint(["person_id", "organisation_id"], ["people.id", "people.organisation_id"]),
    ForeignKeyConstraint(
        ["account_holder_id", "organisation_id"],
        ["account_holders.id", "account_holders.organisation_id"],
    ),
    UniqueConstraint("id", "organisation_id", "person_id"),
)

code_requests = Table(
    "code_requests",
    metadata,
    _id(),
    Column("organisation_id", String(26), nullable=False),
    Column("person_id", String(26), nullable=False),
    Column("asked_by", String(32), nullable=False),
    Column("kind", Word(RequestKind), nullable=False),
    Column(
        "code_id",
        String(26),
        ForeignKey("codes.id", use_alter=True, name="fk_code_requests_code_id"),
    ),
    Column("role", Word(Role), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("submission_id", Text, unique=True),
    Column("state", Word(RequestState), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(32)),
    Column("reason", Word(Reason)),
    Column("message", Text, nullable=False),
    Column("next_notice_at", UtcDateTime),
    Column("nudged_at", UtcDateTime),
    ForeignKeyConstraint(["person_id", "organisation_id"], ["people.id", "people.organisation_id"]),
)

codes = Table(
    "codes",
    metadata,
    _id(),
    Column("organisation_id", String(26), nullable=False),
    Column("person_id", String(26), nullable=False),
    Column("confirmation_id", String(26), nullable=False),
    Column("request_id", String(26), ForeignKey("code_requests.id"), unique=True),
    Column("user_id", String(32)),
    Column("secret", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("hint", String(2), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Word(CodeState), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(32), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("replaces_id", String(26), ForeignKey("codes.id"), unique=True),
    Column("next_notice_at", UtcDateTime),
    Column("key_name", String(16)),
    Column("sent_at", UtcDateTime),
    Column("sent_by", String(32)),
    Column("found_by", Text),
    Column("folded", LargeBinary),
    ForeignKeyConstraint(
        ["confirmation_id", "organisation_id", "person_id"],
        ["confirmations.id", "confirmations.organisation_id", "confirmations.person_id"],
    ),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _organisation(),
    Column("key", String(128), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("recipient", String(32)),
    Column("request_id", String(26), ForeignKey("code_requests.id")),
    Column("code_id", String(26), ForeignKey("codes.id")),
    Column("topics", String(64)),
    Column("question_id", String(26)),
    Column("forwarded_id", String(26)),
    Column("team_id", String(32), nullable=False, server_default=""),
    Column("place", String(32)),
    Column("thread_ts", String(32)),
    Column("turn", Number(Turn), nullable=False, server_default=text(str(Turn.DEED.value))),
    Column("revision", BigInteger, nullable=False),
    Column("state", Word(NoticeState), nullable=False),
    Column("due_at", UtcDateTime),
    Column("claim", String(26)),
    Column("unsure", Boolean, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("error", String(64)),
    Column("channel", String(32)),
    Column("ts", String(32)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("holder_id", String(26)),
    Column("person_id", String(26)),
    CheckConstraint("state <> 'waiting' OR due_at IS NOT NULL", name="waiting_is_due"),
)

events = Table(
    "events",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("forget_at", UtcDateTime, nullable=False),
)

# Nothing here says who asked, and nothing when but for the day: not even the order of the rows.
questions = Table(
    "questions",
    metadata,
    _id(),
    _organisation(),
    Column("asked_on", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("verdict", Word(Verdict), nullable=False),
    Column("topic", Word(Topic)),
    Column("picked", Word(Topic)),
    Column("helpful", Boolean),
    Column("forget_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

forwarded_questions = Table(
    "forwarded_questions",
    metadata,
    _id(),
    _organisation(),
    Column("asked_by", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("submission_id", Text, nullable=False, unique=True),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("forget_at", UtcDateTime, nullable=False),
    Column("answer", Text),
    Column("answered_by", String(32)),
    Column("answered_at", UtcDateTime),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _organisation(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("action", Word(Action), nullable=False),
    Column("request_id", String(26)),
    Column("code_id", String(26)),
    Column("person_id", String(26)),
    Column("holder_id", String(26)),
    Column("seq", BigInteger, nullable=False),
    Column("salt", LargeBinary),
    Column("commitment", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("organisation_id", "seq"),
)

# Where each organisation's chain ends. As long as it has one, nothing of its audit is taken away.
audit_heads = Table(
    "audit_heads",
    metadata,
    Column("organisation_id", String(26), ForeignKey("organisations.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

partners = Table(
    "partners",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("identity", Text, nullable=False, unique=True),
    Column("scope", Word(PartnerScope), nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("suspended_at", UtcDateTime),
)

partner_keys = Table(
    "partner_keys",
    metadata,
    _id(),
    Column("partner_id", String(26), ForeignKey("partners.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("hint", String(16), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
)

# Each is an event of the audit, too, and has its id.
uses = Table(
    "uses",
    metadata,
    _id(),
    _organisation(),
    Column("code_id", String(26), ForeignKey("codes.id"), nullable=False),
    Column("partner_id", String(26), ForeignKey("partners.id")),
    Column("service", Text, nullable=False),
    Column("reference", Text),
    Column("key", Text, unique=True),
    Column("used_at", UtcDateTime, nullable=False),
    Column("noted_by", String(32)),
    Column("is_first", Boolean, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("use_id", String(26)),
    Column("forget_at", UtcDateTime, nullable=False),
)

misses = Table(
    "misses",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Column("forget_at", UtcDateTime, nullable=False),
)

# Of each partner one, and one of all addresses.
lockouts = Table(
    "lockouts",
    metadata,
    _id(),
    Column("locked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("told_at", UtcDateTime),
)

statement_keys = Table(
    "statement_keys",
    metadata,
    _id(),
    Column("secret", LargeBinary, nullable=False),
    Column("key_name", String(16), nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

# A partner has one place; where it was given another secret, the old one is of use for a while.
webhooks = Table(
    "webhooks",
    metadata,
    _id(),
    Column("partner_id", String(26), ForeignKey("partners.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("key_name", String(16), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("partner_id", String(26), ForeignKey("partners.id"), nullable=False),
    _organisation(),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("claim", String(26)),
    Column("attempts", Integer, nullable=False),
    Column("give_up_at", UtcDateTime, nullable=False),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    _id(),
    Column(
        "delivery_id",
        String(26),
        ForeignKey("deliveries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("error", String(64)),
)

# Of nobody and about nothing: whether the ledger can be written is found out with it.
pulse = Table("pulse", metadata, _id(), Column("weight", LargeBinary, nullable=False))
