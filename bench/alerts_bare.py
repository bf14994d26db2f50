"""The least that taking alerts can be: one statement that writes the alerts of a delivery, on Starlette and asyncpg."""

import os
from contextlib import asynccontextmanager

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

TABLE = """
create table if not exists bare_alert(
  id bigint generated always as identity primary key, fingerprint text not null, starts_at timestamptz not null,
  title text not null, labels jsonb not null, annotations jsonb not null, state text not null,
  count int not null default 1, last_seen_at timestamptz not null default now(), unique (fingerprint, starts_at))
"""
TAKE = """
insert into bare_alert(fingerprint, starts_at, title, labels, annotations, state)
select f, s::text::timestamptz, t, l::jsonb, a::jsonb, e
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as new(f, s, t, l, a, e)
on conflict (fingerprint, starts_at) do update
set count = bare_alert.count + 1, last_seen_at = now(), state = excluded.state
"""

pool: asyncpg.Pool


async def take(request):
    """A delivery of Alertmanager's."""
    alerts = orjson.loads(await request.body())["alerts"]
    await pool.execute(
        TAKE,
        [each["fingerprint"] for each in alerts],
        [each["startsAt"] for each in alerts],
        [each["labels"]["alertname"] for each in alerts],
        [orjson.dumps(each["labels"]).decode() for each in alerts],
        [orjson.dumps(each["annotations"]).decode() for each in alerts],
        [each["status"] for each in alerts],
    )
    return Response(b'{"received":%d}' % len(alerts), media_type="application/json")


async def up(_):
    """Whether it is there."""
    return Response("ok")


@asynccontextmanager
async def pooled(_):
    """While the pool is open."""
    global pool
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10) as pool:
        await pool.execute(TABLE)
        yield


if __name__ == "__main__":
    routes = [Route("/take", take, methods=["POST"]), Route("/healthz", up)]
    uvicorn.run(
        Starlette(routes=routes, lifespan=pooled),
        host="127.0.0.1",
        port=int(os.environ["MUSTER_PORT"]),
        log_level="warning",
        access_log=False,
    )
