"""The read benchmark: GraphQL against one hand-written SQL that returns the JSON, in the same kind of server.

The query: the 50 newest open incidents with severity, four roles with people and the last five timeline events, of
100,000 incidents and 1,000,000 events.
"""

import asyncio
import json
import os

from bench.data import load
from bench.load import Subject, compare
from bench.servers import cluster, process, resident_megabytes
from bench.token import make_token
from migrations.apply import migrate

QUERY = """query { incidents(filter: {open: true}, first: 50) { nodes {
  reference title stage declaredAt severity { name rank }
  roles { role { name } user { name email } assumedAt }
  timeline(last: 5) { nodes { number kind occurredAt text } } } } }"""

INCIDENTS = int(os.environ.get("BENCH_INCIDENTS", "100000"))
EVENTS_EACH = 10


def main() -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=INCIDENTS, events_each=EVENTS_EACH))
        token = asyncio.run(make_token(url))
        body = json.dumps({"query": QUERY}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        with (
            process(["server", "api"], url, "/healthz") as (api, api_port),
            process(["bench.reference"], url, "/up") as (bare, bare_port),
        ):
            print(f"read: 50 open incidents of {INCIDENTS:,}, {INCIDENTS * EVENTS_EACH:,} events")
            compare(
                Subject("Muster", api.pid, api_port, "/graphql", lambda: body, headers),
                Subject("one SQL, JSON through", bare.pid, bare_port, "/read", lambda: b"", {}),
            )
            print(f"  API process {resident_megabytes(api.pid):.0f} MB resident after the run")


if __name__ == "__main__":
    main()
