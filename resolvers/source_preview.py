"""What a source would make of a body, or a mail: for whoever sets one up, and writes how it is to be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from strawberry.scalars import JSON

from actions.alerts.mail_patterns import checked_patterns
from actions.alerts.mapping import checked_mapping
from actions.alerts.sources import EMAIL, GENERIC, KINDS
from actions.alerts.taking import Reading
from core.errors import DomainError, invalid
from resolvers.context import Context

READ_DELIVERY = "read_delivery"
"""What `server` puts into `Runtime.offers`: integrations.source_trial, which knows how vendors write."""
CHECKED: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {GENERIC: checked_mapping, EMAIL: checked_patterns}
"""How a mapping is checked, of the kinds that have one."""
READS_NONE = "This process reads no alerts."
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
    note: str | None = None
    """Why it makes no alert, if that is no fault."""


async def alert_source_preview(
    ctx: Context, *, mapping: JSON | None = None, body: str, kind: str = GENERIC
) -> AlertSourcePreview:
    """The alerts that a source of a kind makes of a body, or what fails. INVALID_INPUT for what can't be tried.

    `mapping`: as saveAlertSource takes it for that kind; those of other kinds than these two have none.
    """
    if len(body) > LONGEST:
        raise invalid("body", f"A body to try has at most {LONGEST:,} characters.", "Send a shorter one.")
    if kind not in KINDS:
        raise invalid("kind", f"There is no kind {kind[:80]!r}.", f"Choose from: {', '.join(KINDS)}.")
    if mapping and kind not in CHECKED:
        raise invalid("mapping", f"Bodies of {kind} are read as its vendor writes them.", "Leave mapping out.")
    offered = ctx.runtime.offered(READ_DELIVERY, READS_NONE)
    given: Any = mapping
    sent = body.lstrip() if kind == EMAIL else body  # (an empty line would end a mail's headers)
    try:
        kept = CHECKED[kind](given) if given else None
    except DomainError as error:
        return _fault((error.field or "mapping").removeprefix("mapping."), error.message, error.hint)
    try:
        reading: Reading = await offered(kind, sent.encode(), kept, ctx.runtime.database.clock.now())
    except DomainError as error:
        return _fault(error.field or "body", error.message, error.hint)
    alerts = [
        PreviewedAlert(
            alert.fingerprint, alert.title, alert.firing, alert.starts_at, alert.labels, alert.annotations, alert.url,
            group.key,
        )
        for group in reading.groups
        for alert in group.alerts
    ]  # fmt: skip
    return AlertSourcePreview(alerts, delivery=reading.delivery, note=reading.note)


def _fault(expression: str, message: str, hint: str | None) -> AlertSourcePreview:
    return AlertSourcePreview(faults=[MappingFault(expression, str(message), str(hint) if hint else None)])
