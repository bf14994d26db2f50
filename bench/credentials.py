"""What wrong tokens cost everybody else, and what the time of an answer tells about one.

A `muster api` on a loopback port, with its limits as they are shipped: ten thousand tokens that never were come over
four connections of another process, while one client asks an honest query over and over. Rounds alternate with nothing
beside it, and with as many good tokens that ask for the least; ratios are to the honest query alone, in the same run.

Then a server without limits (else nearly all would be 429): one client sends credentials that are no good, of all kinds
in random order. Two halves of one kind differ by chance; a kind is told apart by its time if its median is further from
that of unknown ones than the halves are in 99 of 100 divisions.
"""

import asyncio
import http.client
import json
import multiprocessing
import random
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import cycle

from auth.cookies import SESSION as COOKIE
from auth.secret import SESSION, TOKEN, new_secret
from bench.data import load
from bench.figures import note
from bench.hostile import HONEST, quantile
from bench.servers import cluster, process
from bench.token import make_ended, make_token
from migrations.apply import migrate
from tests.effort import effort

SMALLEST = json.dumps({"query": "{ viewer { kind } }"})
WRONG = 10_000
CONNECTIONS = 4
ROUNDS = 5
SECONDS = 30
"""A round ends then at the latest."""
ALONE = effort(200, 1_000)
"""Honest queries of a round with nothing beside them."""
SAMPLES = effort(1_000, 4_000)
"""Answers to each kind of credentials."""
DIVISIONS = 400

Headers = dict[str, str]


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.origin = f"http://127.0.0.1:{port}"

    def send(self, body: str, headers: Headers) -> tuple[int, float]:
        """The status of the answer, and the seconds it took."""
        begun = time.perf_counter()
        self._connection.request("POST", "/graphql", body, {"Content-Type": "application/json", **headers})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - begun

    def honest(self, token: str) -> float:
        """Seconds of an honest query."""
        status, seconds = self.send(json.dumps({"query": HONEST}), bearer(token))
        assert status == 200, status
        return seconds

    def cookie(self, secret: str) -> Headers:
        """A browser's headers on a page of ours."""
        return {"Cookie": f"{COOKIE}={secret}", "Origin": self.origin}


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def misspelt(secret: str) -> str:
    """The same with another checksum."""
    return secret[:-1] + ("a" if secret[-1] != "a" else "b")


def crowd(port: int, good: str | None, begun, over) -> None:
    """Send a round's share of tokens that never were, or as often a good one."""
    each, end = WRONG // ROUNDS // CONNECTIONS, time.monotonic() + SECONDS

    def drive() -> None:
        client = Client(port)
        for _ in range(each):
            if time.monotonic() > end:
                break
            status, _ = client.send(SMALLEST, bearer(good or new_secret(TOKEN)))
            assert status in ((200,) if good else (401, 429)), status

    threads = [threading.Thread(target=drive) for _ in range(CONNECTIONS)]
    begun.set()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()


def beside(port: int, honest: Callable[[], float], good: str | None) -> list[float]:
    """Seconds of honest queries while a crowd asks. It has a process of its own, to take no time of ours."""
    spawn = multiprocessing.get_context("spawn")
    begun, over, seconds = spawn.Event(), spawn.Event(), []
    child = spawn.Process(target=crowd, args=(port, good, begun, over))
    child.start()
    assert begun.wait(SECONDS)
    while not over.is_set():
        seconds.append(honest())
    child.join()
    assert child.exitcode == 0
    return seconds


def disturbance(port: int, token: str, other: str) -> None:
    """How much longer an honest query takes beside wrong tokens, and beside good ones."""
    client, found = Client(port), defaultdict(list)

    def honest() -> float:
        return client.honest(token)

    for _ in range(ALONE):
        honest()  # warms up
    for _ in range(ROUNDS):
        found["alone"] += [honest() for _ in range(ALONE)]
        found["wrong"] += beside(port, honest, None)
        found["good"] += beside(port, honest, other)
    for name, of in (("p50", 0.5), ("p99", 0.99)):
        alone, wrong, good = (quantile(found[part], of) for part in ("alone", "wrong", "good"))
        print(f"  {name}: alone {alone * 1000:.1f} ms, wrong tokens {wrong * 1000:.1f}, good ones {good * 1000:.1f}")
        note(f"credentials.{name}", f"{wrong / alone:.2f} times alone, {wrong / good:.2f} times beside good tokens")


def timing(port: int, ended: dict[str, list[str]]) -> None:
    """Which kinds of credentials can be told apart by the time of the answer."""
    client, again = Client(port), {kind: cycle(secrets) for kind, secrets in ended.items()}
    kinds: dict[str, Callable[[], Headers]] = {
        "unknown": lambda: bearer(new_secret(TOKEN)),
        **{kind: lambda kind=kind: bearer(next(again[kind])) for kind in ("revoked", "expired", "owner left")},
        "misspelt": lambda: bearer(misspelt(new_secret(TOKEN))),
        "session unknown": lambda: client.cookie(new_secret(SESSION)),
        "session ended": lambda: client.cookie(next(again["session ended"])),
    }
    seconds = defaultdict(list)
    for number in range(SAMPLES + 50):
        for kind in random.sample(list(kinds), len(kinds)):
            status, took = client.send(SMALLEST, kinds[kind]())
            assert status == (200 if kind.startswith("session") else 401), (kind, status)
            if number >= 50:  # the first ones warm up
                seconds[kind].append(took)
    for reference, others in (
        ("unknown", ("revoked", "expired", "owner left", "misspelt")),
        ("session unknown", ("session ended",)),
    ):
        chance, middle = by_chance(seconds[reference]), statistics.median(seconds[reference])
        print(f"  {reference}: {middle * 1000:.3f} ms; two halves differ by {chance * 1e6:.0f} µs at most")
        for kind in others:
            difference = statistics.median(seconds[kind]) - middle
            verdict = "not told apart" if abs(difference) <= chance else "told apart"
            note(f"credentials.{kind.replace(' ', '_')}", f"{1 + difference / middle:.3f} times, {verdict}")
        note(f"credentials.{reference.replace(' ', '_')}", f"within {chance / middle:.3f} by chance")


def by_chance(seconds: list[float]) -> float:
    """By how much the medians of two halves of the same differ, at most, in 99 of 100 divisions."""
    found, half = [], len(seconds) // 2
    for _ in range(DIVISIONS):
        mixed = random.sample(seconds, len(seconds))
        found.append(abs(statistics.median(mixed[:half]) - statistics.median(mixed[half:])))
    return quantile(found, 0.99)


def main() -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=2_000, events_each=30))
        token, other = asyncio.run(make_token(url)), asyncio.run(make_token(url))
        ended = asyncio.run(make_ended(url, 200))
        print(f"credentials: an honest query beside {WRONG:,} wrong tokens over {CONNECTIONS} connections")
        with process(["server", "api"], url, "/healthz", MUSTER_RATE_COST_PER_MINUTE="1000000") as (_, port):
            disturbance(port, token, other)
        print(f"credentials: time of the answer, {SAMPLES:,} of each kind in random order, medians")
        with process(["server", "api"], url, "/healthz") as (_, port):
            timing(port, ended)


if __name__ == "__main__":
    main()
