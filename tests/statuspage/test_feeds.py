"""The status page for programs: JSON and Atom."""

from xml.etree import ElementTree as ET

from actions.updates import edit_update, withdraw_update
from core import ids
from models.words import ComponentStatus, PublicStatus
from tests.statuspage.conftest import BASE
from tests.telling import component_id, make_incident, tell, update_id

ATOM = "{http://www.w3.org/2005/Atom}"


async def entries(client):
    feed = ET.fromstring((await client.get("/history.atom")).content)  # noqa: S314 (our own)
    return feed, feed.findall(f"{ATOM}entry")


async def test_json_says_how_things_stand(world, client):
    await world.do(make_incident, 7, severity="SEV1")
    first = await tell(
        world, 7, body="We **look**.", claims=[("checkout", ComponentStatus.PARTIAL_OUTAGE)], public_title="Orders fail"
    )
    answer = await client.get("/status.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    status = answer.json()
    assert status["name"] == "Quillhaven"
    assert status["url"] == f"{BASE}/"
    assert (status["state"], status["description"]) == ("PARTIAL_OUTAGE", "Part of Checkout isn't working.")
    checkout = status["components"][0]
    assert checkout == {
        "id": component_id(world, "checkout"),
        "name": "Checkout",
        "group": "Shop",
        "status": "PARTIAL_OUTAGE",
        "uptime90Days": checkout["uptime90Days"],
    }
    (incident,) = status["incidents"]
    assert incident["reference"] == "INC-7"
    assert incident["url"] == f"{BASE}/incidents/INC-7"
    assert (incident["title"], incident["status"]) == ("Orders fail", "INVESTIGATING")
    assert incident["resolvedAt"] is None
    assert incident["nextUpdateBy"] == first.next_update_by.isoformat().replace("+00:00", "Z")
    assert incident["components"] == [component_id(world, "checkout")]
    (update,) = incident["updates"]
    assert (update["number"], update["body"]) == (1, "We **look**.")
    assert ids.decode("".join(update["components"][0]["id"]))[0] == "Component"
    assert update["publishedAt"] == incident["startedAt"] <= status["updatedAt"]


async def test_json_changes_only_when_something_did(world, clock, make_client):
    await world.do(make_incident, 7)
    await tell(world, 7)
    async with make_client() as client:
        before = await client.get("/status.json")
    clock.advance(minutes=3)
    async with make_client() as client:
        again = await client.get("/status.json", headers={"If-None-Match": before.headers["etag"]})
    assert again.status_code == 304


async def test_an_empty_feed_is_a_valid_feed(client):
    feed, found = await entries(client)
    assert found == []
    for name in ("id", "title", "updated"):
        assert feed.find(f"{ATOM}{name}").text
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "Quillhaven"
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")} == {
        "self": f"{BASE}/history.atom",
        "alternate": f"{BASE}/",
    }


async def test_each_update_is_an_entry_under_an_id_that_stays(world, clock, make_client):
    await world.do(make_incident, 7)
    first = await tell(world, 7, body="Orders & baskets <fail>\x0b.", public_title="Orders fail")
    clock.advance(minutes=5)
    wrong = await tell(world, 7, PublicStatus.MONITORING, "Fixed.")
    clock.advance(minutes=5)
    await tell(world, 7, PublicStatus.RESOLVED, "Over.")
    async with make_client() as client:
        _, found = await entries(client)
    assert [entry.find(f"{ATOM}id").text for entry in found] == [
        f"tag:status.quillhaven.example,2026:INC-7/{number}" for number in (3, 2, 1)
    ]
    assert [entry.find(f"{ATOM}title").text for entry in found] == [
        "Orders fail: Resolved",
        "Orders fail: We are watching the fix",
        "Orders fail: We are investigating",
    ]
    oldest = found[-1]
    assert oldest.find(f"{ATOM}link").get("href") == f"{BASE}/incidents/INC-7#INC-7-1"
    assert oldest.find(f"{ATOM}content").text.strip() == "<p>Orders &amp; baskets &lt;fail&gt;.</p>"
    await world.do(withdraw_update, world.ben, update=update_id(wrong), reason="Wrong")
    clock.advance(minutes=5)
    await world.do(edit_update, world.ben, update=update_id(first), body="Orders fail.")
    async with make_client() as client:
        feed, found = await entries(client)
    assert [entry.find(f"{ATOM}id").text[-1] for entry in found] == ["3", "1"]
    oldest = found[-1]
    assert oldest.find(f"{ATOM}published").text == "2026-11-24T03:00:00Z"
    assert oldest.find(f"{ATOM}updated").text == feed.find(f"{ATOM}updated").text == "2026-11-24T03:15:00Z"


async def test_old_incidents_leave_the_feed_and_open_ones_stay(world, clock, make_client):
    for key in (7, 8):
        await world.do(make_incident, key)
        await tell(world, key)
    await tell(world, 8, PublicStatus.RESOLVED)
    clock.advance(days=40)
    async with make_client() as client:
        _, found = await entries(client)
    assert [entry.find(f"{ATOM}id").text for entry in found] == ["tag:status.quillhaven.example,2026:INC-7/1"]
