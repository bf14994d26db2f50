"""A re-assembly shows what it would change before it does, and leaves what people wrote."""

import pytest
from sqlalchemy import select

from actions.postmortems.assembly import assemble_postmortem
from actions.postmortems.changes import edit_postmortem
from actions.postmortems.composing import compose
from actions.postmortems.diffs import LineChange, diff
from actions.postmortems.reading import read_material
from actions.postmortems.reassembly import preview, reassemble_postmortem
from actions.postmortems.reviewing import request_review
from core.errors import DomainError, ErrorCode
from models.words import PostmortemStatus
from models.writing import SectionRevision
from tests.actions.postmortems.incident import assemble, note, resolved, written


async def shown(world, incident):
    found = await written(world, incident.id)
    async with world.database.reading() as reader:
        document = compose(await read_material(reader, incident.id))
    return preview(found.row.version, found.sections.values(), document)


async def test_it_shows_what_would_change_and_then_changes_just_that(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    edit = {"incident": incident.reference, "section": "response", "markdown": "We were quick.", "expected_version": 1}
    await world.do(edit_postmortem, world.chi, **edit)
    asked = {"incident": incident.reference, "reviewers": [world.id_of("dov")], "expected_version": 2}
    await world.do(request_review, world.ben, **asked)
    assert not (await shown(world, incident)).changes
    await note(world, world.ben, incident, "Something new")
    assert not await assemble_postmortem(world.database, incident.id)  # somebody reviews it: people ask for it
    before = await written(world, incident.id)
    seen = await shown(world, incident)
    assert await written(world, incident.id) == before, "looking changes nothing"
    changed = {section.key: section for section in seen.sections if section.diff}
    assert {key: (each.changes, each.kept) for key, each in changed.items()} == {
        "timeline": (True, False),
        "response": (False, True),
    }
    added = [line.text for line in changed["timeline"].diff if line.change is LineChange.ADDED]
    assert [text.split(" — ")[1] for text in added] == ["Note by the Incident Commander: Something new"]
    again = {"incident": incident.reference, "expected_version": seen.version, "seen": seen.cursor}
    after = await world.do(reassemble_postmortem, world.ben, **again)
    assert (after.version, after.status) == (seen.version + 1, PostmortemStatus.IN_REVIEW)
    found = await written(world, incident.id)
    assert found.sections["response"].markdown == "We were quick."
    assert "Something new" in found.sections["timeline"].markdown
    assert not (await shown(world, incident)).changes
    async with world.database.reading() as reader:
        kept = await reader.rows(SectionRevision, select(SectionRevision).order_by(SectionRevision.id))
    own = [row for row in kept if row.section_id == found.sections["timeline"].id]
    assert [(row.version, row.author_id) for row in own] == [(1, None), (2, world.ben.id)]
    human = [s for s in found.statements if not s.generated]
    assert [(s.section, s.source_ids) for s in human] == [("response", [])]


async def test_it_is_refused_when_something_came_since(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    seen = await shown(world, incident)
    await note(world, world.ben, incident, "Something new")
    again = {"incident": incident.reference, "expected_version": 1}
    for more in ({"seen": seen.cursor}, {"expected_version": 7}):
        with pytest.raises(DomainError) as refusal:
            await world.do(reassemble_postmortem, world.ben, **{**again, **more})
        assert refusal.value.code is ErrorCode.VERSION_CONFLICT


def test_a_diff_shows_what_changed_with_two_lines_around_it():
    before = "\n".join(f"line {n}" for n in range(20))
    after = before.replace("line 10", "line ten").replace("line 19", "end")
    assert [(line.change.value, line.text) for line in diff(before, after)] == [
        ("SKIPPED", "8 lines"),
        ("SAME", "line 8"),
        ("SAME", "line 9"),
        ("REMOVED", "line 10"),
        ("ADDED", "line ten"),
        ("SAME", "line 11"),
        ("SAME", "line 12"),
        ("SKIPPED", "4 lines"),
        ("SAME", "line 17"),
        ("SAME", "line 18"),
        ("REMOVED", "line 19"),
        ("ADDED", "end"),
    ]
    assert diff(before, before) == []
    assert len(diff("a\n" * 5000, "b")) == 5001
