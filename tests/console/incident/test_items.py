"""Action items that are written down while the incident goes on, before there is a postmortem to hold them."""

import pytest

from actions.action_items import change_action_item
from actions.declarations import declare_incident
from core.ids import encode
from models.words import ActionItemState
from tests.console.desk import words


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")


def here(incident):
    return f"/console/incidents/{incident.reference}"


async def test_one_is_added_and_shown_before_the_postmortem_exists(world, sits, incident):
    ben = await sits("ben")
    page = await ben.reads(here(incident))
    assert "What should be done afterwards" in page
    wanted = {"title": "Alert on the pool", "owner": "payments", "due_on": "2027-01-15"}
    assert await ben.does(f"{here(incident)}/do/item", wanted) == f"{here(incident)}#items"
    assert "Alert on the pool Open · Payments · due Fri 15 Jan 2027" in await ben.reads(here(incident))
    [event] = await world.events(incident.id, "action_item.added")
    key = encode("ActionItem", event.data["action_item_id"])
    for state, shown in ((ActionItemState.IN_PROGRESS, "In progress"), (ActionItemState.DONE, "Done")):
        await world.do(change_action_item, world.ben, action_item=key, state=state)
        assert f"Alert on the pool {shown} · Payments" in await ben.reads(here(incident)), "as the list of all says it"


async def test_a_form_with_a_fault_comes_back_open_with_what_was_written(sits, incident):
    ben = await sits("ben")
    html = await ben.is_refused(
        f"{here(incident)}/do/item", {"title": "Alert on it", "owner": "payments", "due_on": "soon"}
    )
    fold = html.partition('id="fold-item" open')[2].partition("</form>")[0]
    assert "is not a day" in words(fold)
    assert 'value="Alert on it"' in fold


async def test_who_only_watches_is_offered_none(sits, incident):
    assert "/do/item" not in (await (await sits("eve")).get(here(incident))).text
