"""A private incident shows nowhere: at every exit, to everyone who is no member, whatever their access role."""

import json

import pytest

from tests.journeys.monitoring import alert, delivery, monitored, receiving

SECRET = "Zebrafish"
"""A word that stands in everything that is written on the private incident, and nowhere else."""

NOT_MEMBERS = ("ada", "dov", "eve")

FEED = "subscription($after: Cursor) { incidentEvents(after: $after) { kind text data incident { reference title } } }"

EVERYTHING = """query($ref: String!, $text: String!) {
  incident(ref: $ref) { title }
  incidents(filter: {text: $text}) { nodes { title } }
  private: incidents(filter: {visibility: PRIVATE}, first: 100) { nodes { title } }
  all: incidents(first: 100) { nodes { title mergedFrom { title } } }
  alerts(first: 100) { nodes { title incident { title } } }
  actionItems(first: 100) { nodes { title incident { title } } }
}"""

IDS = """query($ref: String!) { incident(ref: $ref) {
  id
  timeline(first: 100) { nodes { id } }  tasks(first: 100) { nodes { id } }  updates(first: 100) { nodes { id } }
  alerts(first: 100) { nodes { id } }  actionItems(first: 100) { nodes { id } }  postmortem { id }
} }"""


class Story:
    """A private incident with one of everything on it."""

    def __init__(self, muster, ref, ids, start):
        self.muster, self.ref, self.ids, self.start = muster, ref, ids, start

    @classmethod
    async def lived(cls, muster):
        """Ben declares it for himself and Chi; they work, resolve it, and have its postmortem drafted."""
        start = (await muster.dov.asks("{ cursor }"))["cursor"]
        ben, chi, hook = muster.ben, muster.chi, await monitored(muster)
        declared = await ben.does(
            "declareIncident",
            title=f"{SECRET} breach",
            summary=f"{SECRET} data was read",
            severity="SEV2",
            visibility="PRIVATE",
            members=[chi.id],
            services=["checkout-api"],
            labels={"codename": SECRET},
            roles=[{"role": "commander", "user": ben.id}],
        )
        ref = declared["incident"]["reference"]
        posted = await muster.client.post(hook, json=delivery(alert("api-7")))
        noisy = posted.json()["incident"]  # made by the alert, for all to see at first
        await ben.does("changeVisibility", incident=noisy, visibility="PRIVATE", reason=f"{SECRET}", members=[chi.id])
        await ben.does("acknowledgeIncident", incident=noisy)
        await ben.does("mergeIncident", incident=noisy, into=ref, reason=f"{SECRET} again")
        await ben.does("addEntry", incident=ref, kind="NOTE", text=f"{SECRET} logs were read")
        task = await ben.does("addTask", incident=ref, title=f"Rotate {SECRET} keys")
        await chi.does("claimTask", task=task["task"]["id"])
        await ben.does("publishUpdate", incident=ref, audience="INTERNAL", body=f"{SECRET} is contained")
        await chi.does("addActionItem", incident=ref, title=f"Lock {SECRET} up", owner="payments")
        await ben.does("changeStage", incident=ref, stage="MITIGATION")
        await ben.does("changeStage", incident=ref, stage="RESOLUTION")

        async def drafted():
            return (await ben.asks(IDS, ref=ref))["incident"]["postmortem"]

        await muster.eventually(drafted, "the postmortem")
        await muster.quiet()
        found = (await ben.asks(IDS, ref=ref))["incident"]
        connections = [part["nodes"] for part in found.values() if isinstance(part, dict) and "nodes" in part]
        assert len(connections) == 5
        assert all(connections), "one of everything"
        ids = [found["id"], found["postmortem"]["id"], *(node["id"] for nodes in connections for node in nodes)]
        return cls(muster, ref, ids, start)


@pytest.fixture
async def story(muster):
    return await Story.lived(muster)


async def test_members_see_all_of_it(story):
    answer = json.dumps(await story.muster.chi.asks(EVERYTHING, ref=story.ref, text=SECRET))
    assert answer.count(SECRET) >= 6


async def test_no_query_finds_it(story):
    for who in NOT_MEMBERS:
        answer = await story.muster.people[who].answer(EVERYTHING, ref=story.ref, text=SECRET)
        assert answer["data"]["incident"] is None
        assert SECRET not in json.dumps(answer)
        assert answer["data"]["alerts"] == {"nodes": []}
        unknown = await story.muster.people[who].answer(EVERYTHING, ref="INC-999999", text=SECRET)
        assert answer["data"] == unknown["data"]


async def test_no_id_leads_to_it(story):
    for who in NOT_MEMBERS:
        for key in story.ids:
            answer = await story.muster.people[who].answer("query($id: ID!) { node(id: $id) { id } }", id=key)
            assert answer["data"]["node"] is None, key


async def test_no_mutation_tells_it_from_one_that_is_not_there(story):
    for ref in (story.ref, "INC-999999"):
        refusal = await story.muster.ada.is_refused("addEntry", incident=ref, kind="NOTE", text="x")
        assert (refusal["code"], refusal["field"]) == ("NOT_FOUND", "incident")
        assert SECRET not in json.dumps(refusal)
    for name in ("publishPostmortem", "acknowledgeIncident"):
        assert (await story.muster.ada.is_refused(name, incident=story.ref))["code"] == "NOT_FOUND"


async def test_an_alert_of_it_is_as_private(story):
    alerts = (await story.muster.chi.asks("{ alerts { nodes { id title } } }"))["alerts"]["nodes"]
    assert len(alerts) == 1
    refusal = await story.muster.ada.is_refused("resolveAlert", alert=alerts[0]["id"])
    assert refusal["code"] == "NOT_FOUND"
    found = await story.muster.ada.answer("query($id: ID!) { alert(id: $id) { title } }", id=alerts[0]["id"])
    assert found["data"]["alert"] is None


async def test_the_public_page_is_silent(story):
    unknown = await story.muster.sees("/incidents/INC-999999")
    hidden = await story.muster.sees(f"/incidents/{story.ref}")
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.content.replace(story.ref.encode(), b"") == unknown.content.replace(b"INC-999999", b"")
    for path in ("/", "/status.json", "/history.atom"):
        answer = await story.muster.sees(path)
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert story.ref not in answer.text


async def test_a_public_update_on_it_is_refused(story):
    refusal = await story.muster.ben.is_refused(
        "publishUpdate", incident=story.ref, audience="PUBLIC", status="RESOLVED", body="It is over"
    )
    assert refusal["code"] == "CONFLICT"


async def test_the_feed_is_silent_from_its_first_event_on(story):
    muster = story.muster
    open_one = (await muster.dov.does("declareIncident", title="Open to all", severity="SEV3"))["incident"]
    for who in NOT_MEMBERS:
        async with muster.people[who].watches(FEED, after=story.start) as feed:
            await muster.eventually(lambda feed=feed: [e for e in feed.seen if e["incident"]], "the open incident")
            assert {e["incident"]["reference"] for e in feed.seen if e["incident"]} == {open_one["reference"]}
            assert SECRET not in json.dumps(feed.seen)


async def test_mail_goes_to_members_only(story):
    told = {mail["To"] for mail in story.muster.mails()}
    assert told
    assert told <= {"ben@quillhaven.example", "chi@quillhaven.example"}


async def test_webhooks_are_not_called(muster):
    async with receiving() as (receiver, url):
        await muster.ada.does("createWebhook", url=url)
        await Story.lived(muster)
        await muster.dov.does("declareIncident", title="Open to all", severity="SEV3")
        await muster.eventually(lambda: [b for _, b in receiver.requests if b"Open to all" in b], "the webhook")
        await muster.quiet()
    sent = b"".join(body for _, body in receiver.requests)
    assert SECRET.encode() not in sent


async def test_whoever_watches_it_when_it_becomes_private_is_sent_away(muster):
    ben, dov = muster.ben, muster.dov
    ref = (await ben.does("declareIncident", title="Odd logins", severity="SEV2"))["incident"]["reference"]
    changed = "subscription($ref: String!) { incidentChanged(ref: $ref) { title version } }"
    async with dov.watches(changed, ref=ref) as watcher:
        await muster.eventually(lambda: watcher.seen, "the incident as it stands")
        await ben.does("changeVisibility", incident=ref, visibility="PRIVATE", reason="A breach")
        await ben.does("editIncident", incident=ref, title=f"{SECRET} breach")
        await muster.eventually(lambda: watcher.ended is not None, "the end of the subscription")
    assert SECRET not in json.dumps(watcher.seen)
    assert [error["extensions"]["code"] for error in watcher.ended] == ["FORBIDDEN"]
