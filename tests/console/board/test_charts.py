"""Charts: pictures that are told in words, with a table behind them, and nothing that a name could break out of."""

import re
from xml.etree import ElementTree as ET

from console.board.charts.bars import Bar, Layer, columns, rows
from console.board.charts.drawing import at, top_of
from console.board.charts.heat import heat
from console.board.charts.line import Point, line
from console.board.charts.promises import Kept, promises
from console.pages import pages
from tests.actions.alerting import Monitor, firing, rule
from tests.console.board.conftest import DASHBOARD

SVG = "{http://www.w3.org/2000/svg}"


def as_xml(picture):
    """A picture of a page as XML: well-formed, or the test fails."""
    return ET.fromstring(picture.strip().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314 (ours)


def parsed(drawn):
    """A drawing as a page has it."""
    template = pages.from_string('{% import "board/figures.html" as board %}{{ board.chart(drawn) }}')
    return as_xml(template.render(drawn=drawn))


def inspected(picture):
    named = picture.get("aria-labelledby").split()
    assert picture.get("role") == "img"
    assert [picture.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == named
    assert all(picture.find(f"{SVG}{tag}").text.strip() for tag in ("title", "desc"))
    width, height = map(float, picture.get("viewBox").split()[2:])
    for each in picture.iter():
        for value in (each.get("d"), each.get("x"), each.get("y"), each.get("cx"), each.get("cy")):
            for number in re.findall(r"-?\d+(?:\.\d+)?", value or ""):
                assert len(number.partition(".")[2]) <= 1, (value, number)
                assert abs(float(number)) <= max(width, height) + 1, value
        assert "style" not in each.attrib
    return "".join(picture.itertext())


def test_a_line_stops_where_nothing_is_known():
    points = [Point("a", 5, 9), Point("b", None), Point("c", 7, 8), Point("d", 8, 9)]
    picture = parsed(line("k", "T", "F", points))
    inspected(picture)
    strokes = [each.get("d") for each in picture.iter(f"{SVG}path") if each.get("class") == "c-line"]
    assert len(strokes) == 2, "what stands alone is a dash, and no line leads across the gap"
    assert strokes[0].endswith("h6")
    assert strokes[1].count("L") == 1
    assert inspected(parsed(line("k", "T", "F", [Point("a", None)]))).endswith("a")
    inspected(parsed(line("k", "T", "F", [])))


def test_an_aim_is_a_line_of_its_own_inside_the_picture():
    drawn = line("mttr", "MTTR", "", [Point("2 Nov", 3.0), Point("9 Nov", 4.0)], aim=20.0)
    assert str(drawn.body).count('class="c-aim"') == 1
    assert ">aim</text>" in drawn.body
    [y] = re.findall(r'class="c-aim" d="M[\d.]+ ([\d.]+)H', str(drawn.body))
    assert 0 < float(y) < 128
    assert "c-aim" not in line("mttr", "MTTR", "", [Point("2 Nov", 3.0)]).body
    kept = promises("kept", "Promises", "", [Kept("2 Nov", 1, 9), Kept("9 Nov", 0, 0)], aim=0.9)
    assert str(kept.body).count('class="c-aim"') == 1, "one for each week in which something was promised"


def test_names_are_words_and_nothing_else():
    evil = '</text><script>alert("1")</script>'
    for drawn in (
        rows("k", evil, evil, [Bar(evil, [Layer("c-useful", 3)], evil)]),
        columns("k", evil, evil, [Bar(evil, [Layer("c-sev1", 2), Layer("c-none", 0)])] * 3),
        line("k", evil, evil, [Point(evil, 3.0, 4.0), Point(evil, 0.0)]),
        promises("k", evil, evil, [Kept(evil, 3, 2), Kept(evil, 0, 0)]),
        heat("k", evil, evil, {(0, 0): 1, (6, 23): 100}),
    ):
        picture = parsed(drawn)
        assert "alert" in inspected(picture)
        assert not list(picture.iter(f"{SVG}script"))


def test_many_buckets_and_large_numbers_stay_inside():
    bars = [Bar(str(n), [Layer("c-sev1", n * 1000), Layer("c-sev2", 7)]) for n in range(400)]
    inspected(parsed(columns("k", "T", "F", bars)))
    inspected(parsed(promises("k", "T", "F", [Kept(str(n), n, n % 7) for n in range(400)])))
    inspected(parsed(rows("k", "T", "F", bars[:8])))
    assert [at(value) for value in (1, 1.04, 1.06, -0.04, 80.0)] == ["1", "1", "1.1", "0", "80"]
    assert [top_of(value) for value in (0, 2, 3, 7, 9, 11, 61, 150)] == [2, 2, 4, 8, 10, 20, 80, 200]


async def test_each_picture_on_the_page_has_a_table_behind_it(board, world):
    await rule(world)
    monitor = await Monitor.create(world)
    await monitor.sends(firing("<i>a</i>", alertname="<script>"), firing("b"), key="one")
    page = await board(**{"from": "2026-11-02", "to": "2026-11-29"})
    pictures = re.findall(r"<svg class=\"chart.*?</svg>", page.text, flags=re.DOTALL)
    assert len(pictures) >= 3
    seen = set()
    for each in pictures:
        picture = as_xml(each)
        inspected(picture)
        seen.add(picture.get("aria-labelledby"))
    assert len(seen) == len(pictures)
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    for figure in page.figures.values():
        if figure.finding is not None:
            assert "<summary>Show as table" in figure.body
            assert f"{DASHBOARD}/" in "".join(figure.links)
            assert figure.rows
    assert "<script>" not in page.figures["noise"].body
    assert page.figures["noise"].rows[0][0] in ("&lt;script&gt;", "InstanceDown")
