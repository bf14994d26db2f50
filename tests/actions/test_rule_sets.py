"""All routing rules at once: versions, going back, whole sets, and what a dry run says of them."""

import pytest
from sqlalchemy import select

from actions.alerts.rule_sets import apply_routing_rules, restore_routing_rules
from actions.alerts.rules import delete_routing_rule
from core import ids
from core.errors import DomainError, ErrorCode
from models.alert import RoutingRule, RoutingVersion
from tests.actions.alerting import Monitor, firing, incidents, rule

SET = [
    {"name": "Web", "matchers": {"team": "web"}, "service": "checkout-api", "severity": "SEV2"},
    {"name": "Rest", "create_incident": "NEVER"},
]


async def rules(world):
    async with world.database.reading() as reader:
        order = (RoutingRule.position, RoutingRule.id)
        return await reader.rows(RoutingRule, select(RoutingRule).order_by(*order))


async def versions(world):
    async with world.database.reading() as reader:
        return await reader.rows(RoutingVersion, select(RoutingVersion).order_by(RoutingVersion.version))


async def test_each_save_is_a_version_with_who_when_and_what(world, clock):
    first = await rule(world, name="One")
    clock.advance(minutes=1)
    await rule(world, name="Two", condition='labels.a == "1"')
    await rule(world, id=ids.encode("RoutingRule", first.id), name="One")
    await world.do(delete_routing_rule, world.ada, id=ids.encode("RoutingRule", first.id))
    found = await versions(world)
    assert [each.change for each in found] == ["Added “One”.", "Added “Two”.", "Deleted “One”."]
    assert [[one["name"] for one in each.rules] for each in found] == [["One"], ["One", "Two"], ["Two"]]
    assert {each.author_id for each in found} == {world.users["ada"].id}
    assert (found[1].created_at - found[0].created_at).seconds == 60


async def test_rules_that_were_there_before_versions_become_the_first_one(world, database):
    async with database.unit_of_work() as session:
        old = {"position": 1, "name": "Old", "matchers": {}, "create_incident": "ALWAYS"}
        session.add(RoutingRule(**old, created_at=world.clock.now()))
    await rule(world, name="New")
    assert [each.change for each in await versions(world)] == [
        "As they were before versions were kept.",
        "Added “New”.",
    ]


async def test_going_back_brings_deleted_rules_back_under_their_keys(world, monitor):
    first, second = await rule(world, name="One"), await rule(world, name="Two", group_by=["cluster"])
    await world.do(apply_routing_rules, world.ada, rules=SET)
    back = await world.do(restore_routing_rules, world.ada, version=2)
    assert (back.version, back.change) == (4, "Went back to version 2.")
    assert [(each.id, each.name, each.group_by) for each in await rules(world)] == [
        (first.id, "One", []),
        (second.id, "Two", ["cluster"]),
    ]
    await monitor.sends(firing("a"))
    assert len(await incidents(world)) == 1
    with pytest.raises(DomainError) as refused:
        await world.do(restore_routing_rules, world.ada, version=9)
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, "version")


async def test_a_set_keeps_what_has_the_same_name_and_says_nothing_twice(world):
    kept, gone = await rule(world, name="Rest"), await rule(world, name="Gone")
    made = await world.do(apply_routing_rules, world.ada, rules=SET, expected_version=2)
    web, rest = await rules(world)
    assert (web.name, web.position, web.service_id) == ("Web", 1, world.services["checkout-api"].id)
    assert (rest.id, rest.position, rest.create_incident) == (kept.id, 2, "NEVER")
    assert gone.id not in {web.id, rest.id}
    assert (await world.do(apply_routing_rules, world.ada, rules=SET)).version == made.version == 3
    with pytest.raises(DomainError) as refused:
        await world.do(apply_routing_rules, world.ada, rules=[], expected_version=2)
    assert refused.value.code is ErrorCode.VERSION_CONFLICT


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"matchers": {}}, "rules.1.name"),
        ({"name": "A", "matcher": {}}, "rules.1.matcher"),
        ({"name": "A", "condition": "labels."}, "rules.1.condition"),
        ({"name": "A", "service": "nowhere"}, "rules.1.service"),
        ({"name": "A", "matchers": {"a": "=~("}}, "rules.1.matchers.a"),
        ({"name": "A", "group_minutes": "soon"}, "rules.1.group_minutes"),
        ({"name": "A", "create_incident": "AFTER_SOURCES"}, "rules.1.threshold"),
        ("A", "rules.1"),
    ],
)
async def test_one_wrong_rule_refuses_all_of_a_set_at_its_place(world, wrong, field):
    await rule(world, name="Stays")
    with pytest.raises(DomainError) as refused:
        await world.do(apply_routing_rules, world.ada, rules=[SET[0], wrong])
    assert refused.value.field == field
    assert [each.name for each in await rules(world)] == ["Stays"]


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)
