"""How an action notes what it did: events and jobs of this transaction (core.journal writes them last)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from auth.actor import Actor
from core.client import Client
from core.clock import Clock
from core.journal import PendingEvent, PendingJob, journal_of
from core.secrets import Secrets
from models.facts.base import Fact
from models.facts.settings import SettingSaved
from models.incident import Incident
from models.integration import FOLLOWED
from models.job import JobName, queue_of
from models.postmortem import LEARNING_STAGES, teaches
from models.words import EntryKind, Visibility


def now(session: AsyncSession) -> datetime:
    """The present moment by the clock of this unit of work."""
    clock: Clock = session.info["clock"]
    return clock.now()


def rehearsed(session: AsyncSession) -> bool:
    """Whether all of it will be undone (Database.rehearsal): then nothing is taken that can't be given back."""
    found: bool = session.info["rehearsal"]
    return found


def keys(session: AsyncSession) -> Secrets:
    """The keys of what is sealed and signed. RuntimeError if the database was opened without them."""
    found: Secrets | None = session.info["secrets"]
    if found is None:
        raise RuntimeError("open the Database with secrets: something is sealed or signed here")
    return found


def record(
    session: AsyncSession,
    actor: Actor,
    fact: Fact,
    *,
    incident: Incident | None = None,
    text: str | None = None,
    occurred_at: datetime | None = None,
    entry_kind: EntryKind | None = None,
    pinned: bool = False,
    numbered: bool = True,
    visibility: Visibility = Visibility.ORGANISATION,
    client: Client | None = None,
) -> PendingEvent:
    """Note an event. With an incident it stands on its timeline, unless `numbered` is false (deliveries).

    `visibility` counts only without an incident: PRIVATE is for auditors. The incident's row must be locked by now
    (`find_incident` does that). An audited event came from `client`, by default that of the unit of work. Its id and
    number are known after the commit.
    """
    moment = now(session)
    event = PendingEvent(
        kind=fact.kind,
        actor_kind=actor.kind,
        actor_id=actor.id,
        occurred_at=occurred_at or moment,
        recorded_at=moment,
        data=fact.as_data(),
        visibility=incident.visibility if incident is not None else visibility,
        incident_id=incident.id if incident is not None else None,
        numbered=incident is not None and numbered,
        entry_kind=entry_kind,
        text=text if text is not None else fact.words,
        pinned=pinned,
        origin=_origin(client or session.info["client"]) if fact.audited else None,
    )
    journal_of(session).events.append(event)
    if event.numbered and incident is not None and incident.stage in LEARNING_STAGES and teaches(fact.kind):
        _bring_postmortem_up_to_date(session, incident)
    if incident is not None and incident.followed and fact.kind in FOLLOWED:
        enqueue(session, JobName.OUTWARD_FOLLOW, event=event, incident_id=incident.id)
    return event


def record_saved(
    session: AsyncSession, actor: Actor, noun: str, key: int, changed: Mapping[str, Any], *, created: bool = False
) -> None:
    """Note, for auditors, what was changed of a setting or a person: `{field: {"from": …, "to": …}}`.

    Personal fields stand there as `{}`: names and addresses are never written into events (DESIGN §7).
    """
    saved = SettingSaved(noun=noun, key=key, created=created, changed=dict(changed))
    record(session, actor, saved, visibility=Visibility.PRIVATE)


def _origin(client: Client) -> dict[str, str]:
    return {"address": client.address, "user_agent": client.user_agent}


def _bring_postmortem_up_to_date(session: AsyncSession, incident: Incident) -> None:
    """Queue one assembly a transaction. Here, so that no correction after the resolution can forget it."""
    args = {"incident_id": incident.id}
    if not any(job.name == JobName.POSTMORTEM_ASSEMBLE and job.args == args for job in journal_of(session).jobs):
        enqueue(session, JobName.POSTMORTEM_ASSEMBLE, incident_id=incident.id)


def enqueue(
    session: AsyncSession,
    name: JobName,
    *,
    event: PendingEvent | None = None,
    run_at: datetime | None = None,
    **args: Any,
) -> None:
    """Note a job. Caused by an event, it gets that event's id as the argument `event_id`."""
    journal = journal_of(session)
    index = next(i for i, e in enumerate(journal.events) if e is event) if event is not None else None
    journal.jobs.append(PendingJob(name=name, queue=queue_of(name), args=args, run_at=run_at, event=index))
