"""Workflows, and what they did on incidents."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import exists, func, select

from actions.catalogue.saving import SLUG
from actions.workflows.definition import Definition, nothing, plain, problem_of, readable
from actions.workflows.part import mentioned, spoken
from actions.workflows.references import names_of
from actions.workflows.rehearsing import Rehearsed
from actions.workflows.rehearsing import dry_run_workflow as tried
from actions.workflows.steps.every import STEPS
from auth.visibility import visible_to
from core.errors import DomainError
from core.ids import decode_as
from models.incident import Incident
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowVersion
from resolvers.context import Context
from resolvers.mutations.perform import keywords, refusing
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.people import Who
from resolvers.rows import children, pages

RUNS = Order("workflow_runs", (WorkflowRun.id,))
NEWEST_RUNS = Order("workflow.runs", (WorkflowRun.id,), descending=True)
WORKFLOWS = select(Workflow).order_by(Workflow.archived_at.is_not(None), func.lower(Workflow.name), Workflow.id)
VERSIONS = Order("workflow_versions", (WorkflowVersion.version,), descending=True)


async def workflows(ctx: Context) -> list[Workflow]:
    """All workflows by name, archived ones last."""
    return await ctx.reader.rows(Workflow, WORKFLOWS)


async def workflow(ctx: Context, *, ref: str) -> Workflow | None:
    """The workflow with this key or id; None if there is none."""
    if SLUG.fullmatch(ref):
        return await ctx.reader.row(
            Workflow, select(Workflow).where(Workflow.key == ref, Workflow.archived_at.is_(None))
        )
    try:
        key = decode_as("Workflow", ref, "ref")
    except DomainError:
        return None
    return await ctx.reader.row(Workflow, select(Workflow).where(Workflow.id == key))


async def definitions(ctx: Context, versions: Sequence[WorkflowVersion]) -> list[Definition]:
    """What each version does, with names for what it refers to; nothing, if this Muster can't read it (`problems`)."""
    read = [readable(version.definition) or nothing() for version in versions]
    names = await names_of(ctx.reader, {pair for each in read for pair in mentioned(each)})
    return [spoken(each, names) for each in read]


async def problems(_: Context, versions: Sequence[WorkflowVersion]) -> list[str | None]:
    """Why each can't be read."""
    return [problem_of(version.definition) for version in versions]


async def versions(
    ctx: Context,
    rows: Sequence[Workflow],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[WorkflowVersion]]:
    """A page of the versions of each workflow, the newest first."""
    window = Window(VERSIONS, paging(first, after, last, before))
    keys = [row.id for row in rows]
    return await pages(
        ctx,
        WorkflowVersion,
        keys,
        window,
        lambda key: select(WorkflowVersion).where(WorkflowVersion.workflow_id == key),
    )


async def runs_of_incidents(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[WorkflowRun]]:
    """A page of the runs on each incident, in the order in which they began."""
    window = Window(RUNS, paging(first, after, last, before))
    keys = [incident.id for incident in incidents]
    return await pages(
        ctx, WorkflowRun, keys, window, lambda key: select(WorkflowRun).where(WorkflowRun.incident_id == key)
    )


async def runs_of_workflows(
    ctx: Context,
    rows: Sequence[Workflow],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[WorkflowRun]]:
    """A page of the runs of each workflow, the newest first; none on incidents that the viewer may not see."""
    window = Window(NEWEST_RUNS, paging(first, after, last, before))
    seen = exists(select(1).where(Incident.id == WorkflowRun.incident_id, visible_to(ctx.actor)))
    keys = [row.id for row in rows]
    return await pages(
        ctx, WorkflowRun, keys, window, lambda key: select(WorkflowRun).where(WorkflowRun.workflow_id == key, seen)
    )


async def run(ctx: Context, *, id: strawberry.ID) -> WorkflowRun | None:  # noqa: A002 (as in `alert`)
    """One run; None if there is none on an incident that the viewer may see."""
    key = decode_as("WorkflowRun", id)
    seen = exists(select(1).where(Incident.id == WorkflowRun.incident_id, visible_to(ctx.actor)))
    return await ctx.reader.row(WorkflowRun, select(WorkflowRun).where(WorkflowRun.id == key, seen))


async def begun_by(_: Context, runs: Sequence[WorkflowRun]) -> list[Who]:
    """Who began each."""
    return [Who(run.begun_by_kind, run.begun_by_id) for run in runs]


async def steps_of(ctx: Context, runs: Sequence[WorkflowRun]) -> list[list[WorkflowStepRun]]:
    """The steps of each run in their order."""
    statement = (
        select(WorkflowStepRun, WorkflowStepRun.run_id)
        .where(WorkflowStepRun.run_id.in_({run.id for run in runs}))
        .order_by(WorkflowStepRun.run_id, WorkflowStepRun.position)
    )
    found = await children(ctx, WorkflowStepRun, statement)
    return [found.get(run.id, []) for run in runs]


async def inputs_of(ctx: Context, steps: Sequence[WorkflowStepRun]) -> list[dict[str, Any]]:
    """What each step was told, with names for what it refers to."""
    read = [STEPS[step.kind].model_validate(step.inputs) if step.kind in STEPS else None for step in steps]
    names = await names_of(ctx.reader, {pair for each in read if each is not None for pair in mentioned(each)})
    return [
        plain(spoken(each, names)) if each is not None else step.inputs for each, step in zip(read, steps, strict=True)
    ]


async def dry_run_workflow(ctx: Context, given: Any) -> Rehearsed:
    """What a workflow would do on an incident, for admins; nothing is done."""
    async with ctx.runtime.rehearsing:
        with refusing():
            async with ctx.runtime.database.rehearsal(ctx.client) as session:
                return await tried(session, ctx.actor, **keywords(given))
