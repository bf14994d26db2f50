"""What a heartbeat tells the intake: an alert that fires when it is silent or says that it failed, until it reports.

It goes the way of any monitor's: rules, groups, silences and paging apply to it.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.group import NormalisedAlert, together
from actions.alerts.intake import receive_group
from actions.alerts.loose import cut
from actions.heartbeats.rows import name_of
from actions.heartbeats.spans import words
from models.alert import AlertSource
from models.heartbeat import Heartbeat
from models.service import Service

MISSED, FAILED = "missed", "failed"
"""Why it fires, as its label `reason` says."""


async def tell(
    session: AsyncSession,
    row: Heartbeat,
    since: datetime,
    *,
    reason: str = MISSED,
    said: str = "",
    over: datetime | None,
) -> None:
    """Deliver its alert that began at `since`: firing, or ended at `over`. CONFLICT as for any delivery.

    `said`: what it sent along when it failed.
    """
    source = await session.get_one(AlertSource, row.source_id)
    service = await session.get(Service, row.service_id) if row.service_id is not None else None
    labels = {"alertname": row.name, "heartbeat": row.name, "reason": reason}
    alert = NormalisedAlert(
        fingerprint=name_of(row),
        title=cut(f"{row.name} {'failed' if reason == FAILED else 'did not report'}", check.TITLE),
        firing=over is None,
        starts_at=since,
        ends_at=max(over, since) if over is not None else None,
        labels={**labels, "service": service.slug} if service is not None else labels,
        annotations={"description": _description(row), **({"said": said} if said else {})},
        service_id=row.service_id,
    )
    await receive_group(session, source, together(name_of(row), [alert]))


def _description(row: Heartbeat) -> str:
    last = f"{row.last_seen_at:%Y-%m-%d %H:%M:%S} UTC" if row.last_seen_at is not None else "never"
    often = f"It should report every {words(row.every_seconds)}, with a grace of {words(row.grace_seconds)}."
    return f"{often} Last heard of: {last}."
