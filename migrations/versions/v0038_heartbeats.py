"""Monitors that should report, and until when they could; changes of services."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("old_key_digest", sa.LargeBinary(), nullable=True),
        sa.Column("old_key_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("every_seconds", sa.BigInteger(), nullable=False),
        sa.Column("grace_seconds", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("down_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'UP') = (due_at is not null)", name=op.f("ck_heartbeat_due_while_up")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_heartbeat_service_id"),
        sa.ForeignKeyConstraint(["source_id"], ["alert_source.id"], name="fk_heartbeat_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_heartbeat"),
        sa.UniqueConstraint("key_digest", name="uq_heartbeat_key_digest"),
        sa.UniqueConstraint("old_key_digest", name="uq_heartbeat_old_key_digest"),
    )
    op.create_index("ix_heartbeat_service_id", "heartbeat", ["service_id"])
    due = sa.text("due_at is not null")
    op.create_index("ix_heartbeat_due_at", "heartbeat", ["due_at"], postgresql_where=due)
    op.create_table(
        "heartbeat_watch",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("listening_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_heartbeat_watch"),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_change_service_id"),
        sa.ForeignKeyConstraint(["source_id"], ["alert_source.id"], name="fk_change_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sa.UniqueConstraint("source_id", "name", name="uq_change_source_id_name"),
    )
    op.create_index("ix_change_service_id_happened_at", "change", ["service_id", "happened_at"])
    op.create_index("ix_change_happened_at", "change", ["happened_at", "id"])


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_table("change")
    op.drop_table("heartbeat_watch")
    op.drop_table("heartbeat")
