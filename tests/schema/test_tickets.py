"""What clients see of tickets, and who does."""

import pytest

from actions.outward.settings import save_integration
from actions.outward.ticket_state import hear_of_ticket
from core import ids
from models.words import TicketState, Visibility
from tests.schema.doorway import Doorway
from tests.schema.tickets_there import looked_at, opened

TICKET = "ticket { key url state status assignee heardAt error integration { key } order { state } }"
URL = "https://github.example/acme/shop/issues/5"
GONE = dict.fromkeys(("status", "assignee", "heardAt", "error"))


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    given = {"repository": "acme/shop", "token": "x"}
    await world.do(save_integration, world.ada, vendor="github", configuration=given)
    yield doorway
    await doorway.close()


@pytest.mark.parametrize("private", [False, True])
async def test_how_far_the_ticket_of_an_action_item_is_and_who_may_know(api, world, private):
    visibility = Visibility.PRIVATE if private else Visibility.ORGANISATION
    declared = await api.do(
        "ben", "declareIncident", "incident { reference }", title="Down", severity="SEV1", visibility=visibility
    )
    reference = declared["incident"]["reference"]
    added = await api.do(
        "ben", "addActionItem", "actionItem { id ticket { key } }", incident=reference, title="Mend", owner="payments"
    )
    item = added["actionItem"]["id"]
    assert added["actionItem"]["ticket"] is None
    wish = {"actionItem": item, "integration": "github"}
    payload = await api.do("ben", "openActionItemTicket", f"outwardAction {{ id key {TICKET} }}", **wish)
    ordered = payload["outwardAction"]
    number = ids.decode(item)[1]
    assert ordered["key"] == f"ITEM-{number}/ticket"
    begun = {"integration": {"key": "github"}, **GONE}
    assert ordered["ticket"] == {"key": None, "url": None, "state": None, "order": {"state": "PENDING"}, **begun}
    integration = await opened(world.database, ordered["id"], "#5")
    there = {"key": "#5", "url": URL, "state": "OPEN", "order": {"state": "DONE"}, **begun}
    asked = f'{{ node(id: "{item}") {{ ... on ActionItem {{ ticketUrl {TICKET} }} }} }}'
    assert (await api.ask("ben", asked))[0]["node"] == {"ticketUrl": URL, "ticket": there}
    async with world.database.unit_of_work() as session:
        assert await hear_of_ticket(session, integration, ["#5"], "1")
    await looked_at(world.database, f"ITEM-{number}/ticket/state", "#5", TicketState.DONE)
    found = (await api.ask("ben", asked))[0]["node"]["ticket"]
    assert (found["state"], found["status"], found["assignee"]) == ("DONE", "closed", "sam")
    assert found["heardAt"] is not None
    both = f'{{ a: node(id: "{item}") {{ id }} b: node(id: "{ordered["id"]}") {{ id }} }}'
    seen = {"a": None, "b": None} if private else {"a": {"id": item}, "b": {"id": ordered["id"]}}
    assert (await api.ask("chi", both))[0] == seen
