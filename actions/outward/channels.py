"""The channel of a chat in which an incident is worked on."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.allowed import find_allowed
from actions.outward.order import key_of, order, renew
from actions.outward.settings import find_integration
from actions.transitions import refuse_ended
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.words import OutwardState, OutwardVerb


async def open_channel(session: AsyncSession, actor: Actor, *, incident: str, integration: str) -> OutwardAction:
    """Have a channel opened for an incident. It has one: asked for again, it stays the same.

    What the vendor refused of it is tried again then; one that could not be brought up to date, as it was deleted
    there, is looked up and, if it is not found, opened anew.
    CONFLICT once nobody works on the incident any more, or if the integration is no chat. A job opens it and invites
    the incident's members; the timeline then says where it is, and who could not be invited.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.OPEN_CHANNEL, incident)
    refuse_ended(target)
    chosen = await find_integration(session, integration)
    lost = await _is_lost(session, target)
    row = await order(session, target, OutwardVerb.OPEN_CHANNEL, chosen, name="channel", lost=lost)
    if row.state is OutwardState.DONE and row.error is not None:
        await _complete(session, target, row)
    return row


async def _is_lost(session: AsyncSession, incident: Incident) -> bool:
    """Whether the vendor refused to bring the channel up to date, for which somebody has to mend something."""
    following = select(OutwardAction.state).where(OutwardAction.key == key_of(incident, "channel/follow"))
    return await session.scalar(following) is OutwardState.FAILED


async def _complete(session: AsyncSession, incident: Incident, row: OutwardAction) -> None:
    """Have done what the vendor refused when it opened the channel, if its integration is still connected."""
    chat = await session.get_one(Integration, row.integration_id, with_for_update=True)
    if chat.archived:
        return
    row.error = None
    arguments = {"channel": row.external_id, "uninvited": row.arguments.get("uninvited", []), "invite": True}
    await renew(session, incident, OutwardVerb.FOLLOW_CHANNEL, chat, name="channel/follow", arguments=arguments)


async def archive_channel(session: AsyncSession, actor: Actor, *, incident: str) -> OutwardAction:
    """Have the channel of an incident archived, in whatever stage that is: what was said in it can still be read.

    CONFLICT if it has none, or if the integration that opened it is archived. Once it is done it stays done: whoever
    takes the channel out of the vendor's archive keeps it.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.ARCHIVE_CHANNEL, incident)
    opening = await _opening(session, target)
    if opening is None:
        raise conflict(
            f"{target.reference} has no channel.", field="incident", hint="openChannel opens one; see outwardActions."
        )
    chosen = await session.get_one(Integration, opening.integration_id, with_for_update=True)
    if chosen.archived:
        raise conflict(
            f"{chosen.name}, where the channel is, is not connected any more.",
            field="incident",
            hint="Archive the channel there by hand, or connect the integration again.",
        )
    arguments = {"channel": opening.external_id}
    return await order(
        session, target, OutwardVerb.ARCHIVE_CHANNEL, chosen, name="channel/archive", arguments=arguments
    )


async def _opening(session: AsyncSession, incident: Incident) -> OutwardAction | None:
    """The order by which the channel of an incident was opened; None if it is not open (yet)."""
    return await session.scalar(
        select(OutwardAction).where(
            OutwardAction.incident_id == incident.id,
            OutwardAction.verb == OutwardVerb.OPEN_CHANNEL,
            OutwardAction.state == OutwardState.DONE,
        )
    )
