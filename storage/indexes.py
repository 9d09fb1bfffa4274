"""The indexes, beside the tables: the migrations make them and the databases keep them.

The running bot needs to know nothing of them, and is spared the dialects of databases that it
does not use, which SQLAlchemy loads to look at what is said of a partial index.
"""

from sqlalchemy import DDL, Index, Table, event, func, text

from storage import row_security
from storage.tables import (
    account_holders,
    audit,
    choices,
    code_requests,
    codes,
    confirmations,
    deliveries,
    delivery_attempts,
    events,
    forwarded_questions,
    idempotency_keys,
    installations,
    installing,
    metadata,
    misses,
    organisations,
    outbox,
    partner_keys,
    people,
    questions,
    uses,
    webhooks,
)

__all__ = ["metadata"]
"""The tables with their indexes."""

Index(
    "ix_account_holders_active",
    account_holders.c.organisation_id,
    account_holders.c.user_id,
    unique=True,
    sqlite_where=account_holders.c.removed_at.is_(None),
    postgresql_where=account_holders.c.removed_at.is_(None),
)
Index(
    "ix_account_holders_organisation",
    account_holders.c.organisation_id,
    account_holders.c.added_at,
)
Index(
    "ix_account_holders_due",
    account_holders.c.next_notice_at,
    sqlite_where=account_holders.c.next_notice_at.is_not(None),
    postgresql_where=account_holders.c.next_notice_at.is_not(None),
)
for _name in (
    "enterprise_id",
    "token_expires_at",
    "ended_at",
    "key_name",
    "next_notice_at",
    "next_roll_call_at",
):
    Index(
        f"ix_installations_{_name}",
        installations.c[_name],
        sqlite_where=installations.c[_name].is_not(None),
        postgresql_where=installations.c[_name].is_not(None),
    )
Index("ix_installing_forget_at", installing.c.forget_at)
Index("ix_people_user_id", people.c.organisation_id, people.c.user_id)
Index(
    "ix_people_named",
    people.c.looked_up_at,
    sqlite_where=people.c.slack_name.is_not(None),
    postgresql_where=people.c.slack_name.is_not(None),
)
Index(
    "ix_people_listed",
    people.c.organisation_id,
    people.c.sort_key,
    people.c.id,
    sqlite_where=people.c.confirmation_id.is_not(None),
    postgresql_where=people.c.confirmation_id.is_not(None),
)
Index("ix_organisations_team_id", organisations.c.team_id)
Index("ix_choices_chosen_at", choices.c.chosen_at)
Index(
    "ix_organisations_enterprise_id",
    organisations.c.enterprise_id,
    sqlite_where=organisations.c.enterprise_id.is_not(None),
    postgresql_where=organisations.c.enterprise_id.is_not(None),
)
_is_leaving = text("left_at IS NOT NULL AND forgotten_at IS NULL")
Index(
    "ix_organisations_left_at",
    organisations.c.left_at,
    sqlite_where=_is_leaving,
    postgresql_where=_is_leaving,
)
Index(
    "ix_organisations_review",
    organisations.c.next_review_at,
    sqlite_where=organisations.c.next_review_at.is_not(None),
    postgresql_where=organisations.c.next_review_at.is_not(None),
)
Index(
    "ix_confirmations_due",
    confirmations.c.next_notice_at,
    sqlite_where=confirmations.c.next_notice_at.is_not(None),
    postgresql_where=confirmations.c.next_notice_at.is_not(None),
)
Index(
    "ix_confirmations_given",
    confirmations.c.confirmed_at,
    sqlite_where=text("withdrawn_at IS NULL AND valid_until IS NULL"),
    postgresql_where=text("withdrawn_at IS NULL AND valid_until IS NULL"),
)
Index(
    "ix_confirmations_passing",
    confirmations.c.valid_until,
    sqlite_where=text("withdrawn_at IS NULL AND valid_until IS NOT NULL"),
    postgresql_where=text("withdrawn_at IS NULL AND valid_until IS NOT NULL"),
)
Index(
    "ix_confirmations_withdrawn",
    confirmations.c.withdrawn_at,
    sqlite_where=confirmations.c.withdrawn_at.is_not(None),
    postgresql_where=confirmations.c.withdrawn_at.is_not(None),
)
Index("ix_confirmations_person", confirmations.c.person_id, confirmations.c.confirmed_at)
Index(
    "ix_code_requests_pending",
    code_requests.c.organisation_id,
    code_requests.c.asked_at,
    sqlite_where=code_requests.c.state == "pending",
    postgresql_where=code_requests.c.state == "pending",
)
Index(
    "ix_code_requests_pending_refresh",
    code_requests.c.code_id,
    unique=True,
    sqlite_where=code_requests.c.state == "pending",
    postgresql_where=code_requests.c.state == "pending",
)
Index(
    "ix_code_requests_due",
    code_requests.c.next_notice_at,
    sqlite_where=code_requests.c.next_notice_at.is_not(None),
    postgresql_where=code_requests.c.next_notice_at.is_not(None),
)
Index(
    "ix_code_requests_decided",
    code_requests.c.decided_at,
    sqlite_where=code_requests.c.decided_at.is_not(None),
    postgresql_where=code_requests.c.decided_at.is_not(None),
)
Index("ix_code_requests_person", code_requests.c.person_id, code_requests.c.asked_at)
Index("ix_code_requests_code", code_requests.c.code_id)
Index("ix_codes_organisation", codes.c.organisation_id, codes.c.made_at)
Index("ix_codes_listed", codes.c.organisation_id, codes.c.state, codes.c.expires_at, codes.c.id)
Index("ix_codes_user", codes.c.organisation_id, codes.c.user_id, codes.c.made_at)
Index("ix_codes_key_name", codes.c.key_name)
Index(
    "ix_codes_due",
    codes.c.next_notice_at,
    sqlite_where=codes.c.next_notice_at.is_not(None),
    postgresql_where=codes.c.next_notice_at.is_not(None),
)
Index(
    "ix_codes_ended",
    codes.c.ended_at,
    sqlite_where=codes.c.ended_at.is_not(None),
    postgresql_where=codes.c.ended_at.is_not(None),
)
Index("ix_codes_folded", codes.c.folded)
Index("ix_codes_person", codes.c.person_id, codes.c.confirmation_id)
Index(
    "ix_outbox_due",
    outbox.c.turn,
    outbox.c.due_at,
    sqlite_where=outbox.c.due_at.is_not(None),
    postgresql_where=outbox.c.due_at.is_not(None),
)
Index("ix_outbox_request", outbox.c.request_id)
Index("ix_outbox_code", outbox.c.code_id)
Index(
    "ix_outbox_forwarded",
    outbox.c.forwarded_id,
    sqlite_where=outbox.c.forwarded_id.is_not(None),
    postgresql_where=outbox.c.forwarded_id.is_not(None),
)
Index("ix_outbox_created", outbox.c.created_at)
_reminders = text("kind = 'requests_waiting' AND state <> 'dropped'")
Index(
    "ix_outbox_reminders",
    outbox.c.organisation_id,
    sqlite_where=_reminders,
    postgresql_where=_reminders,
)
_is_registered = text("number IS NOT NULL AND NOT (state = 'awaiting' AND verdict IS NOT NULL)")
Index(
    "ix_organisations_number",
    organisations.c.number,
    sqlite_where=organisations.c.number.is_not(None),
    postgresql_where=organisations.c.number.is_not(None),
)
Index(
    "ix_organisations_short_name",
    func.lower(organisations.c.short_name),
    unique=True,
    sqlite_where=_is_registered,
    postgresql_where=_is_registered,
)
Index("ix_organisations_called", func.lower(organisations.c.short_name))
_registrations = text("kind = 'organisation_registered' AND state <> 'dropped'")
Index(
    "ix_outbox_registrations",
    outbox.c.organisation_id,
    sqlite_where=_registrations,
    postgresql_where=_registrations,
)
_checks = text("kind = 'authority_check' AND state <> 'dropped'")
Index(
    "ix_outbox_checks",
    outbox.c.organisation_id,
    sqlite_where=_checks,
    postgresql_where=_checks,
)
Index(
    "ix_outbox_parked",
    outbox.c.created_at,
    sqlite_where=outbox.c.state == "parked",
    postgresql_where=outbox.c.state == "parked",
)
Index("ix_partner_keys_partner", partner_keys.c.partner_id, partner_keys.c.made_at)
Index("ix_uses_code", uses.c.code_id, uses.c.used_at)
Index("ix_idempotency_keys_forget_at", idempotency_keys.c.forget_at)
Index("ix_misses_forget_at", misses.c.forget_at)
Index("ix_webhooks_partner", webhooks.c.partner_id, webhooks.c.made_at)
Index(
    "ix_deliveries_due",
    deliveries.c.due_at,
    sqlite_where=deliveries.c.due_at.is_not(None),
    postgresql_where=deliveries.c.due_at.is_not(None),
)
Index("ix_deliveries_partner", deliveries.c.partner_id, deliveries.c.made_at)
Index("ix_deliveries_made_at", deliveries.c.made_at)
Index(
    "ix_deliveries_parked",
    deliveries.c.partner_id,
    sqlite_where=deliveries.c.state == "parked",
    postgresql_where=deliveries.c.state == "parked",
)
Index("ix_delivery_attempts_delivery", delivery_attempts.c.delivery_id, delivery_attempts.c.at)
Index("ix_events_forget_at", events.c.forget_at)
Index("ix_questions_organisation", questions.c.organisation_id, questions.c.asked_on)
Index("ix_questions_forget_at", questions.c.forget_at)
Index("ix_forwarded_questions_forget_at", forwarded_questions.c.forget_at)
Index("ix_audit_organisation", audit.c.organisation_id, audit.c.at)
Index("ix_audit_action", audit.c.organisation_id, audit.c.action, audit.c.at)
Index("ix_audit_actor", audit.c.organisation_id, audit.c.actor, audit.c.seq)
for _name in ("person_id", "code_id", "request_id", "holder_id"):
    Index(
        f"ix_audit_{_name}",
        audit.c[_name],
        sqlite_where=audit.c[_name].is_not(None),
        postgresql_where=audit.c[_name].is_not(None),
    )

# What has happened is only added to. Who did it may be erased (`chain`), and all of an organisation
# that is here no more, whose chain has no head then, may go.
_KEPT = [column.name for column in audit.c if column.name not in ("actor", "salt")]
_TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS"
        " (SELECT 1 FROM audit WHERE id = NEW.id"
        " OR (organisation_id = NEW.organisation_id AND seq = NEW.seq))"
        " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
        "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit WHEN NOT"
        " (NEW.actor = 'erased' AND NEW.salt IS NULL AND "
        + " AND ".join(f"NEW.{name} IS OLD.{name}" for name in _KEPT)
        + ") BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
        "CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit WHEN EXISTS"
        " (SELECT 1 FROM audit_heads WHERE organisation_id = OLD.organisation_id)"
        " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'UPDATE' THEN IF NEW.actor = 'erased' AND NEW.salt IS NULL AND"
        f" ({', '.join(f'NEW.{name}' for name in _KEPT)}) IS NOT DISTINCT FROM"
        f" ({', '.join(f'OLD.{name}' for name in _KEPT)}) THEN RETURN NEW; END IF;"
        " ELSIF TG_OP = 'DELETE' THEN"
        " IF NOT EXISTS (SELECT FROM audit_heads WHERE organisation_id = OLD.organisation_id)"
        " THEN RETURN OLD; END IF; END IF;"
        " RAISE EXCEPTION 'the audit is only added to' USING ERRCODE = 'restrict_violation';"
        " END $$",
        "CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE ON audit"
        " FOR EACH ROW EXECUTE FUNCTION keep_audit()",
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()",
    ),
}


def _after(table: Table, dialect: str, *statements: str) -> None:
    """What is done, on one kind of database, when the table has been made."""
    for statement in statements:
        ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", ddl)


for _dialect, _statements in _TRIGGERS.items():
    _after(audit, _dialect, *_statements)
for _table in metadata.tables.values():
    if "organisation_id" in _table.c:
        _after(_table, "postgresql", *row_security.policy(_table.name))
