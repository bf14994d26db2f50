-- What PostGraphile is shown: views, and in smart comments what refers to what.
create schema peer;
create view peer.incident as
  select id, 'INC-' || id as reference, title, stage::text, declared_at, severity_version_id from incident
  where stage in ('DETECTION', 'TRIAGE', 'RESPONSE', 'MITIGATION') and visibility = 'ORGANISATION';
comment on view peer.incident is E'@primaryKey id\n@foreignKey (severity_version_id) references peer.severity (id)';
create view peer.severity as select id, name, rank from severity_version;
comment on view peer.severity is E'@primaryKey id';
create view peer.role as select id, name from role;
comment on view peer.role is E'@primaryKey id';
create view peer.person as select id, name, email from app_user;
comment on view peer.person is E'@primaryKey id';
create view peer.assignment as
  select id, incident_id, role_id, user_id, assumed_at from role_assignment where relinquished_at is null;
comment on view peer.assignment is
  E'@primaryKey id\n@foreignKey (incident_id) references peer.incident (id)\n@foreignKey (role_id) references peer.role (id)\n@foreignKey (user_id) references peer.person (id)';
create view peer.entry as
  select e.id, e.incident_id, e.number, e.kind, e.occurred_at, t.body as text
  from event e left join event_text t on t.event_id = e.id where e.number is not null;
comment on view peer.entry is E'@primaryKey id\n@foreignKey (incident_id) references peer.incident (id)';
