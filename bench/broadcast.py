"""The reference of the fan-out: Starlette and asyncpg, one LISTEN, one frame made an event, sent to everybody."""

import asyncio
import contextlib
import json
import os

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from core.notify import FEED

READ = """
select e.id, e.kind, t.body as text, u.name, 'INC-' || i.id as reference, i.title
from event e left join event_text t on t.event_id = e.id left join app_user u on u.id = e.actor_id
  left join incident i on i.id = e.incident_id
where e.id > $1 order by e.id"""

sockets = set()


async def follow(websocket):
    """Say hello as graphql-transport-ws does, then take part in the broadcast until the client leaves."""
    await websocket.accept("graphql-transport-ws")
    await websocket.receive_text()
    await websocket.send_text('{"type":"connection_ack"}')
    await websocket.receive_text()
    sockets.add(websocket)
    await websocket.send_text('{"type":"next","id":"1","payload":{"data":{"feed":{"event":null}}}}')
    with contextlib.suppress(Exception):
        while True:
            await websocket.receive_text()
    sockets.discard(websocket)


async def broadcast():
    """Read what is new whenever somebody says so, and send it to everybody."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    wake = asyncio.Event()
    await connection.add_listener(FEED, lambda *_: wake.set())
    last = await connection.fetchval("select coalesce(max(id), 0) from event")
    while True:
        await wake.wait()
        wake.clear()
        for row in await connection.fetch(READ, last):
            last = row["id"]
            event = {
                "kind": row["kind"],
                "text": row["text"],
                "actor": {"name": row["name"]},
                "incident": {"reference": row["reference"], "title": row["title"]},
            }
            payload = {"data": {"feed": {"cursor": str(last), "event": event}}}
            frame = json.dumps({"type": "next", "id": "1", "payload": payload})
            for websocket in tuple(sockets):
                await websocket.send_text(frame)


async def up(_):
    """Whether it is there."""
    return Response("ok")


@contextlib.asynccontextmanager
async def lifespan(_):
    """Broadcast as long as it serves."""
    task = asyncio.create_task(broadcast())
    yield
    task.cancel()


application = Starlette(routes=[WebSocketRoute("/graphql", follow), Route("/up", up)], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=int(os.environ["MUSTER_PORT"]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # as Muster: both write the same kind of frame
        log_config=None,
        access_log=False,
    )
