"""Logos of further status pages, templates for planned work, and words that can be erased."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
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

REFUSE = """
create or replace function refuse_event_change() returns trigger language plpgsql as $$ begin
  {unless}
  raise exception 'events are never changed: % on % refused', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'Record a new event that corrects the old one.';
end $$
"""
UNLESS = """if current_setting('muster.erasing', true) = 'on'
     and (tg_table_name, tg_op) in (('event_text', 'DELETE'), ('event_change', 'UPDATE')) then
    return null;
  end if;"""
ERASE = """
create function erase_texts(events bigint[], owner bigint, updates bigint[], instead text) returns void
language plpgsql as $$
declare one bigint;
begin
  perform set_config('muster.erasing', 'on', true);
  delete from event_text where event_id = any(events);
  foreach one in array updates loop
    update event_change set rows = jsonb_set(rows, array['status_update', one::text, 'body'], to_jsonb(instead))
    where incident_id = owner and rows #> array['status_update', one::text, 'body'] is not null;
  end loop;
  perform set_config('muster.erasing', '', true);
end $$
"""
"""The text of an event goes, its digest stays; of a row's past only the words are replaced."""


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
    op.execute(REFUSE.format(unless=UNLESS))
    op.execute(ERASE)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("drop function erase_texts(bigint[], bigint, bigint[], text)")
    op.execute(REFUSE.format(unless=""))
    op.execute("delete from update_template where use = 'MAINTENANCE'")
    op.drop_column("update_template", "use")
    op.drop_table("status_page_logo")
