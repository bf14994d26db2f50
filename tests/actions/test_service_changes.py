"""Changes of services, as deploying tools tell of them: how long they are kept."""

from datetime import timedelta

from sqlalchemy import select

from actions import service_changes
from actions.linked_changes import link_change
from actions.service_changes import ToldChange, forget_changes, take_changes
from models.change import Change
from tests.actions.alerting import Monitor
from tests.actions.paging.calls import declared


async def tell(world, source, name, days, told=None):
    moment = world.clock.now() - timedelta(days=days)
    told = moment if told is None else world.clock.now() - timedelta(days=told)
    change = ToldChange(name, f"Deployed {name}", "success", moment, told, services=("checkout-api",))
    await world.do(take_changes, source.id, [change])


async def names(world):
    async with world.database.reading() as reader:
        return [row.name for row in await reader.rows(Change, select(Change).order_by(Change.id))]


async def test_changes_are_forgotten_when_their_days_are_over_some_at_a_time(world, monkeypatch):
    source = (await Monitor.create(world, "GitHub")).source
    for name, days, told in (("a", 30, None), ("b", 9, None), ("c", 11, 9), ("d", 11, None), ("e", 12, None)):
        await tell(world, source, name, days, told)
    monkeypatch.setattr(service_changes, "BATCH", 2)
    assert await forget_changes(world.database, days=10) == 2
    assert await names(world) == ["b", "c", "d"], "the oldest go first"
    assert await forget_changes(world.database, days=10) == 1
    assert await forget_changes(world.database, days=10) == 0
    assert await names(world) == ["b", "c"], "one of which was heard a moment ago may go on"


async def test_what_is_on_a_timeline_stays_there(world):
    source = (await Monitor.create(world, "GitHub")).source
    await tell(world, source, "a", 2)
    incident = await declared(world)
    async with world.database.reading() as reader:
        (row,) = await reader.rows(Change, select(Change))
    await world.do(link_change, world.ada, incident=incident.reference, title=row.title, url="https://x.example/")
    assert await forget_changes(world.database, days=1) == 1
    (event,) = await world.events(incident.id, "change.linked")
    assert event.data["title"] == "Deployed a"
