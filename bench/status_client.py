"""A client in Python for machines without wrk: it asks on several connections and counts the answers."""

import http.client
import threading
import time


def drive(port: int, path: str, coding: str, seconds: float, connections: int) -> float:
    """Answers a second."""
    counts = [0] * connections
    end = time.monotonic() + seconds

    def ask(index: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < end:
            connection.request("GET", path, headers={"Accept-Encoding": coding})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            counts[index] += 1
        connection.close()

    began = time.monotonic()
    threads = [threading.Thread(target=ask, args=(index,)) for index in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)
