"""What the Communications Lead says: publishing, rewording and taking back updates, internal and public."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy import update as sql_update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.back_dating import check_back_dated, check_place, dated_back
from actions.find import incident_of_update
from actions.promises import cadence_due, end_promises, obligations_of, set_promise
from actions.public_thread import follow_public_updates, may_speak, newest_update
from actions.record import enqueue, now, record
from actions.subscribers.news import tell_subscribers
from actions.update_parts import Claim, check_parts, named_components
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import TextConflictError, conflict
from core.ids import decode_as
from models.facts.communication import UpdateEdited, UpdatePublished, UpdateWithdrawn
from models.facts.incident import IncidentEdited
from models.incident import Incident
from models.job import JobName
from models.service import Component
from models.update import Update, UpdateComponent, UpdateRevision
from models.words import Audience, ComponentStatus, IncidentKind, PublicStatus


async def publish_update(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    audience: Audience,
    body: str,
    status: PublicStatus | None = None,
    public_title: str | None = None,
    components: Sequence[Claim] | None = None,
    next_update_by: datetime | None = None,
    notify: bool = True,
    published_at: datetime | None = None,
    notify_back_dated: bool = False,
) -> Update:
    """Say something about an incident, and promise when to speak again.

    `body` is Markdown of at most 20,000 characters, stored as written. PUBLIC needs a status, and is refused
    (CONFLICT) on private incidents and drills. Components not named keep what earlier updates said of them; RESOLVED
    ends it all. The promise is `next_update_by`, else now plus the severity's cadence for that audience; RESOLVED
    makes none. The update remembers the promise that was open, so that "kept" and "late" can be told for ever.

    `published_at` dates it back (actions.back_dating says what that means); nobody is told then, unless
    `notify_back_dated` says so, too.
    """
    require(actor, Permission.READ)
    words = check.text(body, "body", limit=check.BODY)
    title = check.optional_text(public_title, "public_title", limit=check.TITLE)
    promise = check.future(next_update_by, "next_update_by", now(session)) if next_update_by else None
    check_parts(audience, status, title, components, promise)
    moment = dated_back(published_at, now(session))
    if moment is not None:
        check_back_dated(components, promise)
        notify = notify and notify_back_dated
    target = await find_allowed(session, actor, Act.PUBLISH_UPDATE, incident)
    newest = await newest_update(session, target, audience)
    inserted = moment is not None and check_place(target, moment, status, newest.published_at if newest else None)
    may_speak(target, audience, status, inserted=inserted)
    claims = await named_components(session, components or (), status)
    final = status is PublicStatus.RESOLVED
    if moment is None:
        promise = promise or await _promise_by_cadence(session, target, audience, status)
    update = Update(
        incident_id=target.id,
        audience=audience,
        status=status,
        body=words,
        author_kind=actor.kind,
        author_id=actor.id,
        # The clocks of two machines differ: what is written after another never stands before it by accident.
        published_at=moment or max(now(session), newest.published_at if newest else now(session)),
        recorded_at=now(session) if moment else None,
        promised_by=target.next_update_due_at(audience) if moment is None or final else None,
        next_update_by=promise,
    )
    session.add(update)
    await session.flush()
    _retitle(session, actor, target, title)
    _announce(session, actor, target, update, claims, notify=notify)
    if audience is Audience.PUBLIC:
        await follow_public_updates(session, actor, target)
    if moment is None or final:
        _promise(session, target, audience, promise)
    return update


async def _promise_by_cadence(
    session: AsyncSession, incident: Incident, audience: Audience, status: PublicStatus | None
) -> datetime | None:
    """When the next update for an audience is due after this one, by the severity's cadence; None if none is owed.

    Colleagues are owed updates while the incident is responded to. Customers who read that something is wrong are owed
    more until they read that it is over, whatever the stage.
    """
    if status is PublicStatus.RESOLVED or incident.kind is IncidentKind.BACKFILLED:
        return None
    obligations = await obligations_of(session, incident)
    if audience is Audience.INTERNAL:
        return cadence_due(incident, obligations, audience, now(session))
    minutes = obligations.cadence_minutes(audience) if obligations else None
    return now(session) + timedelta(minutes=minutes) if minutes else None


def _promise(session: AsyncSession, incident: Incident, audience: Audience, due: datetime | None) -> None:
    """Promise the next update; where none is promised and the final word is owed, be reminded of that."""
    set_promise(incident, audience, due)
    if due is None and audience is Audience.PUBLIC and incident.final_update_owed:
        end_promises(incident, now(session))


def _retitle(session: AsyncSession, actor: Actor, incident: Incident, title: str | None) -> None:
    """Take the title that customers read, if one was given and it is another."""
    if title is None or title == incident.public_title:
        return
    before = {"public_title": incident.public_title}
    incident.public_title = title
    incident.version += 1
    record(session, actor, IncidentEdited(before=before, after={"public_title": title}), incident=incident)


def _announce(
    session: AsyncSession,
    actor: Actor,
    incident: Incident,
    update: Update,
    claims: dict[int, tuple[Component, ComponentStatus]],
    *,
    notify: bool,
) -> None:
    """Keep what the update said of components, write its event, and have people told if they are to be."""
    changes = [(key, component.status, to) for key, (component, to) in claims.items()]
    session.add_all(
        UpdateComponent(update_id=update.id, component_id=key, from_status=before, to_status=after)
        for key, before, after in changes
    )
    published = UpdatePublished(
        update_id=update.id,
        audience=update.audience,
        status=update.status,
        components=[{"component_id": key, "from": before, "to": after} for key, before, after in changes],
        next_update_by=update.next_update_by.astimezone(UTC).isoformat() if update.next_update_by else None,
        notify=notify,
        published_at=update.published_at.astimezone(UTC).isoformat() if update.backdated else None,
    )
    dated = update.published_at if update.backdated else None
    event = record(session, actor, published, incident=incident, text=update.body, occurred_at=dated)
    tell_subscribers(session, event)
    if notify:
        enqueue(session, JobName.MAIL_NOTIFY, event=event)


async def edit_update(
    session: AsyncSession,
    actor: Actor,
    *,
    update: str,
    body: str,
    notify: bool = False,
    hide_earlier: bool = False,
    expected_version: int | None = None,
) -> Update:
    """Reword an update. What it said before is kept (UpdateRevision). CONFLICT if it was withdrawn.

    Its version is the number of its wordings so far: VERSION_CONFLICT, with both texts, if there is another by now.

    Customers may read what a public one said before, unless `hide_earlier`: then no earlier wording is shown to them
    any more. With the same words as before it hides those only.
    """
    require(actor, Permission.READ)
    words = check.text(body, "body", limit=check.BODY)
    found, incident = await _find_update(session, actor, Act.EDIT_UPDATE, update)
    if found.withdrawn_at is not None:
        raise conflict("This update was withdrawn.", field="update", hint="Publish a new one.")
    reworded = found.body != words
    if expected_version is not None and reworded:
        await _refuse_stale(session, found, expected_version, words)
    if reworded:
        session.add(UpdateRevision(update_id=found.id, body=found.body, replaced_at=now(session)))
        found.body = words
        found.edited_at = now(session)
        await session.flush()
    hidden = hide_earlier and await _hide_earlier(session, found)
    if not reworded and not hidden:
        return found
    edited = UpdateEdited(
        update_id=found.id, audience=found.audience, notify=notify and reworded, earlier_hidden=hidden or None
    )
    event = record(session, actor, edited, incident=incident, text=words)
    tell_subscribers(session, event)
    if edited.notify:
        enqueue(session, JobName.MAIL_NOTIFY, event=event)
    return found


async def _refuse_stale(session: AsyncSession, found: Update, expected: int, words: str) -> None:
    """VERSION_CONFLICT if it was reworded since somebody saw it."""
    earlier = select(func.count()).where(UpdateRevision.update_id == found.id)
    version = 1 + (await session.scalars(earlier)).one()
    if version != expected:
        raise TextConflictError("update", version, expected, theirs=found.body, yours=words)


async def _hide_earlier(session: AsyncSession, found: Update) -> bool:
    """Strike all earlier wordings of an update from the public view; whether any was in it."""
    shown = (UpdateRevision.update_id == found.id, UpdateRevision.hidden_at.is_(None))
    hidden = await session.scalars(
        sql_update(UpdateRevision).where(*shown).values(hidden_at=now(session)).returning(UpdateRevision.id)
    )
    return len(hidden.all()) > 0


async def withdraw_update(session: AsyncSession, actor: Actor, *, update: str, reason: str) -> Update:
    """Take an update back: it leaves the status page and stays in the record. Withdrawing it again changes nothing.

    Customers then see what the updates that are left say; without any, the incident is not public any more. If it was
    the newest, the promise that was open after the newest that is left is open again.
    """
    require(actor, Permission.READ)
    why = check.text(reason, "reason", limit=check.LINE)
    found, incident = await _find_update(session, actor, Act.WITHDRAW_UPDATE, update)
    if found.withdrawn_at is not None:
        return found
    last = await newest_update(session, incident, found.audience)
    newest = last is not None and last.id == found.id
    found.withdrawn_at = now(session)
    record(session, actor, UpdateWithdrawn(update_id=found.id, audience=found.audience, reason=why), incident=incident)
    if found.audience is Audience.PUBLIC:
        await follow_public_updates(session, actor, incident)
    if newest and (not found.backdated or found.status is PublicStatus.RESOLVED):
        owing = incident.is_open or (found.audience is Audience.PUBLIC and incident.public_thread_open)
        due = await _promise_before(session, incident, found.audience) if owing else None
        _promise(session, incident, found.audience, due)
    return found


async def _promise_before(session: AsyncSession, incident: Incident, audience: Audience) -> datetime | None:
    """The promise that was open right after the newest update that stands; back-dated ones kept and made none."""
    ours = (Update.incident_id == incident.id, Update.audience == audience)
    of_now = Update.recorded_at.is_(None)
    standing = select(func.max(Update.id)).where(*ours, of_now, Update.withdrawn_at.is_(None))
    after = Update.id > (await session.scalar(standing) or 0)
    counted = or_(of_now, Update.status == PublicStatus.RESOLVED)
    first = select(Update.promised_by).where(*ours, after, counted).order_by(Update.id).limit(1)
    due: datetime | None = await session.scalar(first)
    return due


async def _find_update(session: AsyncSession, actor: Actor, act: Act, reference: str) -> tuple[Update, Incident]:
    """An update and its incident, which is locked. NOT_FOUND also for one that the actor may not see."""
    key = decode_as("Update", reference, "update")
    incident_id = await incident_of_update(session, actor, reference)
    incident = await find_allowed(session, actor, act, str(incident_id), field="update")
    return await session.get_one(Update, key, populate_existing=True), incident
