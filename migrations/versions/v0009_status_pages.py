"""Several status pages: of products and regions, with hosts, components, readers and subscribers of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ACTIVE = sa.text("confirmed_at is not null and unsubscribed_at is null and disabled_at is null")


def upgrade() -> None:
    _pages()
    _subscribers()


def _pages() -> None:
    access = sa.Enum("PUBLIC", "LINK", "MEMBERS", name="pageaccess", native_enum=False, length=32)
    op.create_table(
        "status_page",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("access", access, nullable=False),
        sa.Column("exclusive", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("time_zone", sa.Text),
        sa.Column("accent_light", sa.Text),
        sa.Column("accent_dark", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_page")),
        sa.UniqueConstraint("slug", name=op.f("uq_status_page_slug")),
    )
    op.create_table(
        "status_page_host",
        sa.Column("host", sa.Text, nullable=False),
        _to_page("status_page_host"),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_status_page_host")),
    )
    op.create_index(op.f("ix_status_page_host_page_id"), "status_page_host", ["page_id"])
    component = sa.ForeignKey("component.id", name=op.f("fk_status_page_component_component_id"))
    op.create_table(
        "status_page_component",
        _to_page("status_page_component"),
        sa.Column("component_id", sa.BigInteger, component, nullable=False),
        sa.PrimaryKeyConstraint("page_id", "component_id", name=op.f("pk_status_page_component")),
    )
    op.create_index(op.f("ix_status_page_component_component_id"), "status_page_component", ["component_id"])
    op.create_table(
        "status_page_link",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        _to_page("status_page_link"),
        sa.Column("note", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_page_link")),
    )
    op.create_index(op.f("ix_status_page_link_page_id"), "status_page_link", ["page_id"])


def _subscribers() -> None:
    op.add_column("subscriber", _to_page("subscriber", nullable=True))
    op.drop_constraint("uq_subscriber_digest", "subscriber")
    op.create_index(
        "uq_subscriber_digest",
        "subscriber",
        ["digest", "page_id"],
        unique=True,
        postgresql_where=sa.text("digest is not null"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_subscriber_page_id", "subscriber", ["page_id", "id"], postgresql_where=ACTIVE)
    op.add_column("broadcast", _to_page("broadcast", nullable=True))
    op.drop_constraint("uq_broadcast_event_id", "broadcast")
    op.create_index(
        "uq_broadcast_event_id_page_id",
        "broadcast",
        ["event_id", "page_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _to_page(table: str, *, nullable: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("status_page.id", name=op.f(f"fk_{table}_page_id"))
    return sa.Column("page_id", sa.BigInteger, key, nullable=nullable)


def downgrade() -> None:
    raise RuntimeError("pages, and who subscribed to them, would be lost: restore a backup instead")
