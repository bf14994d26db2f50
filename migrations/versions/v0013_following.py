"""What stands for an incident at vendors follows what happens to it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("followed", sa.Boolean, server_default=sa.text("false"), nullable=False))
    op.execute(
        """update incident set followed = true where id in (select incident_id from outward_action
        where state = 'DONE' and verb in ('OPEN_CHANNEL', 'OPEN_TICKET'))"""
    )


def downgrade() -> None:
    op.drop_column("incident", "followed")
