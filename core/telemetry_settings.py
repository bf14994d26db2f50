"""The settings of what a process tells of its own work (docs/guides/observability.md)."""

from pydantic import Field
from pydantic_settings import BaseSettings


class TelemetrySettings(BaseSettings):
    """Traces, metrics and the log of slow operations. OpenTelemetry reads its other variables itself."""

    otlp_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    otlp_traces_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    traces_disabled: bool = Field(default=False, validation_alias="OTEL_SDK_DISABLED")
    metrics_port: int | None = Field(None, ge=1, le=65535, validation_alias="MUSTER_METRICS_PORT")
    slow_operation_seconds: float = Field(1.0, ge=0, validation_alias="MUSTER_SLOW_OPERATION_SECONDS")

    @property
    def traces_endpoint(self) -> str | None:
        """Where traces go, by OTLP over HTTP; None: nobody traces."""
        return None if self.traces_disabled else self.otlp_traces_endpoint or self.otlp_endpoint
