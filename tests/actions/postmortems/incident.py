"""An incident for the tests of postmortems, lived through with the real actions, and a view of what was written."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.postmortems.assembly import assemble_postmortem
from actions.reports import report_incident
from actions.roles import assign_role
from actions.stages import change_stage
from actions.updates import publish_update
from models.event import Event
from models.postmortem import Postmortem, PostmortemSection, Statement, postmortem_markdown
from models.words import Audience, ComponentStatus, EntryKind, Stage


@dataclass
class Written:
    """A postmortem as the database has it."""

    row: Postmortem
    sections: dict[str, PostmortemSection]
    statements: list[Statement]

    def texts(self, section):
        return [s.text for s in self.statements if s.section == section]

    def sources(self, section):
        return [s.source_ids for s in self.statements if s.section == section]

    @property
    def markdown(self):
        return postmortem_markdown(self.sections.values())


async def written(world, incident_id):
    async with world.database.reading() as reader:
        row = await reader.row(Postmortem, select(Postmortem).where(Postmortem.incident_id == incident_id))
        if row is None:
            return None
        own = select(PostmortemSection).where(PostmortemSection.postmortem_id == row.id)
        sections = await reader.rows(PostmortemSection, own.order_by(PostmortemSection.position))
        said = select(Statement).where(Statement.postmortem_id == row.id)
        statements = await reader.rows(Statement, said.order_by(Statement.position, Statement.id))
    return Written(row, {s.key: s for s in sections}, statements)


async def assemble(world, incident_id):
    await assemble_postmortem(world.database, incident_id)
    return await written(world, incident_id)


async def note(world, who, incident, text, kind=EntryKind.NOTE, **more):
    return await world.do(add_entry, who, incident=incident.reference, kind=kind, text=text, **more)


async def declared(world, **more):
    """03:00 impact, 03:04 reported, 03:06 declared SEV2 by Ben, who leads."""
    impact = world.clock.now()
    world.clock.advance(minutes=4)
    reported = await world.do(report_incident, world.ben, title="Checkout is down", services=["checkout-api"])
    world.clock.advance(minutes=2)
    incident = await world.do(
        declare_incident,
        world.ben,
        incident=reported.reference,
        severity="SEV2",
        impact_started_at=impact,
        **more,
    )
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("ben"))
    return incident


async def resolve(world, incident, *, after=timedelta(minutes=30)):
    world.clock.moment += after
    await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.MITIGATION)
    world.clock.advance(minutes=10)
    return await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.RESOLUTION)


async def resolved(world, **more):
    return await resolve(world, await declared(world, **more))


async def events_by_id(world):
    async with world.database.reading() as reader:
        return {event.id: event for event in await reader.rows(Event, select(Event))}


@dataclass
class Said:
    component: str
    status: ComponentStatus


async def publish(world, who, incident, body, audience=Audience.INTERNAL, **more):
    return await world.do(publish_update, who, incident=incident.reference, audience=audience, body=body, **more)


async def kinds_behind(world, statements, section):
    """The kinds of the events that each statement of a section rests on."""
    events = await events_by_id(world)
    return [[events[key].kind for key in s.source_ids] for s in statements if s.section == section]
