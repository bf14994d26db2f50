"""Everything that is kept by those who administer, through the API."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from actions.chat.reading import begin_reading
from actions.workflows.sweeping import sweep_workflows
from actions.workflows.together import advance
from core import ids
from models.integration import OutwardAction
from models.words import OutwardState
from models.workflow import WorkflowStepRun
from tests.schema.alerts_there import sources_there, unread_there
from tests.schema.chatting import converse
from tests.schema.keeping_pages import keep_pages
from tests.schema.paged_there import paged_there
from tests.schema.paging_there import page_there
from tests.schema.tickets_there import tickets_there
from tests.schema.ways import PERSON


async def settle(do, database) -> int:
    """Save, change and archive some of everything; the key of a webhook that stays."""
    await come_and_go(do)
    await do("saveTeam", "team", slug="data", name="Data", members=[PERSON])
    await do("saveRole", "role", key="medic", name="Medic", duties="Helps.")
    component = (await do("saveComponent", "component", name="Cart"))["id"]
    await do("saveComponent", "component", id=component, archived=True)
    await do("saveService", "service", slug="cart", name="Cart", owner="data", components=[], dependsOn=["service-3"])
    await keep_pages(do)
    await do("saveSeverity", "severity", id=ids.encode("Severity", 3), definition="Bad.")
    await sources_there(do)
    await unread_there(do, database)
    rule = (await do("saveRoutingRule", "rule", name="All", matchers={"route": "yes"}, service="service-3"))["id"]
    await do("saveRoutingRule", "rule", id=rule, severity="SEV2")
    put = {"name": "All", "matchers": {"route": "yes"}, "service": "service-3", "severity": "SEV2"}
    await do("applyRoutingRules", "version", rules=[put, {"name": "Spare", "matchers": {"route": "spare"}}])
    await do("restoreRoutingRules", "version", version=2)
    quiet = {"matchers": {"job": "never"}, "service": "service-3", "reason": "Moved."}
    held = (await do("saveSilence", "silence", **quiet, endsAt=(datetime.now(UTC) + timedelta(hours=1)).isoformat()))[
        "id"
    ]
    await do("saveSilence", "silence", id=held, reason="Moved again.")
    await do("endSilence", "silence", silence=held)
    call = (await do("saveIntegration", "integration", vendor="jitsi", configuration={}))["id"]
    await do("saveIntegration", "integration", id=call, configuration={"base_url": "http://127.0.0.1:9"})
    await do("checkIntegration", "integration", integration=call)
    odd = (await do("reportIncident", title="Odd"))["reference"]
    await do("openBridge", "outwardAction", incident=odd, integration="jitsi")
    await do("saveFactorKind", "factorKind", key="weather", name="Weather", description="Storms.")
    more = [{"key": "data", "title": "Data", "guidance": "Whose?"}]
    await do("savePostmortemTemplate", "template", name="Ours", service="cart", severity="SEV2", sections=more)
    await do("tuneCheck", "check", check="runbook_linked", reason="We have few.", target=0.5)
    book = {"name": "Odd things", "service": "cart", "severity": "SEV2", "body": "- [ ] Look"}
    await do("saveRunbook", "runbook", **book)
    await do("openRunbook", "openedRunbook", incident=odd, runbook="odd things")
    await rotate(do)
    desk = {"repository": "acme/shop", "token": "x"}
    await do("saveIntegration", "integration", vendor="github", configuration=desk)
    ticket = await do("openTicket", "outwardAction", incident=odd, integration="github")
    await chat(do, odd, database)
    await page_there(do, database, (await do("reportIncident", title="Odder"))["reference"])
    await paged_there(do, database, odd)
    await motion(do, odd, database)
    await tickets_there(do, database, odd, ticket["id"])
    hook = await do("createWebhook", "webhook", url="https://hooks.example.org/a")
    gone = await do("createWebhook", "webhook", url="https://hooks.example.org/b")
    await do("deleteWebhook", "id", id=gone["id"])
    await do("enableWebhook", "webhook", id=hook["id"])
    spare = await do("saveRoutingRule", "rule", name="None", matchers={"never": "x"})
    await do("deleteRoutingRule", "id", id=spare["id"])
    kept = await do("saveFilter", "savedFilter", name="Odd", filter={"open": True, "text": "odd"}, orderBy="OLDEST")
    await do("deleteFilter", "id", id=kept["id"])
    return ids.decode(hook["id"])[1]


async def come_and_go(do) -> None:
    """Somebody joins, leaves, and is forgotten."""
    user = (await do("saveUser", "user", name="Fay", email="fay@example.org"))["id"]
    await do("saveUser", "user", id=user, archived=True)
    await do("erasePerson", "user", user=user, reason="They asked.")


async def motion(do, incident: str, database) -> None:
    """Save workflows, run one on an incident, have its steps taken, and answer what it asks."""
    hook = await do("createWebhook", "webhook", url="https://hooks.example.org/c")
    ask = {"ask": {"question": "Shall we?", "choices": ["Yes", "No"], "minutes": 5}}
    does = [
        {"addNote": {"text": "Odd."}},
        {"setFields": {"labels": {"a": "b"}}},
        {"callWebhook": {"webhook": hook["id"]}},
    ]
    given = {"trigger": {"manual": True}, "steps": [*does, ask], "conditions": {"none": [{"severities": ["SEV3"]}]}}
    saved = await do("saveWorkflow", "workflow", key="ours", name="Ours", definition=given)
    quiet = {**given, "trigger": {"quietMinutes": 5}}
    await do("saveWorkflow", "workflow", id=saved["id"], definition=quiet)
    for _ in range(2):  # the steps that follow read what the first run left
        run = (await do("runWorkflow", "run", workflow="ours", incident=incident))["id"]
        key = ids.decode(run)[1]
        await advance(database, key, alone=False)
        async with database.unit_of_work() as session:
            asked = await session.scalar(select(func.max(WorkflowStepRun.id)).where(WorkflowStepRun.run_id == key))
    await do("answerQuestion", "step", question=ids.encode("WorkflowStepRun", asked), answer="Yes")
    await do("cancelRun", "run", run=run, reason="Enough.")
    await sweep_workflows(database)


async def chat(do, incident: str, database) -> None:
    """Have a channel opened for an incident, take it to be open, and have it archived."""
    given = {"token": "xoxb-1", "base_url": "http://127.0.0.1:9", "announcement_channel": "C0HALL"}
    slack = (await do("saveIntegration", "integration", vendor="slack", configuration=given))["id"]
    await do("openChannel", "outwardAction", incident=incident, integration="slack")
    await do("announce", "outwardAction", incident=incident, integration="slack")
    done = {"state": OutwardState.DONE, "external_id": "C1"}
    async with database.unit_of_work() as session:
        await session.execute(update(OutwardAction).where(OutwardAction.key == f"{incident}/channel").values(done))
    async with database.unit_of_work() as session:
        channel = await session.scalar(select(OutwardAction).where(OutwardAction.key == f"{incident}/channel"))
        await begin_reading(session, channel)
    await converse(database, ids.decode(slack)[1], "C1")
    await do("archiveChannel", "outwardAction", incident=incident)


async def rotate(do) -> None:
    """A schedule of two people, saved twice, with overrides and a link to its calendar."""
    turns = {"name": "Days", "participants": [PERSON, ids.encode("User", 8)], "kind": "DAILY", "start": "2026-01-01"}
    row = await do("saveSchedule", "schedule", name="Primary", team="data", layers=[turns], country="DE")
    await do("saveSchedule", "schedule", id=row["id"], freeDays=[{"day": "2026-12-24", "name": "Eve"}])
    far = {"startsAt": "2030-01-01T00:00:00Z", "endsAt": "2030-01-02T00:00:00Z", "user": PERSON}
    over = await do("addOverride", "override", schedule="Primary", **far)
    await do("removeOverride", "override", override=over["id"])
    days = [f"2030-02-0{day}T09:00:00Z" for day in (1, 2, 3)]
    spans = {"startsAt": days[0], "endsAt": days[1], "otherStartsAt": days[1], "otherEndsAt": days[2]}
    await do("swapShifts", "override", schedule="Primary", **spans)
    await do("createCalendarLink", "url")
    await do("createCalendarLink", "url", schedule="Primary")
