"""A cold `muster up` in an empty data folder, to the first answered query; and a warm one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.servers import free_port, resident_megabytes


def first_answer(folder: Path, port: int) -> tuple[float, float, list[float]]:
    """Seconds to the first answered GraphQL query, to readiness, and megabytes of the children."""
    environment = {**os.environ, "MUSTER_DATA_DIR": str(folder), "MUSTER_PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    started = time.monotonic()
    child = subprocess.Popen([sys.executable, "-m", "server", "up"], env=environment, stdout=subprocess.DEVNULL)
    try:
        answered = _until(started, f"http://127.0.0.1:{port}/graphql", json.dumps({"query": "{__typename}"}).encode())
        ready = _until(started, f"http://127.0.0.1:{port}/readyz", None)
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        memory = [(Path(f"/proc/{pid}/cmdline").read_bytes(), resident_megabytes(int(pid))) for pid in children]
    finally:
        child.send_signal(signal.SIGINT)
        status = child.wait(30)
    assert status == 0, f"muster up ended with {status}"
    return answered, ready, [size for line, size in memory if b"api" in line.split(b"\0")]


def _until(started: float, address: str, body: bytes | None) -> float:
    while time.monotonic() - started < 60:
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=2).read()
        except OSError:
            time.sleep(0.01)
        else:
            return time.monotonic() - started
    raise SystemExit(f"{address} did not answer")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as base:
        Path(base).chmod(0o755)
        print("start: seconds from `muster up` to the first answered query, to /readyz 200; API memory")
        for name in ("cold", "warm"):
            answered, ready, memory = first_answer(Path(base) / "data", free_port())
            print(f"  {name:<6} {answered:5.2f} s {ready:5.2f} s {memory[0]:5.0f} MB")


if __name__ == "__main__":
    main()
