"""An incident is declared and worked on in Slack, with everything running: doorway, worker, Slack's API."""

import json
from urllib.parse import urlencode

from integrations.slack_signature import sign
from tests.outward.slack_double import TEAM, TOKEN, slack_workspace

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


async def send(product, body, kind):
    moment = str(int(product.clock.now().timestamp()))
    signed = {"x-slack-request-timestamp": moment, "x-slack-signature": sign(body, moment, SECRET)}
    answer = await product.client.post("/hooks/slack/slack", content=body, headers={"content-type": kind, **signed})
    assert answer.status_code == 200, answer.text


async def command(product, slack, words, channel="C0ELSEWHERE"):
    """Ben writes a command; what he is answered."""
    answered = len(slack.answers)
    fields = {"team_id": TEAM, "channel_id": channel, "user_id": slack.people["ben@quillhaven.example"]}
    fields |= {"command": "/muster", "text": words, "trigger_id": slack.trigger()}
    body = urlencode({**fields, "response_url": f"{slack.response_url}/1"}).encode()
    await send(product, body, "application/x-www-form-urlencoded")
    await product.eventually(lambda: len(slack.answers) > answered, "an answer")
    return slack.answers[-1][1]["text"].partition("\n")[0]


async def test_from_the_command_to_the_log_of_the_channel(muster):
    product = muster
    async with slack_workspace() as slack:
        slack.know("ben@quillhaven.example", "chi@quillhaven.example")
        given = {"token": TOKEN, "signing_secret": SECRET, "base_url": slack.base_url}
        await product.ada.does("saveIntegration", answer="integration { key }", vendor="slack", configuration=given)
        said = await command(product, slack, "declare SEV1 Checkout is down")
        reference = said.split()[3]
        assert said == f"Ben Silva declared {reference} as SEV1: Checkout is down"

        def opened():
            return next((each for each in slack.ours() if each["pins"]), None)

        channel = (await product.eventually(opened, "the channel"))["id"]
        opening = "query($ref: String!) { incident(ref: $ref) { outwardActions { nodes { verb state } } } }"

        async def known():
            found = await product.ben.asks(opening, ref=reference)
            return {"verb": "OPEN_CHANNEL", "state": "DONE"} in found["incident"]["outwardActions"]["nodes"]

        await product.eventually(known, "the end of the opening")
        assert await command(product, slack, "severity SEV2", channel) == f"{reference} is SEV2."
        message = {"type": "message", "channel": channel, "text": "It is the cache", "ts": "1764500000.000100"}
        event = {**message, "user": slack.people["chi@quillhaven.example"]}
        envelope = {"type": "event_callback", "event_id": "Ev1", "event_time": 1, "team_id": TEAM, "event": event}
        await send(product, json.dumps(envelope).encode(), "application/json")
        chat = "query($ref: String!) { incident(ref: $ref) { chat { nodes { text author { name } } } } }"

        async def logged():
            nodes = (await product.ben.asks(chat, ref=reference))["incident"]["chat"]["nodes"]
            return [node for node in nodes if node["author"]]

        assert await product.eventually(logged, "the log") == [
            {"text": "It is the cache", "author": {"name": "Chi Tran"}}
        ]
