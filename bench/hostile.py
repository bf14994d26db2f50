"""What hostile documents cost everybody else: an honest query before, beside and after each document of the corpus.

One `muster api` on a loopback port. One client asks the honest query over and over; another sends the hostile document
back to back meanwhile, another text each time. Ratios are to the same honest query just before, in the same process.
`worst` is the longest that an honest query waited. Then 10,000 hostile documents: what stays in memory.
"""

import asyncio
import http.client
import json
import statistics
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bench.data import load
from bench.figures import note
from bench.hostile_documents import corpus, request
from bench.servers import cluster, process, resident_megabytes
from bench.token import make_token
from migrations.apply import migrate
from tests.effort import effort

HONEST = "{ incidents(first: 10) { nodes { reference title stage severity { name } } } }"
ASKED = effort(20, 60)
"""Honest queries before and after a document."""
SECONDS = effort(0.5, 1.5)
"""How long it is sent."""
SENT = 2_000
"""Documents whose memory is looked at."""
_again = count(1)


class Client:
    """One connection; another one whenever the server ends it."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._connection: http.client.HTTPConnection | None = None

    def send(self, body: dict[str, Any]) -> tuple[int, bytes, float]:
        """The status, the answer and the seconds it took."""
        data, begun = json.dumps(body).encode(), time.perf_counter()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        self._connection.request("POST", "/graphql", data, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.will_close:
            self._connection.close()
            self._connection = None
        return response.status, content, time.perf_counter() - begun

    def honest(self) -> float:
        """Seconds of an honest query."""
        status, content, seconds = self.send({"query": HONEST})
        assert status == 200, content[:300]
        assert b'"errors"' not in content, content[:300]
        return seconds

    def hostile(self, document: tuple[str, Any]) -> tuple[str, float]:
        """What a hostile document was answered with, and its seconds."""
        status, content, seconds = self.send(request(*document, again=next(_again)))
        answer = json.loads(content)
        assert status < 500, (status, content[:300])
        codes = [error["extensions"]["code"] for error in answer.get("errors") or ()]
        assert "INTERNAL" not in codes, content[:300]
        first = codes[0] if codes else "OK"
        return first, seconds


@dataclass
class Figures:
    """Seconds of honest queries around one document, and of the document itself."""

    name: str
    before: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    verdict: str = ""

    def ratio(self, part: list[float], of: float) -> float:
        """A quantile of a part against the same before."""
        return quantile(part, of) / quantile(self.before, of)

    def line(self) -> str:
        """A row of the table."""
        return (
            f"  {self.name:<44} {self.verdict:<16} {statistics.median(self.own) * 1000:7.1f}"
            f" {self.ratio(self.during, 0.5):7.2f} {self.ratio(self.during, 0.99):7.2f}"
            f" {self.ratio(self.after, 0.5):7.2f} {self.ratio(self.after, 0.99):7.2f}"
            f" {max(self.during) * 1000:7.0f}"
        )


def quantile(values: list[float], of: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * of))]


def try_out(name: str, document: tuple[str, Any], honest: Client, attacker: Client) -> Figures:
    """Measure one document."""
    found = Figures(name, before=[honest.honest() for _ in range(ASKED)])
    over = threading.Event()

    def attack() -> None:
        while not over.is_set():
            found.verdict, seconds = attacker.hostile(document)
            found.own.append(seconds)

    thread = threading.Thread(target=attack)
    thread.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or not found.own:
        found.during.append(honest.honest())
    over.set()
    thread.join()
    found.after = [honest.honest() for _ in range(ASKED)]
    return found


def remember(pid: int, attacker: Client) -> None:
    """What many hostile documents leave behind in memory."""
    documents = [document for name, document in corpus().items()]
    begun, marks = resident_megabytes(pid), {}
    for i in range(1, SENT + 1):
        attacker.hostile(documents[i % len(documents)])
        if i in (SENT // 4, SENT // 2, SENT):
            marks[i] = resident_megabytes(pid)
    grown = ", ".join(f"{size:.0f} MB after {i:,}" for i, size in marks.items())
    note("hostile.memory", f"{begun:.0f} MB resident before, {grown} hostile documents")


def main() -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=2_000, events_each=30))
        token = asyncio.run(make_token(url))
        with process(["server", "api"], url, "/healthz") as (api, port):
            honest, attacker = Client(port, token), Client(port, token)
            for _ in range(200):
                honest.honest()
            print(f"hostile: {len(corpus())} documents, the honest query takes {honest.honest() * 1000:.1f} ms alone")
            print(f"  {'':<44} {'':<16} {'own ms':>7} {'beside':>15} {'after':>15} {'worst':>7}")
            print(f"  {'':<44} {'':<16} {'p50':>7} {'p50':>7} {'p99':>7} {'p50':>7} {'p99':>7} {'ms':>7}")
            every = []
            for name, document in corpus().items():
                every.append(try_out(name, document, honest, attacker))
                print(every[-1].line(), flush=True)
            tell(every)
            remember(api.pid, attacker)


def tell(every: list[Figures]) -> None:
    """The figures for docs/reliability.md."""
    before, during, after = (
        [s for each in every for s in getattr(each, part)] for part in ("before", "during", "after")
    )
    for part, seconds in (("beside", during), ("after", after)):
        ratios = (f"p{of * 100:.0f} {quantile(seconds, of) / quantile(before, of):.2f} times" for of in (0.5, 0.99))
        note(f"hostile.{part}", f"{', '.join(ratios)} the honest query before, over {len(every)} documents")
    worst = max(every, key=lambda each: max(each.during))
    note("hostile.worst", f"{max(worst.during) * 1000:.0f} ms for an honest query, beside {worst.name}")


if __name__ == "__main__":
    main()
