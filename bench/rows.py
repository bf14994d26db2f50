"""The rows of `bench.data`, one statement a table. `g` is an incident's age in incidents: 0 is the newest.

Of the newest thousand one in twenty is open, of the older ones one in a thousand; one in ten was told to customers, one
in fifty is private, one in 250 a drill, one in 500 was merged. Each has four roles, a task, an alert, a mail; half have
internal updates, a fifth a postmortem and an action item.
"""

PAST = """
from (select i, $1::bigint - i as g, now() - case when $1::bigint - i < 1000
    then ($1::bigint - i) * interval '9 hours'
    else interval '375 days' + ($1::bigint - i - 1000) * interval '5 minutes' end - interval '1 hour' as t
  from generate_series(1, $1::bigint) i) past"""
"""The incidents: number, age, and when each was declared."""

OPEN = "(case when g < 1000 then g % 20 else g % 1000 end = 0)"
PRIVATE = "(g % 50 = 7)"
PUBLIC = "(g % 10 = 4 and g % 250 <> 3)"
LEARNED = "(g % 5 = 2 and not " + OPEN + ")"

USERS = """
insert into app_user(name, email, access_role, created_at)
select 'Person ' || n, 'person' || n || '@example.org', 'RESPONDER', now() from generate_series(1, 200) n"""

TEAMS = (
    "insert into team(slug, name, created_at) select 'team-' || n, 'Team ' || n, now() from generate_series(1, 20) n"
)
TEAM_MEMBERS = "insert into team_member(team_id, user_id) select 1 + n % 20, n from generate_series(1, 200) n"

SERVICES = """
insert into service(slug, name, owner_id, created_at)
select 'service-' || n, 'Service ' || n, 1 + n % 20, now() from generate_series(1, 50) n"""

COMPONENTS = """
insert into component(name, position, manual_status, status, created_at)
select 'Component ' || n, n, 'OPERATIONAL', 'OPERATIONAL', now() - interval '20 years' from generate_series(1, 20) n"""

SERVICE_COMPONENTS = """
insert into service_component(service_id, component_id) select n, 1 + n % 20 from generate_series(1, 50) n"""

SOURCE = """
insert into alert_source(kind, name, key_digest, created_at) select 'alertmanager', 'Monitoring', 'none', now()"""

INCIDENTS = f"""
insert into incident(id, title, public_title, summary, labels, severity_version_id, stage, kind, visibility, version,
  last_event_number, reported_by_kind, reported_by_id, merged_into_id, created_at, detected_at, acknowledged_at,
  declared_at, mitigated_at, resolved_at, public_status, public_since)
select i, 'Incident number ' || i, case when {PUBLIC} then 'Trouble with part ' || g % 97 end,
  'Something is wrong with part ' || g % 97 || case when g = 500 then ' of the zeppelin' else '' end,
  jsonb_build_object('region', 'r' || g % 5, 'host', 'host-' || g % 1000),
  case when g % 40 <> 0 then 1 + g % 3 end,
  case when {OPEN} then case when g % 40 = 0 then 'DETECTION' else 'RESPONSE' end when g % 500 = 499 then 'MERGED'
    when g % 400 = 13 then 'DECLINED' when g % 3 = 0 then 'RESOLUTION' else 'CLOSED' end,
  case when g % 250 = 3 then 'DRILL' else 'REAL' end, case when {PRIVATE} then 'PRIVATE' else 'ORGANISATION' end,
  1, $2::bigint, 'USER', 1 + i % 200, case when g % 500 = 499 and not {OPEN} then i + 1 end,
  t, t, t, t, case when not {OPEN} then t + interval '1 hour' end, case when not {OPEN} then t + interval '1 hour' end,
  case when {PUBLIC} then case when {OPEN} then 'IDENTIFIED' else 'RESOLVED' end end,
  case when {PUBLIC} then t + interval '10 minutes' end
{PAST}"""

ROLES = f"""
insert into role_assignment(incident_id, role_id, user_id, assumed_at)
select i, r.id, 1 + (i * 7 + r.id * 13) % 200, t {PAST}, role r
where r.key in ('commander', 'technical_lead', 'communications_lead', 'scribe')"""

MEMBERS = """
insert into incident_member(incident_id, user_id) select incident_id, user_id from role_assignment"""

INCIDENT_SERVICES = f"""
insert into incident_service(incident_id, service_id)
select i, 1 + (g + n * 7) % 50 {PAST}, generate_series(0, 1) n where n <= g % 2"""

EVENTS = f"""
insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, entry_kind, visibility,
  data, text_digest)
select (i - 1) * $2::bigint + n, i, n, 'entry.added', 'USER', 1 + (i + n) % 200, t, t, 'NOTE',
  case when {PRIVATE} then 'PRIVATE' else 'ORGANISATION' end, '{{}}', 'digest'
{PAST}, generate_series(1, $2::bigint) n order by i, n"""

TEXTS = """
insert into event_text(event_id, salt, body)
select id, '0123456789abcdef', 'Note ' || number || ' on incident ' || incident_id || ': looked at it and went on'
from event"""

PINS = f"insert into pin(event_id, pinned_at) select i * $2::bigint, t {PAST} where g % 2 = 0"

CHANGES = f"""
insert into event_change(event_id, incident_id, rows)
select i * $2::bigint, i, jsonb_build_object('incident', jsonb_build_object(i, '{{"stage": "RESPONSE"}}'::jsonb))
{PAST}"""

ALERTS = f"""
insert into alert(source_id, fingerprint, group_key, title, state, count, starts_at, first_seen_at, last_seen_at,
  resolved_at, labels, annotations, service_id, incident_id)
select 1, 'f' || i, 'group-' || g % 1000, 'High latency on host-' || g % 1000,
  case when {OPEN} then 'FIRING' else 'RESOLVED' end, 3, t, t, t, case when not {OPEN} then t + interval '1 hour' end,
  jsonb_build_object('severity', 'critical', 'host', 'host-' || g % 1000), '{{}}', 1 + g % 50,
  case when g % 10 <> 9 then i end {PAST}"""

GROUPS = f"""
insert into alert_group(source_id, group_key, incident_id, updated_at)
select 1, 'old-' || i, i, t {PAST} where g % 2 = 0"""

TASKS = f"""
insert into task(incident_id, title, state, created_at, claimed_by_kind, claimed_by_id, claimed_at, done_at)
select i, 'Restart host-' || g % 1000, 'DONE', t, 'USER', 1 + i % 200, t, t + interval '1 hour'
{PAST}"""

UPDATES = f"""
insert into status_update(incident_id, audience, status, body, author_kind, author_id, published_at)
select i, case when n = 0 then 'INTERNAL' else 'PUBLIC' end,
  case n when 1 then 'IDENTIFIED' when 2 then 'RESOLVED' end, 'We know more: it is part ' || g % 97 || '.', 'USER',
  1 + i % 200, t + n * interval '10 minutes'
{PAST}, generate_series(0, 2) n where n = 0 and g % 2 = 0 or n = 1 and {PUBLIC} or n = 2 and {PUBLIC} and not {OPEN}
order by i, n"""

UPDATE_COMPONENTS = """
insert into status_update_component(update_id, component_id, from_status, to_status)
select id, 1 + incident_id % 20, 'OPERATIONAL', 'PARTIAL_OUTAGE' from status_update where audience = 'PUBLIC'"""

PERIODS = f"""
insert into component_period(component_id, status, started_at, ended_at)
select 1 + i % 20, case n when 0 then 'PARTIAL_OUTAGE' else 'OPERATIONAL' end, t + n * interval '2 minutes',
  t + interval '2 minutes' + n * interval '2 minutes'
{PAST}, generate_series(0, 1) n where {PUBLIC} and g >= 20"""

OPEN_PERIODS = """
insert into component_period(component_id, status, started_at)
select n, 'OPERATIONAL', now() - interval '1 day' from generate_series(1, 20) n"""

POSTMORTEMS = f"""
insert into postmortem(incident_id, status, version, created_at, assembled_at, assembled_cursor)
select i, 'PUBLISHED', 1, t, t, i * $2::bigint {PAST} where {LEARNED}"""

SECTIONS = """
insert into postmortem_section(postmortem_id, key, title, position, generated, version)
select p.id, s.key, s.title, s.n, 'What happened to INC-' || p.incident_id, 1 from postmortem p,
  (values (0, 'summary', 'Summary'), (1, 'timeline', 'Timeline')) s(n, key, title)"""

STATEMENTS = """
insert into postmortem_statement(postmortem_id, section, position, text, generated, source_ids)
select id, 'summary', n, 'Something was wrong.', true, jsonb_build_array(assembled_cursor - n)
from postmortem, generate_series(0, 1) n"""

ACTION_ITEMS = f"""
insert into action_item(incident_id, title, state, owner_id, assignee_id, priority, version, due_on, created_at,
  done_at)
select i, 'Add a limit to part ' || g % 97,
  case when g < 1000 and g % 10 = 2 or g % 1000 = 2 then 'OPEN' when g % 1000 = 7 then 'IN_PROGRESS'
    when g % 200 = 17 then 'WONT_DO' else 'DONE' end,
  1 + i % 20, 1 + i % 200, 2, 1, (t + interval '60 days')::date, t, t + interval '30 days'
{PAST} where {LEARNED}"""

DELIVERIES = f"""
insert into delivery(event_id, incident_id, channel, template, "to", user_id, state, attempts, created_at, sent_at)
select (i - 1) * $2::bigint + 1, i, 'mail', 'declared', 'person' || 1 + i % 200 || '@example.org', 1 + i % 200, 'SENT',
  1, t, t {PAST}"""

CLAIMS = """
insert into idempotency_claim(actor_kind, actor_id, mutation, key, digest, entity_id, cursor, created_at)
select 'USER', 1 + n % 200, 'addEntry', 'key-' || n, 'digest', n, n, now() - n * interval '10 seconds'
from generate_series(1, least($1::bigint, 8000)) n"""
"""One every ten seconds of the past day: older ones are forgotten, so that this table does not grow with the past."""

FEED = "select setval('event_feed', $1::bigint * $2::bigint)"

ROWS = (
    *(USERS, TEAMS, TEAM_MEMBERS, SERVICES, COMPONENTS, SERVICE_COMPONENTS, SOURCE),
    *(INCIDENTS, ROLES, MEMBERS, INCIDENT_SERVICES, EVENTS, TEXTS, PINS, CHANGES, ALERTS, GROUPS, TASKS),
    *(UPDATES, UPDATE_COMPONENTS, PERIODS, OPEN_PERIODS, POSTMORTEMS, SECTIONS, STATEMENTS, ACTION_ITEMS),
    *(DELIVERIES, CLAIMS, FEED),
)
