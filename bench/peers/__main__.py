"""The read benchmark beside other servers, on the same rows: `python -m bench.peers [ROUNDS]`, for bench/README.md.

The others are one hand-written SQL, naive Strawberry, Mercurius with its compiler, and PostGraphile 5.

Rounds are interleaved; every server's answer must say the same. What the others lack is to their advantage: they know
no permissions, limits or private incidents.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import asyncpg

from bench.data import load
from bench.load import Subject, round_of
from bench.peers.answers import READERS
from bench.read import EVENTS_EACH, INCIDENTS, QUERY
from bench.servers import cluster, postgres_cpu_seconds, process
from bench.token import make_token
from migrations.apply import migrate

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / ".bin" / "node"
SECONDS, CONNECTIONS = 3, 4

FIELDS = "reference title stage declaredAt"
PEER = f"""{{ incidents(first: 50) {{ nodes {{ {FIELDS} severity {{ name rank }}
  roles {{ role {{ name }} user {{ name email }} assumedAt }}
  timeline(last: 5) {{ nodes {{ number kind occurredAt text }} }} }} }} }}"""
GRAPHILE = f"""{{ allIncidents(first: 50, orderBy: ROW_ID_DESC) {{ nodes {{ {FIELDS}
  severityBySeverityVersionId {{ name rank }}
  assignmentsByIncidentId {{ nodes {{ roleByRoleId {{ name }} personByUserId {{ name email }} assumedAt }} }}
  entriesByIncidentId(last: 5, orderBy: ROW_ID_ASC) {{ nodes {{ number kind occurredAt text }} }} }} }} }}"""

SERVERS = {
    "one SQL, JSON through": (["bench.reference"], "/read", None),
    "Muster": (["server", "api"], "/graphql", QUERY),
    "PostGraphile 5": ([str(NODE), str(HERE / "postgraphile.mjs")], "/graphql", GRAPHILE),
    "Mercurius, compiled": ([str(NODE), str(HERE / "mercurius.mjs")], "/graphql", PEER),
    "naive Strawberry": (["bench.peers.naive"], "/graphql", PEER),
}
"""By name: the command, the path, and the query."""


def installed() -> bool:
    """Whether the servers of others are there, which npm brings the first time."""
    if NODE.exists():
        return True
    command = ["npm", "install", "--prefix", str(HERE), "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    return subprocess.run(command, check=False).returncode == 0 and NODE.exists()


def main() -> None:
    """Measure, and print a table in Markdown."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    names = [name for name, (command, _, _) in SERVERS.items() if command[0] != str(NODE) or installed()]
    with (
        tempfile.TemporaryDirectory(prefix="muster-peers-") as folder,
        cluster(Path(folder)) as url,
        ExitStack() as stack,
    ):
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=INCIDENTS, events_each=EVENTS_EACH))
        asyncio.run(_show(url))
        token = asyncio.run(make_token(url))
        subjects = [_started(stack, name, url, token) for name in names]
        answers = [READERS[subject.name](_answer(subject)) for subject in subjects]
        for subject, answer in zip(subjects, answers, strict=True):
            other = next(
                ((mine, theirs) for mine, theirs in zip(answer, answers[0], strict=True) if mine != theirs), None
            )
            assert other is None, f"{subject.name} answers something else: {other}"
        _measure(subjects, rounds, Path(folder))


async def _show(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute((HERE / "views.sql").read_text())
    await connection.close()


def _started(stack: ExitStack, name: str, url: str, token: str) -> Subject:
    command, path, query = SERVERS[name]
    ready = "/healthz" if name == "Muster" else "/up"
    child, port = stack.enter_context(process(command, url, ready))
    body = json.dumps({"query": query}).encode() if query else b""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if name == "Muster" else {})}
    return Subject(name, child.pid, port, path, lambda: body, headers)


def _answer(subject: Subject) -> dict:
    address = f"http://127.0.0.1:{subject.port}{subject.path}"
    request = urllib.request.Request(address, subject.body(), subject.headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{subject.name}: {error.read()[:500]!r}") from error


def _measure(subjects: list[Subject], rounds: int, folder: Path) -> None:
    databases: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for subject in subjects:
        round_of(subject, 2, CONNECTIONS)
        subject.rates.clear()
        subject.cpu.clear()
    for _ in range(rounds):
        for subject in subjects:
            before = postgres_cpu_seconds(folder)
            round_of(subject, SECONDS, CONNECTIONS)
            done = subject.rates[-1] * SECONDS
            databases[subject.name].append((postgres_cpu_seconds(folder) - before) / done * 1000)
    reference = subjects[0]
    print(
        f"\n{rounds} interleaved rounds of {SECONDS} s, {CONNECTIONS} connections, {INCIDENTS:,} incidents; medians\n"
    )
    print("| server | requests/s | of one SQL | server CPU, ms | PostgreSQL CPU, ms | bytes |")
    print("| --- | --- | --- | --- | --- | --- |")
    for subject in subjects:
        ratios = sorted(ours / bare for ours, bare in zip(subject.rates, reference.rates, strict=True))
        spread = f"{median(ratios):.3f} [{ratios[0]:.2f}..{ratios[-1]:.2f}]"
        figures = f"{median(subject.cpu):.2f} | {median(databases[subject.name]):.2f} | {subject.size:,}"
        print(f"| {subject.name} | {median(subject.rates):.1f} | {spread} | {figures} |")


if __name__ == "__main__":
    main()
