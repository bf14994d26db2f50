"""The course of incidents in the index by which metrics find them, so that they leave the wide rows alone."""

from alembic import op

revision = "0036"
down_revision = "0033"
branch_labels = None
depends_on = None

COURSE = [
    *("id", "kind", "stage", "visibility", "merged_into_id", "severity_version_id", "impact_started_at"),
    *("acknowledged_at", "declared_at", "mitigated_at", "resolved_at"),
]


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_index("ix_incident_course", "incident", ["detected_at"], postgresql_include=COURSE)
    op.drop_index("ix_incident_detected_at", "incident")


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.create_index("ix_incident_detected_at", "incident", ["detected_at"])
    op.drop_index("ix_incident_course", "incident")
