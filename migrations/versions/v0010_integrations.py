"""Accounts at vendors, and what was done there for incidents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
VERB = sa.Enum("OPEN_BRIDGE", "OPEN_CHANNEL", "ARCHIVE_CHANNEL", name="outwardverb", native_enum=False, length=32)
STATE = sa.Enum("PENDING", "UNKNOWN", "DONE", "FAILED", "CALLED_OFF", name="outwardstate", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "integration",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("vendor", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("configuration", JSONB, nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT),
        sa.Column("failing_since", MOMENT),
        sa.Column("next_attempt_at", MOMENT),
        sa.Column("signed_out_at", MOMENT),
        sa.Column("told_at", MOMENT),
        sa.Column("error", sa.Text),
        sa.Column("checks", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("checked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration")),
    )
    op.create_index(
        "uq_integration_key", "integration", ["key"], unique=True, postgresql_where=sa.text("archived_at is null")
    )
    op.create_table(
        "outward_action",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("integration_id", sa.BigInteger, nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("verb", VERB, nullable=False),
        sa.Column("arguments", JSONB, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT),
        sa.Column("done_at", MOMENT),
        sa.Column("external_id", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outward_action")),
        sa.UniqueConstraint("key", name=op.f("uq_outward_action_key")),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integration.id"], name=op.f("fk_outward_action_integration_id")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_outward_action_incident_id")),
    )
    op.create_index("ix_outward_action_incident_id_id", "outward_action", ["incident_id", "id"])
    op.create_index(
        "ix_outward_action_waiting",
        "outward_action",
        ["integration_id", "id"],
        postgresql_where=sa.text("state in ('PENDING', 'UNKNOWN')"),
    )


def downgrade() -> None:
    op.drop_table("outward_action")
    op.drop_table("integration")
