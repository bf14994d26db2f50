"""Who is on call, as pagers told it; and how far what was said in channels is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

OPEN_CHANNELS = """
insert into chat_reading (incident_id, integration_id, channel, due_at)
select a.incident_id, a.integration_id, a.external_id, now() + interval '1 hour'
from outward_action a join incident i on i.id = a.incident_id join integration v on v.id = a.integration_id
where a.verb = 'OPEN_CHANNEL' and a.state = 'DONE' and v.vendor = 'slack' and v.archived_at is null
  and i.stage in ('DETECTION', 'TRIAGE', 'RESPONSE', 'MITIGATION')
on conflict do nothing
"""


def upgrade() -> None:
    op.create_table(
        "on_call_roster",
        sa.Column("integration_id", sa.BigInteger, nullable=False),
        sa.Column("people", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("as_of", MOMENT),
        sa.Column("asked_at", MOMENT),
        sa.Column("error", sa.Text),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("integration_id", name=op.f("pk_on_call_roster")),
        sa.ForeignKeyConstraint(["integration_id"], ["integration.id"], name=op.f("fk_on_call_roster_integration_id")),
    )
    op.create_table(
        "chat_reading",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("integration_id", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("complete_to", MOMENT),
        sa.Column("began_at", MOMENT),
        sa.Column("cursor", sa.Text),
        sa.Column("due_at", MOMENT),
        sa.Column("words", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_reading")),
        sa.UniqueConstraint("integration_id", "channel", name=op.f("uq_chat_reading_integration_id_channel")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_chat_reading_incident_id")),
        sa.ForeignKeyConstraint(["integration_id"], ["integration.id"], name=op.f("fk_chat_reading_integration_id")),
    )
    op.create_index("ix_chat_reading_incident_id", "chat_reading", ["incident_id"])
    op.create_index("ix_chat_reading_due_at", "chat_reading", ["due_at"])
    op.execute(OPEN_CHANNELS)


def downgrade() -> None:
    op.drop_table("chat_reading")
    op.drop_table("on_call_roster")
