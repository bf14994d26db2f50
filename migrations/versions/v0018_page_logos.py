"""Logos of further status pages."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_table(
        "status_page_logo",
        sa.Column("page_id", sa.BigInteger, nullable=False),
        sa.Column("theme", sa.Enum("LIGHT", "DARK", name="logotheme", native_enum=False, length=32), nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("width", sa.BigInteger, nullable=False),
        sa.Column("height", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("page_id", "theme", name=op.f("pk_status_page_logo")),
        sa.ForeignKeyConstraint(["page_id"], ["status_page.id"], name=op.f("fk_status_page_logo_page_id")),
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_table("status_page_logo")
