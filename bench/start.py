"""A cold `muster up` in an empty data folder, and warm ones: how soon it is ready, and back, and what that costs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.figures import note
from bench.servers import free_port
from tests.server.processes import children_of, command_of

TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(pid: int) -> float:
    """Seconds of CPU that a process and its ended children have taken (proc_pid_stat(5))."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])) / TICKS


def share_of(pid: int) -> float:
    """Megabytes of a process, those that it shares divided among the sharers (PSS)."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024


def ours(root: int) -> dict[int, str]:
    """The processes of ours from a `muster up` on, and what they are."""
    found = {pid: command_of(pid).split()[-1:] for pid in children_of(root)}
    return {root: "up", **{pid: kind[0] for pid, kind in found.items() if kind and kind[0] in KINDS}}


KINDS = ("forks", "api", "worker")


def started(folder: Path, processes: int) -> tuple[float, float, float, float, float]:
    """Seconds to an answered query, to readiness, of CPU; from a kill -9 of all API processes to readiness; and MB."""
    port = free_port()
    environment = {**os.environ, "MUSTER_DATA_DIR": str(folder), "MUSTER_PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    began = time.monotonic()
    command = [sys.executable, "-m", "server", "up", "--processes", str(processes)]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        query = json.dumps({"query": "{__typename}"}).encode()
        answered = _until(began, f"http://127.0.0.1:{port}/graphql", query)
        ready = _until(began, f"http://127.0.0.1:{port}/readyz", None)
        everyone = ours(child.pid)
        cost = sum(map(seconds_of, everyone))
        time.sleep(1)  # what each does ahead is part of what it holds
        memory = sum(map(share_of, everyone))
        for pid in [pid for pid, kind in everyone.items() if kind == "api"]:
            os.kill(pid, signal.SIGKILL)
        back = _until(time.monotonic(), f"http://127.0.0.1:{port}/readyz", None)
    finally:
        child.send_signal(signal.SIGINT)
        status = child.wait(30)
    assert status == 0, f"muster up ended with {status}"
    return answered, ready, cost, back, memory


def _until(began: float, address: str, body: bytes | None) -> float:
    while time.monotonic() - began < 60:
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=2).read()
        except OSError:
            time.sleep(0.01)
        else:
            return time.monotonic() - began
    raise SystemExit(f"{address} did not answer")


def main() -> None:
    """Print them: cold and warm, and with one to three API processes."""
    memories = []
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as base:
        Path(base).chmod(0o755)
        print(
            "start: seconds to the first answered query, to /readyz 200, of CPU, from kill -9 of the API to /readyz; MB"
        )
        for name, processes in (("cold", 1), ("warm", 1), ("2 API", 2), ("3 API", 3)):
            answered, ready, cost, back, memory = started(Path(base) / "data", processes)
            print(f"  {name:<6} {answered:5.2f} {ready:5.2f} {cost:5.2f} {back:5.2f} {memory:5.0f}")
            memories.append(memory)
            words = (
                f"{ready:.1f} s to readiness, {cost:.1f} s of CPU; {back:.2f} s from kill -9 of the API to readiness"
            )
            note(f"start.{name.replace(' ', '_')}", words)
    note("start.further", f"{memories[3] - memories[2]:.0f} MB for a further API process (PSS)")


if __name__ == "__main__":
    main()
