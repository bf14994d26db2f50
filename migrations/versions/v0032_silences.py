"""Silences, and which of them holds an alert back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_table(
        "silence",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("matchers", postgresql.JSONB(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_kind", sa.String(32), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["alert_source.id"], name="fk_silence_source_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_silence_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_silence"),
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at"])
    op.add_column("alert", sa.Column("silence_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_alert_silence_id", "alert", "silence", ["silence_id"], ["id"])
    held = sa.text("silence_id is not null")
    op.create_index("ix_alert_silence_id", "alert", ["silence_id"], postgresql_where=held)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_index("ix_alert_silence_id", "alert")
    op.drop_column("alert", "silence_id")
    op.drop_table("silence")
