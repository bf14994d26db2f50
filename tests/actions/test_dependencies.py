"""Services that depend on others: kept, walked though they run in circles, and joined by alerts."""

import pytest

from actions.catalogue.dependencies import upstream_of
from actions.catalogue.services import save_service
from core import ids
from core.db import Within
from core.errors import DomainError
from models.words import Visibility
from tests.actions.alerting import Monitor, alerts, firing, incidents, rule
from tests.actions.paging.calls import declared


async def service(world, slug, *needs):
    """A service that depends on others, which are there."""
    known = world.services.get(slug)
    given = {"id": ids.encode("Service", known.id)} if known else {"slug": slug, "name": slug.capitalize()}
    world.services[slug] = await world.do(save_service, world.dov, depends_on=list(needs), **given)
    return world.services[slug].id


async def chain(world):
    """checkout-api needs a, that b, that c, that d, and c needs a again."""
    for slug in ("a", "b", "c", "d"):
        await service(world, slug)
    for slug, *needs in (("checkout-api", "a"), ("a", "b"), ("b", "c"), ("c", "d", "a")):
        await service(world, slug, *needs)


async def test_what_a_service_depends_on_is_found_by_distance_and_circles_end(world):
    await chain(world)
    checkout, a, b, c, d = (world.services[slug].id for slug in ("checkout-api", "a", "b", "c", "d"))
    async with world.database.unit_of_work() as session:
        found = await upstream_of(Within(session), {checkout, a, d})
    assert found == {checkout: [[a], [b], [c]], a: [[b], [c], [d]]}
    await world.do(save_service, world.dov, id=ids.encode("Service", b), archived=True)
    async with world.database.unit_of_work() as session:
        assert (await upstream_of(Within(session), {checkout}))[checkout] == [[a], [], [c]]


async def test_what_can_not_be_depended_on_is_refused_and_a_change_is_recorded_once(world):
    with pytest.raises(DomainError, match="itself") as refused:
        await service(world, "checkout-api", "search-api", "checkout-api")
    assert refused.value.field == "depends_on.1"
    with pytest.raises(DomainError, match="no service"):
        await service(world, "checkout-api", "nothing")
    for _ in range(2):
        await service(world, "checkout-api", "search-api")
    await service(world, "checkout-api")
    saved = [event.data["changed"].get("depends_on") for event in await world.events(None, "setting.saved")]
    key = world.services["search-api"].id
    assert [each for each in saved if each] == [{"from": [], "to": [key]}, {"from": [key], "to": []}]


async def test_alerts_join_the_nearest_open_incident_of_what_their_service_depends_on(world):
    await chain(world)
    monitor = await Monitor.create(world)
    far = await declared(world, services=["c"])
    near = await declared(world, services=["b"])
    await declared(world, services=["d"])  # too far away
    await declared(world, actor="ben", services=["a"], visibility=Visibility.PRIVATE)  # known to few
    await rule(world, matchers={"up": "yes"}, service="checkout-api", join_open=True, join_upstream=True, position=1)
    await rule(world, matchers={"up": "no"}, service="checkout-api", join_open=True, position=2)
    await monitor.sends(firing("x", up="no"), key="1")
    joined = [incident.id for incident in await incidents(world)][-1]
    assert joined not in {near.id, far.id}, "it looks at its own service alone"
    await monitor.sends(firing("y", up="yes"), key="2")
    assert (await alerts(world))[1].incident_id == joined, "its own comes first"
    async with world.database.unit_of_work() as session:
        (await session.get_one(type(near), joined)).stage = "CLOSED"
    await monitor.sends(firing("z", up="yes"), key="3")
    assert (await alerts(world))[2].incident_id == near.id


async def test_a_rule_that_joins_nothing_joins_nothing_upstream(world):
    with pytest.raises(DomainError) as refused:
        await rule(world, service="checkout-api", join_upstream=True)
    assert refused.value.field == "join_upstream"
