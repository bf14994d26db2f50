"""Planned work over GraphQL: the guide's examples, what can be read of it, and requests that are repeated."""

import re
from pathlib import Path

import pytest

from tests.schema.doorway import Doorway
from tests.telling import component_id

GUIDE = (Path(__file__).parents[2] / "docs/guides/maintenance.md").read_text()
PLAN, STEPS, RECUR = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


async def test_the_examples_of_the_guide_work(world, api):
    taken = [component_id(world, "checkout")]
    data, refusals = await api.ask("dov", PLAN, components=taken)
    assert refusals == []
    made = data["scheduleMaintenance"]["maintenance"]
    assert (made["state"], made["version"]) == ("SCHEDULED", 1)
    data, refusals = await api.ask("dov", STEPS.replace("MNT-1", made["reference"]))
    assert refusals == []
    assert data["startMaintenance"]["maintenance"]["state"] == "IN_PROGRESS"
    assert data["completeMaintenance"]["maintenance"]["state"] == "COMPLETED"
    data, refusals = await api.ask("dov", RECUR, components=taken)
    assert refusals == []
    series = data["scheduleMaintenanceSeries"]["series"]
    starts = [each["startsAt"] for each in series["maintenances"]["nodes"]]
    assert [start[:13] for start in starts] == ["2026-12-08T01", "2026-12-15T01", "2026-12-22T01"]


async def test_it_is_read_by_reference_by_id_and_in_lists(world, api):
    taken = [component_id(world, "checkout")]
    data, _ = await api.ask("dov", PLAN, components=taken)
    ref = data["scheduleMaintenance"]["maintenance"]["reference"]
    await api.ask("dov", RECUR, components=[component_id(world, "search")])
    say = {"maintenance": ref, "body": "Soon."}
    said = await api.do("dov", "publishMaintenanceUpdate", "update { id body author { __typename } }", **say)
    whole = (
        "id reference components { name } series { id } updates(first: 5) { nodes { id body } } remindMinutes sequence"
    )
    data, refusals = await api.ask("eve", f'{{ maintenance(ref: "{ref}") {{ {whole} }} }}')
    assert refusals == []
    one = data["maintenance"]
    assert (one["components"], one["series"], one["remindMinutes"]) == ([{"name": "Checkout"}], None, 1440)
    assert one["updates"]["nodes"] == [{"id": said["update"]["id"], "body": "Soon."}]
    mine = f'maintenances(component: "{taken[0]}", states: [SCHEDULED]) {{ nodes {{ id }} }}'
    query = f"""{{ node(id: "{one["id"]}") {{ id ... on Maintenance {{ reference }} }} {mine}
      all: maintenances(first: 2) {{ nodes {{ startsAt series {{ timeZone }} }} pageInfo {{ hasNextPage endCursor }} }}
      none: maintenance(ref: "MNT-99999") {{ id }} }}"""
    data, refusals = await api.ask("eve", query)
    assert refusals == []
    assert data["node"] == {"id": one["id"], "reference": ref}
    assert data["maintenances"]["nodes"] == [{"id": one["id"]}]
    latest, before = data["all"]["nodes"]
    assert latest["startsAt"] > before["startsAt"]
    assert latest["series"] == {"timeZone": "Europe/Berlin"}
    assert data["none"] is None
    after = data["all"]["pageInfo"]["endCursor"]
    data, _ = await api.ask("eve", f'{{ maintenances(first: 1, after: "{after}") {{ nodes {{ startsAt }} }} }}')
    assert data["maintenances"]["nodes"][0]["startsAt"] < before["startsAt"]
    _, refusals = await api.ask("eve", '{ maintenance(ref: "INC-1") { id } }')
    assert refusals == [("maintenance", "INVALID_INPUT", "ref")]


async def test_a_request_that_is_repeated_plans_once(world, api):
    given = {
        "title": "New disks",
        "body": "Soon.",
        "components": [component_id(world, "checkout")],
        "startsAt": "2026-12-01T02:00:00Z",
        "endsAt": "2026-12-01T04:00:00Z",
        "idempotencyKey": "k",
    }
    answer = "maintenance { reference }"
    first = await api.do("dov", "scheduleMaintenance", answer, **given)
    assert await api.do("dov", "scheduleMaintenance", answer, **given) == first
    code, field = await api.refused("dov", "scheduleMaintenance", **{**given, "idempotencyKey": "l"})
    assert (code, field) == ("CONFLICT", "startsAt")
    code, field = await api.refused("dov", "scheduleMaintenance", **{**given, "endsAt": given["startsAt"]})
    assert code == "IDEMPOTENCY_CONFLICT"
    code, field = await api.refused(
        "dov", "scheduleMaintenance", **{**given, "idempotencyKey": "m", "endsAt": "2026-11-30T00:00:00Z"}
    )
    assert (code, field) == ("INVALID_INPUT", "endsAt")
