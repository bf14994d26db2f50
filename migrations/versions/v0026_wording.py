"""Wordings that a language model proposes: who asked, what came of it, and on which events each sentence rests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WORD = sa.String(32)
COUNTS = ("kept", "uncited", "blaming")


def _points(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_postmortem_wording_{column}"))


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column("postmortem_suggestion", sa.Column("model_name", sa.Text))
    none = sa.Column("statements", JSONB, server_default=sa.text("'[]'"), nullable=False)
    op.add_column("postmortem_suggestion", none)
    op.create_table(
        "postmortem_wording",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("postmortem_id", sa.BigInteger, nullable=False),
        sa.Column("integration_id", sa.BigInteger, nullable=False),
        sa.Column("sections", JSONB, nullable=False),
        sa.Column("author_kind", WORD, nullable=False),
        sa.Column("author_id", sa.BigInteger),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("attempts", sa.SmallInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("done_at", MOMENT),
        sa.Column("model_name", sa.Text),
        *(sa.Column(name, sa.BigInteger, server_default=sa.text("0"), nullable=False) for name in COUNTS),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem_wording")),
        _points("postmortem_id", "postmortem"),
        _points("integration_id", "integration"),
    )
    op.create_index("ix_postmortem_wording_postmortem_id_id", "postmortem_wording", ["postmortem_id", "id"])


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_table("postmortem_wording")
    op.drop_column("postmortem_suggestion", "statements")
    op.drop_column("postmortem_suggestion", "model_name")
