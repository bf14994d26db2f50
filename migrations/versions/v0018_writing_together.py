"""Writing a postmortem together: versions of sections, reviewers, comments, suggestions, templates, reminders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WORD = sa.String(32)


def _key() -> sa.Column:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _points(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.add_column("postmortem", sa.Column("remind_at", MOMENT))
    op.create_index(
        "ix_postmortem_remind_at", "postmortem", ["remind_at"], postgresql_where=sa.text("remind_at is not null")
    )
    op.create_table(
        "postmortem_section_revision",
        _key(),
        sa.Column("section_id", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("markdown", sa.Text, nullable=False),
        sa.Column("author_kind", WORD, nullable=False),
        sa.Column("author_id", sa.BigInteger),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem_section_revision")),
        sa.UniqueConstraint(
            "section_id", "version", name=op.f("uq_postmortem_section_revision_section_id_version")
        ),
        _points("postmortem_section_revision", "section_id", "postmortem_section"),
    )
    op.create_table(
        "postmortem_reviewer",
        _key(),
        sa.Column("postmortem_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decision", WORD),
        sa.Column("note", sa.Text),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_version", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem_reviewer")),
        sa.UniqueConstraint("postmortem_id", "user_id", name=op.f("uq_postmortem_reviewer_postmortem_id_user_id")),
        _points("postmortem_reviewer", "postmortem_id", "postmortem"),
        _points("postmortem_reviewer", "user_id", "app_user"),
    )
    op.create_index("ix_postmortem_reviewer_user_id", "postmortem_reviewer", ["user_id"])
    op.create_table(
        "postmortem_comment",
        _key(),
        sa.Column("postmortem_id", sa.BigInteger, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("quote", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("author_kind", WORD, nullable=False),
        sa.Column("author_id", sa.BigInteger),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem_comment")),
        _points("postmortem_comment", "postmortem_id", "postmortem"),
    )
    op.create_index("ix_postmortem_comment_postmortem_id_id", "postmortem_comment", ["postmortem_id", "id"])
    op.create_table(
        "postmortem_suggestion",
        _key(),
        sa.Column("postmortem_id", sa.BigInteger, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("base_version", sa.BigInteger, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("markdown", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("author_kind", WORD, nullable=False),
        sa.Column("author_id", sa.BigInteger),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem_suggestion")),
        _points("postmortem_suggestion", "postmortem_id", "postmortem"),
    )
    op.create_index("ix_postmortem_suggestion_postmortem_id_id", "postmortem_suggestion", ["postmortem_id", "id"])
    op.create_table(
        "postmortem_template",
        _key(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("service_id", sa.BigInteger),
        sa.Column("severity_id", sa.BigInteger),
        sa.Column("sections", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem_template")),
        _points("postmortem_template", "service_id", "service"),
        _points("postmortem_template", "severity_id", "severity"),
    )
    op.create_index(
        "uq_postmortem_template_name",
        "postmortem_template",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("archived_at is null"),
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for table in ("template", "suggestion", "comment", "reviewer", "section_revision"):
        op.drop_table(f"postmortem_{table}")
    op.drop_index("ix_postmortem_remind_at", "postmortem")
    op.drop_column("postmortem", "remind_at")
