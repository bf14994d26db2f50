"""What a second API process is worth: queries a second by two processes on one port, as a ratio to one.

Both are asked by the same clients on kept connections in the same run, in turns. The clients, PostgreSQL and the
processes share the machine's cores: two processes can be worth two only where there are more than three.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.figures import note
from core.embedded import EmbeddedPostgres
from tests.server.processes import ROOT, environment, free_port, listeners_on, muster, wait_until

CLIENTS = 32
SECONDS = 4.0
ROUNDS = 3
QUERY = {"query": "{ incidents(first: 50) { nodes { reference title stage severity { key } commander { name } } } }"}


async def asked(base: str, token: str) -> float:
    """Queries a second."""
    end, done = time.monotonic() + SECONDS, 0
    headers = {"Authorization": f"Bearer {token}"}

    async def ask() -> None:
        nonlocal done
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=30) as client:
            while time.monotonic() < end:
                answer = await client.post("/graphql", json=QUERY)
                assert answer.status_code == httpx.codes.OK, answer.text
                done += 1

    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return done / SECONDS


def rate(processes: int, settings: dict[str, object], token: str) -> float:
    """Queries a second of so many processes."""
    port = free_port()
    settings = {**settings, "MUSTER_PORT": port, "MUSTER_DRAIN_SECONDS": 0}
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "server", "api", "--processes", str(processes)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(**settings), stderr=subprocess.DEVNULL) as child:
        wait_until(lambda: listeners_on(port) == processes, "the processes", 90)
        asyncio.run(asked(base, token))  # what is compiled and remembered at first is not measured
        found = asyncio.run(asked(base, token))
        child.send_signal(signal.SIGTERM)
    return found


def main() -> None:
    """Print the ratio, and what the machine allowed."""
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "data")
        settings: dict[str, object] = {"MUSTER_DATA_DIR": f"{folder}/muster", "DATABASE_URL": server.url}
        try:
            muster("migrate", **settings)
            token = muster("token", "create", "--name", "bench", "--role", "admin", **settings).stdout.split()[-1]
            pairs = [(rate(1, settings, token), rate(2, settings, token)) for _ in range(ROUNDS)]
        finally:
            server.stop()
    ratio = sorted(two / one for one, two in pairs)[ROUNDS // 2]
    load = os.getloadavg()[0]
    words = f"two API processes answer {ratio:.2f} x one ({os.cpu_count()} cores for all, load {load:.0f} at the end)"
    print(words)
    note("processes.two_to_one", words)


if __name__ == "__main__":
    main()
