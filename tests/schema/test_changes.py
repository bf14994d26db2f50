"""Changes of services through the API: all of them, and beside the incidents of a service."""

from datetime import timedelta

from actions.alerts.sources import create_alert_source
from actions.alerts.taking import Reading, take
from actions.declarations import declare_incident
from actions.reports import report_incident
from actions.service_changes import ToldChange

QUERY = "query($r: String!) { incident(ref: $r) { recentChanges { title state service { slug } source { kind } } } }"


async def test_an_incident_is_seen_beside_what_changed_in_its_services_since_a_day_before(world, client, clock):
    source, _ = await world.do(create_alert_source, world.ada, kind="github", name="GitHub")
    begun = clock.now()

    async def tell(number, moment, service="checkout-api"):
        told = ToldChange(f"d{number}", f"v{number}", "success", moment, moment, services=(service,))
        await take(world.database, source, Reading(changes=(told,)))

    for number, hours in ((1, 25), (2, 23), (3, 1)):
        await tell(number, begun - timedelta(hours=hours))
    await tell(4, begun, "search-api")
    ours = await world.do(declare_incident, world.ben, title="Slow", severity="SEV2", services=["checkout-api"])
    none = await world.do(report_incident, world.ben, title="Odd")
    clock.advance(minutes=10)
    await tell(5, clock.now() - timedelta(minutes=1))
    found = (await client.ask(QUERY, {"r": ours.reference}, by="ben"))["incident"]["recentChanges"]
    assert [each["title"] for each in found] == ["v5", "v3", "v2"]
    assert (found[0]["service"], found[0]["source"]) == ({"slug": "checkout-api"}, {"kind": "github"})
    assert (await client.ask(QUERY, {"r": none.reference}, by="ben"))["incident"]["recentChanges"] == []
    whole = "{ changes(first: 2) { nodes { title } pageInfo { hasNextPage endCursor } } }"
    page = (await client.ask(whole, {}, by="ben"))["changes"]
    assert ([each["title"] for each in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (["v5", "v4"], True)
    after = f'{{ changes(after: "{page["pageInfo"]["endCursor"]}") {{ nodes {{ title }} }} }}'
    rest = (await client.ask(after, {}, by="ben"))["changes"]["nodes"]
    assert [each["title"] for each in rest] == ["v3", "v2", "v1"]
    of_one = '{ changes(service: "checkout-api") { nodes { title } } none: changes(service: "no") { nodes { title } } }'
    counted = await client.ask(of_one, {}, by="ben")
    assert (len(counted["changes"]["nodes"]), counted["none"]["nodes"]) == (4, [])
