"""The public thread of an incident: when customers may be told, and what they see (DESIGN §3, "Stages never publish").

Everything that customers see of an incident follows from its public updates that were not withdrawn.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.components import claim_components
from auth.actor import Actor
from core.errors import conflict
from models.incident import REFERENCE_PREFIX, Incident
from models.update import Update, UpdateComponent
from models.words import Audience, ComponentStatus, IncidentKind, PublicStatus, Stage

ENDED = frozenset({Stage.CLOSED, Stage.DECLINED, Stage.CANCELLED})


def may_speak(incident: Incident, audience: Audience, status: PublicStatus | None, *, inserted: bool = False) -> None:
    """Refuse (CONFLICT) an update that would be false, or that must not be public.

    `inserted`: it is dated before another, so that what customers are to believe now stays as it is.

    After a merge the other incident speaks; only a public thread that is still open may be ended here. An incident
    that has ended can tell customers that it is over, and nothing else: to say that it is back, reopen it.
    """
    if audience is Audience.PUBLIC:
        _may_be_public(incident)
    final = audience is Audience.PUBLIC and status is PublicStatus.RESOLVED
    if incident.stage is Stage.MERGED and not (final and incident.public_thread_open):
        target = f"{REFERENCE_PREFIX}{incident.merged_into_id}"
        raise conflict(
            f"{incident.reference} was merged into {target}.",
            field="incident",
            hint=f"Publish on {target}."
            + (" Here, only a PUBLIC update RESOLVED can end the thread." if incident.public_thread_open else ""),
        )
    if incident.stage in ENDED and audience is Audience.PUBLIC and not final and not inserted:
        raise conflict(
            f"{incident.reference} is {incident.stage.lower()}: customers can only be told that it is over.",
            field="status",
            hint="Send RESOLVED, or reopen the incident first.",
        )


def _may_be_public(incident: Incident) -> None:
    """Refuse to tell customers of what they must not know, or of what did not happen."""
    if incident.private:
        raise conflict(
            f"{incident.reference} is private: nothing of it is published.",
            field="incident",
            hint="Publish INTERNAL, or make the incident visible to the organisation first.",
        )
    if incident.kind is IncidentKind.DRILL:
        raise conflict(
            f"{incident.reference} is a drill: customers are told of none.",
            field="incident",
            hint="Publish INTERNAL, and say in it what you would have published.",
        )


async def newest_update(session: AsyncSession, incident: Incident, audience: Audience) -> Any:
    """`id` and `published_at` of the newest update for an audience that was not withdrawn; None if there is none."""
    newest = await session.execute(
        select(Update.id, Update.published_at)
        .where(Update.incident_id == incident.id, Update.audience == audience, Update.withdrawn_at.is_(None))
        .order_by(Update.published_at.desc(), Update.id.desc())
        .limit(1)
    )
    return newest.first()


async def follow_public_updates(session: AsyncSession, actor: Actor, incident: Incident) -> None:
    """Derive what customers see from the public updates that stand: the status, since when, and the claims.

    CONFLICT if that would open the public thread of a private incident (its final update was withdrawn): no update
    could ever end it.
    """
    standing = (
        await session.execute(
            select(Update.id, Update.status, Update.published_at)
            .where(Update.incident_id == incident.id, Update.audience == Audience.PUBLIC, Update.withdrawn_at.is_(None))
            .order_by(Update.published_at, Update.id)
        )
    ).all()
    incident.public_status = standing[-1].status if standing else None
    incident.public_since = standing[0].published_at if standing else None
    if incident.private and incident.public_thread_open:
        raise conflict(
            f"{incident.reference} is private: without this update its public thread would be open again.",
            field="update",
            hint="Withdraw the updates before it first.",
        )
    await session.flush()
    await claim_components(session, actor, incident, await _claims(session, incident, standing))


async def _claims(session: AsyncSession, incident: Incident, standing: Sequence[Any]) -> dict[int, ComponentStatus]:
    """The last word of the thread on each component. One that is over, or private, claims nothing."""
    if not incident.public_thread_open or incident.private:
        return {}
    ended = max((at for at, row in enumerate(standing) if row.status is PublicStatus.RESOLVED), default=-1)
    place = {row.id: at for at, row in enumerate(standing) if at > ended}
    said = await session.execute(
        select(UpdateComponent.update_id, UpdateComponent.component_id, UpdateComponent.to_status).where(
            UpdateComponent.update_id.in_(place)
        )
    )
    in_order = sorted(said, key=lambda row: place[row.update_id])
    return {row.component_id: row.to_status for row in in_order}
