"""Routing rules in Settings: their fields, their order, trying others, and going back."""

from sqlalchemy import select

from actions.declarations import declare_incident
from core.ids import encode
from models.alert import RoutingRule, RoutingVersion
from tests.actions.alerting import Monitor, firing, incidents, rule
from tests.actions.paging.calls import policy, step
from tests.console.desk import words

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
    line = "Become an incident after 3 alerts in 10 min, by cluster, alertname; it ends with all of its alerts"
    assert line in await ada.read(PATH)
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
    assert "0 of 0 pages would have been spared" in words(tried.text)
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


async def test_the_form_of_a_rule_tells_what_it_would_have_spared_and_saves_nothing(world, ada, ben):
    await policy(world, step(world, "ben"))
    first = await rule(world, name="All", service="checkout-api")
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a", team="web"), key="1")
    await monitor.sends(firing("b", team="db"), key="2")
    for each in await incidents(world):
        await world.do(declare_incident, world.chi, incident=each.reference, severity="SEV1")
    await ada.read(f"{PATH}/new")
    drop = {"matchers.0.label": "team", "matchers.0.wanted": "web", "drop_reason": "Noise.", "_estimate": "yes"}
    after = words((await ada.send(f"{PATH}/new", 200, name="Web", **drop)).text)
    assert "0 of 2 pages would have been spared. 2 incidents instead of 2." in after, "it would come after All"
    shown = await ada.send(f"{PATH}/new", 200, name="Web", position="1", **drop)
    assert "0 of 2 pages" in words(shown.text), "among equals the older is tried first"
    async with world.database.unit_of_work() as session:
        (await session.get(RoutingRule, first.id)).position = 5
    shown = await ada.send(f"{PATH}/new", 200, name="Web", position="4", **drop)
    assert "1 of 2 pages would have been spared. 1 incident instead of 2." in words(shown.text)
    assert 'value="Noise."' in shown.text
    assert await names(world) == ["All"]
    wrong = await ada.send(f"{PATH}/new", 422, name="Web", condition="labels.a ==", position="4", _estimate="yes")
    assert "Column 12" in wrong.text
    odd = await ada.send(f"{PATH}/new", 422, name="Web", condition="", join_upstream="yes", _estimate="yes")
    assert "A rule that joins no open incident joins none" in words(odd.text)
    address = f"{PATH}/{encode('RoutingRule', first.id)}"
    await ada.read(address)
    less = await ada.send(address, 200, create_incident="NEVER", _estimate="yes")
    assert "2 of 2 pages would have been spared. 0 incidents instead of 2." in words(less.text)
    async with world.database.reading() as reader:
        (row,) = await reader.rows(RoutingRule, select(RoutingRule))
    assert row.create_incident == "ALWAYS"
    await ben.send(f"{PATH}/new", 403, form={}, name="Web", _estimate="yes")
