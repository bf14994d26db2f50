"""Postmortems from everything: messages behind statements, contributing factors, phrases that blame, metrics."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

FACTORS = """
insert into factor_kind(key, name, description, position, created_at)
select key, name, description, row_number() over () - 1, now() from (values
  ('change', 'Change', 'A deployment, a setting or a migration behaved otherwise than in its tests.'),
  ('capacity', 'Capacity', 'More was asked than there was room for: load, memory, connections, quotas.'),
  ('dependency', 'Dependency', 'Something that others run, inside or outside, failed or became slow.'),
  ('design', 'Design', 'The system could not do what was asked of it, or had one point that all else hangs on.'),
  ('detection', 'Detection', 'An alert was missing, late, or lost among others.'),
  ('testing', 'Testing', 'What happened could not be seen before it reached production.'),
  ('automation', 'Automation', 'A step by hand had no safeguard, or a program did more than was meant.'),
  ('documentation', 'Documentation', 'What had to be known was not written down where it was looked for.'),
  ('access', 'Access', 'Rights, keys or tools were not at hand when they were needed.'),
  ('communication', 'Communication', 'What some knew did not reach those who needed it.'),
  ('process', 'Process', 'The way of working made it likely, or made the response slow.'),
  ('data', 'Data', 'Data were wrong, missing, or of a shape that nobody had met.')
) given(key, name, description)
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column(
        "postmortem_statement",
        sa.Column("message_ids", JSONB, server_default=sa.text("'[]'"), nullable=False),
    )
    op.add_column("organisation", sa.Column("blameless", sa.Boolean, server_default=sa.true(), nullable=False))
    op.create_table(
        "factor_kind",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_kind")),
    )
    op.create_index("uq_factor_kind_key", "factor_kind", ["key"], unique=True)
    op.execute(FACTORS)
    op.create_table(
        "contributing_factor",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("postmortem_id", sa.BigInteger, nullable=False),
        sa.Column("kind_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributing_factor")),
        sa.UniqueConstraint(
            "postmortem_id", "position", name=op.f("uq_contributing_factor_postmortem_id_position")
        ),
        sa.ForeignKeyConstraint(
            ["postmortem_id"], ["postmortem.id"], name=op.f("fk_contributing_factor_postmortem_id")
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["factor_kind.id"], name=op.f("fk_contributing_factor_kind_id")),
    )
    op.create_table(
        "blame_phrase",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("phrase", sa.Text, nullable=False),
        sa.Column("suggestion", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blame_phrase")),
    )
    op.create_index("uq_blame_phrase_phrase", "blame_phrase", [sa.text("lower(phrase)")], unique=True)
    op.create_table(
        "service_metric",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("service_id", sa.BigInteger, nullable=False),
        sa.Column("integration_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_metric")),
        sa.UniqueConstraint("service_id", "name", name=op.f("uq_service_metric_service_id_name")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_service_metric_service_id")),
        sa.ForeignKeyConstraint(["integration_id"], ["integration.id"], name=op.f("fk_service_metric_integration_id")),
    )
    op.create_table(
        "metric_snapshot",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("service_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("step_seconds", sa.BigInteger, nullable=False),
        sa.Column("series", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("left_out", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.SmallInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("measured_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_snapshot")),
        sa.UniqueConstraint(
            "incident_id", "service_id", "name", name=op.f("uq_metric_snapshot_incident_id_service_id_name")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_metric_snapshot_incident_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_metric_snapshot_service_id")),
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for table in ("metric_snapshot", "service_metric", "blame_phrase", "contributing_factor", "factor_kind"):
        op.drop_table(table)
    op.drop_column("organisation", "blameless")
    op.drop_column("postmortem_statement", "message_ids")
