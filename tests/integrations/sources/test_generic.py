"""Any JSON as alerts, by expressions that are kept with the source."""

from datetime import UTC, datetime

import orjson
import pytest

from actions.alerts.expressions import BUDGET, Budget, Evaluator, TooMuchError, compiled
from actions.alerts.mapping import BodyError, checked_mapping, read
from actions.alerts.sources import create_alert_source, save_alert_source
from core.errors import DomainError, ErrorCode
from core.ids import encode
from models.words import AlertState
from tests.actions.alerting import alerts, incidents, rule
from tests.integrations.sources.samples import names, sample

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
MAPPING = {
    "alerts": "data.checks[?visible]",
    "title": "join(': ', [host, name])",
    "state": "status",
    "key": "join('/', [host, name])",
    "labels": "{host: host, team: meta.team}",
    "startsAt": "since",
    "url": "links[0].href",
    "group": "meta.cluster",
    "delivery": "id",
}


def check(name, status, **changes):
    more = {"visible": True, "meta": {"team": "shop", "cluster": "eu-1"}, "links": [{"href": "https://mon.example/1"}]}
    return {"host": "web-1", "name": name, "status": status, "since": 1_795_000_000, **more, **changes}


def body(*checks, number="1"):
    return {"id": f"d-{number}", "data": {"checks": list(checks)}}


async def test_a_mapping_makes_alerts_that_fire_group_and_end(world, source, clock):
    await rule(world)
    here = await source("generic")
    await world.do(save_alert_source, world.ada, id=here.reference, mapping=MAPPING)
    sent = body(check("disk", "PROBLEM"), check("cpu", "problem"), check("ram", "problem", visible=False))
    assert await here.takes(sent) == (2, 2, 0)
    assert await here.takes(sent) == (2, 2, 0), "the same delivery is answered as the first time"
    clock.advance(minutes=5)
    assert await here.takes(body(check("disk", "OK", since=None), number="2")) == (1, 0, 1)
    cpu, disk = sorted(await alerts(world), key=lambda alert: alert.title)
    assert (disk.title, disk.state, disk.url) == ("web-1: disk", AlertState.RESOLVED, "https://mon.example/1")
    assert (cpu.state, cpu.labels) == (AlertState.FIRING, {"host": "web-1", "team": "shop"})
    assert cpu.starts_at == datetime.fromtimestamp(1_795_000_000, UTC)
    assert len(await incidents(world)) == 1, "they are of one group"


async def test_without_a_mapping_the_usual_names_are_looked_for(world, source):
    here = await source("generic")
    assert await here.takes({"title": "Disk full", "state": "alerting", "alert_uid": "u1"}) == (1, 1, 0)
    assert await here.takes({"title": "Disk is fine", "state": "ok", "alert_uid": "u1"}) == (1, 0, 1)
    (only,) = await alerts(world)
    assert (only.title, only.fingerprint, only.state) == ("Disk full", "u1", AlertState.RESOLVED)


@pytest.mark.parametrize("name", [*names("generic"), *names("opsgenie")] or ["generic/none"])
def test_the_samples_of_generic_senders_are_read(name):
    mapping = {"alerts": "alert", "title": "message", "key": "alertId", "startsAt": "createdAt", "labels": "tags"}
    whole = sample(name)
    reading = read(mapping if name.startswith("opsgenie") else None, whole, NOW)
    (found,) = reading.groups[0].alerts
    assert found.title
    assert found.firing
    assert "state finds nothing" in found.annotations.get("parse_note", "") or "state" in whole


@pytest.mark.parametrize(
    ("mapping", "field", "words"),
    [
        ({"title": "a ||"}, "mapping.title", "at character 5"),
        ({"title": "a..b"}, "mapping.title", "at character 3"),
        ({"labels": "{a: }"}, "mapping.labels", "at character"),
        ({"key": "'open"}, "mapping.key", "at character"),
        ({"key": "nothing(a)"}, "mapping.key", "no function nothing()"),
        ({"key": "a" * 301}, "mapping.key", "301 characters"),
        ({"key": "(" * 290}, "mapping.key", ""),
        ({"key": 7}, "mapping.key", "a text"),
        ({"colour": "a"}, "mapping.colour", "no such expression"),
        (["a"], "mapping", "an object"),
    ],
)
async def test_an_expression_that_fails_is_refused_when_it_is_saved(world, mapping, field, words):
    given = {"kind": "generic", "name": "Ours", "mapping": mapping}
    with pytest.raises(DomainError) as caught:
        await world.do(create_alert_source, world.ada, **given)
    assert (caught.value.code, caught.value.field) == (ErrorCode.INVALID_INPUT, field)
    assert words in caught.value.message


async def test_only_generic_sources_have_a_mapping(world):
    with pytest.raises(DomainError, match="is read as it is"):
        await world.do(create_alert_source, world.ada, kind="grafana", name="G", mapping={"title": "a"})


@pytest.mark.parametrize(
    ("mapping", "whole", "expression"),
    [
        ({"alerts": "nowhere"}, {"a": 1}, "alerts"),
        ({}, [], "alerts"),
        ({}, ["text"], "alerts"),
        ({}, 7, "alerts"),
        ({}, None, "alerts"),
        ({}, {"a": 1}, "key"),
        ({}, [{"title": "x"}] * 101, "alerts"),
        ({}, [{"title": f"x{n}"} for n in range(21)], "group"),
    ],
)
def test_a_body_without_alerts_is_refused_and_names_the_expression(mapping, whole, expression):
    with pytest.raises(BodyError) as caught:
        read(checked_mapping(mapping), whole, NOW)
    assert caught.value.expression == expression
    assert caught.value.message
    assert caught.value.hint


def nested(levels):
    found = {"title": "x"}
    for _ in range(levels):
        found = {"a": found}
    return found


DOUBLING = "|".join(["[@,@]"] * 40)


@pytest.mark.parametrize(
    "mapping",
    [
        {"title": f"{DOUBLING}|to_string(@)"},
        {"title": "|".join(["[@,@][]"] * 30)},
        {"title": f"{DOUBLING}==`1`"},
        {"alerts": "[*].[*]|[]|[*][*]", "title": f"length({DOUBLING})"},
    ],
)
def test_an_expression_that_doubles_what_it_is_given_ends_as_a_refusal(mapping):
    whole = [{"title": "x" * 1000, "n": n} for n in range(50)]
    with pytest.raises(BodyError) as caught:
        read(checked_mapping(mapping), whole, NOW)
    assert caught.value.message.startswith(("The expressions take too much work", "What the expression finds"))


def test_deep_bodies_are_refused_and_large_ones_read_within_the_budget():
    with pytest.raises(BodyError, match="too many levels"):
        read(None, nested(60), NOW)
    assert read({"alerts": "a.a"}, nested(2), NOW).groups
    budget = Budget()
    labels = {f"l{n}": "v" * 50 for n in range(40)}
    whole = {"alerts": [{"title": f"t{n}", "state": "ok", "id": n, "labels": labels} for n in range(100)]}
    assert len(Evaluator(budget).evaluate(compiled("alerts[*].{a: title, b: labels}"), whole)) == 100
    assert budget.left > BUDGET // 2
    with pytest.raises(TooMuchError):
        Budget(10).weigh(whole)


async def test_a_source_is_renamed_closed_and_opened_again(world, source):
    here = await source("generic")
    await world.do(
        save_alert_source, world.ada, id=here.reference, name="Icinga", mapping={"title": " name ", "key": ""}
    )
    await world.do(save_alert_source, world.ada, id=here.reference, archived=True)
    assert (await here.post({"name": "x"})).status_code == 404
    await world.do(save_alert_source, world.ada, id=here.reference, archived=False)
    assert await here.takes({"name": "x"}) == (1, 1, 0)
    before = await world.events()
    await world.do(save_alert_source, world.ada, id=here.reference, name="Icinga", mapping={"title": "name"})
    assert await world.events() == before, "what changes nothing records nothing"
    for given, expected in (
        ({"name": ""}, (ErrorCode.INVALID_INPUT, "name")),
        ({"id": encode("AlertSource", 99)}, (ErrorCode.NOT_FOUND, "id")),
    ):
        with pytest.raises(DomainError) as caught:
            await world.do(save_alert_source, world.ada, **{"id": here.reference, **given})
        assert (caught.value.code, caught.value.field) == expected


async def test_what_is_no_json_is_refused(source):
    here = await source("generic")
    for raw in (b"", b"{", b"\xff", "ä".encode("latin-1"), b"[" * 5000):
        assert (await here.client.post(here.path, content=raw)).status_code == 400
    assert (
        await here.client.post(here.path, content=b"\xef\xbb\xbf" + orjson.dumps({"title": "x"}))
    ).status_code == 202
