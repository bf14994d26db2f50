"""A crowd that comes at once: 1,000 subscribers who resume after the API started anew, and 1,000 who join.

Those who resume missed 20 events or a few less: they come with five cursors. Those who join ask for the present state
of an incident (`incidentChanged`). Each has a connection of its own, and each crowd an API that has just started.
`python -m bench.rejoin 200` is so many of them, `python -m bench.rejoin 200 join` one crowd alone.
"""

import asyncio
import json
import subprocess
import sys

from actions.entries import add_entry
from auth.actor import SYSTEM
from bench.data import load
from bench.figures import note
from bench.returning import DOCUMENTS
from bench.servers import cluster, cpu_seconds, process
from bench.token import make_token
from core.cursor import encode_cursor
from core.db import Database
from migrations.apply import migrate
from models.words import EntryKind

MISSED = 20
"""Events while they were away."""
CURSORS = 5
"""Places from which they resume: these and so many events less were missed."""


async def write(url: str) -> list[str]:
    """What they missed; the cursors after each of the first events."""
    database = Database(url)
    places = []
    try:
        for number in range(MISSED + CURSORS):
            async with database.unit_of_work() as session:
                added = await add_entry(
                    session, SYSTEM, incident="1", kind=EntryKind.NOTE, text=f"while they were away {number}."
                )
            places.append(added.id)
    finally:
        await database.close()
    return [encode_cursor(place) for place in places[:CURSORS]]


def come(url: str, token: str, way: str, count: int, cursors: list[str]) -> None:
    """Have all of them come to an API that has just started."""
    last = f"away {MISSED + CURSORS - 1}." if way == "resume" else '"incidentChanged":'
    with process(["server", "api"], url, "/healthz") as (api, port):
        before = cpu_seconds(api.pid)
        command = [sys.executable, "-m", "bench.returning", str(port), token, way, str(count), last]
        said = subprocess.run([*command, *(cursors if way == "resume" else ())], stdout=subprocess.PIPE, check=True)
        spent = cpu_seconds(api.pid) - before
    came, first, end = json.loads(said.stdout)
    note(f"rejoin.{way}.subscribers", came)
    note(f"rejoin.{way}.seconds", f"{first:.2f} s to the first of them who had all, {end:.2f} s to the last")
    note(f"rejoin.{way}.cpu", f"{spent:.2f} s CPU, {1000 * spent / came:.2f} ms each")


def main(count: int, ways: list[str]) -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=10, events_each=5))
        token = asyncio.run(make_token(url))
        cursors = asyncio.run(write(url))
        print(f"{count} subscribers who come at once")
        for way in ways:
            come(url, token, way, count, cursors)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, sys.argv[2:] or list(DOCUMENTS))
