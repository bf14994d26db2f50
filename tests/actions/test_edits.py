"""Editing: absent leaves, null clears, lists replace; one event says what changed."""

import pytest

from actions.edits import edit_incident
from core.errors import ErrorCode
from models.words import Stage
from tests.actions.lifecycle import declared, incident_in, kinds, last_event, refused, reported


async def edit(world, incident, actor=None, **fields):
    return await world.do(edit_incident, actor or world.ben, incident=incident.reference, **fields)


async def test_what_is_given_changes_and_the_rest_stays(world):
    incident = await declared(world, summary="slow", labels={"a": "1"}, public_title="Trouble")
    await edit(world, incident, title="Carts are empty", labels={"b": "2"})
    row = await world.incident(incident.id)
    assert (row.title, row.summary, row.public_title, row.labels) == ("Carts are empty", "slow", "Trouble", {"b": "2"})
    assert row.version == 2
    event = await last_event(world, incident)
    assert event.data == {
        "before": {"title": "Checkout is down", "labels": {"a": "1"}},
        "after": {"title": "Carts are empty", "labels": {"b": "2"}},
    }


async def test_null_clears(world):
    incident = await reported(world, summary="slow", labels={"a": "1"}, services=["search-api"])
    await edit(world, incident, summary=None, labels=None, services=None)
    row = await world.incident(incident.id)
    assert (row.summary, row.labels) == (None, {})
    event = await last_event(world, incident)
    assert event.data["before"]["services"] == [world.services["search-api"].id]
    assert event.data["after"] == {"summary": None, "labels": {}, "services": []}


async def test_services_are_replaced(world):
    incident = await reported(world, services=["search-api"])
    await edit(world, incident, services=["checkout-api", "search-api"])
    both = sorted(service.id for service in world.services.values())
    assert (await last_event(world, incident)).data["after"] == {"services": both}
    await edit(world, incident, services=["checkout-api"])
    assert (await last_event(world, incident)).data["after"] == {"services": [world.services["checkout-api"].id]}


async def test_an_edit_that_changes_nothing_leaves_no_trace(world):
    incident = await declared(world, labels={"a": "1"}, services=["search-api"])
    await edit(world, incident)
    await edit(world, incident, title="Checkout is down", summary=None, labels={"a": "1"}, services=["search-api"])
    assert (await world.incident(incident.id)).version == 1
    assert await kinds(world, incident) == ["incident.declared"]


async def test_an_edit_of_an_older_version_is_refused(world):
    incident = await declared(world)
    await edit(world, incident, title="Carts are empty", expected_version=1)
    with refused(ErrorCode.VERSION_CONFLICT, "expected_version", "at version 2"):
        await edit(world, incident, title="Carts are full", expected_version=1)
    assert (await world.incident(incident.id)).title == "Carts are empty"


async def test_markup_and_direction_overrides_are_stored_as_written(world):
    title = "<b>down</b> \u202egnp.exe"
    incident = await declared(world)
    await edit(world, incident, title=title)
    assert (await world.incident(incident.id)).title == title


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"title": None}, ErrorCode.INVALID_INPUT, "title"),
        ({"title": " "}, ErrorCode.INVALID_INPUT, "title"),
        ({"public_title": "x" * 201}, ErrorCode.INVALID_INPUT, "public_title"),
        ({"labels": []}, ErrorCode.INVALID_INPUT, "labels"),
        ({"labels": {str(i): "x" for i in range(51)}}, ErrorCode.INVALID_INPUT, "labels"),
        ({"services": ["billing"]}, ErrorCode.NOT_FOUND, "services.0"),
        ({"services": ["search-api"] * 101}, ErrorCode.INVALID_INPUT, "services"),
    ],
)
async def test_bad_edits_are_refused_by_field(world, fields, code, field):
    incident = await declared(world)
    with refused(code, field):
        await edit(world, incident, **fields)
    assert (await world.incident(incident.id)).version == 1


async def test_a_merged_incident_is_edited_where_it_goes_on(world):
    incident = await incident_in(world, Stage.MERGED)
    with refused(ErrorCode.CONFLICT, "incident", f"INC-{incident.merged_into_id}"):
        await edit(world, incident, title="Carts are empty")


async def test_a_viewer_edits_nothing(world):
    incident = await declared(world)
    with refused(ErrorCode.FORBIDDEN):
        await edit(world, incident, world.eve, title="Mine")
