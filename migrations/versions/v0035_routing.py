"""Routing: conditions, grouping, thresholds, dropping, ends; versions of the rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

RULE = {
    "condition": (sa.Text(), None),
    "group_by": (postgresql.JSONB(), "'[]'::jsonb"),
    "group_minutes": (sa.BigInteger(), "60"),
    "threshold": (sa.BigInteger(), None),
    "threshold_minutes": (sa.BigInteger(), None),
    "join_open": (sa.Boolean(), "false"),
    "drop_reason": (sa.Text(), None),
    "end_incident": (sa.String(32), "'NEVER'"),
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for name, (kind, start) in RULE.items():
        default = sa.text(start) if start else None
        op.add_column("routing_rule", sa.Column(name, kind, nullable=start is None, server_default=default))
    op.create_table(
        "routing_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("author_kind", sa.String(32), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_routing_version"),
        sa.UniqueConstraint("version", name="uq_routing_version_version"),
    )
    op.add_column("alert", sa.Column("rule_id", sa.BigInteger(), nullable=True))
    op.add_column("alert", sa.Column("bundle", sa.Text(), nullable=True))
    bundled = sa.text("bundle is not null")
    op.create_index("ix_alert_bundle", "alert", ["bundle", "id"], postgresql_where=bundled)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_index("ix_alert_bundle", "alert")
    op.drop_column("alert", "bundle")
    op.drop_column("alert", "rule_id")
    op.drop_table("routing_version")
    for name in RULE:
        op.drop_column("routing_rule", name)
