"""Runbooks, and which of them incidents are worked by."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "runbook",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("service_id", sa.BigInteger),
        sa.Column("severity_id", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runbook")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_runbook_service_id")),
        sa.ForeignKeyConstraint(["severity_id"], ["severity.id"], name=op.f("fk_runbook_severity_id")),
    )
    op.create_index(
        "uq_runbook_name",
        "runbook",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_table(
        "opened_runbook",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("runbook_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opened_runbook")),
        sa.UniqueConstraint("incident_id", "runbook_id", name=op.f("uq_opened_runbook_incident_id_runbook_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_opened_runbook_incident_id")),
        sa.ForeignKeyConstraint(["runbook_id"], ["runbook.id"], name=op.f("fk_opened_runbook_runbook_id")),
    )


def downgrade() -> None:
    op.drop_table("opened_runbook")
    op.drop_table("runbook")
