"""Keeping the organisation, its colours and its logo: what is taken, and what is refused and why."""

import base64
import struct
import zlib
from math import nan
from types import SimpleNamespace

import pytest

from actions.branding.logos import save_logo
from actions.branding.organisation import save_organisation
from actions.branding.pictures import MOST_BYTES, read_picture
from core.errors import DomainError, ErrorCode
from models.contrast import DARK_PAPER, ENOUGH, LIGHT_PAPER, contrast, lowest, nearest, on
from models.logo import LogoTheme

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 120 32">{}</svg>'


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=120, height=32, *more):
    rows = zlib.compress(b"".join(b"\0" + b"\x2d\x3c\xcb" * width for _ in range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), *more, chunk(b"IDAT", rows), chunk(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def sent(content):
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def svg(inside):
    return sent(SVG.format(inside))


async def test_the_organisation_is_changed_and_auditors_know_of_it(world):
    row = await world.do(
        save_organisation,
        world.ada,
        name="Fjord",
        time_zone="Europe/Oslo",
        support_url="mailto:help@fjord.example",
        language="de",
        accent_light="#0B5D1E",
        accent_dark="#7ee0a0",
    )
    assert (row.name, row.language, row.accent_light) == ("Fjord", "de", "#0b5d1e")
    (event,) = [event for event in await world.events() if event.kind == "setting.saved"]
    assert event.data["noun"] == "organisation"
    assert event.data["changed"]["language"] == {"from": "en", "to": "de"}
    await world.do(save_organisation, world.ada, language="de")
    assert len([event for event in await world.events() if event.kind == "setting.saved"]) == 1, "nothing changed"
    row = await world.do(
        save_organisation, world.ada, accent_light=None, support_url=None, expected_version=row.version
    )
    assert (row.accent_light, row.support_url, row.accent_dark) == (None, None, "#7ee0a0")


async def test_aims_are_kept_by_metric_with_an_event_and_refused_where_none_can_be(world):
    row = await world.do(save_organisation, world.ada, aims=[aim("mtta", 300.0), aim("promises_kept", 0.95)])
    assert row.aims == {"mtta": 300.0, "promises_kept": 0.95}
    (event,) = [event for event in await world.events() if event.kind == "setting.saved"]
    assert event.data["changed"]["aims"] == {"from": {}, "to": {"mtta": 300.0, "promises_kept": 0.95}}
    for given, field, hint in (
        ([aim("incidents", 3.0)], "aims.0.metric", "mtta, mttd"),
        ([aim("mtta", 60.0), aim("mtta", 90.0)], "aims.1.metric", "one aim"),
        ([aim("mtta", nan)], "aims.0.value", "5 min"),
        ([aim("mtta", 0.0)], "aims.0.value", "5 min"),
        ([aim("promises_kept", 95.0)], "aims.0.value", "95 %"),
    ):
        with pytest.raises(DomainError) as refused:
            await world.do(save_organisation, world.ada, aims=given)
        assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID_INPUT, field)
        assert hint in refused.value.hint
    with pytest.raises(DomainError) as refused:
        await world.do(save_organisation, world.ben, aims=[])
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert (await world.do(save_organisation, world.ada, aims=None)).aims == {}


def aim(metric, value):
    return SimpleNamespace(metric=metric, value=value)


async def test_who_saw_an_older_version_is_refused_and_told_the_present_one(world):
    assert (await world.do(save_organisation, world.ada, name="Fjord", expected_version=1)).version == 2
    assert (await world.do(save_organisation, world.ada, name="Fjord", expected_version=2)).version == 2, "no change"
    assert (await world.do(save_logo, world.ada, image=svg("<path d='M0 0h9'/>"))).version == 3
    with pytest.raises(DomainError) as refused:
        await world.do(save_organisation, world.ada, name="Fjell", expected_version=2)
    assert (refused.value.code, refused.value.field) == (ErrorCode.VERSION_CONFLICT, "expected_version")
    assert "expectedVersion: 3" in refused.value.hint
    assert (await world.do(save_organisation, world.ada)).name == "Fjord"


@pytest.mark.parametrize(
    ("given", "field", "said", "hint"),
    [
        ({"language": "tlh"}, "language", "does not speak 'tlh'", "en, de"),
        ({"language": None}, "language", "can't be cleared", "Leave it out"),
        ({"name": " "}, "name", "empty", "Write"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "not a time zone", "Europe/Berlin"),
        ({"support_url": "javascript:alert(1)"}, "support_url", "not a web address", "https://"),
        ({"accent_light": "blue"}, "accent_light", "not a colour", "#2d3ccb"),
        ({"accent_light": "#ffcc00"}, "accent_light", "contrast of 1.2", "can be read"),
        ({"accent_dark": "#2d3ccb"}, "accent_dark", "text needs 4.5:1", "can be read"),
    ],
)
async def test_what_can_not_be_is_refused_with_field_and_hint(world, given, field, said, hint):
    with pytest.raises(DomainError) as refused:
        await world.do(save_organisation, world.ada, **given)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID_INPUT, field)
    assert said in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize("papers", [LIGHT_PAPER, DARK_PAPER])
@pytest.mark.parametrize("colour", ["#ffcc00", "#00ff00", "#777777", "#ff0000", "#0000ff", "#ffffff", "#000000"])
def test_the_colour_that_is_named_instead_can_be_read(colour, papers):
    near = nearest(colour, papers)
    assert lowest(near, papers) >= ENOUGH
    assert contrast(on(near), near) >= ENOUGH, "of the words on a button"


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005), "the known near miss"


@pytest.mark.parametrize("image", [sent(png()), sent(png(64, 64)), svg('<path d="M0 0h9v9z" fill="#2d3ccb"/>')])
async def test_a_good_logo_is_kept(world, image):
    await world.do(save_logo, world.ada, image=image)
    await world.do(save_logo, world.ada, image=image, theme=LogoTheme.DARK)
    await world.do(save_logo, world.ada, image=image)
    changes = [event.data["changed"] for event in await world.events() if event.kind == "setting.saved"]
    assert [list(change) for change in changes] == [["logo_light"], ["logo_dark"]], "the same again changes nothing"
    await world.do(save_logo, world.ada, image=None)
    last = (await world.events())[-1]
    assert last.data["changed"]["logo_light"]["to"] is None


@pytest.mark.parametrize(
    "inside",
    [
        '<linearGradient id="a"><stop offset="0"/></linearGradient><rect fill="url(#a)" width="9" height="9"/>',
        '<style>@media (prefers-color-scheme:dark){path{fill:#fff}}</style><path d="M0 0h9v9z"/>',
        '<defs><path id="p" d="M0 0h9v9z"/></defs><use xlink:href="#p"/><use href="#p" x="20"/>',
    ],
)
def test_what_shapes_need_is_taken(inside):
    assert read_picture(svg(inside), "image").width == 120


BOMB = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + SVG.format(
    "<title>&b;</title>"
)
BAD = {
    "not base64": ("%%%", "base64"),
    "text": (sent("hello"), "neither a PNG nor an SVG"),
    "html": (sent('<html xmlns="http://www.w3.org/1999/xhtml"/>'), "neither a PNG nor an SVG"),
    "gif": (sent(b"GIF89a" + b"\0" * 40), "neither a PNG nor an SVG"),
    "large": (sent(b"\x89PNG\r\n\x1a\n" + b"\0" * MOST_BYTES), "more than 65,536 bytes"),
    "cut off": (sent(png()[:-9]), "damaged"),
    "changed": (sent(png().replace(b"IDAT", b"IDAX")), "damaged"),
    "tail": (sent(png() + b"<script>"), "damaged"),
    "moving": (sent(png(120, 32, chunk(b"acTL", b"\0" * 8))), "moves"),
    "tiny": (sent(png(8, 8)), "8 × 8 pixels"),
    "huge": (sent(png(2001, 400)), "2001 × 400 pixels"),
    "wide": (sent(png(800, 20)), "800 wide and 20 high"),
    "bomb": (sent(BOMB), "DOCTYPE or entities"),
    "doctype": (sent("<!DOCTYPE svg>" + SVG.format("")), "DOCTYPE or entities"),
    "style sheet": (
        sent('<?xml-stylesheet href="https://a.example/a.css"?>' + SVG.format("")),
        "processing instruction",
    ),
    "script": (svg("<script>alert(1)</script>"), "<script>"),
    "handler": (svg('<path onload="alert(1)"/>'), "event handler onload"),
    "foreign": (svg("<foreignObject/>"), "<foreignObject>"),
    "html inside": (svg('<b xmlns="http://www.w3.org/1999/xhtml"/>'), "<b>"),
    "picture": (svg('<image href="https://a.example/a.png"/>'), "<image>"),
    "link": (svg('<a href="https://a.example/"/>'), "<a>"),
    "motion": (svg('<animate attributeName="x"/>'), "<animate>"),
    "use": (svg('<use href="https://a.example/a.svg#b"/>'), "outside it"),
    "xlink": (svg('<use xlink:href="data:image/svg+xml,a"/>'), "outside it"),
    "style url": (svg("<style>path{fill:url(https://a.example/a)}</style>"), "style that loads"),
    "style import": (svg('<style>@import "https://a.example/a"</style>'), "style that loads"),
    "style escaped": (svg("<style>path{fill:\\75rl(https://a.example/a)}</style>"), "style that loads"),
    "attribute": (svg('<path style="fill:url(//a.example)"/>'), "loads in the attribute style"),
    "base": (svg('<path xml:base="https://a.example/"/>'), "attribute base"),
    "no size": (sent('<svg xmlns="http://www.w3.org/2000/svg"/>'), "how large"),
    "endless": (sent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e9 32"/>'), "how large"),
    "many": (svg("<g/>" * 2001), "2,000 elements"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_logo_is_refused_with_the_reason(world, name):
    image, said = BAD[name]
    with pytest.raises(DomainError) as refused:
        await world.do(save_logo, world.ada, image=image)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID_INPUT, "image")
    assert said in refused.value.message
    assert refused.value.hint


async def test_only_who_administers_may(world):
    for action, given in ((save_organisation, {"language": "de"}), (save_logo, {"image": None})):
        with pytest.raises(DomainError) as refused:
            await world.do(action, world.dov, **given)
        assert refused.value.code is ErrorCode.FORBIDDEN
