"""The first schema: every table, the event journal, and the guards around the event log.

The functions below are explained in ADR 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JOURNAL = """
create function journal_write(events jsonb, jobs jsonb, claim bigint) returns jsonb
language plpgsql set muster.journal = 'on' set plan_cache_mode = 'auto' as $$
declare
  base jsonb := '{}';          -- incident id -> the last number before this transaction's events
  before bigint;
  spot record;
  written jsonb := '[]';
  newest bigint;
begin
  -- 1. Numbers. Incident rows in the order of their ids, before the feed lock: the order of locks everywhere.
  for spot in
    select (e->>'incident_id')::bigint as id, count(*) as n from jsonb_array_elements(events) e
    where (e->>'numbered')::boolean group by 1 order by 1
  loop
    update incident set last_event_number = last_event_number + spot.n where id = spot.id
      returning last_event_number - spot.n into strict before;
    base := base || jsonb_build_object(spot.id::text, before);
  end loop;

  if jsonb_array_length(events) > 0 then
    -- 2. The feed lock, before the first id is drawn and until the commit is visible: ids are in commit order.
    perform pg_advisory_xact_lock(7422);
    if current_setting('muster.era', true) is distinct from 'feed_era'::regclass::oid::text then
      perform feed_enter_era(0);  -- once a session; nearly always it did so when it was opened
    end if;
    -- 3. Ids and rows, texts, pins.
    with given as (
      select nextval('event_feed') as id, s.*, case when s.text is not null then uuid_send(gen_random_uuid()) end as salt
      from (
        select e->>'kind' as kind, e->>'actor_kind' as actor_kind, (e->>'actor_id')::bigint as actor_id,
          (e->>'occurred_at')::timestamptz as occurred_at, (e->>'recorded_at')::timestamptz as recorded_at,
          e->'data' as data, e->>'visibility' as visibility, (e->>'incident_id')::bigint as incident_id,
          e->>'entry_kind' as entry_kind, e->>'text' as text, (e->>'pinned')::boolean as pinned,
          nullif(e->'changes', 'null') as changes,
          case when (e->>'numbered')::boolean then (base->>(e->>'incident_id'))::bigint
            + count(*) filter (where (e->>'numbered')::boolean) over (partition by e->>'incident_id' order by ord)
          end as number
        from jsonb_array_elements(events) with ordinality as t(e, ord) order by ord
      ) s
    ), logged as (
      insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, entry_kind,
          visibility, data, text_digest)
        select id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, entry_kind, visibility,
          data, case when text is not null then sha256(salt || convert_to(text, 'UTF8')) end
        from given order by id
    ), said as (
      insert into event_text(event_id, salt, body) select id, salt, text from given where text is not null
    ), marked as (
      insert into pin(event_id, pinned_at) select id, recorded_at from given where pinned
    ), changed as (
      insert into event_change(event_id, incident_id, rows)
        select id, incident_id, case when pinned
          then coalesce(changes, '{}') || jsonb_build_object('pin', jsonb_build_object(id, jsonb_build_object('event_id', id)))
          else changes end
        from given where changes is not null or pinned and incident_id is not null
    )
    select jsonb_agg(jsonb_build_array(id, number) order by id), max(id) into written, newest from given;

    -- 4. Webhooks are told of what everybody in the organisation may see, and of nothing else.
    insert into job(queue, name, args, event_id)
      select 'default', 'webhook.send', jsonb_build_object('event_id', e.id, 'webhook_id', w.id), e.id
      from webhook w join event e on e.id >= (written->0->>0)::bigint and e.id <= newest
      where w.archived_at is null and w.disabled_because is null and e.visibility = 'ORGANISATION'
        and (w.kinds = '[]' or w.kinds ? e.kind);
  end if;

  insert into job(queue, name, args, event_id, run_at)
    select j->>'queue', j->>'name',
      case when j->>'event' is null then j->'args'
        else j->'args' || jsonb_build_object('event_id', written->(j->>'event')::int->0) end,
      (written->(j->>'event')::int->>0)::bigint,
      coalesce((j->>'run_at')::timestamptz, now())
    from jsonb_array_elements(jobs) j;

  if newest is null then
    select coalesce(max(id), 0) into newest from event;
  end if;
  if claim is not null then
    update idempotency_claim set cursor = newest where id = claim;
  end if;
  return jsonb_build_object('events', written, 'cursor', newest);
end $$;
"""

ERAS = (
    """
    -- Which life of which database this is. A promoted replica or a recovery has another timeline, a restored dump
    -- another table, a copy another database, another cluster another identifier. Servers that hide the first two
    -- are told apart by the rest.
    create function feed_cluster() returns text language plpgsql as $$
    declare
      place text := (select oid from pg_database where datname = current_database()) || '.' || 'feed_era'::regclass::oid;
    begin
      return (select system_identifier from pg_control_system()) || '.'
        || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.' || place;
    exception when insufficient_privilege or feature_not_supported or undefined_function or internal_error then
      return 'hidden.' || place;
    end $$
    """,
    """
    -- Begin an era if history may have been lost: when this is not the database that the newest era began in, when the
    -- caller has seen an event that is not there, or when asked to (anew). Returns where a reader goes on who has seen
    -- the feed up to a place: that place, or where the history ended that it is not part of (ADR 0007).
    create function feed_enter_era(seen bigint, anew boolean default false) returns bigint language plpgsql as $$
    declare
      here text;
      newest bigint;
      ended bigint;
      era feed_era;
      spot record;
    begin
      if pg_is_in_recovery() then
        return seen;
      end if;
      here := feed_cluster();
      select * into era from feed_era order by first_id desc limit 1;
      if anew or era is null or era.cluster <> here or seen > coalesce((select max(id) from event), 0) then
        perform pg_advisory_xact_lock(7422);
        select * into era from feed_era order by first_id desc limit 1;
        select coalesce(max(id), 0) into newest from event;
        if era is null then
          insert into feed_era(first_id, after_id, cluster, began_at) values (1, 0, here, clock_timestamp());
        elsif anew or era.cluster <> here or seen > newest
          and not exists (select 1 from feed_era where seen > after_id and seen < first_id)
        then
          -- A place that no life of this database has ever reached: 2^21 places for each second since 2025, which is
          -- more than it writes, and below 2^53 (what JavaScript can count) until 2161.
          select greatest(floor(extract(epoch from clock_timestamp() - timestamptz '2025-01-01 UTC') * 2097152)::bigint,
            greatest(last_value, newest, era.first_id) + 4294967296) into era.first_id from event_feed;
          insert into feed_era(first_id, after_id, cluster, began_at)
            values (era.first_id, newest, here, clock_timestamp());
          -- No id is given twice: to other events, but also to another message, task or alert. Of the numbers that
          -- people read, a hundred are left out.
          for spot in
            select format('%I.%I', schemaname, sequencename)::regclass as name from pg_sequences
            where schemaname = current_schema() and data_type = 'bigint'::regtype and sequencename <> 'incident_number'
          loop
            perform setval(spot.name, era.first_id, false);
          end loop;
          perform setval('incident_number', last_value + 100, is_called) from incident_number;
        end if;
      end if;
      perform set_config('muster.era', 'feed_era'::regclass::oid::text, false);
      select min(after_id) into ended from feed_era where seen > after_id and seen < first_id;
      return coalesce(ended, seen);
    end $$
    """,
)

GUARDS = (
    """
    create function refuse_event_change() returns trigger language plpgsql as $$ begin
      raise exception 'events are never changed: % on % refused', tg_op, tg_table_name
        using errcode = 'restrict_violation', hint = 'Record a new event that corrects the old one.';
    end $$
    """,
    """
    create function only_journal_inserts() returns trigger language plpgsql as $$ begin
      if current_setting('muster.journal', true) is distinct from 'on' then
        raise exception 'only journal_write() inserts events'
          using errcode = 'restrict_violation', hint = 'Use actions.record.record().';
      end if;
      return null;
    end $$
    """,
    """
    create trigger event_is_for_ever before update or delete or truncate on event
      for each statement execute function refuse_event_change()
    """,
    """
    create trigger event_text_is_for_ever before update or delete or truncate on event_text
      for each statement execute function refuse_event_change()
    """,
    """
    create trigger event_change_is_for_ever before update or delete or truncate on event_change
      for each statement execute function refuse_event_change()
    """,
    """
    create trigger event_by_journal before insert on event
      for each statement execute function only_journal_inserts()
    """,
    """
    create trigger event_change_by_journal before insert on event_change
      for each statement execute function only_journal_inserts()
    """,
    """
    -- Job rows come and go by the thousand: vacuum them by count, not by share (DESIGN section 5).
    alter table job set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)
    """,
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("create sequence event_feed")
    op.execute("create sequence incident_number")
    op.create_table(
        "alert_source",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_source")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_alert_source_key_digest")),
    )
    op.create_table(
        "app_user",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column(
            "access_role",
            sa.Enum("VIEWER", "RESPONDER", "MANAGER", "ADMIN", name="accessrole", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
    )
    op.create_index("uq_app_user_email", "app_user", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "component",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "manual_status",
            sa.Enum(
                "OPERATIONAL",
                "UNDER_MAINTENANCE",
                "DEGRADED_PERFORMANCE",
                "PARTIAL_OUTAGE",
                "MAJOR_OUTAGE",
                name="componentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "OPERATIONAL",
                "UNDER_MAINTENANCE",
                "DEGRADED_PERFORMANCE",
                "PARTIAL_OUTAGE",
                "MAJOR_OUTAGE",
                name="componentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
    )
    op.create_table(
        "idempotency_claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "USER",
                "SERVICE_ACCOUNT",
                "INTEGRATION",
                "SYSTEM",
                "ANONYMOUS",
                name="actorkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("mutation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_claim")),
        sa.UniqueConstraint(
            "actor_kind",
            "actor_id",
            "mutation",
            "key",
            name=op.f("uq_idempotency_claim_actor_kind_actor_id_mutation_key"),
        ),
    )
    op.create_index(op.f("ix_idempotency_claim_created_at"), "idempotency_claim", ["created_at"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("strikes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("dead", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_job_dead", "job", ["id"], unique=False, postgresql_where=sa.text("dead"))
    op.create_index("ix_job_due", "job", ["queue", "run_at", "id"], unique=False, postgresql_where=sa.text("not dead"))
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("support_url", sa.Text(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_organisation_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("key", name=op.f("uq_role_key")),
    )
    op.create_table(
        "service_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_account")),
    )
    op.create_table(
        "severity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("current_version_id", sa.BigInteger(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_severity")),
        sa.UniqueConstraint("current_version_id", name=op.f("uq_severity_current_version_id")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("slug", name=op.f("uq_team_slug")),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_because", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index("uq_webhook_url", "webhook", ["url"], unique=True, postgresql_where=sa.text("archived_at is null"))
    op.create_table(
        "access_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "access_role",
            sa.Enum("VIEWER", "RESPONDER", "MANAGER", "ADMIN", name="accessrole", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("service_account_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(user_id, service_account_id) = 1", name=op.f("ck_access_token_one_owner")),
        sa.ForeignKeyConstraint(
            ["service_account_id"], ["service_account.id"], name=op.f("fk_access_token_service_account_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_access_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_access_token_digest")),
    )
    op.create_table(
        "browser_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_browser_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_browser_session_digest")),
    )
    op.create_table(
        "component_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "OPERATIONAL",
                "UNDER_MAINTENANCE",
                "DEGRADED_PERFORMANCE",
                "PARTIAL_OUTAGE",
                "MAJOR_OUTAGE",
                name="componentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["component_id"], ["component.id"], name=op.f("fk_component_period_component_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component_period")),
    )
    op.create_index(
        "ix_component_period_component_id_ended_at", "component_period", ["component_id", "ended_at"], unique=False
    )
    op.create_index(
        "uq_component_period_open",
        "component_period",
        ["component_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("runbook_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["team.id"], name=op.f("fk_service_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("slug", name=op.f("uq_service_slug")),
    )
    op.create_table(
        "severity_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("severity_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("examples", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "pages",
            sa.Enum("ALL_HANDS", "ON_CALL", "NOBODY", name="pagingscope", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("business_hours_only", sa.Boolean(), nullable=False),
        sa.Column("required_role_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fill_roles_within_minutes", sa.BigInteger(), nullable=True),
        sa.Column("internal_cadence_minutes", sa.BigInteger(), nullable=True),
        sa.Column("public_cadence_minutes", sa.BigInteger(), nullable=True),
        sa.Column("postmortem_required", sa.Boolean(), nullable=False),
        sa.Column("postmortem_due_days", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["severity_id"], ["severity.id"], name=op.f("fk_severity_version_severity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_severity_version")),
        sa.UniqueConstraint("severity_id", "version", name=op.f("uq_severity_version_severity_id_version")),
    )
    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_sign_in_link_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_sign_in_link_digest")),
    )
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_team_member_user_id")),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_user_id"), "team_member", ["user_id"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("public_title", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("labels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("severity_version_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "DETECTION",
                "TRIAGE",
                "RESPONSE",
                "MITIGATION",
                "RESOLUTION",
                "POSTMORTEM",
                "CLOSED",
                "DECLINED",
                "CANCELLED",
                "MERGED",
                name="stage",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum("REAL", "DRILL", "BACKFILLED", name="incidentkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum("ORGANISATION", "PRIVATE", name="visibility", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("last_event_number", sa.BigInteger(), nullable=False),
        sa.Column(
            "reported_by_kind",
            sa.Enum(
                "USER",
                "SERVICE_ACCOUNT",
                "INTEGRATION",
                "SYSTEM",
                "ANONYMOUS",
                name="actorkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reported_by_id", sa.BigInteger(), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("impact_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mitigated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "public_status",
            sa.Enum(
                "INVESTIGATING",
                "IDENTIFIED",
                "MONITORING",
                "RESOLVED",
                name="publicstatus",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("public_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("roles_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("internal_update_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_update_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("internal_remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(stage = 'MERGED') = (merged_into_id is not null)", name=op.f("ck_incident_merged_has_target")
        ),
        sa.CheckConstraint("acknowledged_at <= declared_at", name=op.f("ck_incident_acknowledged_before_declared")),
        sa.CheckConstraint("detected_at <= acknowledged_at", name=op.f("ck_incident_detected_before_acknowledged")),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_incident_not_merged_into_itself")),
        sa.CheckConstraint("mitigated_at <= resolved_at", name=op.f("ck_incident_mitigated_before_resolved")),
        sa.CheckConstraint("resolved_at <= closed_at", name=op.f("ck_incident_resolved_before_closed")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["incident.id"], name=op.f("fk_incident_merged_into_id")),
        sa.ForeignKeyConstraint(
            ["severity_version_id"], ["severity_version.id"], name=op.f("fk_incident_severity_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident_declared_at", "incident", ["declared_at"], unique=False)
    op.create_index(
        "ix_incident_internal_remind_at",
        "incident",
        ["internal_remind_at"],
        unique=False,
        postgresql_where=sa.text("internal_remind_at is not null"),
    )
    op.create_index(
        "ix_incident_labels",
        "incident",
        ["labels"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"labels": "jsonb_path_ops"},
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_incident_merged_into_id",
        "incident",
        ["merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id is not null"),
    )
    op.create_index(
        "ix_incident_open",
        "incident",
        ["id"],
        unique=False,
        postgresql_where=sa.text("stage in ('DETECTION', 'TRIAGE', 'RESPONSE', 'MITIGATION')"),
    )
    op.create_index(
        "ix_incident_public",
        "incident",
        ["public_since"],
        unique=False,
        postgresql_where=sa.text("public_since is not null"),
    )
    op.create_index(
        "ix_incident_public_remind_at",
        "incident",
        ["public_remind_at"],
        unique=False,
        postgresql_where=sa.text("public_remind_at is not null"),
    )
    op.create_index(
        "ix_incident_roles_due_at",
        "incident",
        ["roles_due_at"],
        unique=False,
        postgresql_where=sa.text("roles_due_at is not null"),
    )
    op.create_index(
        "ix_incident_search",
        "incident",
        [sa.literal_column("to_tsvector('simple'::regconfig, (title || ' '::text) || COALESCE(summary, ''::text))")],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_incident_severity",
        "incident",
        [sa.literal_column("COALESCE(severity_version_id, 0::bigint)"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_incident_open_severity",
        "incident",
        [sa.literal_column("COALESCE(severity_version_id, 0::bigint)"), "id"],
        unique=False,
        postgresql_where=sa.text("stage in ('DETECTION', 'TRIAGE', 'RESPONSE', 'MITIGATION')"),
    )
    op.create_index("ix_incident_stage_id", "incident", ["stage", "id"], unique=False)
    op.create_index(
        "ix_incident_kind_id", "incident", ["kind", "id"], unique=False, postgresql_where=sa.text("kind <> 'REAL'")
    )
    op.create_index(
        "ix_incident_private",
        "incident",
        ["id"],
        unique=False,
        postgresql_where=sa.text("visibility = 'PRIVATE'"),
    )
    op.create_index(
        "ix_incident_unfinished",
        "incident",
        ["public_since"],
        unique=False,
        postgresql_where=sa.text("public_since is not null and public_status <> 'RESOLVED'"),
    )
    op.create_table(
        "routing_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("matchers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("severity_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "create_incident",
            sa.Enum("ALWAYS", "NEVER", name="createincident", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_routing_rule_service_id")),
        sa.ForeignKeyConstraint(["severity_id"], ["severity.id"], name=op.f("fk_routing_rule_severity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
    )
    op.create_table(
        "service_component",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["component_id"], ["component.id"], name=op.f("fk_service_component_component_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_service_component_service_id")),
        sa.PrimaryKeyConstraint("service_id", "component_id", name=op.f("pk_service_component")),
    )
    op.create_index(op.f("ix_service_component_component_id"), "service_component", ["component_id"], unique=False)
    op.create_table(
        "action_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("OPEN", "IN_PROGRESS", "DONE", "WONT_DO", name="actionitemstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("ticket_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["app_user.id"], name=op.f("fk_action_item_assignee_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_action_item_incident_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["team.id"], name=op.f("fk_action_item_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_item")),
    )
    op.create_index(op.f("ix_action_item_incident_id"), "action_item", ["incident_id"], unique=False)
    op.create_index("ix_action_item_state_id", "action_item", ["state", "id"], unique=False)
    op.create_index(
        "ix_action_item_undone",
        "action_item",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state in ('OPEN', 'IN_PROGRESS')"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "FIRING", "ACKNOWLEDGED", "RESOLVED", "SUPPRESSED", name="alertstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("labels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("annotations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("suppressed_because", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_alert_incident_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_alert_service_id")),
        sa.ForeignKeyConstraint(["source_id"], ["alert_source.id"], name=op.f("fk_alert_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "source_id", "fingerprint", "starts_at", name=op.f("uq_alert_source_id_fingerprint_starts_at")
        ),
    )
    op.create_index(
        "ix_alert_incident_id",
        "alert",
        ["incident_id"],
        unique=False,
        postgresql_where=sa.text("incident_id is not null"),
    )
    op.create_index("ix_alert_state_id", "alert", ["state", "id"], unique=False)
    op.create_table(
        "alert_group",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_alert_group_incident_id")),
        sa.ForeignKeyConstraint(["source_id"], ["alert_source.id"], name=op.f("fk_alert_group_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_group")),
        sa.UniqueConstraint("source_id", "group_key", name=op.f("uq_alert_group_source_id_group_key")),
    )
    op.create_index(op.f("ix_alert_group_incident_id"), "alert_group", ["incident_id"], unique=False)
    op.create_table(
        "component_claim",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "OPERATIONAL",
                "UNDER_MAINTENANCE",
                "DEGRADED_PERFORMANCE",
                "PARTIAL_OUTAGE",
                "MAJOR_OUTAGE",
                name="componentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["component_id"], ["component.id"], name=op.f("fk_component_claim_component_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_component_claim_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "component_id", name=op.f("pk_component_claim")),
    )
    op.create_index(op.f("ix_component_claim_component_id"), "component_claim", ["component_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "USER",
                "SERVICE_ACCOUNT",
                "INTEGRATION",
                "SYSTEM",
                "ANONYMOUS",
                name="actorkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "entry_kind",
            sa.Enum(
                "NOTE",
                "DECISION",
                "OBSERVATION",
                "ACTION",
                "HYPOTHESIS",
                name="entrykind",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "visibility",
            sa.Enum("ORGANISATION", "PRIVATE", name="visibility", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_event_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_incident_id_id", "event", ["incident_id", "id"], unique=False)
    op.create_index(
        "ix_event_incident_id_occurred_at",
        "event",
        ["incident_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("number is not null"),
    )
    op.create_index("ix_event_recorded_at", "event", ["recorded_at"], unique=False, postgresql_using="brin")
    op.create_index("uq_event_incident_id_number", "event", ["incident_id", "number"], unique=True)
    op.create_table(
        "incident_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("service_account_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("num_nonnulls(user_id, service_account_id) = 1", name=op.f("ck_incident_member_one_member")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_member_incident_id")),
        sa.ForeignKeyConstraint(
            ["service_account_id"], ["service_account.id"], name=op.f("fk_incident_member_service_account_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_incident_member_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_member")),
        sa.UniqueConstraint(
            "incident_id", "service_account_id", name=op.f("uq_incident_member_incident_id_service_account_id")
        ),
        sa.UniqueConstraint("incident_id", "user_id", name=op.f("uq_incident_member_incident_id_user_id")),
    )
    op.create_index(op.f("ix_incident_member_user_id"), "incident_member", ["user_id"], unique=False)
    op.create_table(
        "incident_service",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_service_incident_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_incident_service_service_id")),
        sa.PrimaryKeyConstraint("incident_id", "service_id", name=op.f("pk_incident_service")),
    )
    op.create_index(
        "ix_incident_service_service_id_incident_id", "incident_service", ["service_id", "incident_id"], unique=False
    )
    op.create_table(
        "postmortem",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("DRAFT", "IN_REVIEW", "PUBLISHED", name="postmortemstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assembled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assembled_cursor", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_postmortem_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem")),
        sa.UniqueConstraint("incident_id", name=op.f("uq_postmortem_incident_id")),
    )
    op.create_table(
        "role_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("assumed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("relinquished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_role_assignment_incident_id")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_assignment_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_role_assignment_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
    )
    op.create_index("ix_role_assignment_incident_id", "role_assignment", ["incident_id"], unique=False)
    op.create_index(
        "ix_role_assignment_held",
        "role_assignment",
        ["user_id", "role_id", "incident_id"],
        unique=False,
        postgresql_where=sa.text("relinquished_at is null"),
    )
    op.create_index(
        "uq_role_assignment_current",
        "role_assignment",
        ["incident_id", "role_id"],
        unique=True,
        postgresql_where=sa.text("relinquished_at is null"),
    )
    op.create_table(
        "status_update",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "audience", sa.Enum("INTERNAL", "PUBLIC", name="audience", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum(
                "INVESTIGATING",
                "IDENTIFIED",
                "MONITORING",
                "RESOLVED",
                name="publicstatus",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "author_kind",
            sa.Enum(
                "USER",
                "SERVICE_ACCOUNT",
                "INTEGRATION",
                "SYSTEM",
                "ANONYMOUS",
                name="actorkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_update_by", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_status_update_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_update")),
    )
    op.create_index("ix_status_update_incident_id_id", "status_update", ["incident_id", "id"], unique=False)
    op.create_index("ix_status_update_published_at", "status_update", ["published_at"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("OPEN", "CLAIMED", "DONE", "DROPPED", name="taskstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "claimed_by_kind",
            sa.Enum(
                "USER",
                "SERVICE_ACCOUNT",
                "INTEGRATION",
                "SYSTEM",
                "ANONYMOUS",
                name="actorkind",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("claimed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(claimed_by_kind is null) = (claimed_at is null)", name=op.f("ck_task_claimed_by_someone")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_task_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(op.f("ix_task_incident_id"), "task", ["incident_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("webhook_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "PENDING",
                "SENT",
                "DELIVERED",
                "ACKNOWLEDGED",
                "FAILED",
                "UNKNOWN",
                "SUPPRESSED",
                name="deliverystate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("suppressed_because", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_delivery_event_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_delivery_incident_id")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_delivery_user_id")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_delivery_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "event_id", "channel", "template", "to", name=op.f("uq_delivery_event_id_channel_template_to")
        ),
    )
    op.create_index("ix_delivery_incident_id_id", "delivery", ["incident_id", "id"], unique=False)
    op.create_table(
        "event_text",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_text_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_text")),
    )
    op.create_table(
        "event_change",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_change_event_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_event_change_incident_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_change")),
    )
    op.create_index(
        "ix_event_change_incident_id_event_id", "event_change", ["incident_id", "event_id"], unique=False
    )
    op.create_table(
        "feed_era",
        sa.Column("first_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("first_id", name=op.f("pk_feed_era")),
    )
    op.create_table(
        "pin",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_pin_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_pin")),
    )
    op.create_table(
        "postmortem_section",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("postmortem_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("generated", sa.Text(), nullable=False),
        sa.Column("edited", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["postmortem_id"], ["postmortem.id"], name=op.f("fk_postmortem_section_postmortem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem_section")),
        sa.UniqueConstraint("postmortem_id", "key", name=op.f("uq_postmortem_section_postmortem_id_key")),
    )
    op.create_table(
        "postmortem_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("postmortem_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("generated", sa.Boolean(), nullable=False),
        sa.Column("source_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["postmortem_id"], ["postmortem.id"], name=op.f("fk_postmortem_statement_postmortem_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postmortem_statement")),
    )
    op.create_index(
        "ix_postmortem_statement_postmortem_id_position",
        "postmortem_statement",
        ["postmortem_id", "position"],
        unique=False,
    )
    op.create_table(
        "status_update_component",
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "from_status",
            sa.Enum(
                "OPERATIONAL",
                "UNDER_MAINTENANCE",
                "DEGRADED_PERFORMANCE",
                "PARTIAL_OUTAGE",
                "MAJOR_OUTAGE",
                name="componentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_status",
            sa.Enum(
                "OPERATIONAL",
                "UNDER_MAINTENANCE",
                "DEGRADED_PERFORMANCE",
                "PARTIAL_OUTAGE",
                "MAJOR_OUTAGE",
                name="componentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_status_update_component_component_id")
        ),
        sa.ForeignKeyConstraint(["update_id"], ["status_update.id"], name=op.f("fk_status_update_component_update_id")),
        sa.PrimaryKeyConstraint("update_id", "component_id", name=op.f("pk_status_update_component")),
    )
    op.create_table(
        "status_update_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["update_id"], ["status_update.id"], name=op.f("fk_status_update_revision_update_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_update_revision")),
    )
    op.create_index(op.f("ix_status_update_revision_update_id"), "status_update_revision", ["update_id"], unique=False)
    op.execute(JOURNAL)
    for statement in (*ERAS, *GUARDS):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("the first schema has nothing before it: drop the database instead")
