"""Beginning runs: each once for what begins it, none in circles, none without end."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Text, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue, now, record
from actions.workflows.conditions import Subject, holds
from actions.workflows.definition import Kept, kept, stored
from actions.workflows.keeping import draw, keep
from actions.workflows.stands import Stand, standing
from actions.workflows.subjects import subjects_of
from auth.actor import Actor
from core.rows import draft
from models.event import Event
from models.facts.workflow import WorkflowStarted
from models.incident import Incident
from models.job import JobName
from models.words import ActorKind, IncidentKind, RunState, StepState
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowVersion

DEEPEST = 3
"""How many runs may lead to one another by the events of their steps."""

BY_HAND = "manual"

UNREADABLE = "workflow %s does not begin: this version can't read its definition: save it anew"


@dataclass(frozen=True, slots=True)
class Cause:
    """What begins a run. `key` says what it is, so that the same begins none twice; None: a person, again and again."""

    key: str | None
    event_id: int | None = None
    by: WorkflowRun | None = None
    """The run whose step caused it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A workflow, as its version in force has it, that is to begin on a locked incident."""

    incident: Incident
    workflow: Workflow
    version: WorkflowVersion
    cause: Cause

    @property
    def pair(self) -> tuple[int, int]:
        """What it is counted by."""
        return self.workflow.id, self.incident.id


async def in_force(session: AsyncSession, workflow: Workflow) -> WorkflowVersion:
    """The version of a workflow that new runs begin with."""
    return await session.get_one(WorkflowVersion, workflow.current_version_id)


async def begin(
    session: AsyncSession, actor: Actor, incident: Incident, workflow: Workflow, cause: Cause
) -> WorkflowRun | None:
    """Begin a workflow on a locked incident if it fits; None if it does not, did so before, or did so often enough.

    A job takes its steps.
    """
    wish = Wish(incident, workflow, await in_force(session, workflow), cause)
    begun = await begin_all(session, actor, [wish])
    await keep(session, begun)
    for stand in begun:
        if not stand.run.ended:
            enqueue(session, JobName.WORKFLOW_ADVANCE, run_id=stand.run.id)
    return begun[0].run if begun else None


async def begin_all(session: AsyncSession, actor: Actor, wishes: Sequence[Wish]) -> list[Stand]:
    """Begin what fits, did not begin before, and did not do so often enough. `keep` writes the rows, before the end.

    What goes round in circles is noted as a run that did not begin, so that whoever wonders finds out why.
    """
    subjects = await subjects_of(session, [wish.incident for wish in wishes])
    fitting = [wish for wish in wishes if _fits(wish, subjects[wish.incident.id])]
    counts, known = await begun_so_far(session, fitting)
    chosen: list[Wish] = []
    for wish in fitting:
        if wish.cause.key is not None:
            key = (*wish.pair, wish.cause.key)
            if key in known or counts[wish.pair] >= stored(wish.version.definition).limit:
                continue
            known.add(key)
            counts[wish.pair] += 1
        chosen.append(wish)
    return await _made(session, actor, chosen)


def _fits(wish: Wish, subject: Subject) -> bool:
    if wish.cause.key is not None and wish.incident.kind is IncidentKind.BACKFILLED:
        return False  # what was written down after the fact sets nothing in motion
    return holds(stored(wish.version.definition).conditions, subject)


async def _made(session: AsyncSession, actor: Actor, wishes: Sequence[Wish]) -> list[Stand]:
    """Runs and their steps, as rows that are not written yet."""
    circles = [await _circle(session, wish.workflow, wish.cause.by) for wish in wishes]
    read = [kept(wish.version.definition) for wish in wishes]
    needed = sum(len(each.does) for each, circle in zip(read, circles, strict=True) if circle is None)
    run_ids = await draw(session, WorkflowRun, len(wishes))
    step_ids = iter(await draw(session, WorkflowStepRun, needed))
    begun = []
    for wish, circle, each, run_id in zip(wishes, circles, read, run_ids, strict=True):
        run = _run(run_id, actor, wish, circle, now(session), await _newest(session, wish))
        steps = [] if circle is not None else _steps(step_ids, run_id, each)
        if circle is None:
            _tell(session, actor, wish.incident, run)
        begun.append(standing(wish.incident, run, steps, wish.workflow.name, each))
    return begun


def _steps(keys: Iterator[int], run_id: int, read: Kept) -> list[WorkflowStepRun]:
    """The rows of the steps of a run that begins."""
    return [
        draft(
            WorkflowStepRun,
            id=next(keys),
            run_id=run_id,
            position=position,
            kind=does.kind,
            name=does.name,
            state=StepState.PENDING,
            attempts=0,
            inputs=told,
            outputs={},
        )
        for position, (does, told) in enumerate(zip(read.does, read.told, strict=True))
    ]


async def _newest(session: AsyncSession, wish: Wish) -> int:
    """Where the feed stands for an incident."""
    if wish.cause.event_id is not None:
        return wish.cause.event_id
    newest = select(func.coalesce(func.max(Event.id), 0)).where(Event.incident_id == wish.incident.id)
    return await session.scalar(newest) or 0


def _run(run_id: int, actor: Actor, wish: Wish, circle: str | None, moment: datetime, after_id: int) -> WorkflowRun:
    cause = wish.cause
    return draft(
        WorkflowRun,
        id=run_id,
        key=cause.key or f"{BY_HAND}/{moment.isoformat()}",
        workflow_id=wish.workflow.id,
        version_id=wish.version.id,
        incident_id=wish.incident.id,
        event_id=cause.event_id,
        after_id=after_id,
        cause_id=cause.by.id if cause.by else None,
        depth=cause.by.depth + 1 if cause.by else 0,
        begun_by_kind=actor.kind,
        begun_by_id=actor.id,
        state=RunState.RUNNING if circle is None else RunState.CANCELLED,
        position=0,
        words=circle,
        created_at=moment,
        ended_at=None if circle is None else moment,
    )


def _tell(session: AsyncSession, actor: Actor, incident: Incident, run: WorkflowRun) -> None:
    """Tell that it began, on the timeline only if a person ran it."""
    by_hand = run.event_id is None and actor.kind is not ActorKind.SYSTEM
    fact = WorkflowStarted(run_id=run.id, workflow_id=run.workflow_id, event_id=run.event_id)
    record(session, actor, fact, incident=incident, numbered=by_hand)


async def begun_so_far(
    session: AsyncSession, wishes: Sequence[Wish]
) -> tuple[Counter[tuple[int, int]], set[tuple[int, int, str]]]:
    """How often workflows began by themselves on incidents, and which of their causes began them already.

    Runs by hand don't count, nor what did not begin.
    """
    if not any(wish.cause.key for wish in wishes):
        return Counter(), set()
    key, by_itself = WorkflowRun.key, WorkflowRun.key.not_like(f"{BY_HAND}/%")
    began = WorkflowRun.ended_at.is_(None) | (WorkflowRun.ended_at > WorkflowRun.created_at)
    asked = [wish.cause.key for wish in wishes if wish.cause.key]
    pair = (WorkflowRun.workflow_id, WorkflowRun.incident_id)
    counted = select(
        *pair,
        func.count().filter(by_itself, began).label("count"),
        func.array_agg(key).filter(key == any_(bindparam("asked", asked, ARRAY(Text)))).label("keys"),
    ).where(
        pair[0].in_(sorted({wish.workflow.id for wish in wishes})),
        pair[1].in_(sorted({wish.incident.id for wish in wishes})),
    )
    counts, known = Counter[tuple[int, int]](), set()
    for workflow_id, incident_id, count, keys in await session.execute(counted.group_by(*pair)):
        counts[workflow_id, incident_id] = count
        known |= {(workflow_id, incident_id, each) for each in keys or ()}
    return counts, known


async def _circle(session: AsyncSession, workflow: Workflow, by: WorkflowRun | None) -> str | None:
    """Why a run would go round in circles, in words; None if it would not."""
    if by is None:
        return None
    if by.depth + 1 > DEEPEST:
        return f"Not begun: {DEEPEST + 1} workflows led to one another before it."
    each: WorkflowRun | None = by
    while each is not None:
        if each.workflow_id == workflow.id:
            return "Not begun: it would answer to what it did itself."
        each = await session.get(WorkflowRun, each.cause_id) if each.cause_id is not None else None
    return None


async def locked(session: AsyncSession, keys: Sequence[int]) -> list[Workflow]:
    """Workflows by key, in the order of their keys, against being changed meanwhile."""
    query = select(Workflow).where(Workflow.id.in_(keys)).order_by(Workflow.id)
    return list(await session.scalars(query.with_for_update(read=True, key_share=True)))
