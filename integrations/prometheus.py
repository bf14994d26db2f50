"""Prometheus, and whatever speaks its HTTP API (Thanos, Mimir, VictoriaMetrics): queries over a time.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

import base64
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from pydantic import Field, SecretStr, model_validator

from actions.outward.checks import Check, Result
from actions.outward.vendors import Port, Vendor
from integrations.client import Account
from integrations.configuration import BaseUrl, Configuration
from integrations.failures import Permanent, VendorError
from integrations.ports import Measured, Measurement, Series, Speak

MOST_SERIES = 10
"""Curves that people can tell apart; the highest are kept."""


class PrometheusConfiguration(Configuration):
    """Where it is, and how we are known there."""

    base_url: BaseUrl = Field(description="The address before /api/v1, such as https://prometheus.example.org.")
    token: SecretStr | None = Field(
        default=None, min_length=1, description="Sent as `Authorization: Bearer …`, if it asks for one."
    )
    username: str | None = Field(default=None, min_length=1, description="For basic authentication, with a password.")
    password: SecretStr | None = Field(default=None, min_length=1, description="For basic authentication.")
    tenant: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9!_.*'()|-]{1,150}$",
        description="Sent as `X-Scope-OrgID`, which Mimir and Loki ask for.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.token is not None and self.username is not None:
            raise ValueError("Send a token, or a username and a password, not both.")
        if (self.username is None) is not (self.password is None):
            raise ValueError("A username and a password go together.")
        return self


VENDOR = Vendor("prometheus", "Prometheus", frozenset({Port.METRICS}), PrometheusConfiguration)


class Prometheus:
    """One server."""

    def __init__(self, configuration: PrometheusConfiguration, speak: Speak) -> None:
        self._base = configuration.base_url
        self._client = speak(Account("Prometheus", self._base, _credentials(configuration)))

    async def check(self) -> list[Check]:
        """Whether it answers a query."""
        try:
            await self._ask("/api/v1/query", {"query": "vector(1)"}, "vector")
        except VendorError as error:
            return [Check("query", Result.WRONG, error.words)]
        return [Check("query", Result.OK, f"{self._base} answers queries.")]

    async def measure(self, asked: Measurement) -> Measured:
        """What a query gives from one moment to another. VendorError; Permanent says what is wrong with the query."""
        given = {
            "query": asked.query,
            "start": _stamp(asked.starts_at),
            "end": _stamp(asked.ends_at),
            "step": str(asked.step_seconds),
        }
        found = await self._ask("/api/v1/query_range", given, "matrix")
        series = [_series(one, asked) for one in found]
        series.sort(key=lambda one: max((v for v in one.values if v is not None), default=-math.inf), reverse=True)
        return Measured(series[:MOST_SERIES], max(0, len(series) - MOST_SERIES))

    async def _ask(self, path: str, given: Mapping[str, str], kind: str) -> list[Any]:
        answer = await self._client.ask("GET", path, params=given, once=False)
        body = answer.body if isinstance(answer.body, dict) else {}
        data = body.get("data")
        if body.get("status") != "success" or not isinstance(data, dict) or data.get("resultType") != kind:
            raise Permanent(f"{self._base} does not answer as Prometheus does: see whether the address is right.")
        return list(data.get("result") or [])


def _credentials(configuration: PrometheusConfiguration) -> dict[str, str]:
    fields = {"X-Scope-OrgID": configuration.tenant} if configuration.tenant is not None else {}
    if configuration.token is not None:
        fields["authorization"] = f"Bearer {configuration.token.get_secret_value()}"
    if configuration.username is not None and configuration.password is not None:
        pair = f"{configuration.username}:{configuration.password.get_secret_value()}"
        fields["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return fields


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _series(one: Mapping[str, Any], asked: Measurement) -> Series:
    """A curve with a value or None for each step: Prometheus leaves out steps that have none."""
    steps = int((asked.ends_at - asked.starts_at) / timedelta(seconds=asked.step_seconds)) + 1
    values: list[float | None] = [None] * steps
    for stamp, said in one.get("values", ()):
        place = round((float(stamp) - asked.starts_at.timestamp()) / asked.step_seconds)
        value = float(said)
        if 0 <= place < steps and math.isfinite(value):
            values[place] = value
    labels = {str(name): str(content) for name, content in one.get("metric", {}).items()}
    return Series(labels, values)


def open_prometheus(configuration: dict[str, Any], speak: Speak) -> Prometheus:
    """The adaptor of a configuration."""
    return Prometheus(PrometheusConfiguration(**configuration), speak)
