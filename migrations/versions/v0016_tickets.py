"""Tickets: how far they are where they are kept, and tickets of action items."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TICKET_STATE = sa.Enum("OPEN", "IN_PROGRESS", "DONE", name="ticketstate", native_enum=False, length=32)


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.alter_column("outward_action", "incident_id", nullable=True)
    op.add_column("outward_action", sa.Column("action_item_id", sa.BigInteger))
    op.add_column("outward_action", sa.Column("ticket_state", TICKET_STATE))
    op.add_column("outward_action", sa.Column("ticket_status", sa.Text))
    op.add_column("outward_action", sa.Column("ticket_assignee", sa.Text))
    op.add_column("outward_action", sa.Column("heard_at", sa.DateTime(timezone=True)))
    op.create_foreign_key(
        op.f("fk_outward_action_action_item_id"), "outward_action", "action_item", ["action_item_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_outward_action_for_one"), "outward_action", "num_nonnulls(incident_id, action_item_id) = 1"
    )
    op.create_index(
        "ix_outward_action_ticket",
        "outward_action",
        ["integration_id", "external_id"],
        postgresql_where=sa.text("verb = 'OPEN_TICKET'"),
    )
    op.create_index(
        "ix_outward_action_action_item_id",
        "outward_action",
        ["action_item_id"],
        postgresql_where=sa.text("action_item_id is not null"),
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("delete from outward_action where incident_id is null")
    op.drop_index("ix_outward_action_action_item_id", "outward_action")
    op.drop_index("ix_outward_action_ticket", "outward_action")
    op.drop_constraint(op.f("ck_outward_action_for_one"), "outward_action")
    for name in ("heard_at", "ticket_assignee", "ticket_status", "ticket_state", "action_item_id"):
        op.drop_column("outward_action", name)
    op.alter_column("outward_action", "incident_id", nullable=False)
