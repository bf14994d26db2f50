"""A bounded load on a loopback address, and a comparison of two servers in alternating rounds."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.servers import cpu_seconds


@dataclass
class Subject:
    """One side of a comparison."""

    name: str
    pid: int
    port: int
    path: str
    body: Callable[[], bytes]
    headers: dict[str, str]
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0


def round_of(subject: Subject, seconds: float, connections: int) -> None:
    """Requests a second, and CPU milliseconds of the server a request, over one round."""
    counts = [0] * connections
    end = time.monotonic() + seconds
    failures: list[str] = []

    def drive(index: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", subject.port, timeout=30)
        while time.monotonic() < end:
            connection.request("POST", subject.path, subject.body(), subject.headers)
            response = connection.getresponse()
            content = response.read()
            if response.status not in (200, 202) or b'"errors"' in content[:200]:
                failures.append(f"{response.status} {content[:300]!r}")
                return
            subject.size = len(content)
            counts[index] += 1
        connection.close()

    before, started = cpu_seconds(subject.pid), time.monotonic()
    threads = [threading.Thread(target=drive, args=(i,)) for i in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"{subject.name}: {failures[0]}")
    done = sum(counts)
    subject.rates.append(done / (time.monotonic() - started))
    subject.cpu.append((cpu_seconds(subject.pid) - before) / done * 1000)


def compare(ours: Subject, reference: Subject, *, rounds: int = 5, seconds: float = 3, connections: int = 4) -> float:
    """Alternate rounds; print both and return the median ratio of requests a second, ours to the reference's."""
    for subject in (ours, reference):  # warm caches and plans
        round_of(subject, 1, connections)
        subject.rates.clear()
        subject.cpu.clear()
    for _ in range(rounds):
        round_of(ours, seconds, connections)
        round_of(reference, seconds, connections)
    for subject in (ours, reference):
        print(
            f"  {subject.name:<22} {statistics.median(subject.rates):8.1f} requests/s"
            f" {statistics.median(subject.cpu):7.2f} ms server CPU a request {subject.size:7d} bytes"
        )
    ratios = sorted(o / r for o, r in zip(ours.rates, reference.rates, strict=True))
    cpu = statistics.median(reference.cpu) / statistics.median(ours.cpu)
    print(
        f"  ratio {statistics.median(ratios):.3f} [{ratios[0]:.3f}..{ratios[-1]:.3f}] of {rounds} rounds,"
        f" {connections} connections; by server CPU {cpu:.3f}"
    )
    return statistics.median(ratios)
