"""What alert sources sign with, and which of their deliveries were taken."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
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


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_table("alert_delivery")
    for column in ("mapping", "old_secret_until", "sealed_old_secret", "sealed_secret"):
        op.drop_column("alert_source", column)
