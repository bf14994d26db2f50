"""What keeps alerts quiet besides silences: snoozing, planned work, flapping, and that somebody calls one noise."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

QUIET = sa.text(
    "kind in ('alert.suppressed', 'alert.dropped', 'alert.released', 'alert.snoozed', 'alert.unsnoozed',"
    " 'alert.marked_noise', 'alert.unmarked_noise', 'alert.flapped', 'alert.calmed')"
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column("alert", sa.Column("maintenance_id", sa.BigInteger(), nullable=True))
    op.add_column("alert", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert", sa.Column("noise_reason", sa.Text(), nullable=True))
    op.add_column("alert", sa.Column("noise_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert", sa.Column("flapping_since", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key("fk_alert_maintenance_id", "alert", "maintenance", ["maintenance_id"], ["id"])
    for column in ("maintenance_id", "snoozed_until"):
        some = sa.text(f"{column} is not null")
        op.create_index(f"ix_alert_{column}", "alert", [column], postgresql_where=some)
    op.add_column("alert_group", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    for table in ("maintenance", "maintenance_series"):
        op.add_column(table, sa.Column("quiet_alerts", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("maintenance", sa.Column("alerts_held_at", sa.DateTime(timezone=True), nullable=True))
    for column, start in (("flap_changes", "5"), ("flap_minutes", "60")):
        op.add_column(
            "routing_rule", sa.Column(column, sa.BigInteger(), server_default=sa.text(start), nullable=False)
        )
    op.create_table(
        "alert_flapping",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calm_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_flapping_alert_id"),
        sa.ForeignKeyConstraint(["source_id"], ["alert_source.id"], name="fk_alert_flapping_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_flapping"),
        sa.UniqueConstraint("source_id", "fingerprint", name="uq_alert_flapping_source_id_fingerprint"),
    )
    op.create_index("ix_alert_flapping_alert_id", "alert_flapping", ["alert_id"])
    op.create_index("ix_alert_flapping_calm_at", "alert_flapping", ["calm_at"])
    of_alert = [sa.text("(data ->> 'alert_id'::text)"), "id"]
    op.create_index("ix_event_alert_quiet", "event", of_alert, postgresql_where=QUIET)
    op.create_index("ix_page_created_at", "page", ["created_at"])
    op.add_column(
        "organisation", sa.Column("storm_incidents", sa.BigInteger(), server_default=sa.text("50"), nullable=False)
    )
    op.create_table(
        "alert_storm",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_alert_storm_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_storm"),
    )
    op.create_index("ix_alert_storm_incident_id", "alert_storm", ["incident_id"])
    op.execute("create unique index uq_alert_storm_on on alert_storm ((true)) where ended_at is null")
    op.create_table(
        "alert_opening",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("incidents", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_opening"),
    )
    op.create_index("ix_alert_opening_opened_at", "alert_opening", ["opened_at"])


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_table("alert_opening")
    op.drop_table("alert_storm")
    op.drop_column("organisation", "storm_incidents")
    op.drop_index("ix_page_created_at", "page")
    op.drop_index("ix_event_alert_quiet", "event")
    op.drop_table("alert_flapping")
    for column in ("flap_minutes", "flap_changes"):
        op.drop_column("routing_rule", column)
    op.drop_column("maintenance", "alerts_held_at")
    for table in ("maintenance", "maintenance_series"):
        op.drop_column(table, "quiet_alerts")
    op.drop_column("alert_group", "snoozed_until")
    for column in ("flapping_since", "noise_at", "noise_reason", "snoozed_until", "maintenance_id"):
        op.drop_column("alert", column)
