"""Traces by OpenTelemetry, if an endpoint is set for them; else nothing of it is even imported (ADR 0049).

What OpenTelemetry's own variables say holds (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/):
headers, timeout and certificate of the exporter, sampler, limits, resource attributes. Without a sampler one trace in
ten is kept, which bounds what tracing costs.
"""

import importlib
import logging
import os
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from core import tracing
from core.settings import Settings
from core.tracing import Attributes, Kind, Span, Value
from server.startup import StartError

SAMPLER = "OTEL_TRACES_SAMPLER"
SHARE = 0.1
"""Of traces, kept without a wish of somebody's."""
LONGEST_NAME = 100

log = logging.getLogger("muster")


def start_telemetry(settings: Settings, process: str) -> "OpenTelemetry | None":
    """Trace this process if the settings ask for it. StartError if what that takes is not installed."""
    if not settings.traces_endpoint:
        return None
    try:
        tracer = OpenTelemetry(process)
    except ImportError as error:
        raise StartError(
            f"OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, and {error.name} is not installed:"
            " pip install 'muster[telemetry]'"
        ) from error
    tracing.install(tracer)
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    log.info("%s: traces go to %s", process, settings.traces_endpoint)
    return tracer


class OpenTelemetry:
    """The tracer of a process. Spans are sent in batches by a thread of the SDK; what can't be sent is dropped."""

    def __init__(self, process: str) -> None:
        load = importlib.import_module
        self._trace: Any = load("opentelemetry.trace")
        self._context: Any = load("opentelemetry.context")
        self._propagator: Any = load("opentelemetry.trace.propagation.tracecontext").TraceContextTextMapPropagator()
        sdk: Any = load("opentelemetry.sdk.trace")
        sampling: Any = load("opentelemetry.sdk.trace.sampling")
        resources: Any = load("opentelemetry.sdk.resources")
        exporter: Any = load("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        export: Any = load("opentelemetry.sdk.trace.export")
        own = {
            "service.namespace": "muster",
            "service.name": os.environ.get("OTEL_SERVICE_NAME") or f"muster-{process}",
        }
        sampler = None if os.environ.get(SAMPLER) else sampling.ParentBased(sampling.TraceIdRatioBased(SHARE))
        self._provider = sdk.TracerProvider(resource=resources.Resource.create(own), sampler=sampler)
        self._provider.add_span_processor(export.BatchSpanProcessor(exporter.OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("muster")
        self._kinds = {kind: self._trace.SpanKind[kind.name] for kind in Kind}

    def span(self, name: str, kind: Kind, attributes: Attributes, parent: str) -> AbstractContextManager[Span]:
        """A span for a block; nothing below one that is not kept."""
        above = self._trace.get_current_span()
        if above.get_span_context().is_valid:
            if not above.is_recording():
                return tracing.NOTHING
            context = None
        else:
            context = self._propagator.extract({"traceparent": parent}) if parent else None
        return _Block(self, self._tracer.start_span(name[:LONGEST_NAME], context, self._kinds[kind], attributes))

    def past(self, name: str, kind: Kind, attributes: Attributes, began: int, failed: str) -> None:
        """A span that has ended, if the current one is kept."""
        if not self._trace.get_current_span().is_recording():
            return
        span = self._tracer.start_span(name, None, self._kinds[kind], attributes, start_time=began)
        if failed:
            self.mark(span, failed)
        span.end()

    def recording(self) -> bool:
        """Whether the current span is kept."""
        return bool(self._trace.get_current_span().is_recording())

    def traceparent(self) -> str:
        """The current span in W3C's spelling."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent", "")

    def close(self) -> None:
        """Send what waits, and end. The SDK does so by itself when the process ends."""
        tracing.install(None)
        self._provider.shutdown()

    def attach(self, span: Any) -> Any:
        """Make a span the current one of this task; what to give back."""
        return self._context.attach(self._trace.set_span_in_context(span))

    def detach(self, token: Any) -> None:
        """Make the one before it the current one again."""
        self._context.detach(token)

    def mark(self, span: Any, why: str) -> None:
        """Mark a span as failed."""
        span.set_attribute("error.type", why)
        span.set_status(self._trace.StatusCode.ERROR)


class _Block:
    """A span for a block. An error that leaves it is told by its class: its text may hold anything."""

    def __init__(self, tracer: OpenTelemetry, span: Any) -> None:
        self._tracer = tracer
        self._span = span
        self._token: Any = None

    def __enter__(self) -> Self:
        self._token = self._tracer.attach(self._span)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tracer.detach(self._token)
        if kind is not None:
            self.fail(kind.__name__)
        self._span.end()

    def note(self, name: str, value: Value) -> None:
        """Add an attribute."""
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        """Call it by a better name."""
        self._span.update_name(name[:LONGEST_NAME])

    def fail(self, why: str) -> None:
        """Mark it as failed."""
        self._tracer.mark(self._span, why)
