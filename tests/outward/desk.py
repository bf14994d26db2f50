"""A vendor of tickets as a double, and Muster's account there."""

from contextlib import asynccontextmanager
from dataclasses import replace

from sqlalchemy import select

from actions.declarations import declare_incident
from actions.outward.settings import save_integration
from actions.outward.tickets import open_ticket
from core import ids
from integrations.adaptors import ADAPTORS
from integrations.client import VendorClient
from integrations.ports import Matter
from models.integration import Integration, OutwardAction
from models.words import Stage
from tests.jobs.inline import jobs_with, run_jobs
from tests.journeys.product import serving
from tests.outward import github_double, jira_double

TITLE = "Checkout is down"
CONFIGURATIONS = {
    "jira": {"email": jira_double.EMAIL, "token": jira_double.TOKEN, "project": "OPS", "labels": "incident, shop"},
    "github": {"token": github_double.TOKEN, "repository": "acme/shop", "labels": "incident, on fire"},
}
MATTER = Matter(
    "INC-1",
    TITLE,
    "SEV1",
    "https://muster.example/console/incidents/INC-1",
    private=False,
    drill=False,
    stage=Stage.RESPONSE,
    commander=None,
    members=(),
)
VENDORS = {"jira": jira_double.Jira, "github": github_double.GitHub}


class Desk:
    """The double is `vendor`."""

    def __init__(self, world, tmp_path, name, vendor=None):
        self.world, self.tmp_path, self.name = world, tmp_path, name
        self.vendor = vendor or VENDORS[name]()

    async def configure(self, **changes):
        """Change what Muster was told of it."""
        reference = ids.encode("Integration", self.account.id)
        await self.world.do(save_integration, self.world.ada, id=reference, configuration=changes)

    async def order(self, title=TITLE, **more):
        """An incident, and the wish for a ticket."""
        incident = await self.declare(title, **more)
        await self.ask(incident)
        return incident

    async def declare(self, title=TITLE, **more):
        """An incident."""
        return await self.world.do(declare_incident, self.world.ben, title=title, severity="SEV1", **more)

    async def ask(self, incident, actor=None):
        """The wish for a ticket."""
        given = {"incident": incident.reference, "integration": self.name}
        return await self.world.do(open_ticket, actor or self.world.ben, **given)

    async def run(self, *more):
        """Every job once, of some `more` names, too; how long those that were put off have to wait."""
        with jobs_with(self.world.database, self.tmp_path, webhook_allow_private=True):
            return [each.seconds for _, each in await run_jobs(self.world.database, "outward.perform", *more)]

    async def run_on(self, times=6):
        """Jobs again and again, minutes apart, until nothing waits."""
        for _ in range(times):
            self.world.clock.advance(minutes=11)
            if not await self.run():
                return
        raise AssertionError("something still waits")

    async def integration(self):
        """The account."""
        async with self.world.database.reading() as reader:
            return await reader.row(Integration, select(Integration).where(Integration.key == self.name))

    async def action(self):
        """The latest order."""
        async with self.world.database.reading() as reader:
            return await reader.row(OutwardAction, select(OutwardAction).order_by(OutwardAction.id.desc()))

    async def said(self, incident):
        """What the timeline tells of tickets."""
        events = await self.world.events(incident.id, "outward.done", "outward.failed")
        return [(event.kind, event.data.get("url") or event.data.get("error")) for event in events]


@asynccontextmanager
async def desk_at(world, tmp_path, name):
    """A vendor that is served for the block, and an account there."""
    made = Desk(world, tmp_path, name)
    async with serving(made.vendor.app()) as address:
        configuration = {**CONFIGURATIONS[made.name], "base_url": address}
        made.address = address
        made.account = await world.do(save_integration, world.ada, vendor=made.name, configuration=configuration)
        yield made


@asynccontextmanager
async def adaptor_at(name, **changes):
    """A double and the adaptor that speaks to it, without anything else of Muster: the cheap way."""
    vendor = VENDORS[name]()
    async with serving(vendor.app()) as address:
        configuration = {**CONFIGURATIONS[name], "base_url": address, **changes}
        yield vendor, ADAPTORS[name](configuration, lambda a: VendorClient(replace(a, allow_private=True)))


def read(checks):
    """What an examination found: subjects and results, and the words of what is not OK."""
    words = {check.subject: check.words for check in checks if check.result != "OK"}
    return {check.subject: str(check.result) for check in checks}, words
