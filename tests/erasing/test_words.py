"""The words of an event that has a reason or a note are erased as those of an entry are."""

import pytest
from sqlalchemy import literal, select

from actions.audit_chain import chain
from actions.audit_verify import verify
from actions.declarations import declare_incident
from actions.erasing.known import Known
from actions.erasing.person_rows import nameless
from actions.erasing.text import erase_text
from actions.narrate import narrate
from actions.practice.tuning import tune_check
from actions.stages import change_stage
from actions.visibility_changes import change_visibility
from core import ids
from core.errors import ErrorCode
from models.words import Stage, Visibility
from tests.actions.lifecycle import refused
from tests.subscribers.test_preview import everything

SECRET = "hunter2_of_the_database"
LEAK = f"The password is {SECRET}, use it."
WHY = "A password was in it."


async def erase(world, event, person="ada"):
    return await world.do(erase_text, getattr(world, person), event=ids.encode("Event", event.id), reason=WHY)


async def told(world, event):
    async with world.database.reading() as reader:
        return (await narrate(reader, [event]))[0]


async def tables_that_tell(world):
    return {name for name, rows in (await everything(world.database)).items() if any(SECRET in row for row in rows)}


async def test_a_note_and_a_reason_of_an_incident_go(world):
    incident = await world.do(declare_incident, world.ben, title="Odd", severity="SEV2")
    about = {"incident": incident.reference}
    await world.do(change_stage, world.ben, **about, stage=Stage.MITIGATION, note=LEAK)
    await world.do(change_visibility, world.ben, **about, visibility=Visibility.PRIVATE, reason=LEAK)
    (moved,) = await world.events(incident.id, "incident.stage_changed")
    (hidden,) = await world.events(incident.id, "incident.visibility_changed")
    assert SECRET in await told(world, moved)
    with refused(ErrorCode.NOT_FOUND, "event", ""):
        await erase(world, moved)  # it is private now, and she is no member
    await world.do(change_visibility, world.ben, **about, visibility=Visibility.ORGANISATION, reason="Over")
    for event in (moved, hidden):
        await erase(world, event)
        assert SECRET not in await told(world, event)
    assert await tables_that_tell(world) == set()
    gone = await world.events(incident.id, "text.erased")
    assert await told(world, gone[0]) == f"Ada Okafor erased the text of entry {moved.number}: {WHY}"
    with refused(ErrorCode.CONFLICT, None, "erased before"):
        await erase(world, moved)
    with refused(ErrorCode.FORBIDDEN, None, ""):
        await erase(world, hidden, person="ben")
    assert await chain(world.database) > 0
    assert (await verify(world.database)).fault is None


async def test_a_reason_of_the_settings_goes(world):
    await world.do(tune_check, world.ada, check="runbook_linked", reason=LEAK, enabled=False)
    (tuned,) = await world.events(None, "practice.tuned")
    await erase(world, tuned)
    assert await tables_that_tell(world) == set()
    (gone,) = await world.events(None, "text.erased")
    assert (gone.incident_id, gone.visibility) == (None, tuned.visibility)
    assert await told(world, gone) == f"Ada Okafor erased the text of a line of the audit trail: {WHY}"


async def test_what_has_no_words_can_not_be_erased(world):
    incident = await world.do(declare_incident, world.ben, title="Odd", severity="SEV2")
    (declared,) = await world.events(incident.id, "incident.declared")
    with refused(ErrorCode.INVALID_INPUT, "event", "an event with a reason or a note"):
        await erase(world, declared)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Will said what they will do.", "Erased person 7 said what they will do."),
        ("Goodwill, will@firm.example and WILL@FIRM.EXAMPLE", "Goodwill, Erased person 7 and Erased person 7"),
        ("Will Hope, or will hope, or Willis", "Erased person 7, or Erased person 7, or Willis"),
    ],
)
async def test_a_name_that_is_a_common_word_stays_where_it_is_no_name(world, text, left):
    terms = ("will@firm.example", "will hope", "will")
    known = Known(7, "Will", "will@firm.example", terms, (), ("Will", "Will Hope", "will@firm.example"))
    async with world.database.reading() as reader:
        assert await reader.scalar(select(nameless(literal(text), known))) == left
