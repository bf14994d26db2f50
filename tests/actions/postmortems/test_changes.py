"""What people do with a postmortem: write its sections and publish it, and what is refused."""

import asyncio

import pytest

from actions.action_items import add_action_item
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.visibility_changes import change_visibility
from core.errors import DomainError, ErrorCode
from models.words import PostmortemStatus, Visibility
from tests.actions.postmortems.incident import assemble, declared, resolved, written


@pytest.fixture
async def incident(world):
    """A resolved incident with a draft."""
    made = await resolved(world)
    await assemble(world, made.id)
    return made


def edit(world, who, incident, section="summary", markdown="In short: the pool was full.", version=1):
    return world.do(
        edit_postmortem,
        who,
        incident=incident.reference,
        section=section,
        markdown=markdown,
        expected_version=version,
    )


async def refused(action):
    with pytest.raises(DomainError) as refusal:
        await action
    return refusal.value


async def test_an_edit_replaces_what_was_generated(world, incident):
    await edit(world, world.ben, incident)
    after = await written(world, incident.id)
    assert after.sections["summary"].markdown == "In short: the pool was full."
    assert "INC-" in after.sections["summary"].generated
    assert (after.row.status, after.row.version) == (PostmortemStatus.IN_REVIEW, 2)
    assert after.sections["summary"].version == 2
    assert [(s.text, s.generated) for s in after.statements if s.section == "summary"] == [
        ("In short: the pool was full.", False)
    ]
    (event,) = await world.events(incident.id, "postmortem.edited")
    assert event.data == {"section": "summary"}
    assert after.markdown.startswith("## Summary\n\nIn short: the pool was full.\n\n## Impact and duration\n\n")


async def test_an_edit_of_a_section_without_statements_adds_one(world, incident):
    await edit(world, world.ben, incident, "where_we_were_lucky", "It was night.")
    after = await written(world, incident.id)
    assert after.texts("where_we_were_lucky") == ["It was night."]


async def test_an_edit_of_an_older_version_is_refused_with_the_present_one(world, incident):
    await edit(world, world.ben, incident)
    refusal = await refused(edit(world, world.chi, incident, markdown="Mine"))
    assert (refusal.code, refusal.field) == (ErrorCode.VERSION_CONFLICT, "expected_version")
    assert "version 2" in refusal.message
    assert (await written(world, incident.id)).sections["summary"].markdown == "In short: the pool was full."


async def test_of_two_edits_at_the_same_time_one_wins(world, incident):
    outcomes = await asyncio.gather(
        *(edit(world, who, incident, markdown=f"By {who.name}") for who in (world.ben, world.chi)),
        return_exceptions=True,
    )
    (loser,) = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert loser.code is ErrorCode.VERSION_CONFLICT


async def test_sections_are_edited_without_disturbing_each_other(world, incident):
    await edit(world, world.ben, incident, "summary")
    await edit(world, world.chi, incident, "impact")
    assert (await written(world, incident.id)).row.version == 3


async def test_the_same_words_again_change_nothing(world, incident):
    await edit(world, world.ben, incident)
    await edit(world, world.ben, incident, version=2)
    assert (await written(world, incident.id)).row.version == 2
    assert len(await world.events(incident.id, "postmortem.edited")) == 1


async def test_an_unknown_section_is_refused_with_the_known_ones(world, incident):
    refusal = await refused(edit(world, world.ben, incident, "blame"))
    assert (refusal.code, refusal.field) == (ErrorCode.INVALID_INPUT, "section")
    assert "where_we_were_lucky" in refusal.hint


@pytest.mark.parametrize("markdown", ["", " \n", "x" * 100_001, "a\x00b"])
async def test_markdown_that_cannot_be_kept_is_refused(world, incident, markdown):
    refusal = await refused(edit(world, world.ben, incident, markdown=markdown))
    assert (refusal.code, refusal.field) == (ErrorCode.INVALID_INPUT, "markdown")
    assert (await written(world, incident.id)).row.version == 1


async def test_nothing_can_be_edited_before_the_draft(world):
    incident = await declared(world)
    refusal = await refused(edit(world, world.ben, incident))
    assert (refusal.code, refusal.field) == (ErrorCode.CONFLICT, "incident")


async def test_viewers_edit_nothing(world, incident):
    refusal = await refused(edit(world, world.eve, incident))
    assert refusal.code is ErrorCode.FORBIDDEN


async def test_a_private_incidents_postmortem_is_for_its_members(world, incident):
    await world.do(
        change_visibility,
        world.ben,
        incident=incident.reference,
        visibility=Visibility.PRIVATE,
        reason="Security",
    )
    refusal = await refused(edit(world, world.chi, incident))
    assert refusal.code is ErrorCode.NOT_FOUND
    refusal = await refused(world.do(publish_postmortem, world.dov, incident=incident.reference))
    assert refusal.code is ErrorCode.NOT_FOUND
    await edit(world, world.ben, incident)


async def test_publishing_ends_the_work_on_it(world, incident):
    await world.do(publish_postmortem, world.dov, incident=incident.reference)
    after = await written(world, incident.id)
    assert (after.row.status, after.row.version) == (PostmortemStatus.PUBLISHED, 2)
    assert after.row.published_at is not None
    assert len(await world.events(incident.id, "postmortem.published")) == 1


async def test_what_was_recorded_just_before_it_was_published_is_in_it(world, incident):
    about = {"incident": incident.reference}
    await world.do(add_action_item, world.dov, **about, title="Limit the pool", owner="payments")
    await world.do(publish_postmortem, world.dov, **about)
    assert [text.split(" — ")[0] for text in (await written(world, incident.id)).texts("action_items")] == [
        "Limit the pool"
    ]
    version = (await written(world, incident.id)).row.version
    assert (await assemble(world, incident.id)).row.version == version


async def test_a_published_postmortem_can_still_be_corrected(world, incident):
    await world.do(publish_postmortem, world.dov, incident=incident.reference)
    await edit(world, world.ben, incident)
    assert (await written(world, incident.id)).row.status is PostmortemStatus.PUBLISHED


async def test_publishing_needs_a_manager(world, incident):
    refusal = await refused(world.do(publish_postmortem, world.ben, incident=incident.reference))
    assert refusal.code is ErrorCode.FORBIDDEN


async def test_publishing_twice_is_refused(world, incident):
    await world.do(publish_postmortem, world.dov, incident=incident.reference)
    refusal = await refused(world.do(publish_postmortem, world.dov, incident=incident.reference))
    assert (refusal.code, refusal.field) == (ErrorCode.CONFLICT, "incident")


async def test_publishing_before_the_resolution_is_refused(world):
    incident = await declared(world)
    refusal = await refused(world.do(publish_postmortem, world.dov, incident=incident.reference))
    assert (refusal.code, refusal.field) == (ErrorCode.CONFLICT, "incident")
    assert "RESPONSE" in refusal.message


async def test_publishing_before_the_draft_is_refused(world):
    incident = await resolved(world)
    refusal = await refused(world.do(publish_postmortem, world.dov, incident=incident.reference))
    assert refusal.code is ErrorCode.CONFLICT
