"""What was passed over when Muster was set up; the messages of a webhook and the runs of a workflow by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_table(
        "setup_skip",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("step", name="pk_setup_skip"),
    )
    trial = sa.text("template = 'test' and channel = 'mail'")
    op.create_index("ix_delivery_trial", "delivery", ["user_id", "id"], postgresql_where=trial)
    to_webhook = sa.text("webhook_id is not null")
    op.create_index("ix_delivery_webhook_id_id", "delivery", ["webhook_id", "id"], postgresql_where=to_webhook)
    op.create_index("ix_workflow_run_workflow_id_id", "workflow_run", ["workflow_id", "id"])


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_index("ix_workflow_run_workflow_id_id", "workflow_run")
    op.drop_index("ix_delivery_webhook_id_id", "delivery")
    op.drop_index("ix_delivery_trial", "delivery")
    op.drop_table("setup_skip")
