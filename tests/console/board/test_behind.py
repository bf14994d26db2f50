"""The incidents behind each number of the dashboard of the forty (tests.metrics.forty)."""

import httpx
import pytest

from core import ids
from tests.console.board.conftest import DASHBOARD, WEEKS, Page
from tests.schema.client import HOST

OPENED = ("mttr", "mttm", "mtta", "mttd", "severity", "service", "hours", "reopen_rate")
"""Figures whose numbers count incidents, each once."""


@pytest.fixture
def database_url(made):
    return made.url


@pytest.fixture
def named(made):
    """The names of some references."""
    names = {reference: name for name, reference in made.references.items()}
    return lambda page: [names[each] for each in page.behind]


async def open_(board, href, who="ben"):
    answer = await board.get(href, who)
    assert answer.status_code == 200, (href, answer.text)
    return Page(answer.text)


async def test_every_number_opens_exactly_as_many_incidents(board):
    for who in ("ada", "eve"):
        page = await board(who)
        tried = 0
        for key in OPENED:
            for href, number in page.figures[key].numbers:
                assert len((await open_(board, href, who)).behind) == number, (who, key, href)
                tried += 1
        assert tried > 25
        whole = [len((await open_(board, page.figures[key].links[0], who)).behind) for key in ("mttr", "severity")]
        assert whole == ([25, 27] if who == "ada" else [24, 26])


async def test_each_with_its_own_value_and_what_is_left_out_with_the_reason(board, named, made):
    page = await board(path="/mttr", bucket="3")
    assert named(page) == ["w3-3", "w3-2", "w3-1", "w3-0"]
    assert page.text.count('<td class="num">3 h 20 min</td>') == 4
    assert page.left == []
    first = await board(path="/mttr", bucket="1")
    assert set(named(first)) == {f"w1-{n}" for n in range(10)}
    assert '<td class="num">1 h 40 min</td>' in first.text
    assert set(first.left) == {made.references["open"], made.references["unknown"]}
    assert "It has not come to that yet." in first.words
    assert "It is not known when it began." in first.words
    assert "Median 55 min, slowest tenth 1 h 31 min." in first.words
    assert "2 Nov to 8 Nov 2026" in first.words
    assert named(await board(path="/mttr", before="yes")) == [f"w0-{n}" for n in (5, 4, 3, 2, 1, 0)]
    assert set(named(await board(path="/incidents", severity="SEV1", service="checkout-api"))) == {
        f"w1-{n}" for n in range(5)
    }
    assert set(named(await board(path="/incidents", weekday="0", hour="9"))) == {"w1-0", "w2-0", "w3-0"}
    taken = await board(path="/mtta")
    assert len(taken.left) == 16
    assert "It was declared directly: nothing waited." in taken.words
    assert '<td class="num">not reopened</td>' in (await board(path="/reopen_rate")).text


async def test_pages_of_a_long_list(board, monkeypatch):
    monkeypatch.setattr("console.board.behind.SHOWN", 10)
    page, seen = await board(path="/mttr"), []
    while True:
        seen += page.behind
        older = page.text.partition('rel="next"')[0].rpartition('href="')[2].rstrip('" ')
        if 'rel="next"' not in page.text:
            break
        page = await open_(board, older.replace("&amp;", "&"))
        assert 'rel="prev"' in page.text
    assert len(seen) == len(set(seen)) == 24
    newer = page.text.partition('rel="prev"')[0].rpartition('href="')[2].rstrip('" ').replace("&amp;", "&")
    assert (await open_(board, newer)).behind == seen[10:20]


async def test_what_is_no_number(board):
    nobody = ids.encode("User", 999_999)
    for path, given, status, words in (
        ("/mttz", {}, 404, "There is no metric"),
        ("/mttr", {"bucket": "4"}, 422, "There is no bucket 4."),
        ("/mttr", {"bucket": "0"}, 422, "There is no bucket 0."),
        ("/mttr", {"bucket": "x"}, 422, "is not a whole number"),
        ("/incidents", {"weekday": "7", "hour": "1"}, 422, "This is no weekday."),
        ("/incidents", {"weekday": "1", "hour": "24"}, 422, "These are no hours"),
        ("/incidents", {"weekday": "1", "hour": "20", "hours": "5"}, 422, "These are no hours"),
        ("/pages_per_person", {"person": nobody}, 404, "There is no person"),
        ("/pages_per_person", {"person": "x"}, 422, ""),
        ("/mttr", {"after": "bm9uZQ"}, 422, "is not a cursor"),
        ("/mttr", {"zone": "Mars"}, 422, "is not a time zone"),
    ):
        page = await board(path=path, status=status, **given)
        assert words in page.words, (path, given)
    assert (await board(path="/mttr", weekday="0", hour="0")).behind == []


async def test_who_is_not_signed_in_is_led_to_sign_in(board):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(board.application), base_url=HOST) as stranger:
        for path in ("", ".pdf", "/mttr", "/gaps", "/noise", "/mttr.csv"):
            answer = await stranger.get(f"{DASHBOARD}{path}", params=WEEKS)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/auth/login?next=/console/dashboard")
