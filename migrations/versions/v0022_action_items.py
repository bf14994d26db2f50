"""Action items: their kinds, policy and reminders, who manages a team; words by which incidents are alike."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
UNDONE = "state in ('OPEN', 'IN_PROGRESS')"
ALIKE = "to_tsvector('english'::regconfig, (title || ' '::text) || \"left\"(COALESCE(summary, ''::text), 2000))"

POLICIES = {"SEV1": (3, 30, 7), "SEV2": (7, 60, 14), "SEV3": (14, 90, 30)}
"""Days to assign, to do, and overdue until a manager is told, of the severities that Muster starts with."""

DUE = ("action_item_assign_days", "action_item_due_days", "action_item_escalate_days")


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for name in DUE:
        op.add_column("severity_version", sa.Column(name, sa.BigInteger))
    op.add_column("team", sa.Column("manager_id", sa.BigInteger))
    op.create_foreign_key(op.f("fk_team_manager_id"), "team", "app_user", ["manager_id"], ["id"])
    op.add_column("action_item", sa.Column("kind", sa.String(32)))
    op.add_column("action_item", sa.Column("assign_by", MOMENT))
    op.add_column("action_item", sa.Column("escalate_days", sa.SmallInteger))
    op.add_column("action_item", sa.Column("remind_at", MOMENT))
    op.add_column("action_item", sa.Column("escalated_at", MOMENT))
    op.create_index("ix_action_item_owner_id_id", "action_item", ["owner_id", "id"])
    op.create_index("ix_action_item_owed", "action_item", ["owner_id", "id"], postgresql_where=sa.text(UNDONE))
    op.create_index("ix_action_item_assignee_id_id", "action_item", ["assignee_id", "id"])
    op.create_index(
        "ix_action_item_kind_id", "action_item", ["kind", "id"], postgresql_where=sa.text("kind is not null")
    )
    op.create_index(
        "ix_action_item_remind_at", "action_item", ["remind_at"], postgresql_where=sa.text("remind_at is not null")
    )
    op.add_column("incident", sa.Column("alike", TSVECTOR, sa.Computed(ALIKE, persisted=True)))
    _begin_with_policies()
    _remind_of_what_is_owed()


def _begin_with_policies() -> None:
    """Where no incident has a severity yet: what somebody was given keeps its obligations for ever."""
    for name, days in POLICIES.items():
        op.get_bind().execute(
            sa.text(
                f"update severity_version set {', '.join(f'{column} = :{column}' for column in DUE)}"
                " where name = :name and version = 1"
                " and not exists (select from incident where severity_version_id is not null)"
            ),
            {"name": name, **dict(zip(DUE, days, strict=True))},
        )


def _remind_of_what_is_owed() -> None:
    """A day before, or at the end of the day, whichever is to come; what is overdue by now is on the lists."""
    op.execute(
        f"""update action_item set remind_at = case
            when (due_on - 1)::timestamp at time zone 'UTC' > now() then (due_on - 1)::timestamp at time zone 'UTC'
            else (due_on + 1)::timestamp at time zone 'UTC' end
          where {UNDONE} and (due_on + 1)::timestamp at time zone 'UTC' > now()"""
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_column("incident", "alike")
    for name in ("remind_at", "kind_id", "assignee_id_id", "owed", "owner_id_id"):
        op.drop_index(f"ix_action_item_{name}", "action_item")
    for name in ("escalated_at", "remind_at", "escalate_days", "assign_by", "kind"):
        op.drop_column("action_item", name)
    op.drop_constraint(op.f("fk_team_manager_id"), "team")
    op.drop_column("team", "manager_id")
    for name in reversed(DUE):
        op.drop_column("severity_version", name)
