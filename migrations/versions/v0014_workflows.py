"""Workflows, and those that Muster starts with."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ACTOR = sa.Enum(
    "USER",
    "SERVICE_ACCOUNT",
    "INTEGRATION",
    "SYSTEM",
    "WORKFLOW",
    "ANONYMOUS",
    name="actorkind",
    native_enum=False,
    length=32,
)
RUN = sa.Enum("RUNNING", "WAITING", "DONE", "FAILED", "CANCELLED", name="runstate", native_enum=False, length=32)
STEP = sa.Enum(
    "PENDING",
    "WAITING",
    "UNDER_WAY",
    "DONE",
    "SKIPPED",
    "FAILED",
    "CALLED_OFF",
    name="stepstate",
    native_enum=False,
    length=32,
)

QUEUE = """
create function queue_workflows() returns trigger language plpgsql as $$
declare
  first bigint;
  last bigint;
begin
  -- One job a transaction that wrote something which a workflow waits for, however many do.
  select min(w.id), max(w.id) into first, last from written w
    where w.incident_id is not null and exists (select from workflow_trigger t where t.kind = w.kind);
  if first is not null then
    insert into job(queue, name, args)
      values ('default', 'workflow.match', jsonb_build_object('first', first, 'last', last));
  end if;
  return null;
end $$
"""
FOLLOW = """
create trigger event_sets_in_motion after insert on event referencing new table as written
  for each statement execute function queue_workflows()
"""

OPENED = [{"open_channel": {}}, {"open_bridge": {}}, {"open_ticket": {}}]
MET = [{"page": {}}, *OPENED, {"announce": {}}, {"open_runbook": {}}]
DECLARED = {"events": ["incident.declared", "incident.severity_changed"]}
OPEN_TO_ALL = {"visibility": "ORGANISATION"}
REAL = {"kinds": ["REAL"]}
RESPONDING = {"stages": ["RESPONSE", "MITIGATION"]}


def severe(name: str, what: str, steps: list) -> tuple:
    """A workflow for real incidents of a severity that everybody may see, once each."""
    conditions = [{"severities": [name]}, REAL, OPEN_TO_ALL, RESPONDING]
    return name.capitalize(), what, {"trigger": DECLARED, "conditions": {"all": conditions}, "steps": steps}


DEFAULTS = [
    severe("SEV1", "All hands: whoever is on call, a channel, a conference call, a ticket, the runbooks, and word to all.", MET),
    severe("SEV2", "Whoever is on call, a channel, a conference call, a ticket, the runbooks, and word to all.", MET),
    severe("SEV3", "A channel, a ticket and the runbooks.", [OPENED[0], OPENED[2], {"open_runbook": {}}]),
    (
        "Security",
        "A channel and a conference call for the members alone, and what must not be forgotten.",
        {
            "trigger": {"events": ["incident.declared"]},
            "conditions": {"all": [REAL, {"visibility": "PRIVATE"}]},
            "steps": [
                *OPENED[:2],
                {
                    "add_tasks": {
                        "titles": [
                            "Keep logs and images before anything is cleaned up",
                            "Find out whose data was touched",
                            "Ask legal by when whom has to be told",
                        ]
                    }
                },
            ],
        },
    ),
    (
        "Drill",
        "What a real one would have, so that the drill is one.",
        {
            "trigger": {"events": ["incident.declared"]},
            "conditions": {"all": [{"kinds": ["DRILL"]}, OPEN_TO_ALL]},
            "steps": [*OPENED[:2], {"add_tasks": {"titles": ["Write down what the drill showed"]}}],
        },
    ),
]
"""Steps at a vendor that is not connected are skipped. Names of severities become ids below."""


def upgrade() -> None:
    _tables()
    _runs()
    op.execute(QUEUE)
    op.execute(FOLLOW)
    _defaults()


def _tables() -> None:
    op.create_table(
        "workflow",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("current_version_id", sa.BigInteger),
        sa.Column("next_due_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow")),
    )
    op.create_index(
        "uq_workflow_key", "workflow", ["key"], unique=True, postgresql_where=sa.text("archived_at is null")
    )
    op.create_index(
        "ix_workflow_due", "workflow", ["next_due_at"], postgresql_where=sa.text("next_due_at is not null")
    )
    op.create_table(
        "workflow_version",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("workflow_id", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("definition", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_version")),
        sa.UniqueConstraint("workflow_id", "version", name=op.f("uq_workflow_version_workflow_id_version")),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflow.id"], name=op.f("fk_workflow_version_workflow_id")),
    )
    op.create_table(
        "workflow_trigger",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("workflow_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", "workflow_id", name=op.f("pk_workflow_trigger")),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflow.id"], name=op.f("fk_workflow_trigger_workflow_id")),
    )


def _runs() -> None:
    op.create_table(
        "workflow_run",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("workflow_id", sa.BigInteger, nullable=False),
        sa.Column("version_id", sa.BigInteger, nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.BigInteger),
        sa.Column("after_id", sa.BigInteger, nullable=False),
        sa.Column("cause_id", sa.BigInteger),
        sa.Column("depth", sa.BigInteger, nullable=False),
        sa.Column("begun_by_kind", ACTOR, nullable=False),
        sa.Column("begun_by_id", sa.BigInteger),
        sa.Column("state", RUN, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("words", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_run")),
        sa.UniqueConstraint("workflow_id", "incident_id", "key", name=op.f("uq_workflow_run_workflow_id_incident_id_key")),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflow.id"], name=op.f("fk_workflow_run_workflow_id")),
        sa.ForeignKeyConstraint(["version_id"], ["workflow_version.id"], name=op.f("fk_workflow_run_version_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_workflow_run_incident_id")),
        sa.ForeignKeyConstraint(["cause_id"], ["workflow_run.id"], name=op.f("fk_workflow_run_cause_id")),
    )
    op.create_index("ix_workflow_run_incident_id_id", "workflow_run", ["incident_id", "id"])
    op.create_index(
        "ix_workflow_run_due",
        "workflow_run",
        ["due_at"],
        postgresql_where=sa.text("due_at is not null and state in ('RUNNING', 'WAITING')"),
    )
    op.create_table(
        "workflow_step_run",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("state", STEP, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("inputs", JSONB, nullable=False),
        sa.Column("outputs", JSONB, nullable=False),
        sa.Column("words", sa.Text),
        sa.Column("outward_action_id", sa.BigInteger),
        sa.Column("due_at", MOMENT),
        sa.Column("answer", sa.Text),
        sa.Column("answered_by_id", sa.BigInteger),
        sa.Column("begun_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_step_run")),
        sa.UniqueConstraint("run_id", "position", name=op.f("uq_workflow_step_run_run_id_position")),
        sa.ForeignKeyConstraint(["run_id"], ["workflow_run.id"], name=op.f("fk_workflow_step_run_run_id")),
        sa.ForeignKeyConstraint(
            ["outward_action_id"], ["outward_action.id"], name=op.f("fk_workflow_step_run_outward_action_id")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["app_user.id"], name=op.f("fk_workflow_step_run_answered_by_id")),
    )
    op.create_index("ix_workflow_step_run_outward_action_id", "workflow_step_run", ["outward_action_id"])


def _defaults() -> None:
    """The workflows that Muster starts with. One for a severity that is not in use here is left out."""
    connection = op.get_bind()
    named = "select v.name, s.id from severity s join severity_version v on v.id = s.current_version_id"
    ids = dict(connection.execute(sa.text(f"{named} where s.archived_at is null")).all())
    for name, description, values in DEFAULTS:
        conditions = values["conditions"]["all"]
        wanted = [severity for each in conditions for severity in each.get("severities", ())]
        if any(severity not in ids for severity in wanted):
            continue
        conditions = [{"severities": [ids[s] for s in e["severities"]]} if "severities" in e else e for e in conditions]
        definition = {**values, "description": description, "conditions": {"all": conditions}}
        if wanted:
            definition["limit"] = 1
        _add(connection, name, definition)


def _add(connection: sa.Connection, name: str, definition: dict) -> None:
    inserted = "insert into workflow(key, name, enabled, created_at) values (:key, :name, true, now()) returning id"
    key = connection.execute(sa.text(inserted), {"key": name.lower(), "name": name}).scalar_one()
    version = connection.execute(
        sa.text(
            "insert into workflow_version(workflow_id, version, definition, created_at)"
            " values (:key, 1, cast(:definition as jsonb), now()) returning id"
        ),
        {"key": key, "definition": json.dumps(definition)},
    ).scalar_one()
    connection.execute(
        sa.text("update workflow set current_version_id = :version where id = :key"), {"version": version, "key": key}
    )
    for kind in definition["trigger"]["events"]:
        connection.execute(
            sa.text("insert into workflow_trigger(kind, workflow_id) values (:kind, :key)"), {"kind": kind, "key": key}
        )


def downgrade() -> None:
    op.execute("drop trigger event_sets_in_motion on event")
    op.execute("drop function queue_workflows()")
    for table in ("workflow_step_run", "workflow_run", "workflow_trigger", "workflow_version", "workflow"):
        op.drop_table(table)
