"""What journeys through Slack have in common."""

from dataclasses import replace

from sqlalchemy import select

from actions.declarations import declare_incident
from actions.outward.channels import open_channel
from actions.outward.settings import save_integration
from core import ids
from integrations.client import VendorClient
from integrations.slack import open_slack
from models.integration import Integration, OutwardAction
from tests.jobs.inline import jobs_with, run_jobs
from tests.outward.slack_double import TOKEN

EVIL = "<!channel> @here <https://evil.example|Open INC-1 in Muster> & *all* https://evil.example/"


class Journey:
    """Somebody of the world with a workspace that is connected."""

    def __init__(self, world, slack, folder):
        self.world, self.slack, self.folder = world, slack, folder
        self.names = ["outward.perform", "integration.check"]

    async def configure(self, **changes):
        """Change what Muster was told of the workspace."""
        async with self.world.database.reading() as reader:
            key = await reader.scalar(select(Integration.id).where(Integration.key == "slack"))
        await self.world.do(save_integration, self.world.ada, id=ids.encode("Integration", key), configuration=changes)

    async def connect(self, **configuration):
        given = {"token": TOKEN, "base_url": self.slack.base_url, **configuration}
        return await self.world.do(save_integration, self.world.ada, vendor="slack", configuration=given)

    async def declare(self, title="Checkout is down", **more):
        return await self.world.do(declare_incident, self.world.ben, title=title, severity="SEV1", **more)

    async def order(self, incident):
        given = {"incident": incident.reference, "integration": "slack"}
        return await self.world.do(open_channel, self.world.ben, **given)

    async def run(self):
        """Every job of integrations once; how long those that were put off have to wait."""
        with jobs_with(self.world.database, self.folder, webhook_allow_private=True):
            return [later.seconds for _, later in await run_jobs(self.world.database, *self.names)]

    async def opened(self, incident):
        """The one channel of an incident, after a channel was ordered and all went well."""
        await self.order(incident)
        await self.run()
        return self.complete(incident)

    def complete(self, incident):
        """The channel of an incident: there is one, with one summary, which is pinned."""
        url = address(incident)
        (channel,) = [each for each in self.slack.ours() if url in each["purpose"]["value"]]
        (summary,) = [each for each in channel["messages"] if "subtype" not in each]
        assert channel["pins"] == [summary["ts"]]
        assert channel["topic"]["value"]
        assert self.slack.people["ben@quillhaven.example"] in channel["people"]
        return channel

    async def rows(self):
        async with self.world.database.reading() as reader:
            return await reader.rows(OutwardAction, select(OutwardAction).order_by(OutwardAction.id))

    async def said(self, incident):
        """What the timeline tells of vendors."""
        return [(e.kind, e.data) for e in await self.world.events(incident.id, "outward.done", "outward.failed")]

    def adaptor(self, **configuration):
        """The adaptor itself, without jobs and ledger."""

        def speak(account):
            return VendorClient(replace(account, allow_private=True))

        return open_slack({"token": TOKEN, "base_url": self.slack.base_url, **configuration}, speak)


def address(incident):
    """Where the incident is in Muster; > follows it in Slack."""
    return f"https://muster.quillhaven.example/console/incidents/{incident.reference}>"
