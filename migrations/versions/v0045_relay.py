"""Jobs that wait in a broker (jobs.relay, ADR 0045), and how often vendors were asked by all processes together."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column("job", sa.Column("epoch", sa.Text(), nullable=True))
    urgent = sa.text("not dead and name = 'page.send'")
    op.create_index("ix_job_urgent", "job", ["run_at", "id"], postgresql_where=urgent)
    op.create_table(
        "vendor_pace",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_vendor_pace"),
        postgresql_with={"fillfactor": 50},
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_table("vendor_pace")
    op.drop_index("ix_job_urgent", "job")
    op.drop_column("job", "epoch")
