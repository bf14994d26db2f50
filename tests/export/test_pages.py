"""Pages of products and regions as files: those that anybody may read, each in a folder of its own."""

from actions.pages.saving import save_status_page
from core import ids
from core.settings import Settings
from models.words import ComponentStatus, PageAccess
from statuspage.builder import Builder
from statuspage.bundles import Bundles
from statuspage.folder import Folder
from tests.export.conftest import BASE
from tests.telling import make_incident, tell

DOWN = ComponentStatus.MAJOR_OUTAGE


async def page_of(world, slug, *components, **given):
    keys = [ids.encode("Component", world.components[name].id) for name in components]
    saved = {"slug": slug, "name": slug.upper(), "hosts": [f"{slug}.example.org"], "components": keys, **given}
    return ids.encode("StatusPage", (await world.do(save_status_page, world.ada, **saved)).id)


async def test_each_open_page_lies_beside_our_own_and_tells_its_own(named, tmp_path):
    await named.do(make_incident, 7)
    await tell(named, 7, body="Search fails.", claims=[("search", DOWN)])
    await named.do(make_incident, 8)
    await tell(named, 8, body="Orders fail.", claims=[("checkout", DOWN)])
    await page_of(named, "emea", "search")
    await page_of(named, "secret", "search", access=PageAccess.LINK)
    bundles, folder = Bundles(Settings(public_url=BASE)), Folder(tmp_path)
    bundle = await bundles.build(named.database)
    folder.publish(folder.held(), bundle)
    current = tmp_path / "current"
    home = (current / "pages/emea/index.html").read_text()
    assert "Search fails." in home
    assert "Orders fail." not in home
    assert '"url":"https://emea.example.org/"' in (current / "pages/emea/status.json").read_text()
    assert (current / "pages/emea/incidents/INC-7.html").exists()
    assert (current / "pages/emea/incidents/INC-7.html.br").exists()
    assert not (current / "pages/emea/incidents/INC-8.html").exists()
    assert list((current / "pages/emea/static/status").glob("*.css"))
    assert not (current / "pages/secret").exists()
    alone = await Builder(BASE).build(named.database)
    assert {name for name in bundle.files if not name.startswith("/pages/")} == alone.files.keys()
    assert bundle.files["/incidents/INC-8"].body == alone.files["/incidents/INC-8"].body
    assert bundle.matter.keys() == alone.matter.keys()


async def test_what_a_page_shows_no_more_or_since_now_follows_at_once(named, tmp_path):
    await named.do(make_incident, 7)
    await tell(named, 7, body="Search fails.", claims=[("search", DOWN)])
    key = await page_of(named, "emea", "checkout")
    bundles, folder = Bundles(Settings(public_url=BASE)), Folder(tmp_path)

    async def published():
        folder.publish(folder.held(), await bundles.build(named.database, set()))
        return {path.name for path in (tmp_path / "current/pages").glob("emea/incidents/*.html")}

    assert await published() == set()
    search = [ids.encode("Component", named.components["search"].id)]
    await named.do(save_status_page, named.ada, id=key, components=search)
    assert await published() == {"INC-7.html"}
    assert (tmp_path / "current/incidents/INC-7.html").exists()
    await named.do(save_status_page, named.ada, id=key, exclusive=True)
    assert await published() == {"INC-7.html"}
    assert not (tmp_path / "current/incidents/INC-7.html").exists(), "it is exclusive to the other page"
    await named.do(save_status_page, named.ada, id=key, access=PageAccess.MEMBERS)
    assert await published() == set()
    assert not (tmp_path / "current/pages/emea/index.html").exists()
    assert not (tmp_path / "current/incidents/INC-7.html").exists()
