"""What an organisation made of the checks of its practice."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_table(
        "practice_tuning",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("limit_value", sa.BigInteger),
        sa.Column("target", sa.Float),
        sa.Column("tuned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_tuning")),
        sa.UniqueConstraint("key", name=op.f("uq_practice_tuning_key")),
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_table("practice_tuning")
