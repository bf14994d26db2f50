"""Logos of further status pages, and templates for planned work."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

NOTICED = {
    "name": "impact",
    "label": "What customers notice, in a sentence",
    "default": "You may see short interruptions.",
}
WHY = {"name": "why", "label": "Why it takes longer, in a sentence", "default": None}
TEMPLATES = [
    {
        "name": "Planned work: it begins",
        "body": "We have begun: {{ maintenance.title }}. Until {{ maintenance.ends_at }} we work on {{ component_names }}."
        " {{ impact }}",
        "variables": [NOTICED],
    },
    {
        "name": "Planned work: it takes longer",
        "body": "The work on {{ component_names }} takes longer than we planned. {{ why }}",
        "variables": [WHY],
    },
    {
        "name": "Planned work: it is done",
        "body": "The work is done. {{ component_names }} should work as usual; write to us if not.",
        "variables": [],
    },
]


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_table(
        "status_page_logo",
        sa.Column("page_id", sa.BigInteger, nullable=False),
        sa.Column("theme", sa.Enum("LIGHT", "DARK", name="logotheme", native_enum=False, length=32), nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("width", sa.BigInteger, nullable=False),
        sa.Column("height", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("page_id", "theme", name=op.f("pk_status_page_logo")),
        sa.ForeignKeyConstraint(["page_id"], ["status_page.id"], name=op.f("fk_status_page_logo_page_id")),
    )
    use = sa.Enum("INCIDENT", "MAINTENANCE", name="templateuse", native_enum=False, length=32)
    op.add_column("update_template", sa.Column("use", use, server_default="INCIDENT", nullable=False))
    insert = sa.text(
        "insert into update_template(name, use, audience, body, variables, version, created_at)"
        " values (:name, 'MAINTENANCE', 'PUBLIC', :body, cast(:variables as jsonb), 1, now()) on conflict do nothing"
    )
    for template in TEMPLATES:
        op.get_bind().execute(insert, {**template, "variables": json.dumps(template["variables"])})


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("delete from update_template where use = 'MAINTENANCE'")
    op.drop_column("update_template", "use")
    op.drop_table("status_page_logo")
