"""A collector of traces on loopback: it decodes what arrives by OTLP over HTTP and keeps it."""

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


def _value(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in any_value.array_value.values]
    return getattr(any_value, kind)


@dataclass
class Seen:
    """A span that arrived."""

    name: str
    service: str
    kind: int
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict = field(default_factory=dict)


class Collector:
    """What arrived so far."""

    def __init__(self):
        self.spans: list[Seen] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                collector.take(ExportTraceServiceRequest.FromString(body))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def take(self, request):
        for resource in request.resource_spans:
            told = {each.key: _value(each.value) for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Seen(
                            span.name,
                            told["service.name"],
                            span.kind,
                            span.trace_id.hex(),
                            span.span_id.hex(),
                            span.parent_span_id.hex(),
                            span.status.code == 2,
                            {each.key: _value(each.value) for each in span.attributes},
                        )
                    )

    def named(self, name):
        """The one span of a name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def above(self, span):
        """The names of the spans above one, the nearest first."""
        known, names = {each.id: each for each in self.spans}, []
        while span.parent:
            span = known[span.parent]
            names.append(span.name)
        return names

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
