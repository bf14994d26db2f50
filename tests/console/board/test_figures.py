"""The dashboard of the forty incidents (tests.metrics.forty): what stands on it is what the metrics answer."""

import csv
import io

import pytest
from sqlalchemy import event

from tests.console.board.conftest import DASHBOARD, W1, W3_END, WEEKS, parameters

EACH = ("mtta", "mttm", "mttr", "mttd", "incidents", "reopen_rate")
MOST_STATEMENTS = 50


@pytest.fixture
def database_url(made):
    return made.url


def rows_of(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_numbers_by_hand_and_against_the_time_before(board):
    found = (await board()).figures
    # The median of 24 is 77.5 minutes; in the three weeks before, six times 20 (tests.metrics.test_forty).
    assert found["mttr"].big == found["mttm"].big == "1 h 17 min"
    assert found["mttr"].hints[1] == "57 min more than in the 3 weeks before."
    assert found["mttr"].finding == "Median 55 to 82.5 min over 3 weeks, slowest tenth 91 to 136.5."
    assert (found["mttd"].big, found["mttd"].hints[1]) == ("5 min", "As long as in the 3 weeks before.")
    # The ten of week 2 alone passed through detection.
    assert (found["mtta"].big, found["mtta"].hints[1]) == ("5 min", "Too few in the 3 weeks before to compare.")
    assert found["mtta"].hints[0] == "MTTA, median: the detection to the acknowledgement"
    assert (found["severity"].big, found["severity"].hints[1]) == ("26", "20 more than in the 3 weeks before.")
    assert found["severity"].finding == "26 incidents over 3 weeks: 7 SEV1, 9 SEV2, 10 SEV3."
    assert found["severity"].rows == [["2 Nov", "7", "5", "0"], ["9 Nov", "0", "0", "10"], ["16 Nov", "0", "4", "0"]]
    assert found["service"].big == "Search API"
    assert found["service"].rows == [["Search API", "15", "0"], ["Checkout API", "10", "0"], ["no service", "6", "6"]]
    assert (found["reopen_rate"].big, found["reopen_rate"].hints[1]) == (
        "0 of 25",
        "The same share as in the 3 weeks before.",
    )
    # Week 3 has four: they are counted, and no figure is made of them.
    assert found["mttr"].rows[2] == ["16 Nov", "–", "–", "4"]
    assert found["hours"].big == "Mon 09–10 h"
    assert found["noise"].big == found["load"].big == "none"


async def test_the_same_as_the_metrics_answer(board):
    """Whatever is chosen: the tables have the API's numbers, in the same buckets."""
    asked = {"metric": "", "firstDay": W1, "lastDay": W3_END, "timeZone": "UTC"}
    for period in ("week", "month", "day"):
        for key in ("mtta", "mttm", "mttr", "mttd"):
            ours = rows_of(await board.get(f"{DASHBOARD}/{key}.csv", **WEEKS, by=period))
            theirs = rows_of(await board.get("/metrics/incidents.csv", **{**asked, "metric": key, "period": period}))
            assert [each["Median"] for each in ours] == [each["median"] for each in theirs]
            assert [each["Slowest tenth"] for each in ours] == [each["p90"] for each in theirs]
            assert [each["Incidents"] for each in ours] == [each["count"] for each in theirs]
    by = {**asked, "metric": "incidents", "groupBy": "SEVERITY"}
    theirs = rows_of(await board.get("/metrics/incidents.csv", **by))
    ours = rows_of(await board.get(f"{DASHBOARD}/severity.csv", **WEEKS))
    for severity in ("SEV1", "SEV2", "SEV3"):
        weeks = [each["count"] for each in theirs if each["severity"] == severity]
        assert [each[severity] for each in ours] == weeks
    # One team's figures are its group's.
    own = rows_of(await board.get(f"{DASHBOARD}/mttr.csv", **WEEKS, team="payments"))
    theirs = rows_of(await board.get("/metrics/incidents.csv", **{**asked, "metric": "mttr", "groupBy": "TEAM"}))
    assert [each["Median"] for each in own] == [each["median"] for each in theirs if each["team"] == "Payments"]
    assert (await board.get(f"{DASHBOARD}/nonsense.csv")).status_code == 404


async def test_narrowed_to_a_team_a_service_or_a_severity(board):
    page = await board(team="payments")
    assert "only Payments" in page.words
    assert page.figures["mttr"].big == "55 min"
    assert (await board(team="payments", severity="sev1")).figures["severity"].big == "5"
    assert (await board(service="search-api")).figures["severity"].big == "15"
    assert (await board(service="none")).figures["severity"].big == "6"
    assert [row[0] for row in (await board(service="search-api")).figures["service"].rows] == ["Search API"]
    few = (await board(severity="SEV2", **{"from": "2026-11-16"})).figures
    assert few["mttr"].big == "4 incidents"
    assert few["mttr"].hints[1] == "Too few for a figure: below five it would tell of chance."
    assert few["mttr"].finding is None
    nothing = (await board(severity="SEV3", **{"from": "2026-11-16"})).figures
    assert (nothing["mttr"].big, nothing["mttr"].hints[1]) == ("none", "Nothing in these days.")
    assert nothing["mttr"].links == []


async def test_a_private_incident_counts_for_its_members_alone(board, made):
    hers, others = await board("ada"), await board("eve")
    assert (hers.figures["severity"].big, others.figures["severity"].big) == ("27", "26")
    for figure in ("mttr", "severity", "service", "hours"):
        assert hers.figures[figure].body != others.figures[figure].body
    private = made.references["private"]
    for path in ("/mttr", "/incidents"):
        assert private in (await board("ada", path)).behind
        page = await board("eve", path)
        assert private not in page.text
        assert "private" not in page.behind
    assert "Private" in (await board("ada", "/mttr")).words


async def test_periods_by_name_end_today_where_the_viewer_is(board):
    # The tests' clock stands on Tuesday, 24 November, 03:00 UTC: in Los Angeles it is Monday evening.
    async def days(**given):
        page = await board.get(DASHBOARD, **given)
        return page.text.partition('class="soft">')[2].partition(",")[0]

    assert await days(zone="UTC") == "7 Sep to 29 Nov 2026"
    assert await days(period="4w", zone="America/Los_Angeles") == "2 Nov to 29 Nov 2026"
    assert await days(period="quarter", zone="UTC") == "1 Oct to 24 Nov 2026"
    assert await days(period="quarter", zone="America/Los_Angeles") == "1 Oct to 23 Nov 2026"
    assert await days(period="year", zone="UTC") == "1 Jan to 24 Nov 2026"
    page = (await board.get(DASHBOARD, period="year", zone="UTC")).text
    assert "the 328 days before" in page
    assert ">Nov 2026<" not in page
    assert ">1 Nov to 24 Nov<" in page
    assert (
        "the 3 months before"
        in (await board.get(DASHBOARD, **{"from": "2026-08-01", "to": "2026-10-31", "by": "month"})).text
    )


async def test_what_cant_be_asked_is_said_at_its_field(board):
    for given, field, words in (
        ({"from": "2026-11-30"}, "to", "2026-11-22 is before 2026-11-30"),
        ({"from": "soon"}, "from", "'soon' is not a day"),
        ({"from": ""}, "from", "The day is missing"),
        ({"zone": "Mars/Base"}, "zone", "'Mars/Base' is not a time zone"),
        ({"period": "fortnight"}, "period", "is no period"),
        ({"by": "hour"}, "by", "is no length of time"),
        ({"from": "1990-01-01", "by": "day"}, "to", "buckets"),
        ({"from": "1960-01-01"}, "from", "beyond what can be asked for"),
        ({"team": "<b>"}, "team", "There is no team"),
        ({"service": "search-api", "severity": "SEV9"}, "severity", "There is no severity"),
    ):
        page = await board(status=422, **given)
        assert f'id="board-{field}-error"' in page.text, given
        assert f'aria-describedby="board-{field}-error"' in page.text
        assert words in page.words
        assert "<b>" not in page.text
        assert page.figures == {}
    kept = await board(status=422, zone="Mars/Base", service="search-api")
    assert 'value="Mars/Base"' in kept.text
    assert '<option value="search-api" selected>' in kept.text
    assert f'value="{W1}"' in kept.text


async def test_statements_do_not_grow_with_what_there_is(board, database):
    sent = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    counts = []
    for days in (WEEKS, {"from": "2026-11-02", "to": "2026-11-02"}, {"from": "2020-01-01", "by": "month"}):
        await board(**days)
        sent.clear()
        await board(**days)
        counts.append(len(sent))
    assert max(counts) <= MOST_STATEMENTS, counts


async def test_links_keep_what_was_chosen(board):
    page = await board(team="payments", by="month")
    for href in page.figures["mttr"].links:
        assert parameters(href) | WEEKS | {"team": "payments", "by": "month"} == parameters(href)
    assert "/practice.html?firstDay=2026-11-02&amp;lastDay=2026-11-22&amp;timeZone=UTC" in page.text
