"""Routing rules in Settings: their fields, their order, trying others, and going back."""

from sqlalchemy import select

from core.ids import encode
from models.alert import RoutingRule, RoutingVersion
from tests.actions.alerting import Monitor, firing, rule

PATH = "/console/settings/routing"
TRY = f"{PATH}/try"


async def names(world):
    async with world.database.reading() as reader:
        order = (RoutingRule.position, RoutingRule.id)
        return [each.name for each in await reader.rows(RoutingRule, select(RoutingRule).order_by(*order))]


async def test_all_fields_of_a_rule_are_kept_and_a_condition_is_refused_at_its_field(world, ada):
    await ada.read(f"{PATH}/new")
    wrong = await ada.send(f"{PATH}/new", 422, name="Web", condition="labels.team = 'web'")
    assert "Column 13" in wrong.text
    assert "labels.team = &#39;web&#39;" in wrong.text
    given = {"condition": 'labels.team == "web"', "create_incident": "AFTER_ALERTS", "threshold": "3"}
    given |= {"threshold_minutes": "10", "group_by": "cluster\nalertname", "group_minutes": "30", "end_incident": "ALL"}
    answer = await ada.send(f"{PATH}/new", name="Web", **given)
    async with world.database.reading() as reader:
        (row,) = await reader.rows(RoutingRule, select(RoutingRule))
    assert (row.condition, row.group_by, row.group_minutes) == (given["condition"], ["cluster", "alertname"], 30)
    assert (row.create_incident, row.threshold, row.end_incident) == ("AFTER_ALERTS", 3, "ALL")
    address = answer.headers["location"].partition("?")[0]
    await ada.read(address)
    await ada.send(address, drop_reason="Noise.", group_by="", condition="")
    async with world.database.reading() as reader:
        (row,) = await reader.rows(RoutingRule, select(RoutingRule))
    assert (row.drop_reason, row.group_by, row.condition) == ("Noise.", [], None)
    assert "Are dropped: Noise." in await ada.read(PATH)


async def test_rules_are_moved_up_and_down_unless_others_changed_them_meanwhile(world, ada, ben):
    rows = [await rule(world, name=name) for name in ("One", "Two", "Three")]
    last = f"{PATH}/{encode('RoutingRule', rows[2].id)}/move"
    await ada.read(PATH)
    assert "Move Three up" in ada.page.text
    assert "Move One up" not in ada.page.text
    old = ada.form(last)
    await ada.send(last)
    assert await names(world) == ["One", "Three", "Two"]
    refused = await ada.send(last, 409, form={**old, "_key": "another"})
    assert "is at version 4 by now" in refused.text
    await ben.read(PATH)
    assert "/move" not in ben.page.text
    await ben.send(last, 403, form={}, version="3")


async def test_rules_are_tried_then_put_into_force_then_taken_back(world, ada, ben):
    await rule(world, name="All")
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a", cluster="eu"), firing("b", cluster="us"))
    assert "name: All" in await ada.read(TRY)
    text = "rules:\n- name: Clusters\n  group_by: [cluster]\n"
    tried = await ada.send(TRY, 200, rules=text, days="3")
    assert "1 alert fares differently" not in tried.text
    assert "2 alerts fare differently" in tried.text
    assert "Makes an incident" in tried.text
    assert await names(world) == ["All"]
    wrong = await ada.send(TRY, 422, rules=text.replace("group_by", "group"))
    assert "Line 3, column 10" in wrong.text
    assert "group: [cluster]" in wrong.text
    await ada.read(TRY)
    await ada.send(f"{PATH}/apply", form=ada.form(TRY), rules=text)
    assert await names(world) == ["Clusters"]
    assert "Put a whole set of rules into force." in await ada.read(f"{PATH}/versions")
    await ada.send(f"{PATH}/versions", number="1")
    assert await names(world) == ["All"]
    async with world.database.reading() as reader:
        assert len(await reader.rows(RoutingVersion, select(RoutingVersion))) == 3
    assert "Go back" not in await ben.read(f"{PATH}/versions")
    await ben.read(TRY, 403)
    await ben.send(f"{PATH}/apply", 403, form={}, rules=text)
