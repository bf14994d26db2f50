"""What metrics are read by: indexes, and the putting together of what events keep of rows."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

PUT = """
create function kept_put(state jsonb, change jsonb) returns jsonb language sql immutable parallel safe as $$
  -- As resolvers.past.apply: null says that the row went, anything else what it had anew.
  select case when jsonb_typeof(change) = 'null' then null else coalesce(state, '{}') || change end
$$
"""
TOGETHER = "create aggregate kept_together(jsonb) (sfunc = kept_put, stype = jsonb)"

MOVES = (
    "kind in ('incident.reported', 'incident.acknowledged', 'incident.declared', 'incident.declined',"
    " 'incident.cancelled', 'incident.reopened', 'incident.stage_changed')"
)
"""Events by which incidents enter and leave stages."""


def upgrade() -> None:
    op.execute(PUT)
    op.execute(TOGETHER)
    op.create_index("ix_incident_detected_at", "incident", ["detected_at"])
    op.create_index("ix_event_move", "event", ["incident_id", "kind", "id"], postgresql_where=sa.text(MOVES))
    op.create_index(
        "ix_event_overdue",
        "event",
        ["recorded_at"],
        postgresql_where=sa.text("kind = 'reminder.update_overdue'"),
    )
    op.create_index(
        "ix_status_update_promised_by",
        "status_update",
        ["promised_by"],
        postgresql_where=sa.text("promised_by is not null"),
    )
    op.create_index(
        "ix_action_item_due_on", "action_item", ["due_on"], postgresql_where=sa.text("due_on is not null")
    )
    op.create_index(
        "ix_delivery_call",
        "delivery",
        ["created_at"],
        postgresql_where=sa.text("template in ('declared', 'severity_raised')"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_call", "delivery")
    op.drop_index("ix_action_item_due_on", "action_item")
    op.drop_index("ix_status_update_promised_by", "status_update")
    op.drop_index("ix_event_overdue", "event")
    op.drop_index("ix_event_move", "event")
    op.drop_index("ix_incident_detected_at", "incident")
    op.execute("drop aggregate kept_together(jsonb)")
    op.execute("drop function kept_put(jsonb, jsonb)")
