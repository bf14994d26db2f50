"""Paging: escalation policies, runs through them, pages and their attempts, and how people want to be reached."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def _key() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _of(kind: sa.types.TypeEngine, name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable, server_default=sa.text(default) if default else None)


def _moments(*names: str) -> list[sa.Column]:
    """Moments that may be unknown, but for when the row was made."""
    return [_of(sa.DateTime(timezone=True), name, nullable=name not in {"created_at", "due_at"}) for name in names]


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return _of(sa.Integer(), name, nullable=nullable)


def _row(name: str, *, nullable: bool = False) -> sa.Column:
    return _of(sa.BigInteger(), name, nullable=nullable)


def _word(name: str, *, nullable: bool = False) -> sa.Column:
    return _of(sa.String(length=32), name, nullable=nullable)


def _points_to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _table(name: str, *parts: sa.schema.SchemaItem, unique: tuple[str, ...] = ()) -> None:
    more = [sa.UniqueConstraint(*unique, name=f"uq_{name}_{'_'.join(unique)}")] if unique else []
    op.create_table(name, _key(), *parts, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"), *more)


def _index(table: str, *columns: str, name: str | None = None, where: str | None = None, unique: bool = False) -> None:
    made = name or f"ix_{table}_{'_'.join(columns)}"
    only = {"postgresql_where": sa.text(where)} if where else {}
    op.create_index(made, table, [sa.text(c) if "(" in c else c for c in columns], unique=unique, **only)


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    _policies()
    _contacts()
    _runs()


def _policies() -> None:
    _table(
        "escalation_policy",
        _of(sa.Text(), "name"),
        _row("team_id", nullable=True),
        _of(sa.Boolean(), "fallback", default="false"),
        _row("version"),
        *_moments("created_at", "archived_at"),
        _points_to("escalation_policy", "team_id", "team"),
    )
    _index("escalation_policy", "team_id")
    name = "uq_escalation_policy_name"
    _index("escalation_policy", "lower(name)", name=name, where="archived_at is null", unique=True)
    _index("escalation_policy", "fallback", name="uq_escalation_policy_fallback", where="fallback", unique=True)
    _table(
        "escalation_policy_version",
        _row("policy_id"),
        _row("version"),
        _of(postgresql.JSONB(), "definition"),
        *_moments("created_at"),
        _points_to("escalation_policy_version", "policy_id", "escalation_policy"),
        unique=("policy_id", "version"),
    )
    op.add_column("service", _row("escalation_policy_id", nullable=True))
    op.create_foreign_key(
        "fk_service_escalation_policy_id_escalation_policy",
        "service",
        "escalation_policy",
        ["escalation_policy_id"],
        ["id"],
    )
    _index("service", "escalation_policy_id")


def _contacts() -> None:
    _table(
        "contact_method",
        _row("user_id"),
        _word("way"),
        _of(sa.Text(), "label"),
        _of(sa.LargeBinary(), "sealed_address", nullable=True),
        _of(sa.Text(), "ending"),
        *_moments("verified_at"),
        _of(sa.LargeBinary(), "sealed_code", nullable=True),
        *_moments("code_expires_at"),
        *_moments("sent_at", "created_at", "archived_at"),
        _of(sa.Text(), "error", nullable=True),
        _points_to("contact_method", "user_id", "app_user"),
    )
    _index("contact_method", "user_id", where="archived_at is null")
    op.create_table(
        "paging_preference",
        _row("user_id"),
        _of(postgresql.JSONB(), "rules"),
        _of(sa.Time(), "quiet_from", nullable=True),
        _of(sa.Time(), "quiet_until", nullable=True),
        _of(sa.Text(), "zone"),
        _of(sa.DateTime(timezone=True), "changed_at"),
        _points_to("paging_preference", "user_id", "app_user"),
        sa.PrimaryKeyConstraint("user_id", name="pk_paging_preference"),
    )


def _runs() -> None:
    _table(
        "paging_run",
        _row("incident_id"),
        _row("policy_id", nullable=True),
        _row("policy_version_id", nullable=True),
        _of(postgresql.JSONB(), "plan"),
        _word("state"),
        _number("step"),
        _number("round"),
        *_moments("next_escalation_at", "created_at", "begun_at", "ended_at"),
        _row("taken_by_id", nullable=True),
        _word("taken_by", nullable=True),
        _points_to("paging_run", "incident_id", "incident"),
        _points_to("paging_run", "policy_id", "escalation_policy"),
        _points_to("paging_run", "policy_version_id", "escalation_policy_version"),
        _points_to("paging_run", "taken_by_id", "app_user"),
    )
    _index("paging_run", "incident_id", "id")
    _index("paging_run", "policy_id")
    _index("paging_run", "next_escalation_at", name="ix_paging_run_due", where="next_escalation_at is not null")
    live = "state in ('WAITING', 'RUNNING')"
    _index("paging_run", "incident_id", "policy_id", name="uq_paging_run_live", where=live, unique=True)
    _table(
        "page",
        _row("run_id"),
        _row("incident_id"),
        _row("user_id"),
        _number("round"),
        _number("step"),
        _word("state"),
        *_moments("created_at", "sent_at", "delivered_at", "acknowledged_at", "ended_at"),
        _points_to("page", "run_id", "paging_run"),
        _points_to("page", "incident_id", "incident"),
        _points_to("page", "user_id", "app_user"),
        unique=("run_id", "round", "step", "user_id"),
    )
    _index("page", "incident_id", "id")
    _index("page", "user_id", "id")
    _index("page", "created_at", name="ix_page_open", where="state in ('ASKED', 'SENT', 'DELIVERED')")
    _table(
        "page_attempt",
        _row("page_id"),
        _number("position"),
        _word("way"),
        _row("method_id", nullable=True),
        _word("state"),
        _number("attempts"),
        *_moments("due_at", "queued_at", "claimed_at", "sent_at", "delivered_at"),
        _of(sa.Text(), "error", nullable=True),
        _of(sa.Text(), "external_id", nullable=True),
        _points_to("page_attempt", "page_id", "page"),
        _points_to("page_attempt", "method_id", "contact_method"),
        unique=("page_id", "position"),
    )
    _index("page_attempt", "method_id")
    _index("page_attempt", "external_id", name="ix_page_attempt_known", where="external_id is not null")
    _index("page_attempt", "due_at", name="ix_page_attempt_due", where="state = 'PENDING' and queued_at is null")


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.drop_column("service", "escalation_policy_id")
    for table in ("page_attempt", "page", "paging_run", "paging_preference", "contact_method"):
        op.drop_table(table)
    op.drop_table("escalation_policy_version")
    op.drop_table("escalation_policy")
