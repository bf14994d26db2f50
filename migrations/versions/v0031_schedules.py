"""On-call schedules: versions in time, overrides, and links to calendars."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None


def _key() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _points_to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_table(
        "schedule",
        _key(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("stamp", sa.Uuid(), nullable=False),
        _moment("hole_told_at", nullable=True),
        _moment("created_at"),
        _moment("archived_at", nullable=True),
        _points_to("schedule", "team_id", "team"),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
    )
    op.create_index("ix_schedule_team_id", "schedule", ["team_id"])
    op.create_index(
        "uq_schedule_name",
        "schedule",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_table(
        "schedule_version",
        _key(),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _moment("valid_from"),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        _moment("created_at"),
        _moment("superseded_at", nullable=True),
        _points_to("schedule_version", "schedule_id", "schedule"),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_version"),
        sa.UniqueConstraint("schedule_id", "version", name="uq_schedule_version_schedule_id_version"),
    )
    op.create_index(
        "ix_schedule_version_valid_from",
        "schedule_version",
        ["schedule_id", "valid_from"],
        postgresql_where=sa.text("superseded_at is null"),
    )
    op.create_table(
        "schedule_override",
        _key(),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        _moment("starts_at"),
        _moment("ends_at"),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        _moment("created_at"),
        _moment("removed_at", nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name="ck_schedule_override_starts_before_it_ends"),
        _points_to("schedule_override", "schedule_id", "schedule"),
        _points_to("schedule_override", "user_id", "app_user"),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_override"),
    )
    op.create_index("ix_schedule_override_user_id", "schedule_override", ["user_id"])
    op.create_index(
        "ix_schedule_override_ends_at",
        "schedule_override",
        ["schedule_id", "ends_at"],
        postgresql_where=sa.text("removed_at is null"),
    )
    op.create_table(
        "calendar_link",
        _key(),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=True),
        _moment("created_at"),
        _moment("revoked_at", nullable=True),
        _points_to("calendar_link", "user_id", "app_user"),
        _points_to("calendar_link", "schedule_id", "schedule"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_link"),
    )
    op.create_index(
        "uq_calendar_link_current",
        "calendar_link",
        ["user_id", "schedule_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_index("ix_calendar_link_schedule_id", "calendar_link", ["schedule_id"])
    archived = sa.text("archived_at is not null")
    op.create_index("ix_app_user_archived_at", "app_user", ["archived_at"], postgresql_where=archived)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_index("ix_app_user_archived_at", "app_user")
    for table in ("calendar_link", "schedule_override", "schedule_version", "schedule"):
        op.drop_table(table)
