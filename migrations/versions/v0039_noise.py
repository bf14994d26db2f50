"""What keeps alerts quiet besides silences: snoozing, planned work, and the word of somebody that one is noise."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column("alert", sa.Column("maintenance_id", sa.BigInteger(), nullable=True))
    op.add_column("alert", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert", sa.Column("noise_reason", sa.Text(), nullable=True))
    op.add_column("alert", sa.Column("noise_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key("fk_alert_maintenance_id", "alert", "maintenance", ["maintenance_id"], ["id"])
    for column in ("maintenance_id", "snoozed_until"):
        some = sa.text(f"{column} is not null")
        op.create_index(f"ix_alert_{column}", "alert", [column], postgresql_where=some)
    op.add_column("alert_group", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    for table in ("maintenance", "maintenance_series"):
        op.add_column(table, sa.Column("quiet_alerts", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("maintenance", sa.Column("alerts_held_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_column("maintenance", "alerts_held_at")
    for table in ("maintenance", "maintenance_series"):
        op.drop_column(table, "quiet_alerts")
    op.drop_column("alert_group", "snoozed_until")
    for column in ("noise_at", "noise_reason", "snoozed_until", "maintenance_id"):
        op.drop_column("alert", column)
