"""What `bench.data` lacks for metrics: courses of incidents, their moments, promises and calls.

Half of the incidents were reported first, one in twenty came back; the moments vary, as of themselves.
"""

MOMENTS = """
update incident set
  impact_started_at = case when id % 10 > 0 then detected_at - (id % 37) * interval '1 minute' end,
  acknowledged_at = detected_at + (id % 7) * interval '1 minute',
  declared_at = detected_at + (id % 7 + id % 5) * interval '1 minute',
  mitigated_at = case when resolved_at is not null then detected_at + (20 + id % 97) * interval '1 minute' end,
  resolved_at = case when resolved_at is not null
    then detected_at + (30 + id % 211 + id % 97) * interval '1 minute' end,
  closed_at = case when stage = 'CLOSED' then detected_at + interval '2 days' end"""

EVENTS = """
insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, visibility, data)
select (select max(id) from event) + row_number() over (order by i.id, n), i.id, n + 1, course.kind, 'USER', 1, at, at,
  i.visibility, data
from incident i, lateral (values
  (1, 'incident.reported', i.detected_at, '{"title": "Broken"}'::jsonb, i.id % 2 = 0),
  (2, 'incident.acknowledged', i.acknowledged_at, '{"from_stage": "DETECTION"}', i.id % 2 = 0),
  (3, 'incident.declared', i.declared_at,
    case when i.id % 2 = 0 then '{"from_stage": "TRIAGE"}' else '{"from_stage": null}' end::jsonb, true),
  (4, 'incident.stage_changed', i.mitigated_at, '{"from_stage": "RESPONSE", "to_stage": "MITIGATION"}', true),
  (5, 'incident.stage_changed', i.resolved_at, '{"from_stage": "MITIGATION", "to_stage": "RESOLUTION"}', true),
  (6, 'incident.reopened', i.resolved_at + interval '1 hour',
    '{"from_stage": "RESOLUTION", "resolved_at": "2026-01-01T00:00:00Z"}', i.id % 20 = 0),
  (7, 'incident.stage_changed', i.resolved_at + interval '2 hours',
    '{"from_stage": "RESPONSE", "to_stage": "RESOLUTION"}', i.id % 20 = 0),
  (8, 'incident.stage_changed', i.closed_at, '{"from_stage": "RESOLUTION", "to_stage": "CLOSED"}', true)
) course(n, kind, at, data, happened) where happened and at is not null"""

KEPT = """
insert into event_change(event_id, incident_id, rows)
select min(e.id), i.id, jsonb_build_object('incident', jsonb_build_object(i.id, to_jsonb(i)))
from incident i join event e on e.incident_id = i.id group by i.id"""

CORRECTED = """
insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, visibility, data)
select (select max(id) from event) + row_number() over (order by id), id, 100, 'incident.timestamp_corrected', 'USER',
  1, now(), now(), visibility, '{}' from incident where id % 100 = 0"""
CORRECTIONS = """
insert into event_change(event_id, incident_id, rows)
select id, incident_id, jsonb_build_object('incident', jsonb_build_object(incident_id, '{"closed_at": null}'::jsonb))
from event where kind = 'incident.timestamp_corrected'"""
"""The newest events: one incident in a hundred was corrected."""

ROWS = (
    "set session_replication_role = replica",
    MOMENTS,
    EVENTS,
    """update role_assignment a set assumed_at = i.declared_at + (a.id % 13) * interval '1 minute' from incident i
      where i.id = a.incident_id""",
    """update status_update set promised_by = published_at + (id % 10 - 2) * interval '1 minute'
      where audience = 'INTERNAL'""",
    "delete from event_change",
    KEPT,
    CORRECTED,
    CORRECTIONS,
    "select setval('event_feed', (select max(id) from event))",
    "vacuum analyze",
)
