"""Publishing: back-dated updates, earlier wordings that customers may read, and templates with a few to begin with."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
AUDIENCE = sa.Enum("INTERNAL", "PUBLIC", name="audience", native_enum=False, length=32)
STATUS = sa.Enum(
    *("INVESTIGATING", "IDENTIFIED", "MONITORING", "RESOLVED"), name="publicstatus", native_enum=False, length=32
)

NOTICED = {
    "name": "impact",
    "label": "What customers notice, in a sentence",
    "default": "You may see errors or slow answers.",
}
CAUSE = {"name": "cause", "label": "What it is, in a few words without a full stop", "default": ""}
FIX = {"name": "fix", "label": "What was done, in a sentence", "default": "A fix is in place."}
KNOWN = {"name": "known", "label": "What is known, in a sentence or two", "default": None}
DOING = {"name": "doing", "label": "What is being done, and by whom", "default": None}

TEMPLATES = [
    {
        "name": "Investigating",
        "audience": "PUBLIC",
        "status": "INVESTIGATING",
        "title": "Trouble with {% if components %}{{ component_names }}{% else %}the service{% endif %}",
        "body": "We are looking into a problem{% if components %} with {{ component_names }}{% endif %}. {{ impact }}",
        "variables": [NOTICED],
    },
    {
        "name": "Cause found",
        "audience": "PUBLIC",
        "status": "IDENTIFIED",
        "title": None,
        "body": "We have found the cause{% if cause %}: {{ cause }}{% endif %}. We are working on a fix. {{ impact }}",
        "variables": [CAUSE, NOTICED],
    },
    {
        "name": "Watching the fix",
        "audience": "PUBLIC",
        "status": "MONITORING",
        "title": None,
        "body": "{{ fix }} {% if components %}We keep an eye on {{ component_names }}{% else %}We keep watching{% endif %}"
        " until we are sure that it holds.",
        "variables": [FIX],
    },
    {
        "name": "Resolved",
        "audience": "PUBLIC",
        "status": "RESOLVED",
        "title": None,
        "body": "This is over{% if components %}: {{ component_names }} should work as usual again{% endif %}."
        " We are sorry for the trouble.",
        "variables": [],
    },
    {
        "name": "For stakeholders",
        "audience": "INTERNAL",
        "status": None,
        "title": None,
        "body": "**{{ incident.reference }}**{% if incident.severity %}, {{ incident.severity }}{% endif %},"
        " {{ incident.minutes }} min since it began.\n\n"
        "- Known: {{ known }}\n- Being done: {{ doing }}\n"
        "{% for component in components %}\n- {{ component.name }}: {{ component.state }}\n{% endfor %}",
        "variables": [KNOWN, DOING],
    },
]


def upgrade() -> None:
    op.add_column("status_update", sa.Column("recorded_at", MOMENT))
    op.add_column("status_update_revision", sa.Column("hidden_at", MOMENT))
    # Whoever edited so far did so where customers saw the new words only: what was replaced stays between us.
    op.execute("update status_update_revision set hidden_at = replaced_at")
    op.create_table(
        "update_template",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("audience", AUDIENCE, nullable=False),
        sa.Column("status", STATUS),
        sa.Column("title", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("variables", postgresql.JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_template")),
    )
    op.create_index(
        "uq_update_template_name",
        "update_template",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("archived_at is null"),
    )
    insert = sa.text(
        "insert into update_template(name, audience, status, title, body, variables, version, created_at)"
        " values (:name, :audience, :status, :title, :body, cast(:variables as jsonb), 1, now())"
    )
    for template in TEMPLATES:
        op.get_bind().execute(insert, {**template, "variables": json.dumps(template["variables"])})


def downgrade() -> None:
    raise RuntimeError("what customers were told would be lost: restore a backup instead")
