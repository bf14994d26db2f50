"""The export as its past grows, and how fast what it wrote is served.

`python -m bench.export_growth`; BENCH_SIZES="100 100000" chooses how many past incidents, BENCH_SECONDS how long nginx
is asked. Each size is exported by a process of its own, so that memory and CPU are those of the export alone.
"""

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import text

from actions.updates import publish_update
from auth.actor import Actor
from bench.figures import note
from bench.servers import free_port, wait_for
from bench.status import SIZES, filled, rate
from core.clock import SystemClock
from core.db import Database
from models.words import AccessRole, ActorKind, Audience, PublicStatus
from statuspage.builder import Builder
from statuspage.folder import Folder

ROUNDS, UPDATES = 5, 7
SITE = "https://status.example.org"
READY = (
    """insert into app_user(id, name, email, access_role, created_at)
    values (1, 'Ada', 'ada@example.org', 'ADMIN', now())""",
    "select setval(pg_get_serial_sequence('status_update', 'id'), (select max(id) from status_update))",
)
NGINX = """{user}worker_processes 1;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  {temporary}
  types {{ text/html html; }}
  server {{ listen 127.0.0.1:{port}; root {folder}; gzip_static on; }}
}}
"""


async def timed(work: Callable[[], Awaitable[object]]) -> dict[str, float]:
    """Seconds that a piece of work takes, and seconds of CPU in all threads of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


async def export(url: str, size: int, folder: Path) -> dict[str, object]:
    """The first export, and the publications after updates of the newest incident."""
    database = Database(url, clock=SystemClock())
    ada = Actor(ActorKind.USER, 1, "Ada", AccessRole.ADMIN)
    builder, target = Builder(SITE), Folder(folder)
    async with database.unit_of_work() as session:
        for statement in READY:
            await session.execute(text(statement))

    async def first() -> None:
        target.publish(target.held(), await builder.build(database))

    async def after_update() -> None:
        target.publish(target.held(), await builder.build(database, {size}))

    whole = await timed(first)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # kB on Linux
    updates = []
    for _ in range(UPDATES):
        async with database.unit_of_work() as session:
            said = {"audience": Audience.PUBLIC, "body": "It was the disk.", "status": PublicStatus.RESOLVED}
            await publish_update(session, ada, incident=f"INC-{size}", **said)
        updates.append(await timed(after_update))
    await database.close()
    middle = {key: statistics.median(each[key] for each in updates[1:]) for key in ("seconds", "cpu")}
    return {"first": whole, "update": middle, "megabytes": memory}


def exported(url: str, size: int, folder: Path) -> dict[str, dict[str, float]]:
    """The same, in a process of its own."""
    command = [sys.executable, "-m", "bench.export_growth", "export", url, str(size), str(folder)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def growth(urls: dict[int, str], base: Path) -> None:
    """What each size costs, and the ratio of the largest to the smallest."""
    found = {size: exported(url, size, base / str(size)) for size, url in urls.items()}
    for size, it in found.items():
        whole, update = it["first"], it["update"]
        told = f"{whole['seconds']:.1f} s, {whole['cpu']:.1f} s of CPU, {it['megabytes']:.0f} MB at most"
        note(f"export.first.{size}", told)
        note(f"export.update.{size}", f"{update['seconds'] * 1000:.0f} ms, {update['cpu'] * 1000:.0f} ms of CPU")
    small, large = (found[size]["update"]["cpu"] for size in (SIZES[0], SIZES[-1]))
    note("export.update.growth", f"{large / small:.2f} (CPU at {SIZES[-1]:,} against {SIZES[0]:,})")


@contextmanager
def nginx(program: str, folder: Path, place: Path) -> Iterator[int]:
    """An nginx that serves a folder; its port."""
    place.mkdir()
    port, user = free_port(), "user nobody nogroup;\n" if os.geteuid() == 0 else ""
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{name}_temp_path {place}/{name};" for name in names)
    config = place / "nginx.conf"
    config.write_text(NGINX.format(user=user, place=place, port=port, folder=folder, temporary=temporary))
    child = subprocess.Popen([program, "-c", config, "-e", place / "error.log", "-g", "daemon off;"])
    try:
        wait_for(f"http://127.0.0.1:{port}/index.html")
        yield port
    finally:
        child.terminate()
        child.wait(10)


def serving(folder: Path, base: Path) -> None:
    """The exported home page behind nginx, against a file of as many bytes behind another."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        print("  no nginx: how fast the bundle is served is left out")
        return
    plain = base / "plain"
    plain.mkdir()
    for name in ("index.html", "index.html.gz"):
        (plain / name).write_bytes(os.urandom((folder / "current" / name).stat().st_size))
    with ExitStack() as stack:
        ours = stack.enter_context(nginx(program, folder / "current", base / "ours"))
        theirs = stack.enter_context(nginx(program, plain, base / "theirs"))
        ratios = []
        for turn in range(ROUNDS + 1):
            pair = {
                port: rate(port, "/index.html", "gzip") for port in ((ours, theirs) if turn % 2 else (theirs, ours))
            }
            ratios += [pair[ours] / pair[theirs]] if turn else []  # the first warms up
        note("export.nginx", f"{statistics.median(ratios):.2f} of a plain file of the same size")


def main() -> None:
    print("export: with a short past and a long one, and behind nginx")
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-bench-")))
        base.chmod(0o755)
        urls = {size: stack.enter_context(filled(size)) for size in SIZES}
        growth(urls, base)
        serving(base / str(SIZES[0]), base)


if __name__ == "__main__":
    if sys.argv[1:2] == ["export"]:
        print(json.dumps(asyncio.run(export(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))))
    else:
        main()
