"""Action items and their tickets: opened once, and from then on one is done once the other is."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.action_items import add_action_item, change_action_item
from actions.declarations import declare_incident
from actions.outward.tickets import open_action_item_ticket
from core import ids
from core.errors import DomainError
from integrations.client import VendorClient
from models.postmortem import ActionItem
from models.words import ActionItemState, Visibility
from tests.effort import effort
from tests.outward.desk import VENDORS
from tests.outward.killing import Killer, run_through_deaths
from tests.outward.ticket_desk import tracker_at

TITLE = "Add an index"


@pytest.fixture(params=VENDORS)
async def tracker(request, world, tmp_path):
    async with tracker_at(world, tmp_path, request.param) as made:
        yield made


async def owed(tracker, incident=None, title=TITLE, **more):
    """An action item, and the wish for its ticket."""
    world = tracker.world
    reference = incident.reference if incident else None
    item = await world.do(add_action_item, world.ben, title=title, owner="payments", incident=reference, **more)
    await ask(tracker, item)
    return item


async def ask(tracker, item, actor=None):
    given = {"action_item": ids.encode("ActionItem", item.id), "integration": tracker.name}
    return await tracker.world.do(open_action_item_ticket, actor or tracker.world.ben, **given)


async def move(tracker, item, state, **more):
    given = {"action_item": ids.encode("ActionItem", item.id), "state": state, **more}
    await tracker.world.do(change_action_item, tracker.world.ben, **given)


async def seen(tracker, item):
    async with tracker.world.database.reading() as reader:
        return await reader.row(ActionItem, select(ActionItem).where(ActionItem.id == item.id))


async def told(tracker, incident=None):
    """What is told of action items: of an incident on its timeline, of none in the feed."""
    events = await tracker.world.events(incident.id if incident else None)
    return [(event.kind, str(event.actor_kind)) for event in events if event.kind.startswith("action_item.")][1:]


def words(tracker, number=1):
    """The title and the text of an issue."""
    if tracker.name == "github":
        issue = tracker.vendor.issues[number - 1]
        return issue["title"], issue["body"].replace("\\", "")
    fields = tracker.vendor.issues[f"OPS-{number}"]["fields"]
    lines = [[node["text"] for node in line["content"]] for line in fields["description"]["content"]]
    return fields["summary"], "\n".join("".join(line) for line in lines)


async def test_a_ticket_is_opened_with_what_is_to_be_done_and_the_item_says_where(tracker):
    incident = await tracker.desk.declare("Checkout is down")
    due = tracker.world.clock.now().date() + timedelta(days=9)
    item = await owed(tracker, incident, due_on=due, priority=2)
    await tracker.settle()
    title, text = words(tracker)
    assert title == TITLE
    assert f"This action item of {incident.reference} is kept in Muster: " in text
    for part in ("Owner: Payments.", f"Due on: {due.isoformat()}.", "Priority, 1 is the most urgent of 5: 2."):
        assert part in text
    row = await seen(tracker, item)
    assert row.ticket_url.endswith({"jira": "/browse/OPS-1", "github": "/issues/1"}[tracker.name])
    assert await told(tracker, incident) == [("action_item.ticket_opened", "SYSTEM")]
    await ask(tracker, item)
    await tracker.settle()
    assert len(tracker.vendor.issues) == 1, "asked for again, it stays the same"
    await tracker.desk.ask(incident)
    await tracker.settle()
    assert len(tracker.vendor.issues) == 2, "the incident's own is another"


async def test_of_a_private_incident_nothing_but_where_and_until_when(tracker):
    incident = await tracker.desk.declare("Layoffs leaked", visibility=Visibility.PRIVATE)
    due = tracker.world.clock.now().date()
    item = await owed(tracker, incident, "Tell the layoffs", due_on=due)
    await tracker.settle()
    assert not any(b"ayoffs" in body or b"Payments" in body for _, _, _, body in tracker.vendor.asked)
    assert words(tracker)[0] == "Private action item"
    assert f"Due on: {due.isoformat()}." in words(tracker)[1]
    tracker.move("closed")
    await tracker.settle()
    assert (await seen(tracker, item)).state is ActionItemState.DONE, "the integration tells of what is private, too"


@pytest.mark.parametrize("of_incident", [False, True])
async def test_the_whole_way_to_and_fro_without_an_echo(tracker, of_incident):
    incident = await tracker.desk.declare() if of_incident else None
    item = await owed(tracker, incident)
    await tracker.settle()
    tracker.move("closed")
    await tracker.settle()
    row = await seen(tracker, item)
    assert (row.state, row.version) == (ActionItemState.DONE, 2)
    (changed,) = await tracker.world.events(incident.id if incident else None, "action_item.changed")
    vendor, key, status = {"jira": ("Jira", "OPS-1", "Done"), "github": ("GitHub Issues", "#1", "closed")}[tracker.name]
    assert await tracker.world.text_of(changed.id) == f"{key} was closed in {vendor} ({status})."
    assert (changed.actor_kind, changed.actor_id) == ("VENDOR", tracker.desk.account.id)
    tracker.move("open")
    await tracker.settle()
    assert (await seen(tracker, item)).state is ActionItemState.OPEN
    assert tracker.moves() == 0
    await move(tracker, item, ActionItemState.WONT_DO, reason="Too dear.")
    await tracker.settle()
    assert tracker.standing()
    await move(tracker, item, ActionItemState.IN_PROGRESS)
    await tracker.settle()
    assert not tracker.standing()
    await move(tracker, item, ActionItemState.DONE)
    await tracker.settle()
    assert tracker.standing()
    assert (tracker.moves(), (await seen(tracker, item)).version) == (3, 6)
    assert [actor for _, actor in await told(tracker, incident)] == ["SYSTEM", "VENDOR", "VENDOR", *["USER"] * 3]


async def test_changes_on_both_sides_at_once_end_alike(tracker):
    """Done here and reopened again before the job ran; then closed there while it is being reopened here."""
    item = await owed(tracker)
    await tracker.settle()
    await move(tracker, item, ActionItemState.DONE)
    await move(tracker, item, ActionItemState.OPEN)
    await tracker.settle()
    assert (tracker.standing(), tracker.moves()) == (False, 0)
    await move(tracker, item, ActionItemState.DONE)
    await tracker.settle()
    tracker.move("open")
    await tracker.deliver()
    await move(tracker, item, ActionItemState.IN_PROGRESS)
    await tracker.settle()
    tracker.move("closed")
    await move(tracker, item, ActionItemState.OPEN)
    await tracker.settle()
    assert (await seen(tracker, item)).state is ActionItemState.DONE
    assert tracker.standing()


async def test_what_github_closed_as_not_planned_will_not_be_done(world, tmp_path):
    async with tracker_at(world, tmp_path, "github") as tracker:
        item = await owed(tracker)
        await tracker.settle()
        tracker.move("closed", reason="not_planned")
        await tracker.settle()
        assert (await seen(tracker, item)).state is ActionItemState.WONT_DO


async def test_an_item_that_is_done_while_its_ticket_is_opened_closes_it(tracker):
    item = await owed(tracker)
    await move(tracker, item, ActionItemState.DONE)
    await tracker.settle()
    assert tracker.standing()
    with pytest.raises(DomainError, match="finished"):
        other = await tracker.world.do(add_action_item, tracker.world.ben, title="Other", owner="payments")
        await move(tracker, other, ActionItemState.DONE)
        await ask(tracker, other)


async def test_killed_at_any_request_there_is_one_ticket_in_the_end(tracker, monkeypatch):
    tracker.vendor.index_lags = True
    for number in effort([1], range(1, {"jira": 3, "github": 2}[tracker.name])):
        with monkeypatch.context() as patch:
            patch.setattr(VendorClient, "ask", Killer(number, sent=True).asking())
            item = await owed(tracker)
            await run_through_deaths(tracker)
        assert len(tracker.vendor.issues) == number
        assert (await seen(tracker, item)).ticket_url is not None


async def test_what_can_not_be_done_is_told_with_what_to_mend(tracker):
    incident = await tracker.desk.declare()
    item = await owed(tracker, incident)
    await tracker.settle()
    tracker.vendor.issues.clear()
    await move(tracker, item, ActionItemState.DONE)
    await tracker.settle()
    kinds = [("action_item.ticket_opened", "SYSTEM"), ("action_item.changed", "USER")]
    assert await told(tracker, incident) == [*kinds, ("action_item.ticket_failed", "SYSTEM")]
    with pytest.raises(DomainError) as refused:
        await ask(tracker, item, tracker.world.eve)
    assert refused.value.code == "FORBIDDEN"
    hidden = await tracker.world.do(
        declare_incident, tracker.world.ben, title="x", severity="SEV1", visibility=Visibility.PRIVATE
    )
    secret = await tracker.world.do(
        add_action_item, tracker.world.ben, title="y", owner="payments", incident=hidden.reference
    )
    with pytest.raises(DomainError) as refused:
        await ask(tracker, secret, tracker.world.chi)
    assert refused.value.code == "NOT_FOUND"
