"""The reference server: Starlette and asyncpg with hand-written SQL, and nothing between them."""

import os

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

READ = """
select json_build_object('data', json_build_object('incidents', json_build_object('nodes', json_agg(json_build_object(
  'reference', 'INC-' || i.id, 'title', i.title, 'stage', i.stage, 'declaredAt', i.declared_at,
  'severity', case when v.id is not null then json_build_object('name', v.name, 'rank', v.rank) end,
  'roles', (select json_agg(json_build_object('role', json_build_object('name', r.name),
      'user', json_build_object('name', u.name, 'email', u.email), 'assumedAt', a.assumed_at))
    from role_assignment a join role r on r.id = a.role_id join app_user u on u.id = a.user_id
    where a.incident_id = i.id and a.relinquished_at is null),
  'timeline', json_build_object('nodes', (select json_agg(json_build_object('number', e.number, 'kind', e.kind,
      'occurredAt', e.occurred_at, 'text', e.body) order by e.id)
    from (select ev.id, ev.number, ev.kind, ev.occurred_at, t.body from event ev left join event_text t
      on t.event_id = ev.id where ev.incident_id = i.id and ev.number is not null order by ev.id desc limit 5) e))
) order by i.id desc))))::text
from (select * from incident where stage in ('DETECTION', 'TRIAGE', 'RESPONSE', 'MITIGATION')
  and visibility = 'ORGANISATION' order by id desc limit 50) i
left join severity_version v on v.id = i.severity_version_id
"""

COUNT = "update incident set last_event_number = last_event_number + 1 where id = $1 returning last_event_number"
EVENT = """insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, entry_kind,
  visibility, data) values (nextval('event_feed'), $1, $2, 'entry.added', 'USER', 1, now(), now(), 'NOTE',
  'ORGANISATION', '{}') returning id"""
TEXT = "insert into event_text(event_id, salt, body) values ($1, uuid_send(gen_random_uuid()), $2)"

pool: asyncpg.Pool


async def read(_):
    """The read benchmark's answer in one statement."""
    async with pool.acquire() as connection:
        return Response(await connection.fetchval(READ), media_type="application/json")


async def write(request):
    """The bare INSERTs of one entry in one transaction."""
    incident, body = (await request.body()).decode().split(" ", 1)
    async with pool.acquire() as connection, connection.transaction():
        number = await connection.fetchval(COUNT, int(incident))
        event = await connection.fetchval(EVENT, int(incident), number)
        await connection.execute(TEXT, event, body)
    return Response(f'{{"number":{number}}}', media_type="application/json")


async def up(_):
    """Whether it is there."""
    return Response("ok")


async def start():
    """Open the pool. The guard of the event table is told that this is no journal."""
    global pool  # noqa: PLW0603
    pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=10, max_size=10, server_settings={"muster.journal": "on", "jit": "off"}
    )


class Started:
    """Lifespan."""

    def __init__(self, _):
        pass

    async def __aenter__(self):
        await start()

    async def __aexit__(self, *_):
        await pool.close()


application = Starlette(
    routes=[Route("/read", read, methods=["POST"]), Route("/write", write, methods=["POST"]), Route("/up", up)],
    lifespan=Started,
)

if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(os.environ["MUSTER_PORT"]), log_config=None, access_log=False)
