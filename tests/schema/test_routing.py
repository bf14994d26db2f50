"""Routing rules as a whole through the API: versions, and what other rules would have made."""

import orjson
import pytest
from sqlalchemy import func, select

from core import ids
from models.alert import AlertGroup
from models.event import Event
from tests.actions.alerting import Monitor, firing, resolved, rule
from tests.actions.paging.calls import policy, step
from tests.schema.doorway import Doorway

TALLY = "{ incidents joined waiting kept dropped }"
OUTCOME = "{ fate rule service severity first }"
TRY = f"""query ($rules: JSON!, $days: Int) {{ routingDryRun(rules: $rules, days: $days) {{
  alerts cut differing before {TALLY} after {TALLY} untold {{ rule alerts words }}
  differences {{ alert {{ title }} before {OUTCOME} after {OUTCOME} }} }} }}"""


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


async def test_versions_are_read_applied_and_gone_back_to(api, world):
    await rule(world, name="One", matchers={"team": "web"}, service="search-api", severity="SEV2", group_by=["a"])
    fields = "version { version change rules }"
    made = await api.do("ada", "applyRoutingRules", fields, rules=[{"name": "Other", "drop_reason": "Noise."}])
    assert made["version"]["rules"] == [{"name": "Other", "matchers": {}, "drop_reason": "Noise."}]
    back = (await api.do("ada", "restoreRoutingRules", fields, version=1))["version"]
    assert (back["version"], back["change"]) == (3, "Went back to version 1.")
    asked = "{ routingVersions(first: 5) { nodes { version change rules author { name } } } }"
    newest, second, first = (await answer(api, "ben", asked))["routingVersions"]["nodes"]
    one = {"name": "One", "matchers": {"team": "web"}, "service": "search-api", "severity": "SEV2", "group_by": ["a"]}
    assert newest["rules"] == first["rules"] == [one]
    assert second["author"]["name"].startswith("Ada")
    assert await api.refused("ada", "applyRoutingRules", rules=[{"name": "A", "condition": "labels.a =="}]) == (
        "INVALID_INPUT",
        "rules.0.condition",
    )


async def test_a_dry_run_says_what_other_rules_would_have_made_and_changes_nothing(api, world, clock):
    await rule(world, name="All")
    monitor, other = await Monitor.create(world), await Monitor.create(world, "Grafana")
    await monitor.sends(firing("a", cluster="eu"), firing("b", cluster="eu"), firing("n", cluster="eu", noise="yes"))
    clock.advance(minutes=2)
    await other.sends(firing("c", cluster="eu"), key="g2")
    clock.advance(minutes=2)
    await monitor.sends(*(resolved(name, cluster="eu") for name in "abn"))
    before = await _written(world)
    proposed = [
        {"name": "Noise", "condition": 'labels.noise == "yes"', "drop_reason": "Known."},
        {"name": "Clusters", "group_by": ["cluster"], "service": "search-api", "severity": "SEV1"},
    ]
    tried = (await answer(api, "ada", TRY, rules=proposed, days=1))["routingDryRun"]
    assert (tried["alerts"], tried["cut"], tried["differing"]) == (4, False, 4)
    assert tried["before"] == {"incidents": 2, "joined": 2, "waiting": 0, "kept": 0, "dropped": 0}
    assert tried["after"] == {"incidents": 1, "joined": 2, "waiting": 0, "kept": 0, "dropped": 1}
    last, noise, *_ = tried["differences"]
    assert (last["alert"]["title"], last["before"]["fate"], last["before"]["rule"]) == (
        "c is down",
        "NEW_INCIDENT",
        "All",
    )
    assert last["after"] == {
        "fate": "JOINS",
        "rule": "Clusters",
        "service": "search-api",
        "severity": "SEV1",
        "first": "a is down",
    }
    assert noise["after"]["fate"] == "DROPPED"
    assert tried["untold"] == [{"rule": "Noise", "alerts": 3, "words": "There is no 'noise' here."}]
    assert await _written(world) == before
    same = (await answer(api, "ada", TRY, rules=[{"name": "All"}]))["routingDryRun"]
    assert (same["differing"], same["differences"], same["before"]) == (0, [], same["after"])


async def test_a_dry_run_waits_for_enough_as_the_intake_does(api, world, clock):
    monitor = await Monitor.create(world)
    for number in range(4):
        await monitor.sends(firing(f"a{number}"), key=f"g{number}")
        clock.advance(minutes=1)
    proposed = [{"name": "W", "create_incident": "AFTER_ALERTS", "threshold": 3, "threshold_minutes": 10}]
    tried = (await answer(api, "ada", TRY, rules=proposed))["routingDryRun"]
    assert tried["before"] == {"incidents": 0, "joined": 0, "waiting": 0, "kept": 4, "dropped": 0}
    assert tried["after"] == {"incidents": 1, "joined": 3, "waiting": 0, "kept": 0, "dropped": 0}


async def test_a_dry_run_counts_who_would_be_asked_and_paged(api, world):
    await policy(world, step(world, "ben"))
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a", team="web"), firing("b", team="web"), firing("c", team="db"), firing("d"))
    proposed = [
        {"name": "Q", "matchers": {"team": "web"}, "create_incident": "ASK", "ask_minutes": 15},
        {"name": "P", "matchers": {"team": "db"}, "create_incident": "NEVER", "page": "payments"},
    ]
    tried = (await answer(api, "ada", TRY.replace("kept", "asked paged kept"), rules=proposed))["routingDryRun"]
    asked = {"incidents": 0, "joined": 0, "waiting": 0, "asked": 2, "paged": 1, "kept": 1, "dropped": 0}
    assert tried["after"] == asked
    assert {each["after"]["fate"] for each in tried["differences"]} == {"ASKS", "PAGES"}
    saved = await api.do("ada", "applyRoutingRules", "version { rules }", rules=proposed)
    assert saved["version"]["rules"] == [proposed[0], {**proposed[1], "page": "Payments"}]
    _, refusals = await api.ask("ada", TRY, rules=[{"name": "P", "create_incident": "NEVER", "page": "Nights"}])
    assert [refusal[1:] for refusal in refusals] == [("NOT_FOUND", "rules.0.page")]


async def test_a_dry_run_joins_what_is_open_upstream_as_the_intake_does(api, world):
    key = ids.encode("Service", world.services["checkout-api"].id)
    await api.do("dov", "saveService", "service { id }", id=key, dependsOn=["search-api"])
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a", team="search"), key="1")
    await monitor.sends(firing("b", team="shop"), key="2")
    search = {"name": "S", "matchers": {"team": "search"}, "service": "search-api"}
    shop = {"name": "C", "matchers": {"team": "shop"}, "service": "checkout-api", "join_open": True}
    for more, incidents in (({}, 2), ({"join_upstream": True}, 1)):
        tried = (await answer(api, "ada", TRY, rules=[search, {**shop, **more}]))["routingDryRun"]
        assert (tried["after"]["incidents"], tried["after"]["joined"]) == (incidents, 2 - incidents)


TRIAL = """query ($payload: String!, $source: String! = "generic", $rules: JSON) {
  alertTrial(payload: $payload, source: $source, rules: $rules) {
    title rule fate service heldBecause words passedOver { rule because } } }"""


async def test_a_payload_is_tried_on_the_rules_in_force_or_on_others_and_nothing_is_kept(api, world):
    await rule(world, name="All", service="search-api")
    await Monitor.create(world, "Our Prometheus")
    before = await _written(world)
    disk = orjson.dumps([{"title": "Disk full", "labels": {"team": "db"}}]).decode()
    (found,) = (await answer(api, "ada", TRIAL, payload=disk))["alertTrial"]
    assert (found["rule"], found["fate"], found["service"]) == ("All", "NEW_INCIDENT", "search-api")
    others = [{"name": "Web", "matchers": {"team": "web"}}, {"name": "Log", "create_incident": "NEVER"}]
    (found,) = (await answer(api, "ada", TRIAL, payload=disk, rules=others))["alertTrial"]
    assert (found["rule"], found["fate"]) == ("Log", "KEPT")
    assert found["passedOver"] == [{"rule": "Web", "because": "team must be 'web', and is 'db'."}]
    (none,) = (await answer(api, "ada", TRIAL, payload=disk, rules=[]))["alertTrial"]
    assert (none["rule"], none["fate"]) == (None, "KEPT")
    (mail,) = (await answer(api, "ada", TRIAL, payload="Subject: DOWN: Shop\n\nIt is.", source="email"))["alertTrial"]
    assert (mail["title"], mail["fate"]) == ("DOWN: Shop", "NEW_INCIDENT")
    assert await _written(world) == before
    assert [row["name"] for row in (await answer(api, "ben", "{ routingRules { name } }"))["routingRules"]] == ["All"]

    for given, code, field in (
        ({"payload": "{"}, "INVALID_INPUT", "payload"),
        ({"payload": disk, "source": "nagios"}, "INVALID_INPUT", "source"),
        ({"payload": disk, "source": "F\0"}, "INVALID_INPUT", "source"),
        ({"payload": disk, "source": "our prometheus"}, "INVALID_INPUT", "payload"),
        ({"payload": "x" * 100_001}, "INVALID_INPUT", "payload"),
        ({"payload": disk, "rules": [{"name": "A", "condition": "labels.a =="}]}, "INVALID_INPUT", "rules.0.condition"),
        ({"payload": disk, "rules": {"name": "A"}}, "INVALID_INPUT", "rules"),
    ):
        _, refusals = await api.ask("ada", TRIAL, **given)
        assert [refusal[1:] for refusal in refusals] == [(code, field)], given
    _, refusals = await api.ask("ben", TRIAL, payload=disk)
    assert [refusal[1] for refusal in refusals] == ["FORBIDDEN"]
    assert await _written(world) == before


async def test_a_process_that_reads_no_alerts_says_who_does(client):
    client.runtime.offers.clear()
    for asked in ('alertTrial(payload: "{}") { words }', 'alertSourcePreview(body: "{}") { delivery }'):
        error = await client.refusal(f"{{ {asked} }}", by="ada")
        assert (error["extensions"]["code"], error["message"]) == ("UNAVAILABLE", "This process reads no alerts.")
        assert error["extensions"]["hint"] == "Ask the web server's own API."


async def test_what_pages_for_an_alert_is_read_and_answered(api, world):
    await policy(world, step(world, "ben"))
    await rule(world, create_incident="ASK", ask_minutes=15, service="checkout-api")
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a"))
    paging = "paging { state asksUntil verdict policy { name } pages { user { name } state } }"
    (alert,) = (await answer(api, "eve", f"{{ alerts(first: 1) {{ nodes {{ id {paging} }} }} }}"))["alerts"]["nodes"]
    assert alert["paging"]["pages"] == [{"user": {"name": "Ben Silva"}, "state": "ASKED"}]
    assert (alert["paging"]["policy"]["name"], alert["paging"]["asksUntil"][11:16]) == ("Payments", "03:15")
    assert await api.refused("ben", "answerAlert", alert=alert["id"], verdict="NOISE") == ("INVALID_INPUT", "reason")
    told = await api.do("ben", "answerAlert", f"alert {{ incident {{ stage }} {paging} }}", **alert_is(alert))
    assert told["alert"]["incident"] == {"stage": "TRIAGE"}
    assert (told["alert"]["paging"]["state"], told["alert"]["paging"]["verdict"]) == ("ACKNOWLEDGED", "INCIDENT")
    assert await api.refused("ben", "answerAlert", **alert_is(alert)) == ("CONFLICT", "alert")


def alert_is(alert):
    return {"alert": alert["id"], "verdict": "INCIDENT"}


async def _written(world):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.max(Event.id))), await reader.scalar(select(func.count(AlertGroup.id)))


async def answer(api, person, document, **variables):
    data, refusals = await api.ask(person, document, **variables)
    assert refusals == []
    return data
