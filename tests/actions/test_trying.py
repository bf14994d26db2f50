"""Trying alerts on the rules: the intake decides, everything is told, and nothing of it is kept."""

import json
from datetime import timedelta
from pathlib import Path

import click
import pytest
from sqlalchemy import text

from actions.alerts.rehearsal import RoutingFate
from actions.alerts.silences import save_silence
from actions.alerts.trying import try_group
from models.incident import incident_number
from models.paging.run import Page, PagingRun
from server.commands import rules_try
from tests.actions.alerting import Monitor, alerts, firing, group, incidents, resolved, rule
from tests.actions.paging.calls import policy, rows, step

SAMPLES = Path(__file__).parents[2].parent / "shared/contracts/samples"


async def tried(world, monitor, *these, **more):
    async with world.database.rehearsal() as session:
        return await try_group(session, monitor.source, group(*these, **more))


async def numbers_drawn(world):
    async with world.database.reading() as reader:
        return await reader.scalar(text(f"select last_value from {incident_number.name}"))


async def test_each_fate_is_told_with_its_rule_and_nothing_is_kept(world):
    monitor = await Monitor.create(world)
    await policy(world, step(world, "ben"), step(world, "chi"))
    hour = world.clock.now() + timedelta(hours=1)
    await world.do(save_silence, world.ben, matchers={"team": "quiet"}, reason="Moved.", ends_at=hour)
    for position, (name, fields) in enumerate({
        "Noise": {"matchers": {"team": "noise"}, "drop_reason": "Nobody acts on it."},
        "Wait": {"matchers": {"team": "wait"}, "create_incident": "AFTER_ALERTS", "threshold": 3,
                 "threshold_minutes": 5},
        "Ask": {"matchers": {"team": "ask"}, "create_incident": "ASK", "ask_minutes": 15, "page": "Payments"},
        "Page": {"matchers": {"team": "page"}, "create_incident": "NEVER", "page": "Payments"},
        "Log": {"matchers": {"team": "log"}, "create_incident": "NEVER"},
        "Disk": {"condition": 'labels.disk == "full" && title.contains("down")', "join_open": True,
                 "service": "checkout-api"},
        "Web": {"matchers": {"team": "=~web|quiet", "env": "prod"}},
    }.items(), 1):  # fmt: skip
        await rule(world, position=position, name=name, **fields)
    await monitor.sends(firing("old", disk="full"), key="old")
    drawn, before, (standing,) = await numbers_drawn(world), len(await alerts(world)), await incidents(world)
    for labels, fate, name, words in (
        ({"team": "noise"}, RoutingFate.DROPPED, "Noise", "Dropped by the rule “Noise”: Nobody acts on it."),
        ({"team": "wait"}, RoutingFate.WAITS, "Wait", "(3 within 5 min)"),
        ({"team": "ask"}, RoutingFate.ASKS, "Ask", "by the policy “Payments” until 03:15 UTC on 24 Nov 2026"),
        ({"team": "page"}, RoutingFate.PAGES, "Page", "without an incident: Ben Silva."),
        ({"team": "log"}, RoutingFate.KEPT, "Log", "as its rule says"),
        ({"disk": "full"}, RoutingFate.JOINS, "Disk", f"It joins {standing.reference} "),
        ({"team": "web", "env": "prod"}, RoutingFate.NEW_INCIDENT, "Web", "It opens an incident: InstanceDown"),
        ({"team": "quiet", "env": "prod"}, RoutingFate.KEPT, "Web", "Moved."),
        ({"team": "other"}, RoutingFate.KEPT, None, "No rule matches"),
    ):
        (found,) = await tried(world, monitor, firing("new", **labels), key="new")
        assert (found.fate, found.rule) == (fate, name), labels
        assert words in found.words
        assert (found.held_because is not None) is (labels["team"] == "quiet" if "team" in labels else False)
    because = {each.rule: each.because for each in found.passed_over}
    assert because["Noise"] == "team must be 'noise', and is 'other'."
    assert because["Disk"] == "Its condition can't be told: There is no 'disk' here."
    assert because["Web"] == "env must be 'prod', and is not there; team must be '=~web|quiet', and is 'other'."
    known, over, first, second = await tried(
        world, monitor, firing("old", disk="full"), resolved("so"), firing("x", team="web", env="prod"),
        firing("y", team="web", env="prod"), key="many",
    )  # fmt: skip
    assert (known.fate, over.fate, "2 times by then" in known.words) == (None, None, True)
    assert (first.fate, second.fate) == (RoutingFate.NEW_INCIDENT, RoutingFate.JOINS)
    assert (await numbers_drawn(world), len(await alerts(world)), len(await incidents(world))) == (drawn, before, 1)
    assert [len(await rows(world, table)) for table in (PagingRun, Page)] == [0, 0]
    assert not await world.jobs("page.send")


async def test_payloads_of_vendors_are_tried_by_kind_or_by_the_name_of_a_source(world):
    await rule(world)
    plain = {"title": "Disk full", "labels": {"team": "web"}}

    async def tell(source, payload, **how):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        async with world.database.rehearsal() as session:
            return rules_try.told(await rules_try.tried(session, source, body), as_json=how.get("as_json", False))

    assert await tell("generic", plain) == "Disk full\n  rule Everything\n  ! It opens an incident: Disk full."
    given = json.loads(await tell("generic", [plain, {**plain, "title": "Two"}], as_json=True))["alerts"]
    assert [each["fate"] for each in given] == ["NEW_INCIDENT", "NEW_INCIDENT"]
    await Monitor.create(world, "Our Prometheus")
    for wrong, source, words in (
        (b"{", "generic", "JSON"),
        ({"alerts": []}, "grafana", "alerts"),
        ([], "generic", "finds no alerts"),
        (plain, "our prometheus", "version"),
    ):
        with pytest.raises(click.ClickException, match=words):
            await tell(source, wrong)
    with pytest.raises(click.BadParameter, match="There is no source 'nagios2'"):
        await tell("nagios2", plain)
    if not SAMPLES.is_dir():
        pytest.skip("the vendors' samples are not here")
    assert "It opens an incident" in await tell(
        "alertmanager", (SAMPLES / "alertmanager/v4_firing_two_alerts.json").read_bytes()
    )
    assert "rule Everything" in await tell("grafana", (SAMPLES / "grafana/webhook_docs_firing_two.json").read_bytes())
    assert not await alerts(world)
