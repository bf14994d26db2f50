"""Forty incidents (tests.metrics.forty), and what each metric comes to of them, by hand."""

import pytest

W1, W3_END = "2026-11-02", "2026-11-22"


@pytest.fixture
def database_url(made):
    return made.url


def figures(count, mean=None, median=None, p90=None, p95=None, total=None):
    few = mean is None
    return {"count": count, "tooFew": few, "sum": total, "mean": mean, "median": median, "p90": p90, "p95": p95}


def minutes(count, mean, median, p90, p95):
    return figures(count, *(round(value * 60, 6) for value in (mean, median, p90, p95)))


def bare(told):
    return {name: value for name, value in told.items() if name != "incidents"}


async def test_time_to_resolve_by_week_against_the_time_before(asking, names):
    answer = await asking("mttr", W1, W3_END)
    weeks = [bare(each["figures"]) for each in answer["buckets"]]
    # Week 1, of 10, 20, … 100: the sum is 550. Of 10 values the median is halfway from the 5th to the 6th; P90 lies at
    # 0.9 * 9 = 8.1, a tenth from the 9th (90) to the 10th (100); P95 at 8.55.
    assert weeks[0] == minutes(10, 550 / 10, (50 + 60) / 2, 90 + 0.1 * 10, 90 + 0.55 * 10)
    # Week 2 is one and a half times as long.
    assert weeks[1] == minutes(10, 82.5, 82.5, 136.5, 143.25)
    # Week 3 has four: too few.
    assert weeks[2] == figures(4)
    # All 24: 10 15 20 30 30 40 45 50 60 60 70 75 | 80 90 90 100 105 120 135 150 200 200 200 200. The median is halfway
    # from 75 to 80; P90 lies at 0.9 * 23 = 20.7, between 200 and 200. The sum is 550 + 825 + 800 = 2175.
    assert bare(answer["total"]) == minutes(24, 2175 / 24, 77.5, 200, 200)
    # Three weeks before: six times 20.
    assert answer["beforeFirstDay"] == "2026-10-12"
    assert bare(answer["before"]) == minutes(6, 20, 20, 20, 20)
    assert answer["change"] == (77.5 - 20) / 20
    assert names(answer["before"]) == [f"w0-{n}" for n in (5, 4, 3, 2, 1, 0)]
    assert names(answer["buckets"][2]["figures"]) == ["w3-3", "w3-2", "w3-1", "w3-0"]
    assert len(names(answer["total"])) == 24
    # One is not resolved, of one nobody knows when its impact began.
    assert {each["reason"]: each["count"] for each in answer["leftOut"]} == {"NO_END": 1, "NO_START": 1}


async def test_the_other_response_times(asking):
    # Mitigation came with the resolution.
    assert (await asking("mttm", W1, W3_END))["total"] == (await asking("mttr", W1, W3_END))["total"]
    # Detection came 5 minutes after the impact, 24 times; of the open incident after an hour. Mean: 180 / 25.
    detected = await asking("mttd", W1, W3_END)
    assert bare(detected["total"]) == minutes(25, (24 * 5 + 60) / 25, 5, 5, 5)
    # The ten of week 2 were acknowledged after 1, 2, … 10 minutes.
    taken = await asking("mtta", W1, W3_END)
    assert bare(taken["total"]) == minutes(10, 5.5, 5.5, 9.1, 9.55)
    # The 10 + 4 others of these weeks, the open one and the unknown one were declared directly.
    assert taken["leftOut"] == [{"reason": "DECLARED_DIRECTLY", "count": 16}]
    assert taken["change"] is None


async def test_how_many_by_severity_and_service(asking):
    answer = await asking("incidents", W1, W3_END, groupBy=["SEVERITY", "SERVICE"])
    found = {tuple(part["name"] for part in group["parts"]): group["total"]["count"] for group in answer["groups"]}
    assert answer["total"]["count"] == 26  # 10 + 10 + 4, the open and the unknown one
    assert found == {
        ("SEV1", "Checkout API"): 5,
        ("SEV1", "Search API"): 2,  # every second of five touches both
        ("SEV2", "Checkout API"): 5,
        ("SEV2", "Search API"): 3,
        ("SEV3", "Search API"): 10,
        ("SEV1", None): 2,  # the open one and the unknown one
        ("SEV2", None): 4,
    }
    assert [group["total"]["count"] for group in answer["groups"]] == sorted(found.values(), reverse=True)
    assert answer["moreGroups"] == 0
    (search,) = [g for g in answer["groups"] if [p["name"] for p in g["parts"]] == ["SEV3", "Search API"]]
    assert [bucket["figures"]["count"] for bucket in search["buckets"]] == [0, 10, 0]
    assert search["total"]["incidents"]["nodes"][0] == {"title": "w2-9"}
    teams = await asking("mttr", W1, W3_END, groupBy=["TEAM"])
    # Payments owns Checkout: the ten of week 1. Nobody owns Search.
    assert [(g["parts"][0]["name"], g["total"]["count"], g["before"]["count"]) for g in teams["groups"]] == [
        (None, 14, 6),
        ("Payments", 10, 0),
    ]
    assert teams["groups"][1]["total"]["median"] == 55 * 60


async def test_hours_and_roles(asking):
    # Ben commanded the ten of week 1 from their detection on, 5 minutes after the impact: (550 - 10 * 5) / 60 hours.
    # Of 24 values 14 are 0. The ten are 5, 15, … 95 min; P90 lies at 20.7: 65 + 0.7 * 10; P95 at 21.85: 75 + 8.5.
    answer = await asking("responder_hours", W1, W3_END)
    assert bare(answer["buckets"][0]["figures"])["sum"] == round(500 / 60, 6)
    total = bare(answer["total"])
    assert total == figures(
        25, round(500 / 60 / 25, 6), 0, round(71 / 60, 6), round(83 / 60, 6), total=round(500 / 60, 6)
    )
    assert {each["reason"]: each["count"] for each in answer["leftOut"]} == {"NO_END": 1}


async def test_private_incidents_count_for_those_who_see_them_alone(asking, names):
    # Ada is a member of hers: 10, 20, … 100 and 1,000 minutes; the median is the 6th of 11.
    hers, others = [await asking("mttr", W1, "2026-11-08", by=who) for who in ("ada", "eve")]
    assert bare(hers["total"]) == minutes(11, 1550 / 11, 60, 100, 550)
    assert bare(others["total"]) == minutes(10, 55, 55, 91, 95.5)
    assert "private" in names(hers["total"])
    assert "private" not in names(others["total"])
    text = (await asking.get("/metrics/incidents", by="eve", days=30)).text
    assert 'muster_incident_mttr_cases{severity="all"} 30.0' in text
    assert (
        'muster_incident_mttr_cases{severity="all"} 31.0'
        in (await asking.get("/metrics/incidents", by="ada", days=30)).text
    )


async def test_days_begin_where_the_asker_is(asking):
    # 3, 6, 9 … hours after Monday 09:00 UTC: two of week 1 fall on another day in Auckland (UTC+13).
    async def by_day(zone):
        answer = await asking("incidents", W1, "2026-11-04", period="DAY", timeZone=zone, groupBy=["TEAM"])
        (payments,) = [group for group in answer["groups"] if group["parts"][0]["name"] == "Payments"]
        return [bucket["figures"]["count"] for bucket in payments["buckets"]]

    # UTC: 09 12 15 18 21 | 00 03 06 09 12. Auckland: 22 | 01 04 07 10 13 16 19 22 | 01.
    assert await by_day("UTC") == [5, 5, 0]
    assert await by_day("Pacific/Auckland") == [1, 8, 1]
