"""An incident gets its channel in Slack: the whole product over GraphQL, its worker, and a workspace of our own."""

from functools import partial

from tests.outward.slack_double import TOKEN, slack_workspace

TOLD = """query ($ref: String!) { incident(ref: $ref) {
  allowedActions outwardActions(first: 9) { nodes { verb state url error } }
  timeline(last: 20) { nodes { kind text } } } }"""


async def test_from_the_declaration_to_the_archive(muster):
    async with slack_workspace() as slack:
        slack.know("ben@quillhaven.example", "chi@quillhaven.example")
        configuration = {"token": TOKEN, "base_url": slack.base_url}
        await muster.ada.does("saveIntegration", vendor="slack", configuration=configuration)
        reference = (await muster.ben.does("declareIncident", title="Down", severity="SEV1"))["incident"]["reference"]
        await muster.ben.does("assignRole", incident=reference, role="commander", user=muster.chi.id)
        assert (await muster.ben.is_refused("archiveChannel", incident=reference))["code"] == "CONFLICT"
        await muster.ben.does("openChannel", incident=reference, integration="slack")

        async def settled(count):
            found = (await muster.ben.asks(TOLD, ref=reference))["incident"]
            done = [
                each
                for each in found["outwardActions"]["nodes"]
                if each["state"] == "DONE" and each["verb"] != "FOLLOW_CHANNEL"
            ]
            return found if len(done) == count else None

        told = await muster.eventually(partial(settled, 1), "the channel")
        (channel,) = slack.ours()
        url = f"https://quillhaven.slack.com/archives/{channel['id']}"
        assert told["outwardActions"]["nodes"][0]["url"] == url
        assert f"Slack opened the channel: {url}" in [event["text"] for event in told["timeline"]["nodes"]]
        assert len(channel["people"]) == 3
        assert f"<https://muster.example/console/incidents/{reference}>" in channel["purpose"]["value"]
        await muster.chi.does("archiveChannel", incident=reference)
        told = await muster.eventually(partial(settled, 2), "the archive")
        assert channel["is_archived"] is True
        assert "Slack archived the channel." in [event["text"] for event in told["timeline"]["nodes"]]
