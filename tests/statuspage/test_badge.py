"""The badge and the fragment that other pages show."""

import base64
import hashlib
from xml.etree import ElementTree as ET

import pytest

from models.words import ComponentStatus
from statuspage.badge import text_width
from tests.statuspage.conftest import BASE, name_organisation
from tests.telling import make_incident, tell

SVG = "{http://www.w3.org/2000/svg}"


async def badge(make_client):
    async with make_client() as client:
        answer = await client.get("/badge.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    return answer, ET.fromstring(answer.content)  # noqa: S314 (our own)


@pytest.mark.parametrize(
    ("status", "words", "shape"),
    [
        (None, "operational", "operational"),
        (ComponentStatus.DEGRADED_PERFORMANCE, "degraded", "degraded"),
        (ComponentStatus.PARTIAL_OUTAGE, "partial outage", "partial"),
        (ComponentStatus.MAJOR_OUTAGE, "major outage", "major"),
    ],
)
async def test_the_state_is_told_by_shape_and_word_as_well_as_colour(world, make_client, status, words, shape):
    if status:
        await world.do(make_incident, 7)
        await tell(world, 7, claims=[("checkout", status)])
    _, svg = await badge(make_client)
    assert svg.find(f"{SVG}title").text == f"Quillhaven status: {words}"
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "t d"
    assert [text.text for text in svg.iter(f"{SVG}text")] == ["Quillhaven", words]
    (drawn,) = (group for group in svg.iter(f"{SVG}g") if group.get("class") == shape)
    assert len(drawn) == 2, "an outline and a sign"
    assert f".{shape}{{stroke:" in svg.find(f"{SVG}style").text


async def test_it_may_stand_in_any_page_and_brings_its_own_style_only(make_client):
    answer, svg = await badge(make_client)
    digest = base64.b64encode(hashlib.sha256(svg.find(f"{SVG}style").text.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "prefers-color-scheme:dark" in svg.find(f"{SVG}style").text


@pytest.mark.parametrize("name", ["A & B <i>", "W" * 80, "كويلهيفن", "商店", "i"])
async def test_any_name_fits(world, make_client, name):
    await world.do(name_organisation, name=name)
    _, svg = await badge(make_client)
    shown, words = svg.iter(f"{SVG}text")
    width = float(svg.get("width"))
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} 24"
    assert float(words.get("x")) + float(words.get("textLength")) < width < 600
    assert float(shown.get("x")) + float(shown.get("textLength")) < float(words.get("x")) - 20
    assert name.startswith(shown.text.rstrip("…"))


def test_wide_letters_are_wide():
    assert text_width("iii") < text_width("aaa") < text_width("AAA") < text_width("WWW") == text_width("商商商")


async def test_the_fragment_is_one_paragraph(world, client):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", ComponentStatus.MAJOR_OUTAGE)])
    text = (await client.get("/fragment.html")).text
    assert text.strip().startswith('<p class="muster-status" data-state="major" lang="en">')
    assert f'<a href="{BASE}/"><img src="{BASE}/badge.svg" alt="Quillhaven status: major outage"' in text
    assert "Checkout is down." in text
    assert "<script" not in text
    assert "style" not in text


async def test_the_page_that_shows_how(client):
    page = (await client.get("/embed")).text
    assert f"&lt;img src=&#34;{BASE}/badge.svg&#34;" in page
    assert 'href="/embed"' in (await client.get("/")).text
