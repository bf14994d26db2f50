"""An alert becomes an incident, people respond, customers are told, and a postmortem is drafted from the record."""

from standardwebhooks import Webhook

from tests.journeys.monitoring import alert, delivery, monitored, receiving

FEED = """subscription($after: Cursor, $incident: String) {
  incidentEvents(after: $after, incident: $incident) { number kind text }
}"""

DETECTED = """query($ref: String!) { cursor incident(ref: $ref) {
  stage severity { name } services { slug } alerts { nodes { title state count } }
} }"""

DECLARED = "incident { stage commander { name } unfilledRoles { key } nextUpdateDueAt(audience: PUBLIC) }"

POSTMORTEM = """query($ref: String!) { incident(ref: $ref) { postmortem {
  status markdown sections { key version markdown }
  statements { section text generated sources { kind number incident { reference } } }
} } }"""


async def test_from_an_alert_to_a_postmortem(muster):
    async with receiving() as (receiver, url):
        secret = (await muster.ada.does("createWebhook", url=url, answer="secret"))["secret"]
        hook = await monitored(muster)
        ref, cursor = await two_alerts_of_one_group_fire(muster, hook)
        async with muster.chi.watches(FEED, after=cursor, incident=ref) as feed:
            await ben_takes_it_and_gives_out_the_roles(muster, ref)
            await customers_are_told(muster, ref)
            await the_team_works(muster, ref)
            await it_is_over_when_people_say_so(muster, ref, hook)
            await a_postmortem_is_drafted_from_the_record(muster, ref)
            await people_finish_it(muster, ref)
            closed = await muster.ben.does("changeStage", incident=ref, stage="CLOSED", answer="incident { stage }")
            assert closed == {"incident": {"stage": "CLOSED"}}
            await nothing_was_missed(muster, ref, feed)
        await everybody_was_told(muster, receiver, secret)


async def two_alerts_of_one_group_fire(muster, hook):
    """One incident; the repeat adds nothing but a count."""
    posted = await muster.client.post(hook, json=delivery(alert("api-1"), alert("api-2")))
    again = await muster.client.post(hook, json=delivery(alert("api-1"), alert("api-2")))
    assert (posted.status_code, again.status_code) == (202, 202)
    assert (posted.json()["created"], again.json()["created"], again.json()["repeated"]) == (2, 0, 2)
    ref = posted.json()["incident"]
    seen = await muster.ben.asks(DETECTED, ref=ref)
    assert seen["incident"] == {
        "stage": "DETECTION",
        "severity": {"name": "SEV1"},
        "services": [{"slug": "checkout-api"}],
        "alerts": {
            "nodes": [
                {"title": "Errors on api-1", "state": "FIRING", "count": 2},
                {"title": "Errors on api-2", "state": "FIRING", "count": 2},
            ]
        },
    }
    return ref, seen["cursor"]


async def ben_takes_it_and_gives_out_the_roles(muster, ref):
    """Triage, then the declaration with its roles in one step: the severity's promises begin."""
    muster.clock.advance(minutes=2)
    await muster.ben.does("acknowledgeIncident", incident=ref)
    muster.clock.advance(minutes=3)
    holders = {"commander": "ben", "technical_lead": "chi", "communications_lead": "dov", "scribe": "ada"}
    declared = await muster.ben.does(
        "declareIncident",
        incident=ref,
        title="Checkout answers 500",
        severity="SEV1",
        impactStartedAt="2026-11-24T02:48:00Z",
        roles=[{"role": role, "user": muster.people[who].id} for role, who in holders.items()],
        answer=DECLARED,
    )
    due = declared["incident"].pop("nextUpdateDueAt")
    assert declared["incident"] == {"stage": "RESPONSE", "commander": {"name": "Ben Silva"}, "unfilledRoles": []}
    assert due.startswith("2026-11-24T03:35:00")


async def customers_are_told(muster, ref):
    """Nothing before the first public update; its words on the page within a second, and never the internal title."""
    assert (await muster.sees(f"/incidents/{ref}")).status_code == 404
    (component,) = [
        c for c in (await muster.dov.asks("{ components { id name } }"))["components"] if c["name"] == "Checkout"
    ]
    await muster.dov.does(
        "publishUpdate",
        incident=ref,
        audience="PUBLIC",
        status="IDENTIFIED",
        publicTitle="Payments fail",
        body="Some payments fail. We know why and are undoing a change.",
        components=[{"component": component["id"], "status": "MAJOR_OUTAGE"}],
    )

    async def page_tells():
        return "Payments fail" in (await muster.sees("/")).text

    await muster.eventually(page_tells, "the update on the page", within=1)
    for path in ("/", f"/incidents/{ref}", "/status.json", "/history.atom"):
        answer = await muster.sees(path)
        assert "Payments fail" in answer.text
        assert "Checkout answers 500" not in answer.text


async def the_team_works(muster, ref):
    """A hypothesis and a decision on the record; a task that one person does."""
    ben, chi = muster.ben, muster.chi
    await chi.does("addEntry", incident=ref, kind="HYPOTHESIS", text="The new pool size starves the API")
    await ben.does("addEntry", incident=ref, kind="DECISION", text="Roll back to 4.1", pinned=True)
    task = (await ben.does("addTask", incident=ref, title="Roll back"))["task"]["id"]
    await chi.does("claimTask", task=task)
    muster.clock.advance(minutes=12)
    done = await chi.does("completeTask", task=task, answer="task { state claimedBy { name } }")
    assert done["task"] == {"state": "DONE", "claimedBy": {"name": "Chi Tran"}}


async def it_is_over_when_people_say_so(muster, ref, hook):
    """Alerts that end advance nothing; a stage publishes nothing; the last word is the Communications Lead's."""
    ended = delivery(alert("api-1", fires=False), alert("api-2", fires=False))
    assert (await muster.client.post(hook, json=ended)).status_code == 202
    stage = await muster.ben.asks("query($ref: String!) { incident(ref: $ref) { stage } }", ref=ref)
    assert stage == {"incident": {"stage": "RESPONSE"}}
    await muster.ben.does("changeStage", incident=ref, stage="MITIGATION")
    muster.clock.advance(minutes=10)
    await muster.ben.does("changeStage", incident=ref, stage="RESOLUTION", note="Stable for ten minutes")
    (incident,) = (await muster.sees("/status.json")).json()["incidents"]
    assert incident["status"] == "IDENTIFIED"
    await muster.dov.does("publishUpdate", incident=ref, audience="PUBLIC", status="RESOLVED", body="It works again.")


async def a_postmortem_is_drafted_from_the_record(muster, ref):
    """Within seconds, with every statement's sources, and brought up to date with the last update."""

    async def drafted():
        found = (await muster.ben.asks(POSTMORTEM, ref=ref))["incident"]["postmortem"]
        return found if found and "It works again" in found["markdown"] else None

    postmortem = await muster.eventually(drafted, "the postmortem")
    assert postmortem["status"] == "DRAFT"
    assert "Time to resolve (MTTR): 39 min." in postmortem["markdown"]
    assert "The new pool size starves the API" in postmortem["markdown"]
    assert postmortem["statements"]
    for statement in postmortem["statements"]:
        assert statement["generated"]
        assert {source["incident"]["reference"] for source in statement["sources"]} == {ref}


async def people_finish_it(muster, ref):
    """They write what only they know; the rest goes on following the record."""
    cause = "The pool size was never load-tested."
    section = {"section": "contributing_factors", "markdown": cause, "expectedVersion": 1}
    await muster.chi.does("editPostmortem", incident=ref, **section)
    await muster.chi.does("addActionItem", incident=ref, title="Load-test pool sizes", owner="payments")
    await muster.ben.does("changeStage", incident=ref, stage="POSTMORTEM")

    async def brought_up_to_date():
        found = (await muster.ben.asks(POSTMORTEM, ref=ref))["incident"]["postmortem"]
        return found if "Load-test pool sizes" in found["markdown"] else None

    final = await muster.eventually(brought_up_to_date, "the action item in the postmortem")
    assert cause in final["markdown"]
    await muster.quiet()
    published = await muster.dov.does("publishPostmortem", incident=ref, answer="postmortem { status markdown }")
    assert published["postmortem"]["status"] == "PUBLISHED"


async def nothing_was_missed(muster, ref, feed):
    """Whoever watched has every number of the timeline, in order."""
    await muster.eventually(lambda: feed.seen[-1]["text"].endswith("postmortem to closed."), "the last event")
    numbers = [event["number"] for event in feed.seen if event["number"] is not None]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    last = "query($ref: String!) { incident(ref: $ref) { timeline(last: 1) { nodes { number } } } }"
    assert (await muster.ben.asks(last, ref=ref))["incident"]["timeline"]["nodes"][0]["number"] == numbers[-1]


async def everybody_was_told(muster, receiver, secret):
    """By mail, and by webhook: each event once, signed."""
    await muster.quiet()
    told = " ".join(mail["Subject"] for mail in muster.mails(to="chi"))
    assert "SEV1" in told
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == len(receiver.requests)
    bodies = [Webhook(secret).verify(body, headers) for headers, body in receiver.requests]
    kinds = {body["type"] for body in bodies}
    assert {"incident.declared", "update.published", "incident.stage_changed", "postmortem.drafted"} <= kinds
