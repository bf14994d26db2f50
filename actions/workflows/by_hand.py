"""What people do with workflows on an incident: run one, and call a run off."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.record import record
from actions.transitions import refuse_merged
from actions.workflows.beginning import Cause, begin
from actions.workflows.running import call_off
from actions.workflows.saving import find_workflow
from actions.workflows.stands import stand_of
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from auth.visibility import visible_to
from core.errors import conflict, not_found
from core.ids import decode_as
from models.facts.workflow import WorkflowCancelled
from models.incident import Incident
from models.workflow import WorkflowRun


async def run_workflow(session: AsyncSession, actor: Actor, *, incident: str, workflow: str) -> WorkflowRun:
    """Run a workflow on an incident, whatever its trigger is and whether it is enabled. Jobs take its steps.

    CONFLICT for a merged incident, and for one that the workflow's conditions don't fit.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.RUN_WORKFLOW, incident)
    refuse_merged(target)
    chosen = await find_workflow(session, workflow)
    run = await begin(session, actor, target, chosen, Cause(None))
    if run is None:
        raise conflict(
            f"{chosen.name} is not for {target.reference}: its conditions don't hold.",
            field="workflow",
            hint="Choose another workflow; `workflow { version { conditions } }` says what each is for.",
        )
    return run


async def cancel_run(session: AsyncSession, actor: Actor, *, run: str, reason: str) -> WorkflowRun:
    """Call off what is left of a run. What it did stays, and what it ordered at vendors goes on there.

    One that is over is no change.
    """
    require(actor, Permission.READ)
    key = decode_as("WorkflowRun", run, "run")
    why = check.text(reason, "reason", limit=check.LINE)
    seen = select(WorkflowRun.incident_id).join(Incident, Incident.id == WorkflowRun.incident_id)
    incident_id = await session.scalar(seen.where(WorkflowRun.id == key, visible_to(actor)))
    if incident_id is None:
        raise not_found("run", "run", run)
    await find_allowed(session, actor, Act.CANCEL_RUN, str(incident_id), field="run")
    stand = await stand_of(session, key)
    if not stand.run.ended:
        fact = WorkflowCancelled(run_id=key, workflow_id=stand.run.workflow_id, reason=why)
        record(session, actor, fact, incident=stand.incident)
        call_off(session, stand, "Somebody called it off.")
    return stand.run
