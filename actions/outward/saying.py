"""Saying something in the channel of an incident, once: its runbooks, and what workflows have to say."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.order import order
from actions.outward.vendors import Port, ports_of
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.runbook import OpenedRunbook
from models.words import OutwardState, OutwardVerb, StepState
from models.workflow import WorkflowRun, WorkflowStepRun


async def say(
    session: AsyncSession,
    incident: Incident,
    integration: Integration,
    channel: str,
    name: str,
    what: Mapping[str, Any],
) -> OutwardAction:
    """Have something said in a channel, by what the vendor calls that. `what`: whose words they are, as an id."""
    arguments = {"channel": channel, **what}
    name = f"channel/say/{name}"
    return await order(session, incident, OutwardVerb.SAY, integration, name=name, arguments=arguments)


def can_speak(integration: Integration) -> bool:
    """Whether something can be said in the channels that it opens."""
    return Port.SAY in ports_of(integration.vendor, integration.configuration)


async def say_runbooks(session: AsyncSession, incident: Incident, integration: Integration, channel: str) -> None:
    """Have the runbooks that an incident is worked by said in its channel, each once, if it can be spoken in."""
    if not can_speak(integration):
        return
    opened = select(OpenedRunbook.id).where(OpenedRunbook.incident_id == incident.id).order_by(OpenedRunbook.id)
    for key in await session.scalars(opened):
        await say(session, incident, integration, channel, f"runbook/{key}", {"opened_runbook_id": key})


async def say_questions(session: AsyncSession, incident: Incident, integration: Integration, channel: str) -> None:
    """Have what workflows ask on an incident, and nobody has answered, said in its channel, each once."""
    if not can_speak(integration):
        return
    asked = (
        select(WorkflowStepRun.id)
        .join(WorkflowRun, WorkflowRun.id == WorkflowStepRun.run_id)
        .where(
            WorkflowRun.incident_id == incident.id,
            WorkflowStepRun.kind == "ask",
            WorkflowStepRun.state == StepState.WAITING,
        )
        .order_by(WorkflowStepRun.id)
    )
    for key in await session.scalars(asked):
        await say(session, incident, integration, channel, f"question/{key}", {"question_id": key})


async def channel_order(session: AsyncSession, incident: Incident) -> OutwardAction | None:
    """The order of an incident's channel, carried out or not; None: there is none, or it was given up."""
    asked = select(OutwardAction).where(
        OutwardAction.incident_id == incident.id,
        OutwardAction.verb == OutwardVerb.OPEN_CHANNEL,
        OutwardAction.state.not_in((OutwardState.FAILED, OutwardState.CALLED_OFF)),
    )
    return await session.scalar(asked)
