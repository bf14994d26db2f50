"""What alert sources sign with, how they are read, and which of their deliveries were taken, or could not be read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column("alert_source", sa.Column("sealed_secret", sa.LargeBinary(), nullable=True))
    op.add_column("alert_source", sa.Column("sealed_old_secret", sa.LargeBinary(), nullable=True))
    op.add_column("alert_source", sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert_source", sa.Column("mapping", postgresql.JSONB(), nullable=True))
    op.create_table(
        "alert_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["alert_source.id"], name="fk_alert_delivery_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_delivery"),
        sa.UniqueConstraint("source_id", "name", name="uq_alert_delivery_source_id_name"),
    )
    op.create_index("ix_alert_delivery_received_at", "alert_delivery", ["received_at"])
    op.create_table(
        "unread_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sealed_post", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["alert_source.id"], name="fk_unread_delivery_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unread_delivery"),
    )
    op.create_index("ix_unread_delivery_source_id_id", "unread_delivery", ["source_id", "id"])
    op.create_index("ix_unread_delivery_received_at", "unread_delivery", ["received_at"])


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_table("unread_delivery")
    op.drop_table("alert_delivery")
    for column in ("mapping", "old_secret_until", "sealed_old_secret", "sealed_secret"):
        op.drop_column("alert_source", column)
