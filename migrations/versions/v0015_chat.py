"""What was said in the channels of incidents, and who people are in a chat."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "chat_message",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("integration_id", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("thread", sa.Text),
        sa.Column("posted_at", MOMENT, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("bot", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("files", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("edited_at", MOMENT),
        sa.Column("deleted_at", MOMENT),
        sa.Column("marked_at", MOMENT),
        sa.Column("url", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
        sa.UniqueConstraint(
            "integration_id", "channel", "stamp", name=op.f("uq_chat_message_integration_id_channel_stamp")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_chat_message_incident_id")),
        sa.ForeignKeyConstraint(["integration_id"], ["integration.id"], name=op.f("fk_chat_message_integration_id")),
    )
    op.create_index(
        "ix_chat_message_incident_id_posted_at_id", "chat_message", ["incident_id", "posted_at", "id"]
    )
    op.create_table(
        "chat_person",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("integration_id", sa.BigInteger, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_person")),
        sa.UniqueConstraint("integration_id", "external_id", name=op.f("uq_chat_person_integration_id_external_id")),
        sa.ForeignKeyConstraint(["integration_id"], ["integration.id"], name=op.f("fk_chat_person_integration_id")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_chat_person_user_id")),
    )
    op.create_index("ix_chat_person_user_id", "chat_person", ["user_id"])
    op.create_index(
        "ix_outward_action_channel",
        "outward_action",
        ["integration_id", "external_id"],
        postgresql_where=sa.text("verb = 'OPEN_CHANNEL'"),
    )


def downgrade() -> None:
    op.drop_index("ix_outward_action_channel", "outward_action")
    op.drop_table("chat_person")
    op.drop_table("chat_message")
