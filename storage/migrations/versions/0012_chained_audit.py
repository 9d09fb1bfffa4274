"""The audit in chains, one for each organisation, which the database itself only lets grow."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_BATCH = 5_000
_BEGINNING = bytes(32)
_OLD = ("id", "organisation_id", "at", "actor", "action")
_ABOUT = ("request_id", "code_id", "person_id", "holder_id")
_KEPT = (*_OLD, *_ABOUT)

_SAME_ON_SQLITE = " AND ".join(
    f"NEW.{name} IS OLD.{name}"
    for name in ("id", "organisation_id", "at", "action", *_ABOUT, "seq", "commitment", "hash")
)
_ON_SQLITE = (
    "CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS"
    " (SELECT 1 FROM audit WHERE id = NEW.id"
    " OR (organisation_id = NEW.organisation_id AND seq = NEW.seq))"
    " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit WHEN NOT"
    f" (NEW.actor = 'erased' AND NEW.salt IS NULL AND {_SAME_ON_SQLITE})"
    " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
    "CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit WHEN EXISTS"
    " (SELECT 1 FROM audit_heads WHERE organisation_id = OLD.organisation_id)"
    " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
)
_SAME_ON_POSTGRESQL = ", ".join(
    ("id", "organisation_id", "at", "action", *_ABOUT, "seq", "commitment", "hash")
)
_ON_POSTGRESQL = (
    "CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF TG_OP = 'UPDATE' THEN"
    " IF NEW.actor = 'erased' AND NEW.salt IS NULL AND"
    f" ({', '.join(f'NEW.{name}' for name in _SAME_ON_POSTGRESQL.split(', '))})"
    " IS NOT DISTINCT FROM"
    f" ({', '.join(f'OLD.{name}' for name in _SAME_ON_POSTGRESQL.split(', '))})"
    " THEN RETURN NEW; END IF;"
    " ELSIF TG_OP = 'DELETE' THEN"
    " IF NOT EXISTS (SELECT FROM audit_heads WHERE organisation_id = OLD.organisation_id)"
    " THEN RETURN OLD; END IF;"
    " END IF;"
    " RAISE EXCEPTION 'the audit is only added to' USING ERRCODE = 'restrict_violation';"
    " END $$",
    "CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE ON audit"
    " FOR EACH ROW EXECUTE FUNCTION keep_audit()",
    "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit"
    " FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()",
)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _columns() -> list[sa.Column[Any]]:
    moment = sa.String(length=32) if _is_sqlite() else sa.DateTime(timezone=True)
    needed = {"id": 26, "organisation_id": 26, "actor": 32, "action": 32}
    texts = [
        sa.Column(name, sa.String(length=length), nullable=False) for name, length in needed.items()
    ]
    about = [sa.Column(name, sa.String(length=26)) for name in _ABOUT]
    return [*texts, sa.Column("at", moment, nullable=False), *about]


def _keys() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_audit_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    ]


def _set_aside() -> None:
    """The table as it was, whose names are free then."""
    op.drop_index("ix_audit_organisation", "audit")
    op.rename_table("audit", "audit_before")
    if not _is_sqlite():
        op.execute("ALTER TABLE audit_before RENAME CONSTRAINT pk_audit TO pk_audit_before")
    op.create_index("ix_audit_before", "audit_before", ["organisation_id", "at", "id"])


def _drop_aside() -> None:
    op.drop_table("audit_before")
    op.create_index("ix_audit_organisation", "audit", ["organisation_id", "at"])


def upgrade() -> None:
    _set_aside()
    op.create_table(
        "audit",
        *_columns(),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        *_keys(),
        sa.UniqueConstraint("organisation_id", "seq", name=op.f("uq_audit_organisation_id_seq")),
    )
    op.create_table(
        "audit_heads",
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_audit_heads_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_audit_heads")),
    )
    for organisation_id in op.get_bind().scalars(sa.text("SELECT id FROM organisations")).all():
        _chain(organisation_id)
    _drop_aside()
    op.create_index("ix_audit_action", "audit", ["organisation_id", "action", "at"])
    op.create_index("ix_audit_actor", "audit", ["organisation_id", "actor", "seq"])
    for column in _ABOUT:
        is_said = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_audit_{column}",
            "audit",
            [column],
            sqlite_where=is_said,
            postgresql_where=is_said,
        )
    for statement in _ON_SQLITE if _is_sqlite() else _ON_POSTGRESQL:
        op.execute(statement)


def _chain(organisation_id: str) -> None:
    """What has happened there, in the order in which it did as far as that is still known."""
    connection, seq, before = op.get_bind(), 0, _BEGINNING
    names = ", ".join((*_KEPT, "seq", "salt", "commitment", "hash"))
    values = ", ".join(f":{name}" for name in names.split(", "))
    append = sa.text(f"INSERT INTO audit ({names}) VALUES ({values})")  # noqa: S608 - our names
    for batch in _batches(organisation_id):
        for entry in batch:
            seq += 1
            salt = token_bytes(16)
            commitment = sha256(salt + entry["actor"].encode()).digest()
            entry |= {"seq": seq, "salt": salt, "commitment": commitment}
            before = entry["hash"] = _hash(entry, before)
        connection.execute(append, batch)
    begin = sa.text(
        "INSERT INTO audit_heads (organisation_id, seq, hash) VALUES (:id, :seq, :hash)"
    )
    connection.execute(begin, {"id": organisation_id, "seq": seq, "hash": before})


def _batches(organisation_id: str) -> Iterator[list[dict[str, Any]]]:
    names, last = ", ".join(_KEPT), None
    begin = "SELECT {} FROM audit_before WHERE organisation_id = :id {} ORDER BY at, id LIMIT {}"
    while True:
        further = "AND (at, id) > (:at, :last)" if last else ""
        page = sa.text(begin.format(names, further, _BATCH))
        found = op.get_bind().execute(page, {"id": organisation_id, **(last or {})})
        batch = [dict(row) for row in found.mappings()]
        if not batch:
            return
        last = {"at": batch[-1]["at"], "last": batch[-1]["id"]}
        yield batch


def _hash(entry: dict[str, Any], before: bytes) -> bytes:
    at = entry["at"]
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    told = [
        1,
        before.hex(),
        entry["organisation_id"],
        entry["seq"],
        entry["id"],
        moment.astimezone(UTC).isoformat(timespec="microseconds"),
        entry["commitment"].hex(),
        entry["action"],
        *(entry[name] for name in _ABOUT),
    ]
    return sha256(json.dumps(told, separators=(",", ":")).encode()).digest()


def downgrade() -> None:
    op.drop_table("audit_heads")
    for name in ("action", "actor", *_ABOUT):
        op.drop_index(f"ix_audit_{name}", "audit")
    _set_aside()
    if not _is_sqlite():
        op.execute("DROP TRIGGER audit_is_only_added_to ON audit_before")
        op.execute("DROP TRIGGER audit_is_not_emptied ON audit_before")
        op.execute("DROP FUNCTION keep_audit()")
    op.create_table("audit", *_columns(), *_keys())
    names = ", ".join(_KEPT)
    op.execute(f"INSERT INTO audit ({names}) SELECT {names} FROM audit_before")  # noqa: S608
    _drop_aside()
