"""The status page: rate against the least that uvicorn can do, weight, and cost at 100 and at 100,000 past incidents.

`python -m bench.status`; BENCH_SIZES="100 100000" chooses sizes, BENCH_SECONDS how long a round lasts. `wrk` drives
both servers in turn (Debian: apt-get install wrk); without it a client in Python does, which is slower than they are.
"""

import asyncio
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.figures import note
from bench.servers import cluster, cpu_seconds, process
from bench.status_client import drive
from bench.status_rows import load
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from migrations.apply import migrate
from statuspage.app import StatusPage
from statuspage.ready import Ready

ROUNDS = 7
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
CONNECTIONS = 16
SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100 100000").split()]
TIMES = 15
MOST_WEIGHT = 30_000

PAGES = (
    *("/", "/history", "/history?month={month}", "/incidents/INC-{newest}"),
    *("/status.json", "/api/v2/summary.json", "/api/v2/incidents.json"),
    *("/history.atom", "/history.rss", "/feed.json", "/maintenance.ics", "/badge.svg"),
)
QUESTIONS = (
    "/history?q=zeppelin",
    "/history?q=part 42",
    "/history?q=part",
    "/history?q=trouble&before=INC-{middle}",
    "/history?q=nowhere",
)


def fetched(port: int, path: str, coding: str) -> bytes:
    """The bytes of a page in one coding, as they are sent."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": coding})
    return urllib.request.urlopen(request, timeout=30).read()


def rate(port: int, path: str, coding: str) -> float:
    """Requests a second over one round."""
    if not (wrk := shutil.which("wrk")):
        return drive(port, path, coding, SECONDS, CONNECTIONS)
    done = subprocess.run(
        [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", f"Accept-Encoding: {coding}", f"http://127.0.0.1:{port}{path}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert "Non-2xx" not in done, done
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1])


def speed(url: str) -> None:
    """The home page from the cache, against an application that returns the same bytes."""
    with ExitStack() as stack:
        child, port = stack.enter_context(process(["server", "api"], url, "/healthz"))
        for coding in ("br", "gzip"):
            content = fetched(port, "/", coding)
            file = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "page"
            file.write_bytes(content)
            os.environ |= {"BENCH_BYTES": str(file), "BENCH_CODING": coding}
            with process(["bench.status_bare"], url, "/") as (bare, bare_port):
                sides = {"page": (child.pid, port), "bare": (bare.pid, bare_port)}
                rates: dict[str, list[float]] = {"page": [], "bare": []}
                cpu: dict[str, list[float]] = {"page": [], "bare": []}
                for turn in range(ROUNDS + 1):
                    for name in ("page", "bare") if turn % 2 else ("bare", "page"):
                        pid, number = sides[name]
                        before = cpu_seconds(pid)
                        found = rate(number, "/", coding)
                        if turn:
                            rates[name].append(found)
                            cpu[name].append((cpu_seconds(pid) - before) / (found * SECONDS) * 1e6)
            ratios = [ours / theirs for ours, theirs in zip(rates["page"], rates["bare"], strict=True)]
            told = f"{statistics.median(rates['page']):.0f}/s of {statistics.median(rates['bare']):.0f}/s"
            note(f"status.rate.{coding}", f"{statistics.median(ratios):.2f} ({told}, {len(content)} bytes)")
            used = {name: statistics.median(each) for name, each in cpu.items()}
            note(f"status.cpu.{coding}", f"{used['page']:.0f} µs a request, bare {used['bare']:.0f} µs")


def weights(url: str) -> None:
    """The bytes of each page as a browser gets them."""
    with process(["server", "api"], url, "/healthz") as (_, port):
        month, newest = time.strftime("%Y-%m"), SIZES[0]
        home = fetched(port, "/", "identity")
        assert b"Component 50" in home
        note("status.weight.plain", f"{len(home)} bytes for 50 components with 90 days each")
        for page in PAGES:
            path = page.format(month=month, newest=newest)
            size = len(fetched(port, path, "br"))
            note(f"status.weight.{path}", f"{size} bytes with brotli, {len(fetched(port, path, 'gzip'))} with gzip")
            if page in ("/", "/history"):
                assert size <= MOST_WEIGHT, f"{path} weighs {size} bytes"


@dataclass
class Site:
    """A filled database of one size."""

    size: int
    runtime: Runtime

    async def render(self, path: str) -> None:
        """A page as nobody has asked for it before: read, rendered, compressed."""
        address, _, query = path.partition("?")
        found = await StatusPage(self.runtime).respond(address, query.encode())
        assert isinstance(found, Ready), path

    def paths(self) -> list[str]:
        """The addresses to measure, the same ones at every size, counted from the newest."""
        month = time.strftime("%Y-%m")
        places = {"month": month, "newest": self.size - 3, "middle": self.size - 20}
        return [quote(path.format(**places), safe="/?=&-.") for path in (*PAGES, *QUESTIONS)]


async def flatness(urls: dict[int, str]) -> None:
    """Milliseconds at the median for each page and size, sizes in turn."""
    sites = []
    for size, url in urls.items():
        database = Database(url, pool_size=3)
        sites.append(Site(size, Runtime(Settings(), database, Live(database))))
    for number, name in enumerate((*PAGES, *QUESTIONS)):
        taken: dict[int, list[float]] = {site.size: [] for site in sites}
        for turn in range(TIMES + 2):
            for site in sites if turn % 2 else reversed(sites):
                milliseconds = await _timed(site.render, site.paths()[number])
                if turn > 1:
                    taken[site.size].append(milliseconds)
        found = {size: statistics.median(each) for size, each in taken.items()}
        ratio = found[SIZES[-1]] / found[SIZES[0]]
        told = ", ".join(f"{milliseconds:.1f} ms at {size:,}" for size, milliseconds in found.items())
        note(f"status.growth.{name}", f"{ratio:.2f} ({told})")
    for site in sites:
        await site.runtime.database.close()


async def _timed(work: Callable[[str], Awaitable[None]], path: str) -> float:
    began = time.perf_counter()
    await work(path)
    return 1000 * (time.perf_counter() - began)


@contextmanager
def filled(size: int):
    """A cluster with so many past incidents."""
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, size))
        yield url


def main() -> None:
    with ExitStack() as stack:
        urls = {size: stack.enter_context(filled(size)) for size in SIZES}
        print("status page: ratios of one run")
        weights(urls[SIZES[0]])
        speed(urls[SIZES[0]])
        asyncio.run(flatness(urls))


if __name__ == "__main__":
    main()
