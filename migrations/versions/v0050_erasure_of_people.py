"""People can be erased: when that was, and where what they did came from can go as texts do."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

REFUSE = """
create or replace function refuse_event_change() returns trigger language plpgsql as $$ begin
  if current_setting('muster.erasing', true) = 'on'
     and (tg_table_name, tg_op) in (('event_text', 'DELETE'), ('event_change', 'UPDATE'){more}) then
    return null;
  end if;
  raise exception 'events are never changed: % on % refused', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'Record a new event that corrects the old one.';
end $$
"""
ERASE = """
create function erase_origins(person bigint, events bigint[]) returns bigint language plpgsql as $$
declare
  gone bigint;
  theirs bigint[];
begin
  select array_agg(id) into theirs from (
    select id from event where origin_digest is not null and actor_kind = 'USER' and actor_id = person
    union all
    select id from event where origin_digest is not null and kind in ('person.signed_in', 'person.signed_out')
      and data @> jsonb_build_object('user_id', person)
  ) found;
  perform set_config('muster.erasing', 'on', true);
  delete from event_origin where event_id = any(theirs || events);
  get diagnostics gone = row_count;
  perform set_config('muster.erasing', '', true);
  return gone;
end $$
"""
"""Where a person's audited events came from goes; the salted digest of it stays with the event, which the chain covers.

Of signing in and out the actor may be Muster itself, for an address that is theirs all the same. `events` are others
of which that is known.
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table app_user add column erased_at timestamptz")
    op.execute(REFUSE.format(more=", ('event_origin', 'DELETE')"))
    op.execute(ERASE)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("drop function erase_origins(bigint, bigint[])")
    op.execute(REFUSE.format(more=""))
    op.execute("alter table app_user drop column erased_at")
