"""When a postmortem is assembled, that it survives people and repetition, and that every statement has sources."""

import asyncio

import pytest
from sqlalchemy import text

from actions.endings import reopen_incident
from actions.postmortems.assembly import assemble_postmortem
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.postmortems.sections import SECTION_KEYS
from actions.stages import change_stage
from actions.timestamps import correct_timestamp
from core.errors import DomainError, ErrorCode
from models.job import JobName
from models.words import IncidentTimestamp, PostmortemStatus, Stage
from tests.actions.postmortems.incident import (
    assemble,
    declared,
    events_by_id,
    note,
    resolve,
    resolved,
    written,
)


async def test_a_resolved_incident_has_a_draft_with_every_section(world):
    incident = await resolved(world)
    assert await assemble_postmortem(world.database, incident.id)
    postmortem = await written(world, incident.id)
    assert tuple(postmortem.sections) == SECTION_KEYS
    assert (postmortem.row.status, postmortem.row.version) == (PostmortemStatus.DRAFT, 1)
    assert postmortem.row.due_at == (await world.incident(incident.id)).resolved_at.replace(day=29)  # SEV2: five days
    (drafted,) = await world.events(incident.id, "postmortem.drafted")
    assert drafted.data == {"statements": len(postmortem.statements)}


async def test_every_generated_statement_names_events_of_the_incident(world):
    incident = await resolved(world)
    postmortem = await assemble(world, incident.id)
    events = await events_by_id(world)
    assert postmortem.statements
    for statement in postmortem.statements:
        assert statement.generated
        assert statement.source_ids
        assert {events[key].incident_id for key in statement.source_ids} == {incident.id}


async def test_an_incident_that_is_not_resolved_has_none(world):
    incident = await declared(world)
    assert not await assemble_postmortem(world.database, incident.id)
    assert await written(world, incident.id) is None


async def test_an_unknown_incident_is_refused(world):
    with pytest.raises(DomainError) as refusal:
        await assemble_postmortem(world.database, 404)
    assert refusal.value.code is ErrorCode.NOT_FOUND


async def test_assembling_again_with_nothing_new_changes_nothing(world):
    incident = await resolved(world)
    first = await assemble(world, incident.id)
    assert not await assemble_postmortem(world.database, incident.id)
    again = await written(world, incident.id)
    assert again == first
    assert await world.events(incident.id, "postmortem.reassembled") == []


async def test_assemblies_at_the_same_time_make_one_draft(world):
    incident = await resolved(world)
    outcomes = await asyncio.gather(*(assemble_postmortem(world.database, incident.id) for _ in range(8)))
    assert sorted(outcomes) == [False] * 7 + [True]
    assert len(await world.events(incident.id, "postmortem.drafted")) == 1
    async with world.database.reading() as reader:
        assert await reader.scalar(text("select count(*) from postmortem_section")) == len(SECTION_KEYS)


async def test_a_correction_brings_the_draft_up_to_date(world):
    incident = await resolved(world)
    before = await assemble(world, incident.id)
    await world.do(
        correct_timestamp,
        world.ben,
        incident=incident.reference,
        timestamp=IncidentTimestamp.MITIGATED,
        value=incident.mitigated_at.replace(minute=20),
        reason="The graph says so",
    )
    after = await assemble(world, incident.id)
    assert "Time to mitigate (MTTM): 36 min." in before.texts("response_times")[2]
    assert "Time to mitigate (MTTM): 20 min." in after.texts("response_times")[2]
    assert after.sections["response_times"].version == before.sections["response_times"].version + 1
    assert after.sections["alerts"].version == before.sections["alerts"].version == 1
    assert after.row.version == 1
    (event,) = await world.events(incident.id, "postmortem.reassembled")
    assert event.number is None


async def test_whatever_is_recorded_after_the_resolution_queues_one_assembly(world):
    incident = await declared(world)
    await note(world, world.ben, incident, "before")
    assert await world.jobs(JobName.POSTMORTEM_ASSEMBLE) == []
    await resolve(world, incident)
    queued = await world.jobs(JobName.POSTMORTEM_ASSEMBLE)
    assert [job.args for job in queued] == [{"incident_id": incident.id}]
    await note(world, world.chi, incident, "I remember something")
    assert len(await world.jobs(JobName.POSTMORTEM_ASSEMBLE)) == len(queued) + 1
    await assemble(world, incident.id)
    await world.do(
        edit_postmortem, world.ben, incident=incident.reference, section="summary", markdown="x", expected_version=1
    )
    assert len(await world.jobs(JobName.POSTMORTEM_ASSEMBLE)) == len(queued) + 1


async def test_an_edited_section_survives_reassembly(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    await world.do(
        edit_postmortem,
        world.chi,
        incident=incident.reference,
        section="timeline",
        markdown="It went **fast**.",
        expected_version=1,
    )
    await note(world, world.ben, incident, "Something new")
    assert await assemble_postmortem(world.database, incident.id)  # the response has one entry more
    after = await written(world, incident.id)
    assert after.sections["timeline"].markdown == "It went **fast**."
    assert "Something new" in after.sections["timeline"].generated
    assert after.sections["timeline"].version == 2
    assert [(s.text, s.generated, s.source_ids) for s in after.statements if s.section == "timeline"] == [
        ("It went **fast**.", False, [])
    ]


async def test_edits_in_any_order_are_no_change_of_the_record(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    for section in ("action_items", "summary", "impact"):
        await world.do(
            edit_postmortem, world.chi, incident=incident.reference, section=section, markdown="x", expected_version=1
        )
    await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.POSTMORTEM)
    assert await assemble_postmortem(world.database, incident.id)  # the timeline has a new line
    assert not await assemble_postmortem(world.database, incident.id)
    assert len(await world.events(incident.id, "postmortem.reassembled")) == 1


async def test_a_published_postmortem_is_changed_by_people_only(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    await world.do(publish_postmortem, world.dov, incident=incident.reference)
    before = await written(world, incident.id)
    await note(world, world.ben, incident, "Something new")
    assert await assemble(world, incident.id) == before


async def test_an_incident_resolved_anew_has_its_published_postmortem_redrafted(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    await world.do(publish_postmortem, world.dov, incident=incident.reference)
    await world.do(reopen_incident, world.ben, incident=incident.reference, reason="It came back")
    assert not await assemble_postmortem(world.database, incident.id)
    await resolve(world, incident)
    after = await assemble(world, incident.id)
    assert (after.row.status, after.row.published_at) == (PostmortemStatus.DRAFT, None)
    assert "Ben Silva" not in after.sections["summary"].markdown
    assert "The Incident Commander reopened the incident: It came back" in after.texts("summary")
