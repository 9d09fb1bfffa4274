"""Which key each code was sealed with; empty in those that were there, until the next start."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("codes", sa.Column("key_name", sa.String(length=16), nullable=True))
    op.create_index("ix_codes_key_name", "codes", ["key_name"])


def downgrade() -> None:
    raise NotImplementedError("which keys the codes need would be lost")
