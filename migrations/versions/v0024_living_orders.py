"""Whether an order at a vendor has a job that is alive, found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    alive = sa.text("name = 'outward.perform' and not dead")
    op.create_index("ix_job_outward", "job", [sa.text("(args ->> 'action_id'::text)")], postgresql_where=alive)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_index("ix_job_outward", "job")
