"""What workflows did: their versions with what changed, and their runs step by step."""

import difflib
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import select
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.workflows.by_hand import cancel_run
from console.desk import Desk, view
from console.fields import Fields
from console.machinery.frame import back, machine_page
from console.machinery.yaml_text import text_of
from console.posting import Refused, do, posted, to
from console.settings.areas import area_of
from core.errors import DomainError, not_found
from core.ids import encode
from models.words import RunState, StepState
from models.workflow import Workflow, WorkflowVersion
from resolvers import workflows
from resolvers.context import Context
from resolvers.incidents import incident_of
from resolvers.mutations.perform import Given
from resolvers.people import names
from resolvers.rows import by_key

AREA = "workflows"
PATH = area_of(AREA).path
CANCEL = "cancel"

RUNS: dict[RunState, tuple[str, str]] = {
    RunState.RUNNING: ("unknown", "at work"),
    RunState.WAITING: ("unknown", "waits"),
    RunState.DONE: ("operational", "done"),
    RunState.FAILED: ("major", "something failed"),
    RunState.CANCELLED: ("degraded", "called off"),
}
"""How a run stands: its mark, and in words."""
STEPS: dict[StepState, tuple[str, str]] = {
    StepState.PENDING: ("unknown", "not yet"),
    StepState.WAITING: ("unknown", "waits"),
    StepState.UNDER_WAY: ("unknown", "ordered, no answer yet"),
    StepState.DONE: ("operational", "done"),
    StepState.SKIPPED: ("maintenance", "skipped"),
    StepState.FAILED: ("major", "failed"),
    StepState.CALLED_OFF: ("degraded", "called off"),
}


async def found(desk: Desk) -> Workflow:
    """The workflow that the address names, by key or id. NOT_FOUND."""
    reference = desk.request.path_params["ref"]
    row = await workflows.workflow(desk.ctx, ref=reference)
    if row is None:
        raise not_found("workflow", "workflow", reference)
    return row


def address_of(row: Workflow) -> str:
    """Where its page is: by key, and by id once it is archived."""
    return f"{PATH}/{encode('Workflow', row.id) if row.archived_at is not None else row.key}"


async def current(ctx: Context, rows: Sequence[Workflow]) -> list[WorkflowVersion]:
    """The version in force of each."""
    versions = await by_key(ctx, WorkflowVersion, [row.current_version_id for row in rows])
    return [versions[row.current_version_id or 0] for row in rows]


async def lines_of(desk: Desk, runs: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Each run with its id, its incident, who began it, and how it stands."""
    incidents = await incident_of(desk.ctx, runs)
    called = await names(desk.ctx, await workflows.begun_by(desk.ctx, runs))
    return [
        (run, encode("WorkflowRun", run.id), incident, who, *RUNS[run.state])
        for run, incident, who in zip(runs, incidents, called, strict=True)
    ]


async def run(desk: Desk) -> Response:
    """A run, step by step."""
    return await _run(desk)


async def _run(desk: Desk, refused: Refused | None = None) -> Response:
    row = await found(desk)
    reference = desk.request.path_params["run"]
    made = await workflows.run(desk.ctx, id=reference)
    if made is None or made.workflow_id != row.id:
        raise not_found("run", "run", reference)
    (steps,) = await workflows.steps_of(desk.ctx, [made])
    inputs = await workflows.inputs_of(desk.ctx, steps)
    (line,) = await lines_of(desk, [made])
    versions = await by_key(desk.ctx, WorkflowVersion, [made.version_id])
    return await machine_page(
        desk,
        AREA,
        "machinery/workflow_run.html",
        refused=refused,
        row=row,
        address=address_of(row),
        line=line,
        run=made,
        version=versions[made.version_id],
        steps=[
            (step, _pairs(told), _pairs(step.outputs), *STEPS[step.state])
            for step, told in zip(steps, inputs, strict=True)
        ],
    )


def _pairs(values: dict[str, Any]) -> list[tuple[str, str]]:
    """An object as lines: what is a text as it is, all else as JSON."""
    said = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in values.items()}
    return [(name.replace("_", " "), value) for name, value in said.items()]


async def cancel(desk: Desk, fields: Fields) -> Response:
    """Call off what is left of a run."""
    try:
        given: Given = {"run": desk.request.path_params["run"], "reason": fields["reason"]}
        await do(desk, fields, "cancelRun", cancel_run, **given)
    except DomainError as error:
        return await _run(desk, back(CANCEL, fields, error))
    return to(desk.path.removesuffix("/cancel"))


async def version(desk: Desk) -> Response:
    """A version, and how it differs from the one before."""
    row = await found(desk)
    number = desk.request.path_params["number"]
    both = await desk.ctx.reader.rows(
        WorkflowVersion,
        select(WorkflowVersion)
        .where(WorkflowVersion.workflow_id == row.id, WorkflowVersion.version.in_((number, number - 1)))
        .order_by(WorkflowVersion.version),
    )
    if not both or both[-1].version != number:
        raise not_found("version", "version", str(number))
    texts = [await text_of(desk.ctx.reader, each) for each in both]
    return await machine_page(
        desk,
        AREA,
        "machinery/workflow_version.html",
        row=row,
        address=address_of(row),
        version=both[-1],
        before=both[0] if len(both) > 1 else None,
        text=texts[-1],
        lines=_differences(texts[0], texts[1]) if len(texts) > 1 else [],
    )


def _differences(before: str, after: str) -> list[tuple[str, str]]:
    """The lines of both, each with what became of it: `-`, `+`, or nothing."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return [(line[0], line[1:]) for line in list(found)[2:]]


async def upwards(desk: Desk) -> Response:
    """Where the address of a form leads when it is only looked at."""
    return to(desk.path.rpartition("/")[0])


def routes() -> list[BaseRoute]:
    """Its routes."""
    one = f"{PATH}/{{ref}}"
    return [
        Route(f"{one}/versions/{{number:int}}", view(version)),
        Route(f"{one}/runs/{{run}}", view(run)),
        Route(f"{one}/runs/{{run}}/cancel", posted(cancel), methods=["POST"]),
        Route(f"{one}/runs/{{run}}/cancel", view(upwards)),
    ]
