"""Pages are found by what their vendors call them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_outward_action_page",
        "outward_action",
        ["integration_id", "external_id"],
        postgresql_where=sa.text("verb = 'PAGE'"),
    )


def downgrade() -> None:
    op.drop_index("ix_outward_action_page", "outward_action")
