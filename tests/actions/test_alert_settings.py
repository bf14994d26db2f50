"""Alert sources and routing rules, as admins keep them."""

import pytest
from sqlalchemy import select

from actions.alerts import rules
from actions.alerts.rules import delete_routing_rule, save_routing_rule
from actions.alerts.sources import create_alert_source, hook_path
from auth.secret import digest
from core import ids
from core.errors import DomainError, ErrorCode
from models.alert import AlertSource, RoutingRule
from models.words import CreateIncident, Visibility
from tests.actions.alerting import rule


def rule_id(row):
    return ids.encode("RoutingRule", row.id)


async def stored(world):
    async with world.database.reading() as reader:
        return await reader.rows(RoutingRule, select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id))


async def refusal(world, action, actor, **given):
    before = await world.events()
    with pytest.raises(DomainError) as caught:
        await world.do(action, actor, **given)
    assert await world.events() == before
    return caught.value.code, caught.value.field


async def test_a_source_is_made_with_a_key_of_which_only_the_hash_is_kept(world):
    row, key = await world.do(create_alert_source, world.ada, kind="Alertmanager", name=" Prometheus ")
    async with world.database.reading() as reader:
        (source,) = await reader.rows(AlertSource, select(AlertSource))
    assert (source.id, source.kind, source.name, source.archived) == (row.id, "alertmanager", "Prometheus", False)
    assert source.key_digest == digest(key)
    assert hook_path(row, key) == f"/hooks/alertmanager/{key}"
    (event,) = await world.events(None, "access.granted")
    assert (event.data["noun"], event.data["key"]) == ("alert source", row.id)
    assert event.visibility is Visibility.PRIVATE
    assert key not in str(event.data)


async def test_a_source_of_no_kind_or_name_is_refused(world):
    async def refused(actor=world.ada, kind="alertmanager", name="Prometheus"):
        return await refusal(world, create_alert_source, actor, kind=kind, name=name)

    assert await refused(kind="nagios") == (ErrorCode.INVALID_INPUT, "kind")
    assert await refused(name=" ") == (ErrorCode.INVALID_INPUT, "name")
    assert await refused(name="x" * 201) == (ErrorCode.INVALID_INPUT, "name")
    assert await refused(actor=world.dov) == (ErrorCode.FORBIDDEN, None)


async def test_a_rule_is_created_after_the_last(world):
    await rule(world, name="First", position=7)
    made = await world.do(
        save_routing_rule, world.ada, name="Second", matchers={"job": "=~a|b"}, service="search-api", severity="sev1"
    )
    row = (await stored(world))[-1]
    assert (row.id, row.position, row.name, row.matchers) == (made.id, 8, "Second", {"job": "=~a|b"})
    assert (row.service_id, row.create_incident) == (world.services["search-api"].id, CreateIncident.ALWAYS)
    assert row.severity_id is not None
    event = (await world.events(None, "setting.saved"))[-1]
    assert (event.data["noun"], event.data["key"], event.data["created"]) == ("routing rule", row.id, True)
    assert event.data["changed"]["position"] == {"from": None, "to": 8}
    assert event.visibility is Visibility.PRIVATE


async def test_absent_stays_null_clears_and_no_change_is_no_event(world):
    made = await rule(world, name="One", service="search-api", severity="SEV1")
    await world.do(save_routing_rule, world.ada, id=rule_id(made), name="Two", service=None, create_incident="NEVER")
    (row,) = await stored(world)
    assert (row.name, row.service_id, row.create_incident) == ("Two", None, CreateIncident.NEVER)
    assert (row.severity_id, row.matchers) == (made.severity_id, {})
    event = (await world.events(None, "setting.saved"))[-1]
    assert set(event.data["changed"]) == {"name", "service_id", "create_incident"}
    before = await world.events()
    await world.do(save_routing_rule, world.ada, id=rule_id(made), name="Two", severity="SEV1", matchers={})
    assert await world.events() == before


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": None}),
        ("name", {"name": " "}),
        ("position", {"position": None}),
        ("position", {"position": 0}),
        ("position", {"position": 10**9}),
        ("matchers", {"matchers": None}),
        ("matchers", {"matchers": ["severity"]}),
        ("matchers", {"matchers": {f"l{i}": "x" for i in range(21)}}),
        ("matchers.", {"matchers": {"": "x"}}),
        ("matchers.a\x00", {"matchers": {"a\x00": "x"}}),
        ("matchers.job", {"matchers": {"job": 5}}),
        ("matchers.job", {"matchers": {"job": "x" * 201}}),
        ("matchers.job", {"matchers": {"severity": "critical", "job": "=~(a"}}),
        ("matchers.job", {"matchers": {"job": "!~a)|(b"}}),
        ("create_incident", {"create_incident": None}),
        ("create_incident", {"create_incident": "SOMETIMES"}),
    ],
)
async def test_a_rule_that_could_not_work_is_refused_and_names_the_fault(world, field, given):
    made = await rule(world)
    assert await refusal(world, save_routing_rule, world.ada, id=rule_id(made), **given) == (
        ErrorCode.INVALID_INPUT,
        field,
    )


async def test_references_of_a_rule_must_lead_somewhere(world):
    new = {"name": "x", "matchers": {}}
    assert await refusal(world, save_routing_rule, world.ada, **new, service="no") == (ErrorCode.NOT_FOUND, "service")
    assert await refusal(world, save_routing_rule, world.ada, **new, severity="no") == (ErrorCode.NOT_FOUND, "severity")
    unknown = ids.encode("RoutingRule", 999)
    assert await refusal(world, save_routing_rule, world.ada, id=unknown, name="x") == (ErrorCode.NOT_FOUND, "id")
    assert await refusal(world, delete_routing_rule, world.ada, id=unknown) == (ErrorCode.NOT_FOUND, "id")


async def test_a_new_rule_needs_a_name_and_matchers(world):
    assert await refusal(world, save_routing_rule, world.ada, matchers={}) == (ErrorCode.INVALID_INPUT, "name")
    assert await refusal(world, save_routing_rule, world.ada, name="x") == (ErrorCode.INVALID_INPUT, "matchers")


async def test_there_are_only_so_many_rules(world, monkeypatch):
    monkeypatch.setattr(rules, "MAX_RULES", 1)
    await rule(world)
    assert await refusal(world, save_routing_rule, world.ada, name="x", matchers={}) == (ErrorCode.CONFLICT, None)


async def test_a_deleted_rule_is_gone_and_auditors_know(world):
    made = await rule(world)
    gone = await world.do(delete_routing_rule, world.ada, id=rule_id(made))
    assert gone.id == made.id
    assert await stored(world) == []
    (event,) = await world.events(None, "setting.deleted")
    assert (event.data["key"], event.visibility) == (made.id, Visibility.PRIVATE)


async def test_rules_are_kept_by_admins_alone(world):
    made = await rule(world)
    assert await refusal(world, save_routing_rule, world.dov, id=rule_id(made), name="x") == (ErrorCode.FORBIDDEN, None)
    assert await refusal(world, delete_routing_rule, world.dov, id=rule_id(made)) == (ErrorCode.FORBIDDEN, None)
