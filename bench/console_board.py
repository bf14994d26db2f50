"""The dashboard of the command centre, as a browser asks for it, beside 2,000 and 100,000 incidents.

`python -m bench.console_board`; BENCH_INCIDENTS and BENCH_ROUNDS change the size, BENCH_KEEP names a folder in which
the filled cluster is kept for next time. Both the time that passes and the processor time are noted: the latter is
what is left of the former on a machine that has nothing else to do.
"""

import asyncio
import os
import statistics
import urllib.request
from http.cookies import SimpleCookie
from pathlib import Path
from time import perf_counter

from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from bench.figures import note
from bench.metrics import INCIDENTS, ROUNDS, fill, processor_ms
from bench.servers import cluster, process
from core.db import Database
from migrations.apply import migrate
from models.person import User

ALLOWED_MS = 300
PAGES = {
    "dashboard": "/console/dashboard",
    "of_a_team": "/console/dashboard?team=team-1",
    "half_a_year": "/console/dashboard?period=26w",
    "behind": "/console/dashboard/mttr",
    "gaps": "/console/dashboard/gaps",
    "csv": "/console/dashboard/mttr.csv",
    "pdf": "/console/dashboard.pdf",
}


class _Stay(urllib.request.HTTPRedirectHandler):
    """The answer to a form is a redirect with a cookie: look at it, and go nowhere."""

    def redirect_request(self, *_: object) -> None:
        return None


async def _link(url: str) -> str:
    database = Database(url, pool_size=1)
    async with database.unit_of_work() as session:
        person = await session.get(User, 7)
        assert person is not None
        secret = await create_sign_in_link(session, SYSTEM, person)
    await database.close()
    return secret


def _session(base: str, secret: str) -> str:
    """The cookie of somebody who signed in."""
    request = urllib.request.Request(f"{base}/auth/link/{secret}", b"", {"Origin": base})
    try:
        answer = urllib.request.build_opener(_Stay).open(request)
    except urllib.error.HTTPError as redirect:
        answer = redirect
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or ():
        jar.load(line)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


def _ask(base: str, path: str, cookie: str) -> int:
    request = urllib.request.Request(f"{base}{path}", headers={"Cookie": cookie})
    with urllib.request.urlopen(request) as answer:
        return len(answer.read())


def _measure(url: str, api: int, base: str, cookie: str) -> None:
    for name, path in PAGES.items():
        taken, before, size = [], 0.0, 0
        for n in range(ROUNDS + 2):
            before = processor_ms(url, api) if n == 2 else before
            begun = perf_counter()
            size = _ask(base, path, cookie)
            taken.append((perf_counter() - begun) * 1000)
        work = (processor_ms(url, api) - before) / ROUNDS
        note(
            f"console_board.{name}_{INCIDENTS}",
            f"{statistics.median(taken[2:]):.0f} ms, of these {work:.0f} ms processor time; {size / 1000:.0f} kB",
        )


def main() -> None:
    kept = Path(os.environ["BENCH_KEEP"]) if "BENCH_KEEP" in os.environ else None
    there = kept is not None and kept.exists()
    with cluster(kept) as url:
        if not there:
            asyncio.run(migrate(url))
            asyncio.run(fill(url))
        print(f"dashboard: {INCIDENTS:,} incidents ({ALLOWED_MS} ms allowed for the page)")
        secret = asyncio.run(_link(url))
        with process(["server", "api"], url, "/healthz", MUSTER_ENV="development") as (api, port):
            base = f"http://127.0.0.1:{port}"
            _measure(url, api.pid, base, _session(base, secret))


if __name__ == "__main__":
    main()
