"""Several deliveries of alerts are looked at, and stored with their events, by one statement each (actions.alerts.at_once)."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

# Of each delivery: whether its source takes anything, whether its group is snoozed or an alert of it flaps, and the
# incident of its group. Of each alert its key, if it is known, and whether there is any of its fingerprint.
SEE = """
create function alerts_see(
  sources bigint[], grps text[], of_delivery int[], fingerprints text[], starts text[], moment timestamptz,
  out rules int, out silences bigint, out archived boolean[], out untouched boolean[], out looked_after boolean[],
  out incidents bigint[], out stages text[], out seen_by text[], out keys bigint[], out before boolean[]
) language plpgsql stable set plan_cache_mode = 'force_generic_plan' as $$
begin
  select coalesce(max(v.version), 0) into rules from routing_version v;
  select coalesce(max(s.id), 0) into silences from silence s;
  select
      array_agg(s.archived_at is not null order by n),
      array_agg(s.last_seen_at is null or s.last_seen_at < moment - interval '30 s' order by n),
      array_agg(coalesce(g.snoozed_until > moment, false) order by n),
      array_agg(i.id order by n), array_agg(i.stage order by n), array_agg(i.visibility order by n)
    into archived, untouched, looked_after, incidents, stages, seen_by
    from unnest(sources, grps) with ordinality as d(source, grp, n)
    join alert_source s on s.id = d.source
    left join alert_group g on g.source_id = d.source and g.group_key = d.grp
    left join incident i on i.id = g.incident_id;
  -- Nearly always the last of its fingerprint is the one, or there is none.
  select array_agg(case when last.starts_at <> t::timestamptz then (
        select a.id from alert a where a.source_id = sources[d] and a.fingerprint = f and a.starts_at = t::timestamptz)
        else last.id end order by n),
      array_agg(last.id is not null order by n)
    into keys, before
    from unnest(of_delivery, fingerprints, starts) with ordinality as sent(d, f, t, n)
    left join lateral (select a.id, a.starts_at from alert a where a.source_id = sources[d] and a.fingerprint = f
      order by a.starts_at desc limit 1) last on true;
  if exists (select from alert_flapping) then
    select array_agg(l or exists (
        select from alert_flapping a where a.source_id = sources[n]
          and a.fingerprint = any(array(select f from unnest(of_delivery, fingerprints) as sent(d, f) where d = n)))
        order by n)
      into looked_after from unnest(looked_after) with ordinality as each(l, n);
  end if;
end $$
"""

# The locks of the intake, in their order (docs/locks.md): groups, their incidents by id, alerts by id, the feed. Who is
# not patient waits for none of them but the last: `moved` then has the deliveries that were not free. Those that are
# not any more as alerts_see found them are there, too; and nothing was written, if there are any. Otherwise `newest` is
# the last event. What becomes of an alert is said by the one of `choices` that it has the number of; `told` are its
# title, count, labels, annotations and address. `more` are the events that follow that of its arrival.
STORE = """
create function alerts_store(
  patient boolean, sources bigint[], grps text[], homes bigint[], seen_by text[], untouched boolean[], traces text[],
  open_stages text[], moment timestamptz,
  counted bigint[], counted_of int[], sightings int[],
  choices jsonb, choice int[], fingerprints text[], starts text[], told text[],
  more_of int[], more_kinds text[], more_data text[],
  out moved bigint[], out newest bigint
) language plpgsql set plan_cache_mode = 'force_generic_plan' set muster.journal = 'on' as $$
declare
  of_delivery int[] := array(select (c->>'delivery')::int from jsonb_array_elements(choices) as c);
  keys bigint[];
  bases bigint[];
  based bigint[];
  joined bigint[];
  titles text[];
  written bigint[];
  delivered int[];
begin
  if patient then
    perform pg_advisory_xact_lock(7423, lock) from (
      select distinct hashtext(source || ':' || grp) as lock from unnest(sources, grps) with ordinality as d(source, grp, n)
      where n = any(of_delivery) order by 1) each;
    perform from incident where id = any(homes) order by id for no key update;
    perform from alert where id = any(counted) order by id for no key update;
  else
    select array_agg(n) into moved from unnest(sources, grps) with ordinality as d(source, grp, n)
      where n = any(of_delivery) and not pg_try_advisory_xact_lock(7423, hashtext(source || ':' || grp));
    if moved is not null then
      return;
    end if;
    if homes <> array_fill(null::bigint, array[array_length(homes, 1)]) then
      with free as (select id from incident where id = any(homes) order by id for no key update skip locked)
        select array_agg(n) into moved from unnest(homes) with ordinality as d(home, n)
        where home is not null and home not in (select id from free);
      if moved is not null then
        return;
      end if;
    end if;
    if counted <> '{}' then
      with free as (select id from alert where id = any(counted) order by id for no key update skip locked)
        select array_agg(distinct d) into moved from unnest(counted, counted_of) as known(key, d)
        where key not in (select id from free);
      if moved is not null then
        return;
      end if;
    end if;
  end if;
  select array_agg(n) into moved
    from unnest(sources, grps, homes, seen_by) with ordinality as d(source, grp, home, seen, n)
    where home is not null and (
      not exists (select from incident where id = home and stage = any(open_stages) and visibility = seen)
      or not exists (select from alert_group where source_id = source and group_key = grp and incident_id = home));
  if moved is not null then
    return;
  end if;

  if counted <> '{}' then
    update alert set count = alert.count + c.n, last_seen_at = greatest(alert.last_seen_at, moment)
      from (select key, sum(n) as n from unnest(counted, sightings) as known(key, n) group by 1) c where c.key = alert.id;
  end if;
  if true = any(untouched) then
    update alert_source set last_seen_at = moment where id in (
      select id from alert_source
      where id in (select source from unnest(sources, untouched) as d(source, due) where due)
      for no key update skip locked);
  end if;
  if fingerprints = '{}' then
    return;
  end if;

  with written as (
    insert into alert(source_id, group_key, first_seen_at, last_seen_at, fingerprint, starts_at, title, count, labels,
        annotations, url, state, service_id, silence_id, maintenance_id, suppressed_because, rule_id, incident_id)
      select sources[delivery], grps[delivery], moment, moment, f, t::timestamptz, e->>0, (e->>1)::int, e->2, e->3, e->>4,
        state, service_id, silence_id, maintenance_id, suppressed_because, rule_id, home
      from (select n, c, f, t, e::jsonb from unnest(choice, fingerprints, starts, told) with ordinality as s(c, f, t, e, n)
        offset 0) sent
      join rows from (jsonb_to_recordset(choices) as (delivery int, home bigint, state text, service_id bigint,
          silence_id bigint, maintenance_id bigint, suppressed_because text, rule_id bigint)) with ordinality
        as made(delivery, home, state, service_id, silence_id, maintenance_id, suppressed_because, rule_id, nth)
        on made.nth = sent.c
      order by n
      returning id, title
  )
  select array_agg(id order by id), array_agg(title order by id) into keys, titles from written;  -- as they were given
  -- As journal_write: numbers, the feed lock, ids and rows, webhooks.
  joined := array(select (c->>'home')::bigint from jsonb_array_elements(choices) as c);
  with more as (select joined[c] as home, count(*) as n from unnest(choice) as c where joined[c] is not null group by 1),
    up as (update incident set last_event_number = last_event_number + n from more where id = home
      returning id, last_event_number - n as base)
    select array_agg(id), array_agg(base) into based, bases from up;
  perform set_config('muster.trace', traces[1], true);
  perform pg_advisory_xact_lock(7422);
  if current_setting('muster.era', true) is distinct from 'feed_era'::regclass::oid::text then
    perform feed_enter_era(0);
  end if;
  with told as (
    select n, 0 as k, of_delivery[c] as d, joined[c] as home, 'alert.received' as kind,
        least(t::timestamptz, moment) as at, jsonb_build_object('alert_id', keys[n],
        'source_id', sources[of_delivery[c]], 'title', title, 'fingerprint', f, 'starts_at', t) as data
      from unnest(choice, fingerprints, starts, titles) with ordinality as sent(c, f, t, title, n)
    union all
    select n, k, of_delivery[choice[n]], null, kind, moment, data::jsonb || jsonb_build_object('alert_id', keys[n])
      from unnest(more_of, more_kinds, more_data) with ordinality as sent(n, kind, data, k)
  ), given as (
    select nextval('event_feed') as id, s.* from (
      select told.*, base + row_number() over (partition by home order by n, k) as number
      from told left join unnest(based, bases) as b(key, base) on key = home order by n, k
    ) s
  ), logged as (
    insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, visibility, data)
      select id, home, number, kind, 'INTEGRATION', sources[d], at, moment,
        case when home is null then 'ORGANISATION' else seen_by[d] end, data
      from given order by id
  ), changed as (
    insert into event_change(event_id, incident_id, rows)
      select max(id), home, jsonb_build_object('alert', jsonb_object_agg(keys[n], now_is))
      from given join (
        select key as home, jsonb_build_object(
          'state', 'FIRING', 'acknowledged_at', null, 'resolved_at', null, 'incident_id', key, 'suppressed_because', null,
          'flapping_since', null, 'noise_reason', null, 'noise_at', null) as now_is
        from unnest(based) as key offset 0) joins using (home)
      group by home
  )
  select array_agg(id), array_agg(d), max(id) into written, delivered, newest from given;
  if exists (select from webhook where archived_at is null and disabled_because is null) then
    insert into job(queue, name, args, event_id, options)
      select 'default', 'webhook.send', jsonb_build_object('event_id', e.id, 'webhook_id', w.id), e.id,
        case when traces[d] = '' then '{}' else jsonb_build_object('trace', traces[d]) end
      from unnest(written, delivered) as given(id, d) join event e on e.id = given.id, webhook w
      where w.archived_at is null and w.disabled_because is null and e.visibility = 'ORGANISATION'
        and (w.kinds = '[]' or w.kinds ? e.kind);
  end if;
end $$
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for function in (SEE, STORE):
        op.execute(function)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for name in ("alerts_store", "alerts_see"):
        op.execute(f"drop function {name}")
