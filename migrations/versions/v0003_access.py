"""Who may do what: bounds of tokens, OAuth clients, identities, sessions, and where audited events came from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As in 0001, and where an audited event came from.
JOURNAL = """
create or replace function journal_write(events jsonb, jobs jsonb, claim bigint) returns jsonb
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
      select nextval('event_feed') as id, s.*, case when s.text is not null then uuid_send(gen_random_uuid()) end as salt,
        case when s.address is not null then uuid_send(gen_random_uuid()) end as origin_salt
      from (
        select e->>'kind' as kind, e->>'actor_kind' as actor_kind, (e->>'actor_id')::bigint as actor_id,
          (e->>'occurred_at')::timestamptz as occurred_at, (e->>'recorded_at')::timestamptz as recorded_at,
          e->'data' as data, e->>'visibility' as visibility, (e->>'incident_id')::bigint as incident_id,
          e->>'entry_kind' as entry_kind, e->>'text' as text, (e->>'pinned')::boolean as pinned,
          nullif(e->'changes', 'null') as changes, e->'origin'->>'address' as address,
          e->'origin'->>'user_agent' as user_agent,
          case when (e->>'numbered')::boolean then (base->>(e->>'incident_id'))::bigint
            + count(*) filter (where (e->>'numbered')::boolean) over (partition by e->>'incident_id' order by ord)
          end as number
        from jsonb_array_elements(events) with ordinality as t(e, ord) order by ord
      ) s
    ), logged as (
      insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, entry_kind,
          visibility, data, text_digest, origin_digest)
        select id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, entry_kind, visibility,
          data, case when text is not null then sha256(salt || convert_to(text, 'UTF8')) end,
          case when address is not null
            then sha256(origin_salt || convert_to(address, 'UTF8') || '\\x00' || convert_to(user_agent, 'UTF8')) end
        from given order by id
    ), said as (
      insert into event_text(event_id, salt, body) select id, salt, text from given where text is not null
    ), asked as (
      insert into event_origin(event_id, salt, address, user_agent)
        select id, origin_salt, address, user_agent from given where address is not null
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

GUARDS = (
    """
    create trigger event_origin_is_for_ever before update or delete or truncate on event_origin
      for each statement execute function refuse_event_change()
    """,
    """
    create trigger event_origin_by_journal before insert on event_origin
      for each statement execute function only_journal_inserts()
    """,
    """
    create trigger audit_link_is_for_ever before update or delete or truncate on audit_link
      for each statement execute function refuse_event_change()
    """,
)

ROLE = sa.Enum("VIEWER", "RESPONDER", "MANAGER", "ADMIN", name="accessrole", native_enum=False, length=32)
TIME = sa.DateTime(timezone=True)


def key() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def maybe_text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]


def jsonb(*names: str) -> list[sa.Column]:
    return [sa.Column(name, postgresql.JSONB(none_as_null=True), nullable=True) for name in names]


def times(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TIME, nullable=False) for name in names]


def maybe_times(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TIME, nullable=True) for name in names]


def digests(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.LargeBinary(), nullable=False) for name in names]


def reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [to], name=name)


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    people()
    credentials()
    signing_in()
    sessions()
    audit()
    public_words()
    exports()


def people() -> None:
    op.add_column("app_user", sa.Column("sees_private", sa.Boolean(), server_default=sa.false(), nullable=False))
    for table in ("app_user", "team"):
        op.add_column(table, *maybe_text("external_id"))
        op.create_unique_constraint(f"uq_{table}_external_id", table, ["external_id"])
        op.add_column(table, *maybe_times("changed_at"))
    for column in (*maybe_text("given_name", "family_name"), *maybe_times("struck_at")):
        op.add_column("app_user", column)


def credentials() -> None:
    # Accounts had one token each so far: they may go on doing what it could.
    op.add_column("service_account", sa.Column("access_role", ROLE, nullable=True))
    op.execute(
        "update service_account a set access_role = coalesce((select t.access_role from access_token t"
        " where t.service_account_id = a.id order by t.id limit 1), 'VIEWER')"
    )
    op.alter_column("service_account", "access_role", nullable=False)
    for column in maybe_text("issuer", "subject"):
        op.add_column("service_account", column)
    op.create_unique_constraint("uq_service_account_issuer_subject", "service_account", ["issuer", "subject"])
    op.create_table(
        "oauth_client",
        key(),
        *text("client_id", "name"),
        *digests("secret_digest"),
        sa.Column("service_account_id", sa.BigInteger(), nullable=False),
        sa.Column("access_role", ROLE, nullable=False),
        *jsonb("scopes", "networks"),
        *times("created_at"),
        *maybe_times("last_used_at", "revoked_at"),
        reference("oauth_client", "service_account_id", "service_account.id"),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_client"),
        sa.UniqueConstraint("client_id", name="uq_oauth_client_client_id"),
    )
    op.create_index("ix_oauth_client_service_account_id", "oauth_client", ["service_account_id"])
    added = [*maybe_text("hint", "last_used_address"), *jsonb("scopes", "networks", "documents")]
    added += [sa.Column("oauth_client_id", sa.BigInteger(), nullable=True), *maybe_times("expires_at", "rotated_at")]
    for column in added:
        op.add_column("access_token", column)
    op.create_foreign_key(
        "fk_access_token_oauth_client_id", "access_token", "oauth_client", ["oauth_client_id"], ["id"]
    )
    op.create_index("ix_access_token_oauth_client_id", "access_token", ["oauth_client_id"])
    for name in ("user_id", "service_account_id", "expires_at"):
        op.create_index(
            f"ix_access_token_{name}", "access_token", [name], postgresql_where=sa.text(f"{name} is not null")
        )


def signing_in() -> None:
    op.create_table(
        "device_authorization",
        key(),
        *digests("device_digest", "user_digest"),
        *text("client_id"),
        *jsonb("scopes"),
        *maybe_text("address", "user_agent"),
        *times("created_at", "expires_at"),
        sa.Column("interval_seconds", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        *maybe_times("last_polled_at", "approved_at", "denied_at", "used_at"),
        reference("device_authorization", "user_id", "app_user.id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_authorization"),
        sa.UniqueConstraint("device_digest", name="uq_device_authorization_device_digest"),
        sa.UniqueConstraint("user_digest", name="uq_device_authorization_user_digest"),
    )
    op.create_index("ix_device_authorization_user_id", "device_authorization", ["user_id"])
    op.create_table(
        "user_identity",
        key(),
        *text("issuer", "subject"),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        *times("created_at"),
        *maybe_times("last_signed_in_at"),
        reference("user_identity", "user_id", "app_user.id"),
        sa.PrimaryKeyConstraint("id", name="pk_user_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_user_identity_issuer_subject"),
    )
    op.create_index("ix_user_identity_user_id", "user_identity", ["user_id"])
    op.create_table(
        "sign_in_attempt",
        key(),
        *digests("state_digest", "browser_digest", "verifier"),
        *text("provider", "nonce", "return_to"),
        *times("created_at", "expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
        sa.UniqueConstraint("state_digest", name="uq_sign_in_attempt_state_digest"),
    )
    op.create_table(
        "seen_token",
        *text("issuer", "jti"),
        *times("expires_at"),
        sa.PrimaryKeyConstraint("issuer", "jti", name="pk_seen_token"),
    )
    for table in ("device_authorization", "sign_in_attempt", "seen_token"):
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])


def sessions() -> None:
    op.add_column("browser_session", *maybe_times("last_seen_at"))
    op.execute("update browser_session set last_seen_at = created_at")
    op.alter_column("browser_session", "last_seen_at", nullable=False)
    for column in maybe_text("address", "user_agent", "provider", "issuer", "subject", "provider_session"):
        op.add_column("browser_session", column)
    op.add_column("browser_session", sa.Column("id_token", sa.LargeBinary(), nullable=True))
    op.create_index("ix_browser_session_user_id", "browser_session", ["user_id"])
    op.create_index(
        "ix_browser_session_issuer_subject",
        "browser_session",
        ["issuer", "subject"],
        postgresql_where=sa.text("issuer is not null"),
    )


def audit() -> None:
    op.add_column("event", sa.Column("origin_digest", sa.LargeBinary(), nullable=True))
    op.create_table(
        "event_origin",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        *digests("salt"),
        *text("address", "user_agent"),
        reference("event_origin", "event_id", "event.id"),
        sa.PrimaryKeyConstraint("event_id", name="pk_event_origin"),
    )
    op.create_table(
        "audit_link",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        *digests("digest"),
        reference("audit_link", "event_id", "event.id"),
        sa.PrimaryKeyConstraint("event_id", name="pk_audit_link"),
    )
    for name, columns in {
        "ix_event_audited": ["id"],
        "ix_event_audited_recorded_at": ["recorded_at", "id"],
        "ix_event_audited_kind": ["kind", "recorded_at", "id"],
        "ix_event_audited_actor": ["actor_kind", "actor_id", "recorded_at", "id"],
    }.items():
        op.create_index(name, "event", columns, postgresql_where=sa.text("origin_digest is not null"))
    op.create_index(
        "ix_event_audited_data",
        "event",
        ["data"],
        postgresql_using="gin",
        postgresql_ops={"data": "jsonb_path_ops"},
        postgresql_where=sa.text("origin_digest is not null"),
    )
    op.create_index("ix_event_origin_address", "event_origin", ["address", "event_id"])
    op.execute(JOURNAL)
    for statement in GUARDS:
        op.execute(statement)


def public_words() -> None:
    """The history of the status page can be searched."""
    for name, table, column, where in (
        ("ix_incident_public_words", "incident", "public_title", "public_title is not null"),
        ("ix_status_update_public_words", "status_update", "body", "audience = 'PUBLIC' and withdrawn_at is null"),
    ):
        op.create_index(
            name,
            table,
            [sa.literal_column(f"to_tsvector('simple'::regconfig, {column})")],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=sa.text(where),
        )


def exports() -> None:
    op.create_table(
        "status_export",
        *text("target"),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        *maybe_times("exported_at", "failing_since"),
        *maybe_text("error"),
        sa.PrimaryKeyConstraint("target", name="pk_status_export"),
    )


def downgrade() -> None:
    raise RuntimeError("credentials would be lost: restore a backup instead")
