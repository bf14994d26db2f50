"""Which incident somebody in a chat means: the one they name, else the one whose channel it is."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.wishes import Wish
from actions.find import incident_key
from auth.actor import Actor
from auth.visibility import visible_to
from core.errors import invalid, not_found
from models.incident import Incident
from models.integration import CHANNEL_SQL, OutwardAction


async def implied(session: AsyncSession, actor: Actor, integration_id: int, channel: str) -> str | None:
    """The reference of the incident whose channel this is; None for another channel, and for who may not see it.

    So a private incident's channel is like any other to those who are in it and no members.
    """
    key = await session.scalar(
        select(Incident.id)
        .join(OutwardAction, OutwardAction.incident_id == Incident.id)
        .where(
            OutwardAction.integration_id == integration_id,
            OutwardAction.external_id == channel,
            text(CHANNEL_SQL),
            visible_to(actor),
        )
        .limit(1)
    )
    return f"INC-{key}" if key is not None else None


def meant(wish: Wish, here: str | None) -> str:
    """The reference of the incident that is meant. INVALID_INPUT for none."""
    found = wish.incident or here
    if found is None:
        raise invalid(
            "incident",
            "Which incident is meant?",
            f"Write its reference first, as in “{wish.verb} INC-7 …”, or ask in the incident's channel.",
        )
    return found


async def seen(session: AsyncSession, actor: Actor, reference: str) -> Incident:
    """An incident to be read, not locked. NOT_FOUND also for one that the actor may not see."""
    query = select(Incident).where(Incident.id == incident_key(reference), visible_to(actor))
    found = await session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise not_found("incident", "incident", reference)
    return found
