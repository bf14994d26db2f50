"""A drill is lived through like the real thing, and nobody outside is troubled."""

import json


async def test_a_drill(muster):
    ben, dov = muster.ben, muster.dov
    declared = await ben.does(
        "declareIncident",
        title="We lost a region",
        severity="SEV1",
        kind="DRILL",
        roles=[{"role": "commander", "user": ben.id}],
        answer="incident { reference kind publicUrl public: nextUpdateDueAt(audience: PUBLIC)"
        " internal: nextUpdateDueAt(audience: INTERNAL) }",
    )
    incident = declared["incident"]
    ref = incident["reference"]
    assert (incident["kind"], incident["publicUrl"], incident["public"]) == ("DRILL", None, None)
    assert incident["internal"] is not None, "the cadence is practised too"

    # Customers are never told of it.
    refusal = await dov.is_refused(
        "publishUpdate", incident=ref, audience="PUBLIC", status="INVESTIGATING", body="We lost a region"
    )
    assert (refusal["code"], refusal["field"]) == ("CONFLICT", "incident")
    await dov.does("publishUpdate", incident=ref, audience="INTERNAL", body="Failing over, as practised")
    for path in ("/", "/status.json", "/history.atom"):
        assert "region" not in (await muster.sees(path)).text
    assert (await muster.sees(f"/incidents/{ref}")).status_code == 404

    # Colleagues are, and can't mistake it.
    await muster.quiet()
    mails = muster.mails()
    assert mails
    assert all("drill" in mail["Subject"].lower() for mail in mails)

    # It is not mixed with what is real, and ends with a postmortem that says what it was.
    real = (await ben.does("declareIncident", title="Search is down", severity="SEV2"))["incident"]["reference"]
    assert (await ben.is_refused("mergeIncident", incident=ref, into=real))["code"] == "CONFLICT"
    only_real = "{ incidents(filter: {kinds: [REAL]}) { nodes { reference } } }"
    assert (await ben.asks(only_real))["incidents"]["nodes"] == [{"reference": real}]
    await ben.does("changeStage", incident=ref, stage="RESOLUTION")

    async def drafted():
        document = "query($ref: String!) { incident(ref: $ref) { postmortem { markdown } } }"
        return (await ben.asks(document, ref=ref))["incident"]["postmortem"]

    postmortem = await muster.eventually(drafted, "the postmortem")
    assert "was a drill of severity SEV1" in postmortem["markdown"]
    assert "it counts in no average" in postmortem["markdown"]
    assert "region" not in json.dumps((await muster.sees("/status.json")).json())
