"""Planned work: what is scheduled, what customers are told of it, and how it recurs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATE = sa.Enum(
    *("SCHEDULED", "IN_PROGRESS", "VERIFYING", "COMPLETED", "CANCELLED"),
    name="maintenancestate",
    native_enum=False,
    length=32,
)
ACTOR = sa.Enum(
    *("USER", "SERVICE_ACCOUNT", "INTEGRATION", "SYSTEM", "ANONYMOUS"), name="actorkind", native_enum=False, length=32
)
TIME = sa.DateTime(timezone=True)

# A restored database passes over a hundred numbers that people read (feed_enter_era, 0001). An integer's sequence is
# left alone by its loop over the others, which are moved far ahead.
INCIDENTS = "perform setval('incident_number', last_value + 100, is_called) from incident_number;"
NUMBERS = f"""
do $do$
declare
  defined text := pg_get_functiondef('feed_enter_era(bigint, boolean)'::regprocedure);
  taught text := replace(defined, $a${INCIDENTS}$a$,
    $b${INCIDENTS} {INCIDENTS.replace("incident", "maintenance")}$b$);
begin
  if taught = defined then
    raise exception 'feed_enter_era is not as it was expected';
  end if;
  execute taught;
end $do$
"""


def key() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def number(name: str, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=empty)


def text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def flags(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def times(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TIME, nullable=False) for name in names]


def maybe_times(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TIME, nullable=True) for name in names]


def reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("create sequence maintenance_number as integer")
    series()
    maintenance()
    updates()
    op.execute(NUMBERS)


def series() -> None:
    op.create_table(
        "maintenance_series",
        key(),
        *text("rule", "time_zone"),
        *times("starts_at"),
        number("minutes"),
        *text("title", "body"),
        sa.Column("component_ids", postgresql.JSONB(), nullable=False),
        *flags("auto_start", "auto_end"),
        number("remind_minutes", empty=True),
        *flags("notify"),
        *times("made_until"),
        *maybe_times("extend_due_at", "ended_at"),
        number("continues_id", empty=True),
        number("version"),
        *times("created_at"),
        sa.CheckConstraint("minutes > 0", name="ck_maintenance_series_takes_time"),
        reference("maintenance_series", "continues_id", "maintenance_series.id"),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance_series"),
    )
    due("maintenance_series", "extend_due_at")


def maintenance() -> None:
    op.create_table(
        "maintenance",
        number("id"),
        *text("title", "body"),
        sa.Column("state", STATE, nullable=False),
        *times("starts_at", "ends_at"),
        *maybe_times("started_at", "ended_at", "cancelled_at"),
        *flags("auto_start", "auto_end"),
        number("remind_minutes", empty=True),
        *flags("notify"),
        *maybe_times("begin_due_at", "end_due_at", "remind_due_at"),
        number("series_id", empty=True),
        *maybe_times("occurrence_at"),
        *flags("edited_apart"),
        number("sequence"),
        number("version"),
        *times("created_at", "changed_at"),
        sa.CheckConstraint("starts_at < ends_at", name="ck_maintenance_starts_before_it_ends"),
        sa.CheckConstraint("started_at <= ended_at", name="ck_maintenance_started_before_it_ended"),
        reference("maintenance", "series_id", "maintenance_series.id"),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance"),
    )
    op.create_index("ix_maintenance_starts_at", "maintenance", ["starts_at", "id"])
    pending = sa.text("state in ('SCHEDULED', 'IN_PROGRESS', 'VERIFYING')")
    op.create_index("ix_maintenance_pending", "maintenance", ["starts_at", "id"], postgresql_where=pending)
    op.create_index(
        "uq_maintenance_series_id_occurrence_at",
        "maintenance",
        ["series_id", "occurrence_at"],
        unique=True,
        postgresql_where=sa.text("series_id is not null"),
    )
    for column in ("begin_due_at", "end_due_at", "remind_due_at"):
        due("maintenance", column)
    op.create_table(
        "maintenance_component",
        number("maintenance_id"),
        number("component_id"),
        reference("maintenance_component", "maintenance_id", "maintenance.id"),
        reference("maintenance_component", "component_id", "component.id"),
        sa.PrimaryKeyConstraint("maintenance_id", "component_id", name="pk_maintenance_component"),
    )
    op.create_index("ix_maintenance_component_component_id", "maintenance_component", ["component_id"])


def updates() -> None:
    op.create_table(
        "maintenance_update",
        key(),
        number("maintenance_id"),
        sa.Column("status", STATE, nullable=False),
        *text("body"),
        sa.Column("author_kind", ACTOR, nullable=False),
        number("author_id", empty=True),
        *times("published_at"),
        *maybe_times("edited_at", "withdrawn_at"),
        reference("maintenance_update", "maintenance_id", "maintenance.id"),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance_update"),
    )
    op.create_index("ix_maintenance_update_maintenance_id_id", "maintenance_update", ["maintenance_id", "id"])
    op.create_table(
        "maintenance_update_revision",
        key(),
        number("update_id"),
        *text("body"),
        *times("replaced_at"),
        reference("maintenance_update_revision", "update_id", "maintenance_update.id"),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance_update_revision"),
    )
    op.create_index("ix_maintenance_update_revision_update_id", "maintenance_update_revision", ["update_id"])


def due(table: str, column: str) -> None:
    """An index over the moments that timers look at."""
    op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=sa.text(f"{column} is not null"))


def downgrade() -> None:
    raise RuntimeError("what customers were told would be lost: restore a backup instead")
