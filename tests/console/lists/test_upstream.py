"""What services depend on: over the API, in the settings, and on the page of an incident."""

from actions.catalogue.services import save_service
from core import ids
from models.words import Visibility
from tests.actions.paging.calls import declared
from tests.console.lists.conftest import words
from tests.schema.doorway import Doorway


async def needs(world, *slugs):
    key = ids.encode("Service", world.services["checkout-api"].id)
    await world.do(save_service, world.dov, id=key, depends_on=list(slugs))


async def test_an_incident_tells_how_what_its_service_depends_on_stands(world, browse):
    await needs(world, "search-api")
    incident = await declared(world)
    ben, eve = await browse("ben"), await browse("eve")
    page = f"/console/incidents/{incident.reference}"
    assert "Depends on Search API" in words(await ben.get(page))
    other = await declared(world, severity="SEV1", services=["search-api"], title="Search is slow")
    there = await ben.get(page)
    assert "Depends on Search API ( SEV1 open )" in words(there).replace("(SEV1 open)", "( SEV1 open )")
    assert f'href="/console/incidents/{other.reference}"' in there.text
    await declared(world, actor="ben", services=["search-api"], severity="SEV2", visibility=Visibility.PRIVATE)
    assert "SEV1 open" in words(await eve.get(page)), "a private one is told to its members alone"
    assert "SEV2 open" in words(await ben.get(page))


async def test_it_is_kept_in_the_settings_and_read_over_the_api(world, browse, tmp_path):
    dov = await browse("dov")
    checkout, search = (ids.encode("Service", world.services[slug].id) for slug in ("checkout-api", "search-api"))
    page = await dov.get(f"/console/settings/services/{checkout}")
    assert "Depends on" in words(page)
    saved = await dov.send(page, "row", name="Checkout API", slug="checkout-api", depends_on=search)
    assert saved.status_code == 303, words(saved)
    api = Doorway.open(world, tmp_path)
    asked = "{ services { slug dependsOn { slug } dependents { slug } } }"
    data, refusals = await api.ask("eve", asked)
    assert refusals == []
    told = {each["slug"]: (each["dependsOn"], each["dependents"]) for each in data["services"]}
    assert told == {
        "checkout-api": ([{"slug": "search-api"}], []),
        "search-api": ([], [{"slug": "checkout-api"}]),
    }
    field = "service { dependsOn { slug } }"
    gone = await api.do("dov", "saveService", field, id=checkout, dependsOn=[])
    assert gone["service"]["dependsOn"] == []
    assert await api.refused("dov", "saveService", id=checkout, dependsOn=["x"]) == ("NOT_FOUND", "dependsOn.0")
    await api.close()
