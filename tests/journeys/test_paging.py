"""Somebody takes their page in PagerDuty's app: the whole product, and a PagerDuty that posts to its hook."""

from tests.journeys.product import serving
from tests.outward.pagerduty_double import KEY, SECRET, TOKEN, PagerDuty

TOLD = """query ($ref: String!) { incident(ref: $ref) {
  stage outwardActions(first: 5) { nodes { key state url } }
  timeline(last: 20) { nodes { kind text actor { name } } } } }"""


async def test_from_the_report_to_the_resolution(muster):
    pagerduty = PagerDuty(muster.clock)
    async with serving(pagerduty.app()) as address:
        configuration = {"routing_key": KEY, "token": TOKEN, "webhook_secret": SECRET}
        configuration |= {"events_url": address, "api_url": address}
        await muster.ada.does("saveIntegration", vendor="pagerduty", configuration=configuration)
        incident = (await muster.chi.does("reportIncident", title="Checkout is down"))["incident"]["reference"]
        await muster.chi.does("pageOnCall", incident=incident, integration="pagerduty")
        await muster.eventually(lambda: pagerduty.woken, "the page")
        await muster.quiet()
        pagerduty.acts("PUSER01", "acknowledged")
        await deliver(muster, pagerduty)

        async def told():
            return (await muster.chi.asks(TOLD, ref=incident))["incident"]

        async def taken():
            found = await told()
            return found if found["stage"] == "TRIAGE" else None

        lines = (await muster.eventually(taken, "the acknowledgement"))["timeline"]["nodes"]
        assert [line["actor"]["name"] for line in lines if line["kind"] == "incident.acknowledged"] == ["Ben Silva"]
        assert "Ben Silva acknowledged the page in PagerDuty." in [line["text"] for line in lines]
        await muster.ben.does("declareIncident", incident=incident, severity="SEV1")
        await muster.ben.does("changeStage", incident=incident, stage="RESOLUTION")
        await muster.eventually(lambda: pagerduty.only()["status"] == "resolved", "the end of the page")
        await muster.quiet()
        await deliver(muster, pagerduty)
        whole = await told()
        assert [line["kind"] for line in whole["timeline"]["nodes"]].count("page.heard") == 1, "no echo"
        assert {(each["key"].partition("/")[2], each["state"]) for each in whole["outwardActions"]["nodes"]} == {
            ("page/1", "DONE"),
            ("page/1/acknowledge", "DONE"),
            ("page/1/resolve", "DONE"),
        }
        assert pagerduty.faults == []


async def deliver(muster, pagerduty):
    """Post to the hook what happened there, and wait for what follows."""
    posted, pagerduty.posted = pagerduty.posted, []
    for headers, body in posted:
        answer = await muster.client.post("/hooks/pagerduty/pagerduty", content=body, headers=headers)
        assert answer.status_code == 202, answer.text
    await muster.quiet()
