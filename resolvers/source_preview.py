"""What a mapping would make of a body: for whoever writes one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from strawberry.scalars import JSON

from actions.alerts.mapping import BodyError, checked_mapping, read
from core.errors import DomainError, invalid
from resolvers.context import Context

LONGEST = 100_000
"""Characters of a body that is tried."""


@dataclass(frozen=True, slots=True)
class PreviewedAlert:
    """An alert as it would be taken."""

    fingerprint: str
    title: str
    firing: bool
    starts_at: datetime
    labels: dict[str, str]
    annotations: dict[str, str]
    url: str | None
    group: str


@dataclass(frozen=True, slots=True)
class MappingFault:
    """An expression that fails."""

    expression: str
    message: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class AlertSourcePreview:
    """What a mapping makes of a body."""

    alerts: list[PreviewedAlert] = field(default_factory=list)
    faults: list[MappingFault] = field(default_factory=list)
    delivery: str | None = None


async def alert_source_preview(ctx: Context, *, mapping: JSON | None = None, body: str) -> AlertSourcePreview:
    """The alerts that a mapping makes of a body, or what fails. INVALID_INPUT for a body that is too long."""
    if len(body) > LONGEST:
        raise invalid("body", f"A body to try has at most {LONGEST:,} characters.", "Send a shorter one.")
    given: Any = mapping
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _fault("body", f"This is not JSON: {error.msg}.", "Paste it as the monitor sends it.")
    try:
        reading = read(checked_mapping(given) if given else None, whole, ctx.runtime.database.clock.now())
    except DomainError as error:
        return _fault((error.field or "mapping").removeprefix("mapping."), error.message, error.hint)
    except BodyError as error:
        return _fault(error.expression, error.message, error.hint)
    alerts = [
        PreviewedAlert(
            alert.fingerprint, alert.title, alert.firing, alert.starts_at, alert.labels, alert.annotations, alert.url,
            group.key,
        )
        for group in reading.groups
        for alert in group.alerts
    ]  # fmt: skip
    return AlertSourcePreview(alerts, delivery=reading.delivery)


def _fault(expression: str, message: str, hint: str | None) -> AlertSourcePreview:
    return AlertSourcePreview(faults=[MappingFault(expression, str(message), str(hint) if hint else None)])
