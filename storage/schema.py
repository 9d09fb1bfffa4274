"""The tables. What must never happen is refused here as well, by keys and constraints.

- A code refers to the confirmation of its own person in its own organisation, given by an
  account holder of that organisation: without one there is no row (`RULES.md` rule 2).
- A request leads to one code, and a code is replaced by one code: unique keys.
- What becomes due is a column that is empty when nothing is, under a partial index (`indexes`).
"""

from typing import TYPE_CHECKING, Any

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
from storage.sql import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Moment,
    Number,
    String,
    Table,
    Text,
    UniqueConstraint,
    Word,
    text,
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


if TYPE_CHECKING:
    UtcDateTime = Moment
else:

    def __getattr__(name: str) -> Any:
        """SQLAlchemy's own type: landed migrations ask for it here, and they never change."""
        if name != "UtcDateTime":
            raise AttributeError(name)
        from storage.column_types import Moment

        return Moment


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
    Column("left_at", Moment),
    Column("forgotten_at", Moment),
    Column("name", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("issuer", Word(Issuer), nullable=False),
    Column("state", Word(OrganisationState), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("review_before", Moment),
    Column("next_review_at", Moment),
    Column("number", String(9)),
    Column("is_at_techsoup", Boolean),
    Column("registered_by", String(32)),
    Column("names", Text),
    Column("verdict", Text),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("valid_user_since", Moment),
)

installations = Table(
    "installations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("enterprise_id", String(32)),
    Column("team_name", Text, nullable=False),
    Column("installed_by", String(32), nullable=False),
    Column("installed_at", Moment, nullable=False),
    Column("secret", LargeBinary),
    Column("key_name", String(16)),
    Column("token_expires_at", Moment),
    Column("renewing_until", Moment),
    Column("next_notice_at", Moment),
    Column("next_roll_call_at", Moment),
    Column("ended_at", Moment),
    Column("why_ended", Text),
    Column("revision", Integer, nullable=False),
)

installing = Table(
    "installing",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("forget_at", Moment, nullable=False),
)

choices = Table(
    "choices",
    metadata,
    Column("id", String(65), primary_key=True),
    _organisation(),
    Column("chosen_at", Moment, nullable=False),
)

account_holders = Table(
    "account_holders",
    metadata,
    _id(),
    _organisation(),
    Column("user_id", String(32), nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("added_by", String(32), nullable=False),
    Column("removed_at", Moment),
    Column("removed_by", String(32)),
    Column("deputy_from", Moment),
    Column("deputy_until", Moment),
    Column("next_notice_at", Moment),
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
    Column("looked_up_at", Moment),
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
    Column("confirmed_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(32)),
    Column("valid_until", Moment),
    Column("next_notice_at", Moment),
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
    Column("asked_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", String(32)),
    Column("reason", Word(Reason)),
    Column("message", Text, nullable=False),
    Column("next_notice_at", Moment),
    Column("nudged_at", Moment),
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
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(32), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("replaces_id", String(26), ForeignKey("codes.id"), unique=True),
    Column("next_notice_at", Moment),
    Column("key_name", String(16)),
    Column("sent_at", Moment),
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
    Column("due_at", Moment),
    Column("claim", String(26)),
    Column("unsure", Boolean, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("error", String(64)),
    Column("channel", String(32)),
    Column("ts", String(32)),
    Column("created_at", Moment, nullable=False),
    Column("holder_id", String(26)),
    Column("person_id", String(26)),
    CheckConstraint("state <> 'waiting' OR due_at IS NOT NULL", name="waiting_is_due"),
)

events = Table(
    "events",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("forget_at", Moment, nullable=False),
)

# Nothing here says who asked, and nothing when but for the day: not even the order of the rows.
questions = Table(
    "questions",
    metadata,
    _id(),
    _organisation(),
    Column("asked_on", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("verdict", Word(Verdict), nullable=False),
    Column("topic", Word(Topic)),
    Column("picked", Word(Topic)),
    Column("helpful", Boolean),
    Column("forget_at", Moment, nullable=False),
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
    Column("asked_at", Moment, nullable=False),
    Column("forget_at", Moment, nullable=False),
    Column("answer", Text),
    Column("answered_by", String(32)),
    Column("answered_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _organisation(),
    Column("at", Moment, nullable=False),
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
    Column("added_at", Moment, nullable=False),
    Column("suspended_at", Moment),
)

partner_keys = Table(
    "partner_keys",
    metadata,
    _id(),
    Column("partner_id", String(26), ForeignKey("partners.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("hint", String(16), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment),
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
    Column("used_at", Moment, nullable=False),
    Column("noted_by", String(32)),
    Column("is_first", Boolean, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("use_id", String(26)),
    Column("forget_at", Moment, nullable=False),
)

misses = Table(
    "misses",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("forget_at", Moment, nullable=False),
)

# Of each partner one, and one of all addresses.
lockouts = Table(
    "lockouts",
    metadata,
    _id(),
    Column("locked_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("told_at", Moment),
)

statement_keys = Table(
    "statement_keys",
    metadata,
    _id(),
    Column("secret", LargeBinary, nullable=False),
    Column("key_name", String(16), nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
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
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment),
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
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("claim", String(26)),
    Column("attempts", Integer, nullable=False),
    Column("give_up_at", Moment, nullable=False),
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
    Column("at", Moment, nullable=False),
    Column("status", Integer),
    Column("error", String(64)),
)

# Of nobody and about nothing: whether the ledger can be written is found out with it.
pulse = Table("pulse", metadata, _id(), Column("weight", LargeBinary, nullable=False))
