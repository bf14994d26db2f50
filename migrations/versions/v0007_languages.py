"""What the public page speaks, the colour of its links, and its logo."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("language", sa.Text, server_default="en", nullable=False))
    op.add_column("organisation", sa.Column("accent_light", sa.Text))
    op.add_column("organisation", sa.Column("accent_dark", sa.Text))
    op.add_column("organisation", sa.Column("version", sa.BigInteger, server_default="1", nullable=False))
    op.create_table(
        "page_logo",
        sa.Column("theme", sa.Enum("LIGHT", "DARK", name="logotheme", native_enum=False, length=32), nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("width", sa.BigInteger, nullable=False),
        sa.Column("height", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("theme", name=op.f("pk_page_logo")),
    )


def downgrade() -> None:
    op.drop_table("page_logo")
    for column in ("version", "accent_dark", "accent_light", "language"):
        op.drop_column("organisation", column)
