"""The postmortem that customers read: a person writes it for them, or takes it from the draft, and publishes it.

Nothing of the internal postmortem becomes public by itself. Who may publish updates may do this.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.record import now, record
from actions.subscribers.news import tell_subscribers
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict
from models.facts.public_learning import (
    PublicPostmortemEdited,
    PublicPostmortemPublished,
    PublicPostmortemWithdrawn,
)
from models.incident import REFERENCE_PREFIX, Incident
from models.postmortem import LEARNING_STAGES
from models.public_postmortem import PublicPostmortem
from models.words import PublicStatus, Stage


async def publish_postmortem_publicly(
    session: AsyncSession, actor: Actor, *, incident: str, body: str, notify: bool = True
) -> Incident:
    """Tell customers what was learned: Markdown of at most 20,000 characters, shown on the incident's public page.

    CONFLICT, with the reason, for incidents that are private, drills or merged, that are not resolved, or of which
    customers have not read that they are over; and when there is one already. After a withdrawal it can be published
    anew.
    """
    require(actor, Permission.READ)
    words = check.text(body, "body", limit=check.BODY)
    target = await find_allowed(session, actor, Act.PUBLISH_POSTMORTEM_PUBLICLY, incident)
    _may_be_told(target)
    found = await _find(session, target)
    if found is not None and found.withdrawn_at is None:
        raise conflict(
            f"The postmortem of {target.reference} is public already.",
            field="incident",
            hint="Use editPublicPostmortem to reword it.",
        )
    if found is None:
        found = PublicPostmortem(incident_id=target.id, version=0)
        session.add(found)
    found.body, found.published_at = words, now(session)
    found.author_kind, found.author_id = actor.kind, actor.id
    found.edited_at = found.withdrawn_at = None
    found.version += 1
    await session.flush()
    fact = PublicPostmortemPublished(public_postmortem_id=found.id, notify=notify)
    tell_subscribers(session, record(session, actor, fact, incident=target, text=words))
    return target


async def edit_public_postmortem(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    body: str,
    notify: bool = False,
    expected_version: int | None = None,
) -> Incident:
    """Reword the public postmortem; customers see that it was edited. The same words again change nothing.

    CONFLICT if there is none, or the incident must not be public (any more). VERSION_CONFLICT.
    """
    require(actor, Permission.READ)
    words = check.text(body, "body", limit=check.BODY)
    target = await find_allowed(session, actor, Act.EDIT_PUBLIC_POSTMORTEM, incident)
    refuse_hidden(target)
    found = await _standing(session, target)
    check.expected_version(expected_version, found.version, "public postmortem")
    if found.body == words:
        return target
    found.body, found.edited_at = words, now(session)
    found.version += 1
    fact = PublicPostmortemEdited(public_postmortem_id=found.id, notify=notify)
    tell_subscribers(session, record(session, actor, fact, incident=target, text=words))
    return target


async def withdraw_public_postmortem(session: AsyncSession, actor: Actor, *, incident: str, reason: str) -> Incident:
    """Take the public postmortem back: it leaves the page, feeds and API. Again, it changes nothing. CONFLICT: none."""
    require(actor, Permission.READ)
    why = check.text(reason, "reason", limit=check.LINE)
    target = await find_allowed(session, actor, Act.WITHDRAW_PUBLIC_POSTMORTEM, incident)
    found = await _find(session, target)
    if found is not None and found.withdrawn_at is not None:
        return target
    found = await _standing(session, target)
    found.body, found.withdrawn_at = "", now(session)
    found.version += 1
    record(session, actor, PublicPostmortemWithdrawn(public_postmortem_id=found.id, reason=why), incident=target)
    return target


def refuse_hidden(incident: Incident) -> None:
    """CONFLICT for incidents that customers must not know of."""
    if incident.kept_from_customers:
        what = "private" if incident.private else "a drill"
        raise conflict(
            f"{incident.reference} is {what}: customers are told nothing of it.",
            field="incident",
            hint="Write what was learned into the internal postmortem.",
        )


def _may_be_told(incident: Incident) -> None:
    refuse_hidden(incident)
    if incident.stage is Stage.MERGED:
        other = f"{REFERENCE_PREFIX}{incident.merged_into_id}"
        raise conflict(
            f"{incident.reference} was merged into {other}.",
            field="incident",
            hint=f"Publish the postmortem of {other}.",
        )
    if incident.stage not in LEARNING_STAGES:
        raise conflict(
            f"{incident.reference} is in {incident.stage}: it is not resolved.",
            field="incident",
            hint="Move it to RESOLUTION first.",
        )
    if incident.public_status is not PublicStatus.RESOLVED:
        known = incident.public_status is not None
        raise conflict(
            f"Customers have not read that {incident.reference} is over."
            if known
            else f"Customers were never told of {incident.reference}.",
            field="incident",
            hint="Publish a PUBLIC update RESOLVED first.",
        )


async def _find(session: AsyncSession, incident: Incident) -> PublicPostmortem | None:
    own = select(PublicPostmortem).where(PublicPostmortem.incident_id == incident.id)
    found: PublicPostmortem | None = await session.scalar(own.execution_options(populate_existing=True))
    return found


async def _standing(session: AsyncSession, incident: Incident) -> PublicPostmortem:
    """The public postmortem of an incident whose row is locked; CONFLICT if there is none."""
    found = await _find(session, incident)
    if found is None or found.withdrawn_at is not None:
        raise conflict(
            f"{incident.reference} has no public postmortem.",
            field="incident",
            hint="Use publishPostmortemPublicly.",
        )
    return found
