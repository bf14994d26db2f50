"""Having a postmortem looked at before it is published."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.find import find_user
from actions.postmortems.changes import drafted
from actions.record import enqueue, now, record
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict, invalid
from models.facts.learning import PostmortemReviewed, ReviewRequested
from models.incident import Incident, IncidentMember
from models.job import JobName
from models.postmortem import LEARNING_STAGES, Postmortem
from models.words import PostmortemStatus, ReviewDecision
from models.writing import PostmortemReviewer

MOST = 20


async def request_review(
    session: AsyncSession, actor: Actor, *, incident: str, reviewers: Sequence[str], expected_version: int
) -> Postmortem:
    """Ask people to review a postmortem, which is in review from then on; who has decided before decides anew.

    They are told by mail, but for whoever asks. INVALID_INPUT for nobody, for more than 20, and for whoever may not see
    the incident. CONFLICT before it has been drafted, and when it is published. VERSION_CONFLICT.
    """
    require(actor, Permission.READ)
    check.few(reviewers, "reviewers", limit=MOST)
    if not reviewers:
        raise invalid("reviewers", "Nobody is asked.", "Name at least one person.")
    target = await find_allowed(session, actor, Act.REQUEST_REVIEW, incident)
    postmortem = await unpublished(session, target)
    check.expected_version(expected_version, postmortem.version, "postmortem")
    asked = []
    for place, reference in enumerate(dict.fromkeys(reviewers)):
        person = await find_user(session, reference, f"reviewers.{place}")
        await _refuse_stranger(session, target, person.id, f"reviewers.{place}")
        row = await _reviewer(session, postmortem, person.id)
        row.asked_at, row.decision, row.note, row.decided_at, row.decided_version = now(session), None, None, None, None
        asked.append(person.id)
    postmortem.status = PostmortemStatus.IN_REVIEW
    postmortem.version += 1
    asking = record(session, actor, ReviewRequested(user_ids=asked), incident=target)
    enqueue(session, JobName.MAIL_NOTIFY, event=asking)
    return postmortem


async def review_postmortem(
    session: AsyncSession, actor: Actor, *, incident: str, decision: ReviewDecision, note: str | None = None
) -> Postmortem:
    """Approve a postmortem, or ask for changes, which keep it from being published; also somebody who was not asked.

    Whoever asked for reviews last is told by mail.

    Asking for changes needs a note of at most 20,000 characters. CONFLICT before it has been drafted, and when it is
    published.
    """
    require(actor, Permission.READ)
    said = check.optional_text(note or None, "note", limit=check.BODY)
    if decision is ReviewDecision.CHANGES_REQUESTED and said is None:
        raise invalid("note", "Nobody knows which changes.", "Say what is to be changed.")
    target = await find_allowed(session, actor, Act.REVIEW_POSTMORTEM, incident)
    postmortem = await unpublished(session, target)
    if actor.user_id is None:
        raise invalid("incident", "A review is a person's.", "Sign in as one.")
    row = await _reviewer(session, postmortem, actor.user_id)
    row.decision, row.note, row.decided_at, row.decided_version = decision, said, now(session), postmortem.version
    reviewed = record(session, actor, PostmortemReviewed(decision=decision, note=said), incident=target)
    enqueue(session, JobName.MAIL_NOTIFY, event=reviewed)
    return postmortem


async def unpublished(session: AsyncSession, target: Incident) -> Postmortem:
    """The postmortem of an incident whose row is locked, for a review. CONFLICT if there is nothing to review."""
    postmortem = await drafted(session, target)
    if postmortem.status is PostmortemStatus.PUBLISHED or target.stage not in LEARNING_STAGES:
        over = postmortem.status is PostmortemStatus.PUBLISHED
        raise conflict(
            f"The postmortem of {target.reference} is published already."
            if over
            else f"{target.reference} is in {target.stage}: its postmortem is not to be reviewed yet.",
            field="incident",
            hint="Comment on a section, or edit it." if over else "Move the incident to RESOLUTION first.",
        )
    return postmortem


async def _reviewer(session: AsyncSession, postmortem: Postmortem, user_id: int) -> PostmortemReviewer:
    own = select(PostmortemReviewer).where(
        PostmortemReviewer.postmortem_id == postmortem.id, PostmortemReviewer.user_id == user_id
    )
    row: PostmortemReviewer | None = await session.scalar(own)
    if row is None:
        row = PostmortemReviewer(postmortem_id=postmortem.id, user_id=user_id, asked_at=now(session))
        session.add(row)
        await session.flush()
    return row


async def _refuse_stranger(session: AsyncSession, target: Incident, user_id: int, field: str) -> None:
    """INVALID_INPUT for who may not see a private incident."""
    if not target.private:
        return
    member = select(IncidentMember.id).where(IncidentMember.incident_id == target.id, IncidentMember.user_id == user_id)
    if await session.scalar(member) is None:
        raise invalid(field, "This person is no member of the private incident.", "Add them by addMember first.")
