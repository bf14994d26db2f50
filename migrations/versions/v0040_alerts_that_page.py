"""Rules page for alerts alone, and ask whether they are an incident; services depend on others."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column("routing_rule", sa.Column("page_policy_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_routing_rule_page_policy_id", "routing_rule", "escalation_policy", ["page_policy_id"], ["id"]
    )
    op.add_column("routing_rule", sa.Column("ask_minutes", sa.BigInteger(), nullable=True))
    op.add_column(
        "routing_rule", sa.Column("join_upstream", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.create_table(
        "service_dependency",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("depends_on_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_service_dependency_service_id"),
        sa.ForeignKeyConstraint(["depends_on_id"], ["service.id"], name="fk_service_dependency_depends_on_id"),
        sa.PrimaryKeyConstraint("service_id", "depends_on_id", name="pk_service_dependency"),
    )
    op.create_index("ix_service_dependency_depends_on_id", "service_dependency", ["depends_on_id"])
    op.alter_column("paging_run", "incident_id", nullable=True)
    op.alter_column("page", "incident_id", nullable=True)
    op.add_column("paging_run", sa.Column("alert_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_paging_run_alert_id", "paging_run", "alert", ["alert_id"], ["id"])
    op.create_index("ix_paging_run_alert_id", "paging_run", ["alert_id"])
    op.add_column("paging_run", sa.Column("alert_key", sa.Text(), nullable=True))
    keyed = sa.text("alert_key is not null")
    op.create_index("ix_paging_run_alert_key", "paging_run", ["alert_key", "id"], postgresql_where=keyed)
    op.add_column("paging_run", sa.Column("asks_until", sa.DateTime(timezone=True), nullable=True))
    asking = sa.text("asks_until is not null")
    op.create_index("ix_paging_run_asks", "paging_run", ["asks_until"], postgresql_where=asking)
    op.add_column("paging_run", sa.Column("verdict", sa.String(32), nullable=True))
    op.add_column("alert", sa.Column("paging_run_id", sa.BigInteger(), nullable=True))
    paged = sa.text("paging_run_id is not null")
    op.create_index("ix_alert_paging_run_id", "alert", ["paging_run_id", "id"], postgresql_where=paged)


def downgrade() -> None:
    """What pages for alerts alone is forgotten: before, it could not be."""
    op.execute("set local lock_timeout = '2s'")
    op.drop_index("ix_alert_paging_run_id", "alert")
    op.drop_column("alert", "paging_run_id")
    alone = "select id from page where incident_id is null"
    op.execute(f"delete from page_attempt where page_id in ({alone})")
    op.execute("delete from page where incident_id is null")
    op.execute("delete from paging_run where incident_id is null")
    op.drop_column("paging_run", "verdict")
    op.drop_index("ix_paging_run_asks", "paging_run")
    op.drop_column("paging_run", "asks_until")
    op.drop_index("ix_paging_run_alert_key", "paging_run")
    op.drop_column("paging_run", "alert_key")
    op.drop_index("ix_paging_run_alert_id", "paging_run")
    op.drop_constraint("fk_paging_run_alert_id", "paging_run")
    op.drop_column("paging_run", "alert_id")
    op.alter_column("page", "incident_id", nullable=False)
    op.alter_column("paging_run", "incident_id", nullable=False)
    op.execute("update routing_rule set create_incident = 'ALWAYS' where create_incident = 'ASK'")
    op.drop_column("routing_rule", "ask_minutes")
    op.drop_column("routing_rule", "join_upstream")
    op.drop_table("service_dependency")
    op.drop_constraint("fk_routing_rule_page_policy_id", "routing_rule")
    op.drop_column("routing_rule", "page_policy_id")
