"""Alerts that need no looking about are stored by one statement, with their events (actions.alerts.at_once)."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# Whether its group is snoozed or one of its alerts flaps; of each alert its key, if it is known, and whether there are others of its fingerprint.
LOOK = """
create function alerts_look(
  source bigint, grp text, fingerprints text[], starts timestamptz[], moment timestamptz,
  out archived boolean, out looked_after boolean, out untouched boolean, out rules int, out silences bigint,
  out incident_id bigint, out stage text, out visibility text, out keys bigint[], out before boolean[]
) language plpgsql stable set plan_cache_mode = 'auto' as $$
begin
  select s.archived_at is not null, s.last_seen_at is null or s.last_seen_at < moment - interval '30 s'
    into archived, untouched from alert_source s where s.id = source;
  select coalesce(max(v.version), 0) into rules from routing_version v;
  select coalesce(max(s.id), 0) into silences from silence s;
  select i.id, i.stage, i.visibility, coalesce(g.snoozed_until > moment, false)
    into incident_id, stage, visibility, looked_after
    from alert_group g left join incident i on i.id = g.incident_id where g.source_id = source and g.group_key = grp;
  looked_after := coalesce(looked_after, false)
    or exists (select from alert_flapping a where a.source_id = source and a.fingerprint = any(fingerprints));
  select
      array_agg((select a.id from alert a where a.source_id = source and a.fingerprint = f and a.starts_at = t) order by n),
      array_agg(exists (select from alert a where a.source_id = source and a.fingerprint = f) order by n)
    into keys, before from unnest(fingerprints, starts) with ordinality as sent(f, t, n);
end $$
"""

# Rows are locked in the order of their keys, as everywhere.
COUNT = """
create function alerts_count(
  counted bigint[], sightings int[], moment timestamptz, source bigint, untouched boolean
) returns void language plpgsql set plan_cache_mode = 'auto' as $$
begin
  perform from alert where id = any(counted) order by id for no key update;
  update alert set count = alert.count + c.n, last_seen_at = greatest(alert.last_seen_at, moment)
    from unnest(counted, sightings) as c(id, n) where c.id = alert.id;
  if untouched then
    update alert_source set last_seen_at = moment
      where id in (select id from alert_source where id = source for no key update skip locked);
  end if;
end $$
"""

# The locks of the intake, in their order (docs/locks.md): the group, its incident, alerts by id, the feed.
TAKE = """
create function alerts_take(
  source bigint, grp text, home bigint, open_stages text[], seen_by text, rows jsonb, events jsonb, of_row int[],
  jobs jsonb, counted bigint[], sightings int[], moment timestamptz, untouched boolean
) returns text language plpgsql set plan_cache_mode = 'auto' as $$
declare
  keys bigint[];
  kept jsonb;
begin
  perform pg_advisory_xact_lock(7423, hashtext(source || ':' || grp));
  if home is not null then
    perform 1 from incident where id = home and stage = any(open_stages) and visibility = seen_by for no key update;
    if not found then
      return 'moved';
    end if;
    perform 1 from alert_group where source_id = source and group_key = grp and incident_id = home;
    if not found then
      return 'moved';
    end if;
  end if;
  with sent as (
    select n, r.* from jsonb_array_elements(rows) with ordinality as t(e, n), jsonb_to_record(e) as r(
      fingerprint text, starts_at timestamptz, title text, state text, count bigint, labels jsonb, annotations jsonb,
      url text, service_id bigint, silence_id bigint, maintenance_id bigint, suppressed_because text, rule_id bigint,
      bundle text, incident_id bigint)
  ), written as (
    insert into alert(source_id, group_key, first_seen_at, last_seen_at, fingerprint, starts_at, title, state, count,
        labels, annotations, url, service_id, silence_id, maintenance_id, suppressed_because, rule_id, bundle,
        incident_id)
      select source, grp, moment, moment, fingerprint, starts_at, title, state, count, labels, annotations, url,
        service_id, silence_id, maintenance_id, suppressed_because, rule_id, bundle, incident_id
      from sent order by n
      on conflict do nothing returning id, fingerprint, starts_at
  )
  select array_agg(written.id order by n), jsonb_object_agg(written.id, jsonb_build_object(
      'state', state, 'acknowledged_at', null, 'resolved_at', null, 'incident_id', incident_id,
      'suppressed_because', suppressed_because, 'flapping_since', null, 'noise_reason', null, 'noise_at', null)) filter (where incident_id is not null)
    into keys, kept from sent join written using (fingerprint, starts_at);
  if coalesce(array_length(keys, 1), 0) <> jsonb_array_length(rows) then
    raise exception 'another delivery has stored some of these alerts' using errcode = 'serialization_failure';
  end if;
  perform alerts_count(counted, sightings, moment, source, untouched);
  perform journal_write((
    select jsonb_agg(
        case when kept is not null and n = (select max(o) from jsonb_array_elements(events) with ordinality as l(x, o)
            where x->'incident_id' = to_jsonb(home))
          then e || jsonb_build_object('changes', jsonb_build_object('alert', kept)) else e end
        || jsonb_build_object('data', (e->'data') || jsonb_build_object('alert_id', keys[of_row[n] + 1])) order by n)
    from jsonb_array_elements(events) with ordinality as t(e, n)), jobs, null);
  return 'taken';
end $$
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for function in (LOOK, COUNT, TAKE):
        op.execute(function)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for name in ("alerts_take", "alerts_count", "alerts_look"):
        op.execute(f"drop function {name}")
