"""What traces cost: the read benchmark with and without them, in interleaved rounds of the same run.

Traces go to a collector of this process, which takes what comes and looks at nothing of it. `BENCH_SHARE`: of traces
that are kept; 0.1 is what users get.
"""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.data import load
from bench.load import Subject, compare
from bench.read import EVENTS_EACH, INCIDENTS, QUERY
from bench.servers import cluster, process
from bench.token import make_token
from migrations.apply import migrate

SHARE = os.environ.get("BENCH_SHARE", "0.1")


@contextmanager
def collector() -> Iterator[tuple[str, list[int]]]:
    """Somewhere to send traces, and how many bytes arrived each time."""
    sizes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            sizes.append(len(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sizes
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    with cluster() as url, collector() as (address, sizes):
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=INCIDENTS, events_each=EVENTS_EACH))
        token = asyncio.run(make_token(url))
        body = json.dumps({"query": QUERY}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        sampled = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": SHARE}
        with (
            process(["server", "api"], url, "/healthz", OTEL_EXPORTER_OTLP_ENDPOINT=address, **sampled) as (
                on,
                on_port,
            ),
            process(["server", "api"], url, "/healthz") as (off, off_port),
        ):
            print(f"read of {INCIDENTS:,} incidents, with a share of {SHARE} of traces kept, and without traces")
            compare(
                Subject("with traces", on.pid, on_port, "/graphql", lambda: body, headers),
                Subject("without", off.pid, off_port, "/graphql", lambda: body, headers),
            )
        print(f"  {len(sizes)} batches of spans, {sum(sizes) / 1e6:.1f} MB")
        assert sizes, "no span arrived: nothing was measured"


if __name__ == "__main__":
    main()
