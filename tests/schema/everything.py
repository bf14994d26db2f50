"""Everything that the doorways do, done once on an organisation of 100,000 incidents (tests.schema.test_plans)."""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
from sqlalchemy import text

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.intake import receive_group
from actions.idempotency import purge_claims
from actions.notices import claim_mail, notify_of
from actions.postmortems.assembly import assemble_postmortem
from actions.reminders import sweep_due
from actions.webhook_deliveries import claim_webhook, webhook_failed, webhook_took_it
from auth.actor import Actor
from auth.token import touch_token
from core import ids
from core.cursor import encode_cursor
from jobs.inspection import discard, list_dead, queue_lag, retry
from jobs.scene import read_delivery, read_scene
from jobs.webhook import body_of
from models.alert import AlertSource
from models.person import User
from models.words import AccessRole, ActorKind
from resolvers.context import Context
from schema.build import core
from schema.execution import Request, prepare
from schema.stream import answers
from server.commands.doctor import examine
from server.health import reasons_not_ready
from statuspage.app import read_feed, read_frame, read_one, read_past, read_recent
from tests.schema.client import HOST, Client, app_of
from tests.schema.doorway import document_of
from tests.schema.ways import LITTLE, PERSON, documents
from tests.schema.whole import named_in, selection

EVENTS = text(
    "select id from (select id, kind from event order by id desc limit 300) newest"
    " where kind in ('incident.declared', 'update.published', 'role.assigned') order by id"
)
NEWEST_DELIVERY = text("select id from delivery order by id desc limit 1")


class Everything:
    """Does it all, and keeps what it asked for and what it was refused."""

    def __init__(self, runtime, size: int) -> None:
        self.runtime, self.database, self.size = runtime, runtime.database, size
        self.asked: set[str] = set()
        self.refused: list[str] = []
        clock = runtime.database.clock
        self._world = SimpleNamespace(database=runtime.database, clock=clock, users={})
        self._selections: dict[str, str] = {}

    async def run(self) -> None:
        """All of it."""
        await self._meet()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(self.runtime)), base_url=HOST) as http:
            self._client = Client(self._world, http, self.runtime)
            await self._queries()
            await self._mutations()
        await self._subscriptions()
        await self._alerts()
        await self._jobs()
        await self._pages()

    async def _meet(self) -> None:
        async with self.database.unit_of_work() as session:
            for name, key in (("admin", 1), ("member", 5)):
                self._world.users[name] = await session.get(User, key)
            self._world.users["admin"].access_role = AccessRole.ADMIN

    async def _ask(self, by: str, document: str, **variables) -> dict:
        self.asked |= named_in(document)
        answer = await self._client.answer(document, variables, by=by)
        allowed = {"FORBIDDEN"} if by == "member" else set()
        told = [error["extensions"] for error in answer.get("errors", ())]
        wrong = [
            each for each in told if each["code"] not in allowed and each.get("field") != "asOf"
        ]  # not of the past
        if wrong:
            self.refused.append(f"{answer['errors']} for {document[:300]}")
        return answer.get("data") or {}

    async def _queries(self) -> None:
        for document in documents(self.size):
            for person in ("admin", "member"):
                await self._ask(person, document)

    async def _do(self, mutation: str, noun: str = "incident", by: str = "admin", **given) -> dict:
        kind = core.mutation_type.fields[mutation].type
        chosen = self._selections.setdefault(kind.name, selection(kind, LITTLE, 1))
        data = await self._ask(by, document_of(mutation, chosen), input=given)
        assert data.get(mutation), f"{mutation}({given}): {self.refused[-1:]}"
        return data[mutation].get(noun) or {}

    async def _mutations(self) -> None:
        do, now = self._do, datetime.now(UTC)
        other = (await do("reportIncident", title="Odd", services=["service-1"]))["reference"]
        await do("acknowledgeIncident", incident=other)
        opened = await do("declareIncident", title="Down", severity="SEV1", services=["service-1"], idempotencyKey="k")
        await do("declareIncident", title="Down", severity="SEV1", services=["service-1"], idempotencyKey="k")
        ref = self.ref = opened["reference"]
        await do("editIncident", incident=ref, title="Slow", services=["service-2"], labels={"a": "b"})
        await do("changeSeverity", incident=ref, severity="SEV2")
        reported = {"incident": ref, "reason": "So it was.", "timestamp": "DETECTED"}
        await do("correctTimestamp", value=(now - timedelta(hours=1)).isoformat(), **reported)
        await do("assignRole", incident=ref, role="commander", user=PERSON)
        await do("assignRole", incident=ref, role="commander", user=ids.encode("User", 6))
        await do("relinquishRole", incident=ref, role="commander")
        await do("addMember", incident=ref, user=ids.encode("User", 7))
        await do("removeMember", incident=ref, user=ids.encode("User", 7))
        entry = await do("addEntry", "event", incident=ref, kind="NOTE", text="Odd.", pinned=True)
        await do("pinEvent", "event", event=entry["id"], pinned=False)
        for last in ("completeTask", "dropTask"):
            task = (await do("addTask", "task", incident=ref, title="Look"))["id"]
            for step in ("claimTask", "releaseTask", "claimTask", last):
                await do(step, "task", task=task)
        await self._say(ref)
        await self._follow_up(ref)
        await do("mergeIncident", incident=other, into=ref)
        for ending in ("declineIncident", "cancelIncident"):
            short = (await do("reportIncident", title="Odd"))["reference"]
            await do(ending, incident=short, reason="Nothing.")
        await do("reopenIncident", incident=short, reason="It is back.")
        await do("changeVisibility", incident=short, visibility="PRIVATE", members=[PERSON], reason="Security")
        await do("changeVisibility", incident=short, visibility="ORGANISATION", reason="Over")
        await self._settings()

    async def _say(self, ref: str) -> None:
        do, component = self._do, {"component": ids.encode("Component", 2), "status": "PARTIAL_OUTAGE"}
        public = {"audience": "PUBLIC", "components": [component], "body": "We look into it.", "incident": ref}
        update = (await do("publishUpdate", "update", status="INVESTIGATING", **public))["id"]
        await do("editUpdate", "update", update=update, body="We look.", notify=True)
        internal = await do("publishUpdate", "update", incident=ref, audience="INTERNAL", body="It is the disk.")
        await do("withdrawUpdate", "update", update=internal["id"], reason="It is not.")
        alert = ids.encode("Alert", self.size)  # of an incident that is open and fires
        await do("acknowledgeAlert", "alert", alert=alert)
        await do("linkAlert", "alert", alert=alert, incident=ref)
        await do("resolveAlert", "alert", alert=alert)

    async def _follow_up(self, ref: str) -> None:
        do, key = self._do, int(ref[4:])
        await do("changeStage", incident=ref, stage="MITIGATION")
        await do("changeStage", incident=ref, stage="RESOLUTION")
        await assemble_postmortem(self.database, key)
        edit = {"section": "summary", "markdown": "It was slow.", "expectedVersion": 1}
        await do("editPostmortem", "postmortem", incident=ref, **edit)
        await assemble_postmortem(self.database, key)
        await do("publishPostmortem", "postmortem", incident=ref)
        item = (await do("addActionItem", "actionItem", incident=ref, title="Fix it", owner="team-1"))["id"]
        await do("changeActionItem", "actionItem", actionItem=item, state="IN_PROGRESS", assignee=PERSON)
        await do("reopenIncident", incident=ref, reason="It is back.")

    async def _settings(self) -> None:
        do = self._do
        user = (await do("saveUser", "user", name="Fay", email="fay@example.org"))["id"]
        await do("saveUser", "user", id=user, archived=True)
        await do("saveTeam", "team", slug="data", name="Data", members=[PERSON])
        await do("saveRole", "role", key="medic", name="Medic", duties="Helps.")
        component = (await do("saveComponent", "component", name="Cart"))["id"]
        await do("saveComponent", "component", id=component, archived=True)
        await do("saveService", "service", slug="cart", name="Cart", owner="data", components=[])
        await do("saveSeverity", "severity", id=ids.encode("Severity", 3), definition="Bad.")
        await do("createAlertSource", "source", kind="alertmanager", name="Prometheus")
        rule = (await do("saveRoutingRule", "rule", name="All", matchers={"route": "yes"}, service="service-3"))["id"]
        await do("saveRoutingRule", "rule", id=rule, severity="SEV2")
        hook = await do("createWebhook", "webhook", url="https://hooks.example.org/a")
        self.webhook = ids.decode(hook["id"])[1]
        gone = await do("createWebhook", "webhook", url="https://hooks.example.org/b")
        await do("deleteWebhook", "id", id=gone["id"])
        spare = await do("saveRoutingRule", "rule", name="None", matchers={"never": "x"})
        await do("deleteRoutingRule", "id", id=spare["id"])

    async def _subscriptions(self) -> None:
        row = selection(core.type_map["Event"], LITTLE, 1)
        incident = selection(core.type_map["Incident"], LITTLE, 1)
        after = encode_cursor(self.size - 20)
        given = f'after: "{after}"'
        narrow = f'{given}, incident: "INC-{self.size - 5}", kinds: ["entry.added"]'
        message = f"cursor event {{ {row} }}"
        for document in (
            f"subscription {{ incidentEvents({given}) {{ {row} }} }}",
            f"subscription {{ incidentEvents({narrow}) {{ {row} }} }}",
            f"subscription {{ feed({given}) {{ {message} }} }}",
            f"subscription {{ feed({narrow}) {{ {message} }} }}",
            f'subscription {{ incidentChanged(ref: "INC-{self.size - 5}") {{ {incident} }} }}',
        ):
            self.asked |= named_in(document)
            for name in ("admin", "member"):
                user = self._world.users[name]
                ctx = Context(self.runtime, Actor(ActorKind.USER, user.id, user.name, user.access_role))
                async with aclosing(answers(prepare(Request(document)), ctx)) as stream:
                    answer = await anext(stream)
                    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
                    if codes - ({"FORBIDDEN"} if name == "member" else set()):
                        self.refused.append(str(answer["errors"]))
                await ctx.close()

    async def _alerts(self) -> None:
        now = self.database.clock.now()
        labels = {"route": "yes"}
        for firing in (True, True, False):
            ended = None if firing else self.database.clock.now()
            alerts = tuple(
                NormalisedAlert(f"a{n}", "Slow", firing, now, ends_at=ended, labels=labels) for n in range(3)
            )
            async with self.database.unit_of_work() as session:
                source = await session.get_one(AlertSource, 1)
                await receive_group(session, source, NormalisedGroup("new", "Slow", alerts))

    async def _jobs(self) -> None:
        database = self.database
        await sweep_due(database)
        await purge_claims(database)
        await touch_token(database, 1)
        await queue_lag(database)
        await list_dead(database)
        await retry(database, [1])
        await discard(database, [1])
        await reasons_not_ready(self.runtime)
        await examine(database, self.runtime.settings)
        async with database.reading() as reader:
            events = await reader.execute(EVENTS)
        for key in (row.id for row in events):
            async with database.unit_of_work() as session:
                await notify_of(session, key)
        await self._deliveries(events[0].id)

    async def _deliveries(self, event_id: int) -> None:
        database = self.database
        async with database.reading() as reader:
            delivery = (await reader.execute(NEWEST_DELIVERY))[0].id
            scene_of = await read_delivery(reader, delivery)
            await read_scene(reader, scene_of.event_id, HOST)
            await body_of(reader, event_id, HOST)
        async with database.unit_of_work() as session:
            await claim_mail(session, delivery)
        async with database.unit_of_work() as session:
            claimed = await claim_webhook(session, event_id, self.webhook)
        async with database.unit_of_work() as session:
            await webhook_failed(session, claimed, "It answered 500.")
        async with database.unit_of_work() as session:
            await webhook_took_it(session, claimed, "id")

    async def _pages(self) -> None:
        for read in (read_recent, read_past, read_feed, read_frame):
            async with self.database.reading() as reader:
                assert await read(reader) is not None
        async with self.database.reading() as reader:
            assert await read_one(self.size - 14, reader) is not None
