"""Subscribers of the status page, addresses that mail servers refused for good, and the ledger of what was told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHANNEL = sa.Enum("EMAIL", "WEBHOOK", "SLACK", "TEAMS", name="channel", native_enum=False, length=32)
KIND = sa.Enum("INCIDENTS", "MAINTENANCE", name="newskind", native_enum=False, length=32)
STATE = sa.Enum(
    *("PENDING", "SENT", "DELIVERED", "ACKNOWLEDGED", "FAILED", "UNKNOWN", "SUPPRESSED"),
    name="deliverystate",
    native_enum=False,
    length=32,
)
ACTIVE = sa.text("confirmed_at is not null and unsubscribed_at is null and disabled_at is null")
OPEN = sa.text("state in ('PENDING', 'UNKNOWN')")


def key() -> sa.Column[int]:
    """A primary key that PostgreSQL counts up."""
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def upgrade() -> None:
    _subscribers()
    _ledger()


def _subscribers() -> None:
    op.create_table(
        "subscriber",
        key(),
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("email", sa.Text),
        sa.Column("sealed_url", sa.LargeBinary),
        sa.Column("host", sa.Text),
        sa.Column("sealed_secret", sa.LargeBinary),
        sa.Column("kinds", postgresql.JSONB, nullable=False),
        sa.Column("every_component", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("unsubscribed_at", MOMENT),
        sa.Column("disabled_at", MOMENT),
        sa.Column("disabled_because", sa.Text),
        sa.Column("failing_since", MOMENT),
        sa.Column("next_attempt_at", MOMENT),
        sa.Column("asked_at", MOMENT),
        sa.Column("asked_today", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("digest", name=op.f("uq_subscriber_digest")),
    )
    op.create_index("ix_subscriber_active", "subscriber", ["channel", "id"], postgresql_where=ACTIVE)
    for column in ("unsubscribed_at", "disabled_at"):
        op.create_index(
            f"ix_subscriber_{column}", "subscriber", [column], postgresql_where=sa.text("digest is not null")
        )
    op.create_index(
        *("ix_subscriber_unconfirmed", "subscriber", ["created_at"]), postgresql_where=sa.text("confirmed_at is null")
    )
    op.create_table(
        "subscriber_component",
        sa.Column("subscriber_id", sa.BigInteger, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("component_id", sa.BigInteger, sa.ForeignKey("component.id"), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "component_id", name=op.f("pk_subscriber_component")),
    )
    op.create_index("ix_subscriber_component_component_id", "subscriber_component", ["component_id"])
    op.create_table(
        "suppression",
        key(),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("digest", name=op.f("uq_suppression_digest")),
    )


def _ledger() -> None:
    op.create_table(
        "broadcast",
        key(),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("after_id", sa.BigInteger, nullable=False),
        sa.Column("listed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("event_id", name=op.f("uq_broadcast_event_id")),
    )
    op.create_index("ix_broadcast_topic_id", "broadcast", ["topic", "id"])
    op.create_table(
        "subscriber_delivery",
        key(),
        sa.Column("broadcast_id", sa.BigInteger, sa.ForeignKey("broadcast.id"), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("message_id", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber_delivery")),
        sa.UniqueConstraint(
            "broadcast_id", "subscriber_id", name=op.f("uq_subscriber_delivery_broadcast_id_subscriber_id")
        ),
        postgresql_with={"fillfactor": 80},
    )
    for name, columns, where in (
        ("ix_subscriber_delivery_open", ["broadcast_id", "channel", "due_at"], OPEN),
        ("ix_subscriber_delivery_thread", ["subscriber_id", "topic", "id"], None),
        ("ix_subscriber_delivery_created_at", ["created_at"], None),
    ):
        op.create_index(name, "subscriber_delivery", columns, postgresql_where=where)


def downgrade() -> None:
    raise RuntimeError("subscribers would be lost: restore a backup instead")
