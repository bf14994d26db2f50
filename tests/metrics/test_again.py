"""The same question twice has the same answer: after corrections, after the definition changed. And bad questions."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from actions.metrics.dimensions import DIMENSIONS
from actions.reports import report_incident
from actions.timestamps import correct_timestamp
from models.metrics import definitions
from models.metrics.document import table
from models.words import IncidentTimestamp, MetricDimension
from tests.metrics.conftest import ASK
from tests.metrics.forty import EARLY, HOUR, MINUTE, MONDAY, WEEK, Forty

DAYS = ("2026-11-02", "2026-11-08")


@pytest.fixture
async def few(world):
    """Five incidents of an hour each."""
    forty = Forty(world)
    for n in range(5):
        await forty.direct(f"one-{n}", MONDAY + WEEK + n * HOUR, 60, "SEV2")
    return forty


async def test_a_correction_changes_the_answer_and_not_the_one_that_was_given(asking, world, few):
    first = await asking("mttr", *DAYS, groupBy=["SEVERITY"])
    assert first["total"]["median"] == 3600
    start = MONDAY + WEEK - EARLY
    for n in range(3):
        moment = start + n * HOUR + 30 * MINUTE
        given = {"incident": few.references[f"one-{n}"], "timestamp": IncidentTimestamp.MITIGATED, "reason": "clocks"}
        await world.do(correct_timestamp, world.ben, value=moment, **given)
        await world.do(
            correct_timestamp, world.ben, **{**given, "timestamp": IncidentTimestamp.RESOLVED, "value": moment}
        )
    few.at(MONDAY + WEEK + HOUR)
    await world.do(report_incident, world.ben, title="later", detected_at=MONDAY + WEEK + HOUR)
    again = await asking("mttr", *DAYS, groupBy=["SEVERITY"], asOf=first["cursor"])
    assert again == first
    now = await asking("mttr", *DAYS, groupBy=["SEVERITY"])
    assert now["total"]["median"] == 1800
    assert now["cursor"] != first["cursor"]
    assert (await asking("incidents", *DAYS))["total"]["count"] == 6
    assert (await asking("incidents", *DAYS, asOf=first["cursor"]))["total"]["count"] == 5


async def test_a_new_version_of_a_definition_leaves_the_old_one_as_it_was(asking, few, monkeypatch):
    del few
    before = await asking("mttr", *DAYS)
    old = definitions.definition("mttr")
    new = replace(old, version=old.version + 1, start=IncidentTimestamp.DETECTED, value="From the detection on.")
    monkeypatch.setitem(definitions.DEFINITIONS, "mttr", (old, new))
    after = await asking("mttr", *DAYS)
    assert (after["definition"]["version"], after["total"]["median"]) == (2, 55 * 60)
    assert await asking("mttr", *DAYS, version=1) == before
    listed = await asking.client.ask('{ metricDefinitions(metric: "mttr") { key version value } }')
    assert [each["version"] for each in listed["metricDefinitions"]] == [1, 2]


async def test_nothing_is_an_answer_too(asking):
    answer = await asking("mttr", "2031-03-30", "2031-04-03", timeZone="Europe/Berlin", period="DAY", groupBy=["TEAM"])
    assert [each["figures"]["count"] for each in answer["buckets"]] == [0] * 5
    assert (answer["total"]["tooFew"], answer["change"], answer["groups"]) == (True, None, [])
    share = await asking("promises_kept", "2031-03-30", "2031-04-03")
    assert (share["total"]["mean"], share["total"]["tooFew"]) == (None, True)


REFUSED = (
    ({"metric": "mttx"}, "NOT_FOUND", "metric"),
    ({"metric": "mttr\0"}, "NOT_FOUND", "metric"),
    ({"timeZone": "Mars/Olympus"}, "INVALID_INPUT", "timeZone"),
    ({"timeZone": "../etc/passwd"}, "INVALID_INPUT", "timeZone"),
    ({"timeZone": "UTC\0"}, "INVALID_INPUT", "timeZone"),
    ({"lastDay": "2026-11-01"}, "INVALID_INPUT", "lastDay"),
    ({"firstDay": "0001-01-01"}, "INVALID_INPUT", "firstDay"),
    ({"lastDay": "9999-12-31"}, "INVALID_INPUT", "lastDay"),
    ({"lastDay": "2029-01-01", "period": "DAY"}, "INVALID_INPUT", "lastDay"),
    ({"version": 0}, "INVALID_INPUT", "version"),
    ({"asOf": "bm9uZQ"}, "INVALID_INPUT", "asOf"),
    ({"asOf": "ZmVlZDo5OTk5OTk5OTk"}, "INVALID_INPUT", "asOf"),
)


async def test_what_can_not_be_asked_is_refused_with_code_and_field(asking):
    for question, code, field in REFUSED:
        given = {"metric": "mttr", "firstDay": DAYS[0], "lastDay": DAYS[1], **question}
        error = (await asking.client.refusal(ASK, {"input": given}))["extensions"]
        assert (error["code"], error["field"]) == (code, field), question
        assert error["hint"]
        answer = await asking.get("/metrics/incidents.csv", **given)
        told = answer.json()["error"]
        assert (answer.status_code, told["code"], told["field"]) == (400, code, field), question


async def test_causes_are_a_dimension_as_soon_as_they_are_kept(asking, few, world):
    del few
    if MetricDimension.CAUSE not in DIMENSIONS:
        given = {"metric": "mttr", "firstDay": DAYS[0], "lastDay": DAYS[1], "groupBy": ["CAUSE"]}
        error = (await asking.client.refusal(ASK, {"input": given}))["extensions"]
        assert (error["code"], error["field"]) == ("INVALID_INPUT", "groupBy")
        return
    async with world.database.engine.begin() as connection:
        await connection.execute(text("truncate factor_kind cascade"))
        for statement in FACTORS:
            await connection.execute(text(statement))
    answer = await asking("incidents", *DAYS, groupBy=["CAUSE"])
    found = {group["parts"][0]["name"]: group["total"]["count"] for group in answer["groups"]}
    assert found == {"Load": 2, "Change": 1, None: 3}


FACTORS = (
    """insert into factor_kind(key, name, description, position, created_at)
      values ('load', 'Load', '', 1, now()), ('change', 'Change', '', 2, now())""",
    """insert into postmortem(incident_id, status, version, created_at, assembled_cursor)
      select id, 'DRAFT', 1, now(), 0 from incident order by id limit 2""",
    """insert into contributing_factor(postmortem_id, kind_id, position)
      select p.id, k.id, 1 from postmortem p, factor_kind k where k.key = 'load'""",
    """insert into contributing_factor(postmortem_id, kind_id, position)
      select min(p.id), k.id, n from postmortem p, factor_kind k, generate_series(2, 3) n where k.key = 'change'
      group by k.id, n""",
)


async def test_the_table_says_what_the_api_says(asking, few):
    del few
    told = await asking("mttr", *DAYS, groupBy=["SEVERITY", "SERVICE"])
    asked = {"metric": "MTTR", "firstDay": DAYS[0], "lastDay": DAYS[1], "timeZone": "UTC"}
    answer = await asking.get("/metrics/incidents.csv", **asked, groupBy="severity,service", asOf=told["cursor"])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row == {
        "metric": "mttr",
        "version": "1",
        "as_of": told["cursor"],
        "time_zone": "UTC",
        "unit": "seconds",
        "first_day": DAYS[0],
        "last_day": DAYS[1],
        "whole": "True",
        "severity": "SEV2",
        "service": "",
        "count": "5",
        "too_few": "False",
        "sum": "",
        "mean": "3600.0",
        "median": "3600.0",
        "p90": "3600.0",
        "p95": "3600.0",
    }
    assert (await asking.get("/metrics/incidents.csv", **asked, by=None)).status_code == 401
    assert (await asking.get("/metrics/incidents.csv", **asked, by="eve")).status_code == 200
    for wrong in ({"period": "hour"}, {"groupBy": "moon"}, {"firstDay": "x"}, {"version": "two"}, {"colour": "red"}):
        refused = await asking.get("/metrics/incidents.csv", **{**asked, **wrong})
        assert (refused.status_code, refused.json()["error"]["field"]) == (400, next(iter(wrong)))
    assert (await asking.get("/metrics/incidents.csv", metric="mttr")).json()["error"]["field"] == "firstDay"


def test_the_guide_has_every_definition_as_it_is():
    """`python -m models.metrics.document` prints the table."""
    guide = Path(__file__).parents[2] / "docs/guides/metrics.md"
    assert table() in guide.read_text()
