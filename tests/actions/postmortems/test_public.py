"""Who may publish a postmortem for customers, of which incidents, and what the draft leaves out."""

import pytest

from actions.declarations import declare_incident
from actions.merges import merge_incident
from actions.postmortems.public import (
    edit_public_postmortem,
    publish_postmortem_publicly,
    withdraw_public_postmortem,
)
from actions.postmortems.public_draft import hidden_names, public_draft
from actions.stages import change_stage
from actions.updates import publish_update
from actions.visibility_changes import change_visibility
from core.errors import DomainError, ErrorCode
from models.postmortem import PostmortemSection
from models.words import Audience, IncidentKind, PublicStatus, Stage, Visibility


async def incident_of(world, *, kind=IncidentKind.REAL, told=(), resolved=True):
    incident = await world.do(declare_incident, world.ada, title="db-7 is dead", severity="SEV1", kind=kind)
    for status in told:
        said = {"audience": Audience.PUBLIC, "status": status, "body": "We look."}
        await world.do(publish_update, world.ada, incident=incident.reference, **said)
    for stage in (Stage.MITIGATION, Stage.RESOLUTION) if resolved else ():
        await world.do(change_stage, world.ada, incident=incident.reference, stage=stage)
    return incident.reference


async def refused(world, action, reference, *, by=None, **given):
    with pytest.raises(DomainError) as error:
        await world.do(action, by or world.ada, incident=reference, **given)
    assert error.value.hint
    return error.value.code, error.value.message


async def publish(world, reference, **given):
    return await world.do(publish_postmortem_publicly, world.ada, incident=reference, **{"body": "A disk.", **given})


async def test_only_what_customers_know_to_be_over_has_a_public_postmortem(world):
    body = {"body": "A disk was full."}
    over = (PublicStatus.RESOLVED,)
    cases = [
        (await incident_of(world), "never told"),
        (await incident_of(world, told=[PublicStatus.MONITORING]), "have not read"),
        (await incident_of(world, told=over, resolved=False), "not resolved"),
        (await incident_of(world, kind=IncidentKind.DRILL), "a drill"),
    ]
    private = await incident_of(world, told=over)
    await world.do(change_visibility, world.ada, incident=private, visibility=Visibility.PRIVATE, reason="Security")
    merged, into = await incident_of(world, told=over, resolved=False), await incident_of(world, resolved=False)
    await world.do(merge_incident, world.ada, incident=merged, into=into)
    for reference, reason in [*cases, (private, "is private"), (merged, f"was merged into {into}")]:
        code, message = await refused(world, publish_postmortem_publicly, reference, **body)
        assert code is ErrorCode.CONFLICT
        assert reason in message, reference


async def test_a_postmortem_that_is_not_there_can_not_be_edited_nor_withdrawn_and_one_that_is_not_published_twice(
    world,
):
    reference = await incident_of(world, told=[PublicStatus.RESOLVED])
    for action, given in ((edit_public_postmortem, {"body": "x"}), (withdraw_public_postmortem, {"reason": "x"})):
        assert "has no public postmortem" in (await refused(world, action, reference, **given))[1]
    await publish(world, reference)
    assert "public already" in (await refused(world, publish_postmortem_publicly, reference, body="Again."))[1]
    code, _ = await refused(world, edit_public_postmortem, reference, body="Other.", expected_version=7)
    assert code is ErrorCode.VERSION_CONFLICT
    before = len(await world.events())
    await world.do(edit_public_postmortem, world.ada, incident=reference, body="A disk.")
    assert len(await world.events()) == before, "the same words change nothing"
    private = {"visibility": Visibility.PRIVATE, "reason": "Security"}
    await world.do(change_visibility, world.ada, incident=reference, **private)
    assert "is private" in (await refused(world, edit_public_postmortem, reference, body="Other."))[1]


@pytest.mark.parametrize("body", ["", " \n ", "x" * 20_001], ids=["empty", "blank", "long"])
async def test_a_text_that_no_update_could_be_is_refused(world, body):
    reference = await incident_of(world, told=[PublicStatus.RESOLVED])
    code, _ = await refused(world, publish_postmortem_publicly, reference, body=body)
    assert code is ErrorCode.INVALID_INPUT


async def test_it_is_audited_and_does_not_assemble_the_internal_one_again(world):
    reference = await incident_of(world, told=[PublicStatus.RESOLVED])
    before = len(await world.jobs("postmortem.assemble"))
    await publish(world, reference, notify=False)
    (event,) = [each for each in await world.events() if each.kind == "public_postmortem.published"]
    assert event.data["notify"] is False
    assert len(await world.jobs("postmortem.assemble")) == before
    assert event.id not in {job.event_id for job in await world.jobs("broadcast.list")}


def section(key, text):
    return PostmortemSection(postmortem_id=1, key=key, title=key, position=1, generated=text, edited=None)


def test_the_draft_leaves_out_names_references_addresses_and_open_questions():
    hidden = hidden_names(["Ada Lovelace", "Bo"], ["payments-api", "Payments", "db-7 is dead"])
    summary = section(
        "summary",
        "INC-7 “db-7 is dead” was an incident of severity SEV1.\n\nOrders failed for an hour. Ada restarted it."
        " LOVELACE saw more. Payments were slow. We adapted.\n\nSee https://wiki.example.org/x or ask ops@example.org.",
    )
    impact = section(
        "impact",
        "- The impact stopped at 03:14 UTC.\n- Services concerned: payments-api.\n- It ran on `db-7`, 10.0.0.7.\n"
        "- db-7.internal was slow.\n\nTo fill in:\n\n- _Who was affected, and what could they not do?_\n- _How many?_",
    )
    other = section("what_went_badly", "Nobody knew the runbook.")
    assert public_draft([summary, impact, other], hidden) == (
        "Orders failed for an hour. Payments were slow. We adapted.\n\n- The impact stopped at 03:14 UTC."
    )
    assert public_draft([], hidden_names([], [])) == ""
    assert public_draft([section("summary", "It was slow.")], hidden_names([], [])) == "It was slow."
