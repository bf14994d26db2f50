"""Postmortems that customers read."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ACTOR = sa.Enum(
    "USER",
    "SERVICE_ACCOUNT",
    "INTEGRATION",
    "SYSTEM",
    "ANONYMOUS",
    name="actorkind",
    native_enum=False,
    length=32,
)


def upgrade() -> None:
    op.create_table(
        "public_postmortem",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("author_kind", ACTOR, nullable=False),
        sa.Column("author_id", sa.BigInteger),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("edited_at", MOMENT),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_public_postmortem_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_postmortem")),
        sa.UniqueConstraint("incident_id", name=op.f("uq_public_postmortem_incident_id")),
    )
    op.create_index(
        "ix_public_postmortem_published_at",
        "public_postmortem",
        ["published_at"],
        postgresql_where=sa.text("withdrawn_at is null"),
    )


def downgrade() -> None:
    op.drop_table("public_postmortem")
