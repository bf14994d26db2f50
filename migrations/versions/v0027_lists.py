"""Filters that people keep, what happened to an alert, and the postmortems that are owed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

WORD = sa.String(32)
OF_ALERT = sa.text(
    "kind in ('alert.received', 'alert.acknowledged', 'alert.resolved', 'alert.linked', 'alert.unlinked')"
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("owner_kind", WORD, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("filter", JSONB, nullable=False),
        sa.Column("order", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    own_name = ["owner_kind", "owner_id", sa.text("lower(name)")]
    op.create_index("uq_saved_filter_name", "saved_filter", own_name, unique=True)
    of_alert = [sa.text("(data ->> 'alert_id'::text)"), "id"]
    op.create_index("ix_event_alert", "event", of_alert, postgresql_where=OF_ALERT)
    owed = sa.text("status <> 'PUBLISHED'")
    op.create_index("ix_postmortem_owed", "postmortem", ["due_at", "id"], postgresql_where=owed)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_index("ix_postmortem_owed", "postmortem")
    op.drop_index("ix_event_alert", "event")
    op.drop_table("saved_filter")
