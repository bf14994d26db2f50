"""Further status pages in Settings: their links, shown once, and their logos."""

import re

from sqlalchemy import select

from actions.pages.saving import save_status_page
from core.ids import encode
from models.logo import StatusPageLogo
from models.status_page import StatusPage, StatusPageComponent, StatusPageHost, StatusPageLink
from models.words import PageAccess
from tests.console.desk import OURS
from tests.console.settings.test_organisation import png


async def rows(world, model):
    async with world.database.reading() as reader:
        return await reader.rows(model, select(model))


async def a_page(world, **given):
    row = await world.do(save_status_page, world.ada, slug="partners", name="Partners", **given)
    return f"/console/settings/status-pages/{encode('StatusPage', row.id)}"


async def test_hosts_and_components_replace_what_was_there(world, ada):
    path = await a_page(world)
    await ada.read(path)
    search = encode("Component", world.components["search"].id)
    await ada.send(path, hosts="Status.Example.org\n\npartners.example.org", components=[search], exclusive="yes")
    assert [each.host for each in await rows(world, StatusPageHost)] == ["status.example.org", "partners.example.org"]
    assert [each.component_id for each in await rows(world, StatusPageComponent)] == [world.components["search"].id]
    assert "://status.example.org" in await ada.read("/console/settings/status-pages")
    await ada.read(path)
    refused = await ada.send(path, 422, hosts="no host!")
    assert 'class="error"' in refused.text
    assert ada.form(path)["hosts"] == "no host!"
    await ada.read(path)
    await ada.send(path, 422, components=[])
    assert len(await rows(world, StatusPageComponent)) == 1, "an exclusive page names its components"


async def test_links_are_shown_once_and_end_together(world, ada, ben, clock):
    path = await a_page(world, access=PageAccess.LINK)
    assert "nobody can read this page" in await ada.read(path)
    form = ada.form(f"{path}/link")
    page = await ada.send(f"{path}/link", 200, form=form, note="For Acme", expires_at="2099-01-01T10:00")
    address = re.search(r'id="secret">(.*?)</pre>', page.text)[1]
    assert "/open/" in address
    again = await ada.send(f"{path}/link", 200, form=form, note="For Acme", expires_at="2099-01-01T10:00")
    assert "/open/" not in again.text
    assert "For Acme" in await ada.read(path)
    assert address not in ada.page.text
    passed = f"{clock.now():%Y}-01-01T00:00"
    refused = await ada.send(f"{path}/link", 422, note="Kept", expires_at=passed)
    assert "has passed" in refused.text
    assert ada.form(f"{path}/link")["note"] == "Kept"
    await ada.send(f"{path}/links", 422, confirm="partner")
    await ada.send(f"{path}/links", confirm="Partners")
    assert [link.revoked_at is None for link in await rows(world, StatusPageLink)] == [False]
    for step in ("link", "links", "logo"):
        assert "administer" in (await ben.send(f"{path}/{step}", 403, form={"confirm": "Partners"})).text


async def test_a_page_has_a_logo_of_its_own(world, ada):
    path = await a_page(world)
    given = {"data": {"theme": "DARK"}, "headers": OURS}
    files = {"image": ("logo.png", png(32, 32), "image/png")}
    assert (await ada.client.post(f"{path}/logo", files=files, **given)).status_code == 303
    assert [each.theme for each in await rows(world, StatusPageLogo)] == ["DARK"]
    assert "The logo on dark paper" in (await ada.read(path) or "") or "alt=" in ada.page.text
    refused = await ada.client.post(f"{path}/logo", files={"image": ("x", b"GIF")}, **given)
    assert refused.status_code == 422
    assert (await rows(world, StatusPage))[0].name == "Partners"
