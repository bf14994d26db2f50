"""Aims for metrics; alerts by when they were first seen; measured values by their age."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    aims = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("organisation", sa.Column("aims", aims, server_default=sa.text("'{}'"), nullable=False))
    op.create_index("ix_alert_first_seen_at", "alert", ["first_seen_at"])
    measured = sa.text("error is null")
    op.create_index("ix_metric_snapshot_measured_at", "metric_snapshot", ["measured_at"], postgresql_where=measured)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_index("ix_metric_snapshot_measured_at", "metric_snapshot")
    op.drop_index("ix_alert_first_seen_at", "alert")
    op.drop_column("organisation", "aims")
