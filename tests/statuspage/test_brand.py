"""The logo and the colour of the organisation, where readers and caches meet them."""

import re

import pytest

from actions.branding.logos import save_logo
from actions.branding.organisation import save_organisation
from models.logo import LogoTheme
from statuspage.answer import FOR_EVER
from statuspage.builder import Builder
from statuspage.static_files import FAVICON
from tests.actions.test_branding import png, sent, svg
from tests.schema.client import Statements
from tests.statuspage.conftest import BASE, name_organisation

MARK = svg('<path d="M0 0h120v32H0z" fill="#2d3ccb"/>')


async def test_a_logo_stands_in_the_head_and_is_sent_with_a_policy_of_its_own(world, client):
    await world.do(name_organisation)
    await world.do(save_logo, world.ada, image=MARK)
    page = (await client.get("/")).text
    (path,) = re.findall(r'<img class="logo" src="(/logo-[0-9a-f]{24}\.svg)" alt="Quillhaven" width="120"', page)
    assert "<bdi>Quillhaven</bdi> <small>" not in page
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == FOR_EVER
    assert (await client.get(path, headers={"If-None-Match": answer.headers["etag"]})).status_code == 304
    assert (await client.head(path)).content == b""


async def test_a_logo_for_dark_paper_is_chosen_by_the_browser(world, client):
    await world.do(save_logo, world.ada, image=MARK)
    assert 'data-only="light"' in (await client.get("/history")).text
    await world.do(save_logo, world.ada, image=sent(png()), theme=LogoTheme.DARK)
    page = (await client.get("/")).text
    assert re.search(
        r'<source srcset="/logo-[0-9a-f]{24}\.png" media="screen and \(prefers-color-scheme:dark\)">', page
    )
    assert "data-only" not in page


def icons(page):
    return re.findall(r'<link rel="icon" href="([^"]+)" type="([^"]+)"(?: media="([^"]+)")?>', page)


async def test_tabs_show_the_logo_and_ours_while_there_is_none(world, client):
    assert icons((await client.get("/")).text) == [(FAVICON.path, "image/svg+xml", "")]
    await world.do(save_logo, world.ada, image=sent(png()), theme=LogoTheme.DARK)
    ((dark, kind, media),) = icons((await client.get("/history")).text)
    assert (kind, media) == ("image/png", "")
    await world.do(save_logo, world.ada, image=MARK)
    (light, *_), other = icons((await client.get("/subscribe")).text)
    assert other == (dark, "image/png", "(prefers-color-scheme:dark)")
    assert (await client.get(light)).headers["content-type"] == "image/svg+xml"
    assert "img-src 'self'" in (await client.get("/")).headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", [f"/logo-{'0' * 24}.svg", f"/logo-{'0' * 24}.png", "/logo-1.svg", f"/theme-{'0' * 12}.css"]
)
async def test_where_no_logo_and_no_colour_is_nothing_stands(client, path):
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "There is no such page." in answer.text


async def test_guessed_addresses_ask_the_database_for_nothing(world, client):
    await world.do(save_logo, world.ada, image=MARK)
    await client.get("/nowhere")  # the frame of all pages is kept from here on
    with Statements(world.database) as statements:
        for number in range(20):
            assert (await client.get(f"/logo-{number:024x}.svg")).status_code == 404
    assert statements.seen == []


async def test_an_address_with_another_ending_is_another(world, client):
    await world.do(save_logo, world.ada, image=MARK)
    (path,) = set(re.findall(r"/logo-[0-9a-f]{24}\.svg", (await client.get("/")).text))
    assert (await client.get(path.replace(".svg", ".png"))).status_code == 404


async def test_a_logo_that_can_not_be_read_is_asked_for_again(world, client, cut):
    await world.do(save_logo, world.ada, image=MARK)
    (path,) = set(re.findall(r"/logo-[0-9a-f]{24}\.svg", (await client.get("/")).text))
    await cut(answering=False)
    assert (await client.get(path)).status_code == 503


async def test_the_colour_comes_as_a_style_sheet(world, client, now_shown):
    assert "/theme-" not in await now_shown()
    await world.do(save_organisation, world.ada, accent_light="#0b5d1e")
    (path,) = re.findall(r'<link rel="stylesheet" href="(/theme-[0-9a-f]{12}\.css)">', (await client.get("/")).text)
    answer = await client.get(path)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("text/css; charset=utf-8", FOR_EVER)
    assert "--accent:light-dark(#0b5d1e,#a8b3ff);--on-accent:light-dark(#ffffff,#10121c)" in answer.text
    await world.do(save_organisation, world.ada, accent_light="#7a1f00")
    assert path not in await now_shown()


async def test_the_bundle_has_both(world):
    await world.do(save_logo, world.ada, image=MARK)
    await world.do(save_organisation, world.ada, accent_dark="#7ee0a0", language="de")
    builder = Builder(BASE)
    bundle = await builder.build(world.database)
    page = bundle.files["/"].body.plain.decode()
    named = re.findall(r'(?:href|src)="(/(?:theme|logo)-[^"]+)"', page)
    assert sorted(path.rpartition(".")[2] for path in set(named)) == ["css", "svg"]
    assert all(bundle.files[path].fixed for path in named)
    assert '<html lang="de">' in page
    await world.do(save_logo, world.ada, image=None)
    again = await builder.build(world.database, changed=())
    assert not [path for path in again.files if path.startswith("/logo-")]
    assert all("/logo-" not in file.body.plain.decode() for file in again.files.values())
