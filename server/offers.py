"""What the web server offers to rooms that must not know who carries it out (Runtime.offers)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from console.machinery.health import REASONS
from integrations.source_trial import read_delivery, try_payload
from jobs.subscribers.preview import preview_update
from jobs.subscribers.work_preview import preview_maintenance
from resolvers.alert_trial import TRY_PAYLOAD
from resolvers.previews import PREVIEW_MAINTENANCE, PREVIEW_UPDATE
from resolvers.source_preview import READ_DELIVERY
from server import health

OFFERS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    PREVIEW_UPDATE: preview_update,
    PREVIEW_MAINTENANCE: preview_maintenance,
    TRY_PAYLOAD: try_payload,
    READ_DELIVERY: read_delivery,
    REASONS: health.reasons_not_ready,
}
