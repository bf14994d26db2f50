"""A Sev1 at vendors that are all in trouble: the chat is down, tickets are slow, the pager asks for patience."""

import time
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import exists, select, update
from starlette.responses import Response

from actions.outward.settings import save_integration
from actions.runbooks.saving import save_runbook
from actions.stages import change_stage
from actions.updates import publish_update
from core import ids
from integrations.client import VendorClient
from models.integration import Integration
from models.job import Job
from models.words import Audience, RunState, Stage
from models.workflow import Workflow, WorkflowRun
from tests.journeys.product import serving
from tests.outward.desk import CONFIGURATIONS
from tests.outward.jira_double import Jira
from tests.outward.killing import Deaths, Killed, Mortal
from tests.outward.pager_desk import configuration
from tests.outward.pagerduty_double import PagerDuty
from tests.outward.slack_double import BOT, TOKEN, slack_workspace
from tests.workflows.conftest import MOTION

SAID = "We meet in the call."


class Sev1:
    """What Muster begins with for a Sev1, and a message in the channel; and the vendors: `chat`, `tickets`, `pager`."""

    def __init__(self, works, chat, tickets, pager):
        self.works, self.world, self.chat, self.tickets, self.pager = works, works.world, chat, tickets, pager
        self.seconds = None
        """How long declaring took."""
        self.hall = chat.add_channel("incidents", members=[BOT])

    async def connect(self, addresses):
        """Enter the vendors, a runbook for the severity, and the workflows."""
        chat = {"token": TOKEN, "base_url": self.chat.base_url, "announcement_channel": self.hall["id"]}
        given = {
            "slack": chat,
            "jira": {**CONFIGURATIONS["jira"], "base_url": addresses["jira"]},
            "pagerduty": configuration("pagerduty", addresses["pagerduty"]),
            "jitsi": {},
        }
        for vendor, told in given.items():
            await self.world.do(save_integration, self.world.ada, vendor=vendor, configuration=told)
        await self.world.do(save_runbook, self.world.dov, name="Sev1", body="Breathe.\n\n- [ ] Look", severity="SEV1")
        async with self.world.database.unit_of_work() as session:
            await session.execute(update(Workflow).where(Workflow.key == "sev1").values(enabled=True))
        await self.works.save({"open_channel": {}}, {"post_message": {"text": SAID}}, key="words")

    async def configure(self, key, **changes):
        """Change what Muster was told of a vendor."""
        async with self.world.database.reading() as reader:
            found = await reader.scalar(select(Integration.id).where(Integration.key == key))
        reference = ids.encode("Integration", found)
        await self.world.do(save_integration, self.world.ada, id=reference, configuration=changes)

    def trouble(self):
        """Everything is in trouble from now on, for a while."""
        methods = ("auth.test", "conversations.create", "chat.postMessage")
        self.chat.plan = {method: ["service_unavailable", "500"] for method in methods}
        self.tickets.does = ["failed afterwards"]
        self.pager.does = [Response("slow down", 429), Response("slow down", 429)]

    async def go_on(self, incident):
        """What happens to it later, of which vendors are to be told."""
        ref = {"incident": incident.reference}
        await self.world.do(change_stage, self.world.ben, **ref, stage=Stage.MITIGATION)
        await self.world.do(publish_update, self.world.ben, **ref, audience=Audience.INTERNAL, body="It is less.")

    async def settle(self):
        """Let time pass until nothing is left to do, however often the process ends meanwhile."""
        for _ in range(40):
            try:
                if not await self.works.pass_time(minutes=2) and not await self.waiting():
                    return
            except Killed:
                pass
        raise AssertionError("something still waits")

    async def waiting(self):
        """Whether anything is left to do."""
        jobs = select(Job.id).where(Job.name.in_(MOTION))
        runs = select(WorkflowRun.id).where(WorkflowRun.state.in_((RunState.RUNNING, RunState.WAITING)))
        async with self.world.database.reading() as reader:
            return await reader.scalar(select(exists(jobs) | exists(runs)))

    async def story(self, title, when):
        """It is declared, and goes on, while the process ends as Deaths has it: the incident, and the deaths."""
        whole, deaths = self.world.database, Deaths(when)
        self.trouble()
        began = time.monotonic()
        incident = await self.works.declare(title=title)
        self.seconds = time.monotonic() - began
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(VendorClient, "ask", deaths.asking())
            self.world.database = Mortal(whole, deaths)
            await self.settle()
            self.world.database = whole
            await self.go_on(incident)
            self.world.database = Mortal(whole, deaths)
            await self.settle()
        self.world.database = whole
        return incident, deaths

    def arrived(self, incident):
        """How often each thing is there: all is well if it is once."""
        (channel,) = [each for each in self.chat.ours() if incident.reference.lower() in each["name"]]
        texts = [str(message.get("blocks")) for message in channel["messages"] if "subtype" not in message]
        hall = [each for each in self.hall["messages"] if incident.title in str(each["blocks"])]
        roots = [each["ts"] for each in hall if "thread_ts" not in each]
        replies = [each for each in self.hall["messages"] if each.get("thread_ts") in roots]
        issues = {key: each for key, each in self.tickets.issues.items() if incident.title in str(each["fields"])}
        pages = [each for each in self.pager.incidents.values() if incident.title in each["title"]]
        return {
            "summaries": sum("Severity" in text for text in texts),
            "pins": len(channel["pins"]),
            "runbooks": sum("Runbook: Sev1" in text for text in texts),
            "messages": sum(SAID in text for text in texts),
            "announcements": len(roots),
            "edited": "Mitigation" in str(hall[0]["blocks"]) and "Mitigation" in texts[0],
            "relayed": sum("It is less." in str(each["blocks"]) for each in replies),
            "tickets": len(issues),
            "comments": sum(len(each.get("notes", ())) for each in issues.values()),
            "pages": len(pages),
        }


ONCE = dict.fromkeys(
    ("summaries", "pins", "runbooks", "messages", "announcements", "relayed", "tickets", "comments", "pages"), 1
) | {"edited": True}


@asynccontextmanager
async def sev1(works, at_the_door=lambda application: application):
    """The vendors are served for the block; `at_the_door`: what stands between them and who asks."""
    tickets, pager = Jira(), PagerDuty(works.world.clock)
    async with (
        slack_workspace(at_the_door) as chat,
        serving(at_the_door(tickets.app())) as jira,
        serving(at_the_door(pager.app())) as pagerduty,
    ):
        chat.know(*(f"{name}@quillhaven.example" for name in ("ada", "ben", "chi")))
        made = Sev1(works, chat, tickets, pager)
        await made.connect({"jira": jira, "pagerduty": pagerduty})
        yield made
