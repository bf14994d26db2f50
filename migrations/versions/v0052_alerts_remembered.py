"""Deliveries of alerts can be stored by one statement, from what a process remembers (actions.alerts.at_once)."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

# alerts_store of 0051, which can look for itself. Its locks, in their order (docs/locks.md): groups, their incidents by
# id, alerts by id, the feed. Who is not patient waits for none of them but the last: `moved` then has the deliveries
# that were not free. Those that are not any more as they were `seen` (by alerts_see), or not as somebody `guessed`, are
# there, too; and nothing was written, if there are any. Otherwise `newest` is the last event, and `made` are the keys of
# the new alerts. `counted` to `sightings`, of the alerts that came again, and `chosen` are arrays as text, which costs the
# sender less. What becomes of a new alert is said by the one of `choices` that it has the number of in `chosen`;
# `of_delivery` and `joined` are the choices' deliveries and incidents. `told` are lists of its fingerprint, start, title,
# count, labels, annotations and address. `more` are the events that follow that of its arrival.
WRITE = """
create function alerts_write(
  patient boolean, rules int, silences bigint,
  sources bigint[], grps text[], homes bigint[], joined_homes bigint[], seen_by text[], untouched boolean[],
  guessed boolean[], traces text[], open_stages text[], moment timestamptz,
  counted text, counted_of text, sightings text,
  choices jsonb, of_delivery int[], joined bigint[], chosen text, told jsonb,
  more_of int[], more_kinds text[], more_data text[],
  out moved bigint[], out newest bigint, out made bigint[]
) language plpgsql set plan_cache_mode = 'force_generic_plan' set muster.journal = 'on' as $$
declare
  again bigint[] := counted::bigint[];
  choice int[] := chosen::int[];
  new jsonb[];
  bases bigint[];
  based bigint[];
  written bigint[];
  delivered int[];
begin
  if patient then
    perform pg_advisory_xact_lock(7423, lock) from (
      select distinct hashtext(source || ':' || grp) as lock from unnest(sources, grps) with ordinality as d(source, grp, n)
      where n = any(of_delivery) order by 1) each;
    perform from incident where id = any(joined_homes) order by id for no key update;
    perform from alert where id = any(again) order by id for no key update;
  else
    select array_agg(n) into moved from unnest(sources, grps) with ordinality as d(source, grp, n)
      where n = any(of_delivery) and not pg_try_advisory_xact_lock(7423, hashtext(source || ':' || grp));
    if moved is not null then
      return;
    end if;
    if joined_homes <> array_fill(null::bigint, array[array_length(joined_homes, 1)]) then
      with free as (select id from incident where id = any(joined_homes) order by id for no key update skip locked)
        select array_agg(n) into moved from unnest(joined_homes) with ordinality as d(home, n)
        where home is not null and home not in (select id from free);
      if moved is not null then
        return;
      end if;
    end if;
    if again <> '{}' then
      with free as (select id from alert where id = any(again) order by id for no key update skip locked)
        select array_agg(distinct d) into moved from unnest(again, counted_of::int[]) as known(key, d)
        where key not in (select id from free);
      if moved is not null then
        return;
      end if;
    end if;
  end if;
  if chosen <> '{}' then
    new := array(select e from jsonb_array_elements(told) as e);
  end if;
  if false = any(guessed) then
    select array_agg(n) into moved
      from unnest(sources, grps, joined_homes, seen_by, guessed) with ordinality as d(source, grp, home, seen, guess, n)
      where home is not null and not guess and (
        not exists (select from incident where id = home and stage = any(open_stages) and visibility = seen)
        or not exists (select from alert_group where source_id = source and group_key = grp and incident_id = home));
    if moved is not null then
      return;
    end if;
  end if;
  if true = any(guessed) then  -- as alerts_see looks
    if rules <> (select coalesce(max(v.version), 0) from routing_version v)
      or silences <> (select coalesce(max(s.id), 0) from silence s) then
      select array_agg(n) into moved from unnest(guessed) with ordinality as d(guess, n) where guess;
      return;
    end if;
    select array_agg(n) into moved
      from unnest(sources, grps, homes, seen_by, guessed) with ordinality as d(source, grp, home, seen, guess, n)
      join alert_source s on s.id = d.source
      left join alert_group g on g.source_id = d.source and g.group_key = d.grp
      left join incident i on i.id = g.incident_id and i.stage = any(open_stages)
      where guess and (s.archived_at is not null or g.snoozed_until > moment
        or i.id is distinct from home or i.visibility is distinct from seen
        or exists (select from alert_flapping f where f.source_id = d.source));
    if moved is null and chosen <> '{}' then
      select array_agg(distinct d) into moved
        from (select of_delivery[c] as d, e->>0 as f from unnest(new, choice) as sent(e, c) offset 0) sent
        where guessed[d] and (
          select a.id from alert a where a.source_id = sources[d] and a.fingerprint = f order by a.starts_at desc limit 1
        ) is not null;
    end if;
    if moved is not null then
      return;
    end if;
  end if;

  if again <> '{}' then
    update alert set count = alert.count + c.n, last_seen_at = greatest(alert.last_seen_at, moment)
      from (select key, sum(n) as n from unnest(again, sightings::int[]) as known(key, n) group by 1) c
      where c.key = alert.id;
  end if;
  if true = any(untouched) then
    update alert_source set last_seen_at = moment where id in (
      select id from alert_source
      where id in (select source from unnest(sources, untouched) as d(source, due) where due)
      for no key update skip locked);
  end if;
  if chosen = '{}' then
    return;
  end if;

  with written as (
    insert into alert(source_id, group_key, first_seen_at, last_seen_at, fingerprint, starts_at, title, count, labels,
        annotations, url, state, service_id, silence_id, maintenance_id, suppressed_because, rule_id, incident_id)
      select sources[delivery], grps[delivery], moment, moment, e->>0, (e->>1)::timestamptz, e->>2, (e->>3)::int, e->4,
        e->5, e->>6, state, service_id, silence_id, maintenance_id, suppressed_because, rule_id, home
      from unnest(new, choice) with ordinality as sent(e, c, n)
      join rows from (jsonb_to_recordset(choices) as (delivery int, home bigint, state text, service_id bigint,
          silence_id bigint, maintenance_id bigint, suppressed_because text, rule_id bigint)) with ordinality
        as one(delivery, home, state, service_id, silence_id, maintenance_id, suppressed_because, rule_id, nth)
        on one.nth = sent.c
      order by n
      returning id
  )
  select array_agg(id order by id) into made from written;  -- as they were given
  -- As journal_write: numbers, the feed lock, ids and rows, webhooks.
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
        least((e->>1)::timestamptz, moment) as at, jsonb_build_object('alert_id', made[n],
        'source_id', sources[of_delivery[c]], 'title', e->2, 'fingerprint', e->0, 'starts_at', e->1) as data
      from unnest(new, choice) with ordinality as sent(e, c, n)
    union all
    select n, k, of_delivery[choice[n]], null, kind, moment, data::jsonb || jsonb_build_object('alert_id', made[n])
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
      select max(id), home, jsonb_build_object('alert', jsonb_object_agg(made[n], now_is))
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
    op.execute(WRITE)


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("drop function alerts_write")
