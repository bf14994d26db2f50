"""What updates said before they were edited: kept, shown, and hidden when it should never have been said."""

import pytest
from sqlalchemy import select

from actions.updates import edit_update, withdraw_update
from core.errors import DomainError, ErrorCode
from models.update import UpdateRevision
from tests.telling import make_incident, tell, update_id


async def revisions(world):
    async with world.database.reading() as reader:
        rows = await reader.rows(UpdateRevision, select(UpdateRevision).order_by(UpdateRevision.id))
    return [(row.body, row.hidden_at is not None) for row in rows]


@pytest.fixture
async def said(world):
    await world.do(make_incident, 7)
    return update_id(await tell(world, 7, body="First."))


async def test_earlier_wordings_stay_readable_unless_they_are_hidden(world, said):
    await world.do(edit_update, world.ben, update=said, body="Second.")
    await world.do(edit_update, world.ben, update=said, body="Third.", hide_earlier=True)
    await world.do(edit_update, world.ben, update=said, body="Fourth.")
    assert await revisions(world) == [("First.", True), ("Second.", True), ("Third.", False)]
    edits = await world.events(7, "update.edited")
    assert [event.data.get("earlier_hidden") for event in edits] == [None, True, None]


async def test_what_was_said_before_can_be_hidden_afterwards_without_another_word(world, said):
    changed = await world.do(edit_update, world.ben, update=said, body="Second.")
    hidden = await world.do(edit_update, world.ben, update=said, body="Second.", hide_earlier=True, notify=True)
    assert hidden.edited_at == changed.edited_at
    assert await revisions(world) == [("First.", True)]
    assert [event.data["notify"] for event in await world.events(7, "update.edited")] == [False, False]
    await world.do(edit_update, world.ben, update=said, body="Second.", hide_earlier=True)
    assert len(await world.events(7, "update.edited")) == 2, "what changes nothing records nothing"


async def test_only_who_may_publish_may_hide(world, said):
    with pytest.raises(DomainError) as caught:
        await world.do(edit_update, world.eve, update=said, body="First.", hide_earlier=True)
    assert caught.value.code is ErrorCode.FORBIDDEN
    await world.do(withdraw_update, world.ben, update=said, reason="Wrong.")
    with pytest.raises(DomainError) as caught:
        await world.do(edit_update, world.ben, update=said, body="First.", hide_earlier=True)
    assert caught.value.code is ErrorCode.CONFLICT
