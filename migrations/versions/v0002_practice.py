"""The practice that Muster starts with: roles with their duties, severities with their obligations.

Texts and numbers can be edited by admins; these are the defaults of a standard incident drill.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = [
    (
        "commander",
        "Incident Commander",
        "Leads: sets priorities, decides, brings people in and shields the team from distraction. Does not fix things"
        " with own hands.",
    ),
    (
        "technical_lead",
        "Technical Lead",
        "Knows the system: forms theories, leads the investigation and carries out the fix. Does not talk to"
        " stakeholders.",
    ),
    (
        "communications_lead",
        "Communications Lead",
        "The one voice: writes internal and public updates, on time. Does not investigate.",
    ),
    (
        "scribe",
        "Scribe",
        "Keeps the timestamped record of events, decisions and actions. Does not decide.",
    ),
]

SEVERITIES = [
    {
        "name": "SEV1",
        "rank": 1,
        "definition": "Critical: a core service is down for everyone, or there is a major data breach. Respond at once,"
        " all hands.",
        "examples": ["The application can't be reached.", "Customer data was read by someone who may not."],
        "pages": "ALL_HANDS",
        "business_hours_only": False,
        "roles": ["commander", "technical_lead", "communications_lead", "scribe"],
        "fill": 5,
        "internal": 15,
        "public": 30,
        "required": True,
        "due": 3,
    },
    {
        "name": "SEV2",
        "rank": 2,
        "definition": "Major: a core feature is broken, or performance is badly degraded for many. The on-call team"
        " responds at once.",
        "examples": ["Payments fail for some customers.", "Pages take ten seconds to load for many."],
        "pages": "ON_CALL",
        "business_hours_only": False,
        "roles": ["commander", "technical_lead", "communications_lead"],
        "fill": 10,
        "internal": 30,
        "public": 60,
        "required": True,
        "due": 5,
    },
    {
        "name": "SEV3",
        "rank": 3,
        "definition": "Minor: a non-critical feature is broken, or a fault touches few people. Respond in business"
        " hours.",
        "examples": ["An export is missing a column.", "One customer sees a stale dashboard."],
        "pages": "ON_CALL",
        "business_hours_only": True,
        "roles": ["commander"],
        "fill": 60,
        "internal": 240,
        "public": None,
        "required": False,
        "due": None,
    },
]


def upgrade() -> None:
    connection = op.get_bind()
    ids = {}
    for key, name, duties in ROLES:
        ids[key] = connection.execute(
            sa.text(
                "insert into role(key, name, duties, created_at) values (:key, :name, :duties, now()) returning id"
            ),
            {"key": key, "name": name, "duties": duties},
        ).scalar_one()
    for s in SEVERITIES:
        severity = connection.execute(sa.text("insert into severity default values returning id")).scalar_one()
        version = connection.execute(
            sa.text(
                "insert into severity_version(severity_id, version, name, rank, definition, examples, pages,"
                " business_hours_only, required_role_ids, fill_roles_within_minutes, internal_cadence_minutes,"
                " public_cadence_minutes, postmortem_required, postmortem_due_days, created_at)"
                " values (:severity, 1, :name, :rank, :definition, cast(:examples as jsonb), :pages, :hours,"
                " cast(:role_ids as jsonb), :fill, :internal, :public, :required, :due, now()) returning id"
            ),
            {
                "severity": severity,
                "name": s["name"],
                "rank": s["rank"],
                "definition": s["definition"],
                "examples": json.dumps(s["examples"]),
                "pages": s["pages"],
                "hours": s["business_hours_only"],
                "role_ids": json.dumps([ids[key] for key in s["roles"]]),
                "fill": s["fill"],
                "internal": s["internal"],
                "public": s["public"],
                "required": s["required"],
                "due": s["due"],
            },
        ).scalar_one()
        connection.execute(
            sa.text("update severity set current_version_id = :version where id = :severity"),
            {"version": version, "severity": severity},
        )
    connection.execute(sa.text("insert into organisation(id, name, time_zone) values (1, 'Our organisation', 'UTC')"))


def downgrade() -> None:
    raise RuntimeError("history points to these rows: archive them instead")
