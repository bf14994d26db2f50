"""What clients of Atlassian Statuspage read here: the same keys, types and values as in its real answers."""

import re
from datetime import datetime

import pytest

from actions.components import refresh_components
from actions.updates import edit_update
from models.service import Component
from models.words import ComponentStatus, PublicStatus
from statuspage.atlassian.values import COMPONENT, IMPACT, INCIDENT, overall
from statuspage.opaque import opaque
from tests.statuspage.conftest import BASE, name_organisation
from tests.statuspage.shapes import differences, sample, values
from tests.telling import make_incident, tell, update_id

FINE, WORK, SLOW, PARTIAL, MAJOR = ComponentStatus
NEWER = {"start_date", "reminder_intervals"}
"""Keys that their answers of 2024 have, and those of 2020 have not."""
GROUPED = {"components"}
ID = re.compile(r"[0-9a-z]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)")


@pytest.fixture
def told(make_client):
    async def get(name):
        async with make_client() as client:
            answer = await client.get(f"/api/v2/{name}.json")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["access-control-allow-origin"] == "*"
        return answer.json()

    return get


async def a_story(world, clock):
    await world.do(make_incident, 7, severity="SEV1")
    await tell(world, 7, body="We look.", claims=[("checkout", PARTIAL)], public_title="Orders fail")
    clock.advance(minutes=4)
    await tell(world, 7, PublicStatus.MONITORING, "Fixed, we think.", [("checkout", SLOW), ("search", SLOW)])
    clock.advance(minutes=4)


async def ungroup(world, *names):
    async with world.database.unit_of_work() as session:
        for name in names:
            (await session.get_one(Component, world.components[name].id)).group = None


async def test_summary_is_theirs_key_by_key(world, clock, told):
    await a_story(world, clock)
    ours, theirs = await told("summary"), sample("summary")
    theirs["scheduled_maintenances"] = []
    assert list(differences(ours, theirs, added=NEWER | GROUPED)) == []


async def test_components_are_theirs_key_by_key(world, told):
    await ungroup(world, "checkout", "search")
    assert list(differences(await told("components"), sample("components"))) == []


async def test_incidents_are_theirs_key_by_key(world, clock, told):
    await a_story(world, clock)
    await tell(world, 7, PublicStatus.RESOLVED, "Over.")
    assert list(differences(await told("incidents"), sample("incidents"))) == []


def test_our_values_are_among_theirs():
    assert set(COMPONENT.values()) == values("Component", "status")
    assert set(INCIDENT.values()) < values("Incident", "status")
    assert set(IMPACT.values()) == values("Incident", "impact")


async def test_an_incident_tells_how_each_component_went(world, clock, told):
    await a_story(world, clock)
    await tell(world, 7, PublicStatus.RESOLVED, "Over.")
    (incident,) = (await told("incidents"))["incidents"]
    assert (incident["name"], incident["status"], incident["impact"]) == ("Orders fail", "resolved", "major")
    assert incident["shortlink"] == f"{BASE}/incidents/INC-7"
    assert [update["status"] for update in incident["incident_updates"]] == ["resolved", "monitoring", "investigating"]
    changes = [
        [(each["name"], each["old_status"], each["new_status"]) for each in update["affected_components"]]
        for update in incident["incident_updates"]
    ]
    assert changes == [
        [
            ("Shop - Checkout", "degraded_performance", "operational"),
            ("Shop - Search", "degraded_performance", "operational"),
        ],
        [
            ("Shop - Checkout", "partial_outage", "degraded_performance"),
            ("Shop - Search", "operational", "degraded_performance"),
        ],
        [("Shop - Checkout", "operational", "partial_outage")],
    ]
    assert incident["started_at"] == incident["created_at"] == "2026-11-24T03:00:00.000Z"
    assert incident["monitoring_at"] == "2026-11-24T03:04:00.000Z"
    assert incident["resolved_at"] == "2026-11-24T03:08:00.000Z"
    assert [each["name"] for each in incident["components"]] == ["Checkout", "Search"]


async def test_groups_are_components_that_hold_others(world, told):
    await ungroup(world, "search")
    shop, checkout, search = (await told("components"))["components"]
    assert (shop["name"], shop["group"], shop["components"]) == ("Shop", True, [checkout["id"]])
    assert (checkout["group"], checkout["group_id"], checkout["position"]) == (False, shop["id"], 1)
    assert (search["group_id"], search["position"]) == (None, 2)
    assert "components" not in checkout


async def test_ids_and_moments_are_of_their_form(world, clock, told):
    await world.do(name_organisation, time_zone="America/St_Johns")
    await a_story(world, clock)
    document = await told("summary")

    def look(value):
        for name, each in value.items() if isinstance(value, dict) else []:
            if name in ("id", "code") or (name.endswith("_id") and each is not None):
                assert ID.fullmatch(each), (name, each)
            if name.endswith("_at") and each is not None:
                assert MOMENT.fullmatch(each), (name, each)
                assert datetime.fromisoformat(each).utcoffset().total_seconds() == -3.5 * 3600
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            look(each)

    look(document)
    assert document["page"]["time_zone"] == "America/St_Johns"


async def test_ids_stay(clock, told):
    first = await told("components")
    clock.advance(days=2)
    assert [each["id"] for each in (await told("components"))["components"]] == [
        each["id"] for each in first["components"]
    ]
    assert opaque("Component", 1) == "x1ebncyhbmtx"
    assert opaque("Component", 2) != opaque("Component", 1) != opaque("Incident", 1)


@pytest.mark.parametrize(
    ("statuses", "indicator", "description"),
    [
        ([], "none", "All Systems Operational"),
        ([FINE, FINE], "none", "All Systems Operational"),
        ([WORK, FINE], "maintenance", "Service Under Maintenance"),
        ([SLOW, FINE], "minor", "Partially Degraded Service"),
        ([SLOW, SLOW], "minor", "Degraded System Service"),
        ([PARTIAL, SLOW], "minor", "Minor Service Outage"),
        ([PARTIAL, PARTIAL], "major", "Partial System Outage"),
        ([MAJOR, FINE, WORK], "major", "Partial System Outage"),
        ([MAJOR], "critical", "Major System Outage"),
    ],
)
def test_the_indicator_follows_from_the_components(statuses, indicator, description):
    assert overall(statuses, troubled=False) == (indicator, description)


async def test_an_incident_without_components_is_told_as_well(world, told):
    await world.do(make_incident, 7)
    await tell(world, 7, body="We look.")
    assert (await told("status"))["status"]["indicator"] == "minor"
    (incident,) = (await told("incidents/unresolved"))["incidents"]
    assert (incident["impact"], incident["components"]) == ("none", [])
    assert incident["incident_updates"][0]["affected_components"] == []


async def test_what_is_over_leaves_the_summary_and_stays_among_the_incidents(world, clock, told):
    await a_story(world, clock)
    await tell(world, 7, PublicStatus.RESOLVED, "Over.")
    assert (await told("summary"))["incidents"] == []
    assert (await told("incidents/unresolved"))["incidents"] == []
    assert len((await told("incidents"))["incidents"]) == 1


async def test_there_are_fifty_incidents_the_newest_first(world, clock, told):
    for key in range(1, 54):
        await world.do(make_incident, key)
        await tell(world, key, public_title=f"Number {key}")
        await tell(world, key, PublicStatus.RESOLVED)
        clock.advance(days=1)
    names = [incident["name"] for incident in (await told("incidents"))["incidents"]]
    assert names == [f"Number {key}" for key in range(53, 3, -1)]


async def test_the_page_tells_when_it_last_changed(world, clock, told):
    await world.do(make_incident, 7)
    said = await tell(world, 7)
    clock.advance(minutes=7)
    await world.do(edit_update, world.ben, update=update_id(said), body="We look closer.")
    document = await told("incidents")
    assert document["page"]["updated_at"] == "2026-11-24T03:07:00.000Z"
    update = document["incidents"][0]["incident_updates"][0]
    assert (update["body"], update["updated_at"]) == ("We look closer.", "2026-11-24T03:07:00.000Z")
    assert update["created_at"] == "2026-11-24T03:00:00.000Z"


async def test_archived_components_are_only_told_with_their_old_incidents(world, clock, told):
    await a_story(world, clock)
    await tell(world, 7, PublicStatus.RESOLVED, "Over.")
    async with world.database.unit_of_work() as session:
        component = await session.get_one(Component, world.components["search"].id)
        component.archived_at = clock.now()
        await refresh_components(session, world.ada, [component.id])
    assert [each["name"] for each in (await told("components"))["components"]] == ["Shop", "Checkout"]
    (incident,) = (await told("incidents"))["incidents"]
    assert [each["name"] for each in incident["components"]] == ["Checkout", "Search"]
