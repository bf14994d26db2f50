"""What was sent to webhooks."""

from collections.abc import Sequence

from sqlalchemy import exists, or_, select

from auth.visibility import visible_to
from models.delivery import Delivery, Webhook
from models.incident import Incident
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import pages

NEWEST = Order("webhook.deliveries", (Delivery.id,), descending=True)


async def deliveries(
    ctx: Context,
    webhooks: Sequence[Webhook],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[Delivery]]:
    """A page of the messages to each webhook, the newest first; none of incidents that the viewer may not see."""
    window = Window(NEWEST, paging(first, after, last, before))
    visible = exists(select(1).where(Incident.id == Delivery.incident_id, visible_to(ctx.actor)))
    seen = or_(Delivery.incident_id.is_(None), visible)
    keys = [webhook.id for webhook in webhooks]
    return await pages(
        ctx, Delivery, keys, window, lambda key: select(Delivery).where(Delivery.webhook_id == key, seen)
    )
