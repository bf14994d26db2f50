"""What hostile or careless people write is refused with its field, or shown without harm."""

import json
from html.parser import HTMLParser

import pytest

from actions.update_parts import ClaimInput
from actions.updates import publish_update
from core.errors import DomainError, ErrorCode
from models.words import Audience, ComponentStatus, PublicStatus
from statuspage.markdown import TABLE_CELLS, html_of
from statuspage.words import BIDI_CONTROLS
from tests.telling import make_incident, tell

HOSTILE = (
    "<script>alert(1)</script>\n\n<style>*{display:none}</style>\n\n"
    "[a](javascript:alert(1)) [b](data:text/html;base64,PHN2Zz4=) [c](vbscript:x) ![d](https://evil.example/p.png)\n\n"
    "<img src=x onerror=alert(1)> <svg/onload=alert(1)> <iframe srcdoc='x'></iframe> <a href='//evil.example'>e</a>\n\n"
    "| <script>x</script> | [f](javascript:x) |\n|---|---|\n| <b onclick=x>g</b> | ![h](data:image/png,x) |\n\n"
    "gnp.\u202eexe\u2066 ]]> &lt;script&gt; \x1b[31m"
)
PATHS = ("/", "/incidents/INC-7")
MACHINES = ("/history.atom", "/history.rss", "/feed.json", "/status.json", "/api/v2/incidents.json")
OURS = {"link", "script"}


class Tags(HTMLParser):
    """What a browser makes of a page: tags with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    @property
    def harmful(self):
        return [
            (tag, attributes)
            for tag, attributes in self.found
            if tag in ("script", "style", "iframe", "img", "object", "embed", "base")
            or any(name.startswith("on") or name in ("style", "srcdoc") for name in attributes)
            or attributes.get("href", "").lower().startswith(("javascript:", "data:", "vbscript:", "//"))
        ]


@pytest.fixture
async def hostile(world):
    await world.do(make_incident, 7)
    await tell(world, 7, body=HOSTILE, public_title="<script>alert(1)</script>\u202e]]>")


async def test_nothing_of_it_runs_on_a_page(hostile, now_shown):
    for path in (*PATHS, "/history"):
        page = await now_shown(path)
        assert Tags(page).harmful == []
        assert not set(BIDI_CONTROLS) & set(page)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert hostile is None


async def test_nothing_of_it_runs_in_what_programs_read(hostile, now_shown):
    for path in MACHINES:
        content = await now_shown(path)
        assert not set(BIDI_CONTROLS) & set(content), path
        assert "\x1b" not in content
        assert "\\u001b" not in content
        assert "\\u202e" not in content.lower()
    for item in json.loads(await now_shown("/feed.json"))["items"]:
        assert Tags(item["content_html"]).harmful == []
    assert hostile is None


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"body": "x" * 100_000}, ErrorCode.INVALID_INPUT, "body"),
        ({"body": "\u202e\u2066 \u200b"}, ErrorCode.INVALID_INPUT, "body"),
        ({"body": "a\x00b"}, ErrorCode.INVALID_INPUT, "body"),
        ({"public_title": "x" * 201}, ErrorCode.INVALID_INPUT, "public_title"),
    ],
)
async def test_what_is_too_long_or_empty_is_refused_with_its_field(world, given, code, field):
    await world.do(make_incident, 7)
    with pytest.raises(DomainError) as caught:
        await tell(world, 7, **given)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.hint
    if len(str(given.get("body"))) > 1000:
        assert "100000 characters; at most 20000" in caught.value.message


async def test_an_unknown_component_is_refused_with_its_place(world):
    await world.do(make_incident, 7)
    for reference in ("Checkout", "Q29tcG9uZW50Ojk5OTk", ""):
        with pytest.raises(DomainError) as caught:
            await world.do(_say, world, [ClaimInput(reference, ComponentStatus.MAJOR_OUTAGE)])
        assert caught.value.field == "components.0.component"


async def _say(session, world, components):
    said = {"incident": "INC-7", "audience": Audience.PUBLIC, "status": PublicStatus.MONITORING, "body": "x"}
    await publish_update(session, world.ben, **said, components=components)


def table(columns, rows):
    return "\n".join(["|" + "a|" * columns, "|" + "-|" * columns, *["|" + "b|" * columns] * rows])


def test_a_table_stands_in_a_box_that_scrolls():
    html = html_of("| A | B |\n|:--|--:|\n| **1** | [x](javascript:y) |")
    assert html.startswith('<div class="wide" role="group" aria-label="Table" tabindex="0"><table>')
    assert html.endswith("</table></div>\n")
    assert "<strong>1</strong>" in html
    assert "style" not in html
    assert "href" not in html


@pytest.mark.parametrize(
    "text",
    [
        "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "x\n" * 5000,
        table(256, 30),
        "> " + table(256, 30).replace("\n", "\n> "),
        "1. " + table(256, 30).replace("\n", "\n   "),
        "a|b\n-|-\n" + "c\n" * 9000,
        "\n\n".join([table(10, 2)] * 300),
        "|" * 20_000,
        "-" * 19_999 + "x",
        "|-" * 10_000,
    ],
)
def test_a_huge_table_is_shown_as_it_was_written(text):
    html = html_of(text[:20_000])
    assert html.count("<td") + html.count("<th>") <= TABLE_CELLS
    assert len(html) < 200_000


def test_a_table_of_a_reasonable_size_is_one():
    assert html_of(table(8, 40)).count("<td>") == 320


def test_the_box_of_a_table_can_not_be_written_by_hand():
    html = html_of("`<table>` &lt;table&gt; <table><tr><td>x</td></tr></table></div>")
    assert Tags(html).found == [("p", {}), ("code", {})]
