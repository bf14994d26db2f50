"""The two servers that are compared: Muster's own API, and a bare Starlette with hand-written SQL, both on uvicorn."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from core.embedded import EmbeddedPostgres

START_SECONDS = 180.0
"""A machine that is busy with other things starts a server slowly; one that ends instead is noticed at once."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def cluster(kept: Path | None = None) -> Iterator[str]:
    """A PostgreSQL with the settings that users get. In a folder that is kept, if one is given."""
    with ExitStack() as stack:
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        server = EmbeddedPostgres(folder / "data")
        try:
            yield server.url
        finally:
            server.stop()


@contextmanager
def process(command: list[str], url: str, path: str, **more: str) -> Iterator[tuple[subprocess.Popen, int]]:
    """A server process, from when it answers `path` until the block ends. `more` goes into its environment.

    `command` is a module of ours and what follows it, or a program by its whole path.
    """
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": url, "MUSTER_PORT": str(port), "MUSTER_HOST": "127.0.0.1", **more}
    environment.setdefault("MUSTER_RATE_COST_PER_MINUTE", "0")  # one client asks for everything here
    whole = command if Path(command[0]).is_absolute() else [sys.executable, "-m", *command]
    child = subprocess.Popen(whole, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}{path}", START_SECONDS, child)
        yield child, port
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise


def wait_for(address: str, seconds: float = 120, child: subprocess.Popen | None = None) -> None:
    """Until something answers there. SystemExit if the process that should ended, or did not within so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).read()
        except OSError as error:
            if child is not None and child.poll() is not None:
                raise SystemExit(f"it ended with {child.returncode} before it answered {address}") from error
            if time.monotonic() > end:
                raise SystemExit(f"nothing answered {address} within {seconds:.0f} s: {error}") from error
            time.sleep(0.05)
        else:
            return


def cpu_seconds(pid: int) -> float:
    """User and system CPU time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def postgres_cpu_seconds(folder: Path) -> float:
    """User and system CPU time of all processes of a kept cluster so far, also of those that ended (Linux)."""
    postmaster = int(next(folder.rglob("postmaster.pid")).read_text().split()[0])
    pids = [postmaster, *map(int, Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split())]
    fields = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return ended + sum(cpu_seconds(pid) for pid in pids)


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
