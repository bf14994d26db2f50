"""addEntry by GraphQL against the bare INSERTs of one entry in one transaction, in the same kind of server."""

import asyncio
import itertools
import json

from bench.data import load
from bench.load import Subject, compare
from bench.servers import cluster, process
from bench.token import make_token
from migrations.apply import migrate

MUTATION = "mutation($input: AddEntryInput!) { addEntry(input: $input) { event { number } cursor } }"
INCIDENTS = 400
NUMBERS = [number for number in range(1, INCIDENTS + 1) if (INCIDENTS - number) % 50 != 7]
"""Of incidents that everybody may see (bench.rows)."""


def main() -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=INCIDENTS, events_each=10))
        token = asyncio.run(make_token(url))
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        turn = itertools.count()

        def entry() -> bytes:
            number = NUMBERS[next(turn) % len(NUMBERS)]
            given = {"incident": str(number), "kind": "NOTE", "text": "Rolled back to the version of yesterday."}
            return json.dumps({"query": MUTATION, "variables": {"input": given}}).encode()

        with (
            process(["server", "api"], url, "/healthz") as (api, api_port),
            process(["bench.reference"], url, "/up") as (bare, bare_port),
        ):
            print(f"mutate: addEntry, one event a transaction, {INCIDENTS} incidents")
            compare(
                Subject("Muster", api.pid, api_port, "/graphql", entry, headers),
                Subject(
                    "bare INSERTs",
                    bare.pid,
                    bare_port,
                    "/write",
                    lambda: b"%d Rolled back to the version of yesterday." % NUMBERS[next(turn) % len(NUMBERS)],
                    {},
                ),
                connections=8,
            )


if __name__ == "__main__":
    main()
