"""What somebody would write by hand for a metric by week, or by what it is split by: $1 to $2, and no more.

They read a view of what counts and is not private, and know neither versions, nor cursors, nor whose question it is.
"""

COUNTED = """create or replace view counted as select * from incident
  where kind = 'REAL' and stage not in ('DECLINED', 'CANCELLED', 'MERGED') and visibility = 'ORGANISATION'"""

BY_HAND = {
    "mttr by week": """
select date_trunc('week', detected_at, 'UTC'), count(*), avg(s),
  percentile_cont(array[.5, .9, .95]) within group (order by s)
from (select *, extract(epoch from resolved_at - impact_started_at)::float8 as s from counted
  where detected_at >= $1 and detected_at < $2 and resolved_at >= impact_started_at) c group by 1""",
    "mttr by severity": """
select severity_id, count(*), avg(s),
  percentile_cont(array[.5, .9, .95]) within group (order by s)
from (select *, extract(epoch from resolved_at - impact_started_at)::float8 as s from counted
  where detected_at >= $1 and detected_at < $2 and resolved_at >= impact_started_at) c
  left join severity_version v on v.id = c.severity_version_id group by 1""",
    "mttr by service": """
select service_id, count(*), avg(s),
  percentile_cont(array[.5, .9, .95]) within group (order by s)
from (select *, extract(epoch from resolved_at - impact_started_at)::float8 as s from counted
  where detected_at >= $1 and detected_at < $2 and resolved_at >= impact_started_at) c
  left join incident_service t on t.incident_id = c.id group by 1""",
    "mttr by week, service and severity": """
select date_trunc('week', detected_at, 'UTC'), service_id, severity_id, count(*), avg(s),
  percentile_cont(array[.5, .9, .95]) within group (order by s)
from (select *, extract(epoch from resolved_at - impact_started_at)::float8 as s from counted
  where detected_at >= $1 and detected_at < $2 and resolved_at >= impact_started_at) c
  left join incident_service t on t.incident_id = c.id
  left join severity_version v on v.id = c.severity_version_id group by 1, 2, 3""",
    "mtta by week": """
select date_trunc('week', detected_at, 'UTC'), count(*), avg(s),
  percentile_cont(array[.5, .9, .95]) within group (order by s)
from (select *, extract(epoch from acknowledged_at - detected_at)::float8 as s from counted c
  where detected_at >= $1 and detected_at < $2
    and exists (select from event e where e.incident_id = c.id and e.kind = 'incident.reported')) c group by 1""",
    "incidents by week": """
select date_trunc('week', detected_at, 'UTC'), count(*) from counted
where detected_at >= $1 and detected_at < $2 group by 1""",
    "time_in_response by week": """
with move as (
  select c.id, detected_at, e.kind, e.data, occurred_at,
    lead(occurred_at) over (partition by c.id order by e.id) as until
  from counted c join event e on e.incident_id = c.id
  where detected_at >= $1 and detected_at < $2
    and e.kind in ('incident.reported', 'incident.acknowledged', 'incident.declared', 'incident.declined',
      'incident.cancelled', 'incident.reopened', 'incident.stage_changed')),
total as (
  select id, detected_at, sum(extract(epoch from until - occurred_at)::float8) as s from move
  where until is not null
    and (kind in ('incident.declared', 'incident.reopened') or data->>'to_stage' = 'RESPONSE') group by 1, 2)
select date_trunc('week', detected_at, 'UTC'), count(*), avg(s),
  percentile_cont(array[.5, .9, .95]) within group (order by s)
from total group by 1""",
    "reopen_rate by week": """
select date_trunc('week', detected_at, 'UTC'), count(*), avg(came::int) from (
  select detected_at, resolved_at, exists (select from event e where e.incident_id = c.id
    and e.kind = 'incident.reopened' and e.data->>'resolved_at' is not null) as came
  from counted c where detected_at >= $1 and detected_at < $2) s
where came or resolved_at is not null group by 1""",
    "time_to_fill_roles by week": """
select date_trunc('week', detected_at, 'UTC'), count(*), avg(s),
  percentile_cont(array[.5, .9, .95]) within group (order by s)
from (select c.detected_at, greatest(0, extract(epoch from min(a.assumed_at) - c.declared_at)::float8) as s
  from counted c join severity_version v on v.id = c.severity_version_id,
    jsonb_array_elements_text(v.required_role_ids) r(role), role_assignment a
  where detected_at >= $1 and detected_at < $2 and declared_at is not null and a.incident_id = c.id
    and a.role_id = r.role::bigint group by c.id, c.detected_at, c.declared_at, r.role) c group by 1""",
    "responder_hours by week": """
select date_trunc('week', detected_at, 'UTC'), count(*), sum(h),
  percentile_cont(array[.5, .9, .95]) within group (order by h)
from (select c.id, c.detected_at, coalesce(sum(s), 0) / 3600 as h from counted c left join (
    select a.incident_id, greatest(0, extract(epoch from least(relinquished_at, resolved_at) - greatest(assumed_at,
      max(least(relinquished_at, resolved_at)) over (partition by a.incident_id, user_id order by assumed_at, a.id
        rows between unbounded preceding and 1 preceding)))::float8) as s
    from role_assignment a join counted i on i.id = a.incident_id
    where detected_at >= $1 and detected_at < $2 and resolved_at is not null) held on held.incident_id = c.id
  where detected_at >= $1 and detected_at < $2 and resolved_at is not null group by 1, 2) c group by 1""",
    "promises_kept by week": """
select date_trunc('week', promised_by, 'UTC'), count(*), avg((published_at <= promised_by)::int)
from status_update u join counted c on c.id = u.incident_id
where promised_by >= $1 and promised_by < $2 group by 1""",
    "action_items_in_time by week": """
select date_trunc('week', due_on::timestamp), count(*),
  avg((a.state = 'DONE' and (done_at at time zone 'UTC')::date <= due_on)::int)
from action_item a join counted c on c.id = a.incident_id
where a.state <> 'WONT_DO' and due_on >= $1::timestamptz::date and due_on < $2::timestamptz::date
  and (a.state = 'DONE' or due_on < now()) group by 1""",
    "pages_per_person by week": """
select week, count(*), sum(n),
  percentile_cont(array[.5, .9, .95]) within group (order by n) from (
  select date_trunc('week', d.created_at, 'UTC') as week, d.user_id, count(*)::float8 as n
  from delivery d join counted c on c.id = d.incident_id
  where template in ('declared', 'severity_raised') and d.created_at >= $1 and d.created_at < $2 group by 1, 2) s
group by 1""",
}
"""By the metric, and what it is by."""
