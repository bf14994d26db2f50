"""What authentication, permissions and privacy cost: the read benchmark against the same API without any of them.

A script's token, a budget, and conditions that hide private incidents, against a server (bench.unguarded) that takes
everybody for Muster itself. The aim: at most a tenth more CPU for the read of bench.read.
"""

import asyncio
import json
import os
import statistics

from bench.data import load
from bench.figures import note
from bench.load import Subject, compare
from bench.read import QUERY
from bench.servers import cluster, process
from bench.token import make_token
from migrations.apply import migrate

INCIDENTS = int(os.environ.get("BENCH_INCIDENTS", "20000"))
SMALL = "{ viewer { kind } }"


def main() -> None:
    # Limits are on, and out of the way: one client asks for everything here.
    os.environ["MUSTER_RATE_COST_PER_MINUTE"] = "1000000000"
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=INCIDENTS, events_each=10))
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {asyncio.run(make_token(url))}"}
        with (
            process(["server", "api"], url, "/healthz") as (api, api_port),
            process(["bench.unguarded"], url, "/healthz") as (bare, bare_port),
        ):
            for name, document in (("read", QUERY), ("smallest", SMALL)):
                body = json.dumps({"query": document}).encode()
                print(f"authentication: {name}, {INCIDENTS:,} incidents")
                ours = Subject("with all checks", api.pid, api_port, "/graphql", lambda body=body: body, headers)
                theirs = Subject("without any", bare.pid, bare_port, "/graphql", lambda body=body: body, headers)
                compare(ours, theirs)
                ratio = statistics.median(ours.cpu) / statistics.median(theirs.cpu)
                print(f"  CPU a request: {ratio:.3f} times")
                note(f"authentication.{name}", f"{ratio:.2f}")


if __name__ == "__main__":
    main()
