"""`/console/settings/workflows`: what Muster does by itself: its definition, its versions, and trying it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.workflows.by_hand import run_workflow
from actions.workflows.saving import save_workflow
from auth.permission import Permission, require
from console.desk import Desk, view
from console.fields import Fields, asked
from console.machinery import workflow_runs
from console.machinery.frame import back, confirmed, machine_page
from console.machinery.workflow_runs import AREA, PATH, address_of, current, found
from console.machinery.yaml_text import SAMPLE, located, read_text, text_of
from console.posting import Refused, do, late, posted, stale, to
from core.errors import DomainError, invalid
from core.ids import encode
from resolvers import workflows
from resolvers.incidents import incident_of
from resolvers.mutations.perform import Given
from resolvers.page import Cursor
from resolvers.replay import replay_workflow
from resolvers.workflows import dry_run_workflow

MONTH = timedelta(days=30)
NEW, DEFINITION, RUN, PARTING = "new", "definition", "run", "parting"


@dataclass(frozen=True, slots=True)
class Tried:
    """A definition, and the incident that it is tried on."""

    incident: str
    definition: Any


@dataclass(frozen=True, slots=True)
class Replayed:
    """A definition, and the time that has passed."""

    definition: Any
    since: datetime
    until: datetime


async def index(desk: Desk) -> Response:
    """All workflows, archived ones last."""
    rows = await workflows.workflows(desk.ctx)
    versions = await current(desk.ctx, rows)
    read = await workflows.definitions(desk.ctx, versions)
    lines = [
        (row, address_of(row), version, definition)
        for row, version, definition in zip(rows, versions, read, strict=True)
    ]
    return await machine_page(desk, AREA, "machinery/workflows.html", lines=lines)


async def new(desk: Desk) -> Response:
    """The form of another workflow."""
    return await _new(desk)


async def _new(desk: Desk, refused: Refused | None = None, **values: Any) -> Response:
    require(desk.actor, Permission.ADMINISTER)
    known = {"sample": SAMPLE, **_untried(desk)}
    return await machine_page(desk, AREA, "machinery/workflow_new.html", refused=refused, **(known | values))


def _untried(desk: Desk) -> dict[str, Any]:
    """What the part with the text needs while nothing was tried."""
    return {"tried": None, "replayed": None, "said": workflow_runs.STEPS, "month_ago": desk.now - MONTH}


async def create(desk: Desk, fields: Fields) -> Response:
    """Add a workflow, switched off: it is switched on once it was tried."""
    require(desk.actor, Permission.ADMINISTER)
    try:
        document = read_text(fields.text(DEFINITION))
        given: Given = {
            "key": fields["key"],
            "name": fields["name"],
            "enabled": False,
            "definition": document.definition,
        }
        await located(document, do(desk, fields, "saveWorkflow", save_workflow, given))
    except DomainError as error:
        return await _new(desk, back(NEW, fields, error))
    return to(f"{PATH}/{fields['key']}?done=added")


async def show(desk: Desk) -> Response:
    """One of them, with its definition and what it did."""
    return await _show(desk, await found(desk))


async def _show(desk: Desk, row: Any, refused: Refused | None = None, **values: Any) -> Response:
    given = asked(desk.request)
    before, after = given.optional("before"), given.optional("after")
    window: dict[str, Any] = {"last": 20, "before": Cursor(before)} if before else {"first": 20}
    if after and not before:
        window["after"] = Cursor(after)
    (runs,) = await workflows.runs_of_workflows(desk.ctx, [row], **window)
    (versions,) = await workflows.versions(desk.ctx, [row], first=20)
    (version,) = await current(desk.ctx, [row])
    (definition,) = await workflows.definitions(desk.ctx, [version])
    known = {
        "row": row,
        "address": address_of(row),
        "version": version,
        "definition": definition,
        "text": await text_of(desk.ctx.reader, version),
        "versions": versions,
        "runs": runs,
        "lines": await workflow_runs.lines_of(desk, runs.nodes),
        **_untried(desk),
    }
    return await machine_page(desk, AREA, "machinery/workflow.html", refused=refused, **(known | values))


async def save(desk: Desk, fields: Fields) -> Response:
    """Put another definition in force, as a new version."""
    require(desk.actor, Permission.ADMINISTER)
    row = await found(desk)
    try:
        document = read_text(fields.text(DEFINITION))
        given: Given = {"definition": document.definition, "expected_version": fields.number("version")}
        given |= {"name": fields["name"]}
        acting = do(desk, fields, "saveWorkflow", save_workflow, id=encode("Workflow", row.id), **given)
        await located(document, acting)
    except DomainError as error:
        return await _show(desk, await found(desk), back(DEFINITION, fields, await _stale(desk, fields, error)))
    return to(f"{address_of(row)}?done=saved")


async def _stale(desk: Desk, fields: Fields, error: DomainError) -> DomainError:
    """The refusal, with both texts if somebody else saved another one meanwhile."""
    if not late(error):
        return error
    row = await found(desk)
    (version,) = await current(desk.ctx, [row])
    theirs, yours = await text_of(desk.ctx.reader, version), fields.text(DEFINITION)
    if row.name != fields.text("name"):
        theirs, yours = f"Name: {row.name}\n\n{theirs}", f"Name: {fields.text('name')}\n\n{yours}"
    return stale(error, version=version.version, seen=fields.text("version"), theirs=theirs, yours=yours)


async def attempt(desk: Desk, fields: Fields) -> Response:
    """What the text would do on an incident; nothing is done."""
    require(desk.actor, Permission.ADMINISTER)
    try:
        document = read_text(fields.text(DEFINITION))
        tried = await located(document, dry_run_workflow(desk.ctx, Tried(fields["incident"], document.definition)))
    except DomainError as error:
        return await _kept(desk, back(_form(desk), fields, error))
    return await _kept(desk, Refused(_form(desk), fields, None), tried=(fields["incident"], tried))


async def replay(desk: Desk, fields: Fields) -> Response:
    """What the text would have begun on in a time that has passed; nothing is done."""
    require(desk.actor, Permission.ADMINISTER)
    try:
        document = read_text(fields.text(DEFINITION))
        zone = (await desk.times()).zone
        since, until = fields.moment("since", zone), fields.moment("until", zone)
        if since is None or until is None:
            raise invalid("until" if since else "since", "Say from when to when.", "Choose a time within a year.")
        replayed = await located(document, replay_workflow(desk.ctx, Replayed(document.definition, since, until)))
    except DomainError as error:
        return await _kept(desk, back(_form(desk), fields, error))
    incidents = await incident_of(desk.ctx, replayed.runs)
    began = list(zip(replayed.runs, incidents, strict=True))
    return await _kept(desk, Refused(_form(desk), fields, None), replayed=(replayed, began))


def _form(desk: Desk) -> str:
    return DEFINITION if "ref" in desk.request.path_params else NEW


async def _kept(desk: Desk, refused: Refused, **values: Any) -> Response:
    """The page that a text was tried from, with the text in it."""
    if _form(desk) == NEW:
        return await _new(desk, refused, **values)
    return await _show(desk, await found(desk), refused, **values)


async def switch(desk: Desk, fields: Fields) -> Response:
    """Switch it on or off."""
    row, wanted = await found(desk), fields.flag("on")
    await do(desk, fields, "saveWorkflow", save_workflow, id=encode("Workflow", row.id), enabled=wanted)
    return to(f"{address_of(row)}?done={'on' if wanted else 'off'}")


async def run(desk: Desk, fields: Fields) -> Response:
    """Run it on an incident."""
    row = await found(desk)
    try:
        given: Given = {"incident": fields["incident"], "workflow": encode("Workflow", row.id)}
        made = await do(desk, fields, "runWorkflow", run_workflow, **given)
    except DomainError as error:
        return await _show(desk, await found(desk), back(RUN, fields, error))
    return to(f"{address_of(row)}/runs/{encode('WorkflowRun', made.key)}")


async def archive(desk: Desk, fields: Fields) -> Response:
    """Archive it, with its name typed, or bring it back."""
    require(desk.actor, Permission.ADMINISTER)
    row, wanted = await found(desk), not fields.flag("restore")
    try:
        if wanted:
            confirmed(fields, row.name)
        await do(desk, fields, "saveWorkflow", save_workflow, id=encode("Workflow", row.id), archived=wanted)
    except DomainError as error:
        return await _show(desk, await found(desk), back(PARTING, fields, error))
    return to(f"{PATH}?done=archived" if wanted else f"{PATH}/{row.key}?done=restored")


async def upwards(desk: Desk) -> Response:
    """Where the address of a form leads when it is only looked at."""
    return to(desk.path.rpartition("/")[0])


def routes() -> list[BaseRoute]:
    """Its routes."""
    one = f"{PATH}/{{ref}}"
    steps = {"try": attempt, "replay": replay, "switch": switch, "run": run, "archive": archive}
    trying = {"try": attempt, "replay": replay}
    return [
        Route(PATH, view(index)),
        Route(f"{PATH}/new", view(new)),
        Route(f"{PATH}/new", posted(create), methods=["POST"]),
        *(Route(f"{PATH}/new/{step}", posted(act), methods=["POST"]) for step, act in trying.items()),
        *(Route(f"{PATH}/new/{step}", view(upwards)) for step in trying),
        *workflow_runs.routes(),
        Route(one, view(show)),
        Route(one, posted(save), methods=["POST"]),
        *(Route(f"{one}/{step}", posted(act), methods=["POST"]) for step, act in steps.items()),
        *(Route(f"{one}/{step}", view(upwards)) for step in steps),
    ]
