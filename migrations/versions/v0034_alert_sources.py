"""What alert sources sign with."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column("alert_source", sa.Column("sealed_secret", sa.LargeBinary(), nullable=True))
    op.add_column("alert_source", sa.Column("sealed_old_secret", sa.LargeBinary(), nullable=True))
    op.add_column("alert_source", sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for column in ("old_secret_until", "sealed_old_secret", "sealed_secret"):
        op.drop_column("alert_source", column)
