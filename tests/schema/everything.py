"""Everything that the doorways do, done once on an organisation of 100,000 incidents (tests.schema.test_plans)."""

from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import SimpleNamespace

import httpx
from sqlalchemy import select, text
from starlette.applications import Starlette

import integrations.scim.app
from actions.alerts.calming import sweep_flapping
from actions.alerts.release import sweep_silences
from actions.alerts.storms import sweep_storms
from actions.audit_chain import chain
from actions.audit_trail import export
from actions.idempotency import purge_claims
from actions.items.sweep import sweep_action_items
from actions.maintenance.sweep import extend_series, sweep_maintenance
from actions.notices import notify_of
from actions.outward.stranded import sweep_stranded
from actions.postmortems.assembly import assemble_postmortem
from actions.reminders import sweep_due
from actions.sign_in import open_session
from auth.actor import Actor
from auth.token import touch_token
from core import ids
from core.client import NOBODY
from core.cursor import encode_cursor
from jobs.inspection import discard, list_dead, queue_lag, retry
from models.access import BrowserSession
from models.maintenance import Maintenance
from models.person import User
from models.words import AccessRole, ActorKind
from resolvers.context import Context
from schema.build import core
from schema.execution import Request, prepare
from schema.stream import answers
from server.commands.doctor import examine
from server.health import reasons_not_ready
from statuspage.archive import Sought, read_sought
from statuspage.views import read_incidents, read_maintenance, views
from tests.schema.alerts_there import alerts_there
from tests.schema.client import HOST, Client, app_of
from tests.schema.deliveries_there import deliver_once
from tests.schema.doorway import document_of
from tests.schema.setting_up import send_again, set_up
from tests.schema.settling import settle
from tests.schema.telling import Telling
from tests.schema.ways import LITTLE, PERSON, documents
from tests.schema.whole import named_in, selection
from tests.schema.writing import write_together

EVENTS = text(
    "select id from (select id, kind from event order by id desc limit 300) newest"
    " where kind in ('incident.declared', 'update.published', 'role.assigned') order by id"
)

SOUGHT = (
    Sought(month=date(2026, 3, 1)),
    Sought(month=date(2026, 3, 1), before=14),
    Sought(words=("zeppelin",)),
    Sought(words=("trouble",)),
    Sought(words=("trouble", "part"), before=5004),
)
"""What is asked of the history of the status page: rare words, and those that are everywhere."""


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
            await self._directory()
        await self._subscriptions()
        await alerts_there(self.database)
        await self._jobs()
        await self._pages()
        await Telling(self.database, self.ref).run()

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
        await do("linkChange", "event", incident=ref, url="https://ci.example.org/412", title="Release 412")
        await do("pinEvent", "event", event=entry["id"], pinned=False)
        await do("eraseText", "event", event=entry["id"], reason="It named a customer.")
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
        await self._maintain(now)
        self.webhook = await settle(self._do, self.database)
        await send_again(do, self.database, self.webhook)
        await set_up(do, self.database)
        await self._replay(now)
        await self._access()
        await self._subscribers()

    async def _say(self, ref: str) -> None:
        do, component = self._do, {"component": ids.encode("Component", 2), "status": "PARTIAL_OUTAGE"}
        public = {"audience": "PUBLIC", "components": [component], "body": "We look into it.", "incident": ref}
        update = (await do("publishUpdate", "update", status="INVESTIGATING", **public))["id"]
        await do("editUpdate", "update", update=update, body="We look.", notify=True, hideEarlier=True)
        await self._draft({**public, "status": "IDENTIFIED"})
        internal = await do("publishUpdate", "update", incident=ref, audience="INTERNAL", body="It is the disk.")
        await do("withdrawUpdate", "update", update=internal["id"], reason="It is not.")
        await do("eraseText", "event", update=internal["id"], reason="It named a customer.")
        alert = ids.encode("Alert", self.size)  # of an incident that is open and fires
        for group in (False, True):
            until = (datetime.now(UTC) + timedelta(hours=1 + group)).isoformat()
            await do("snoozeAlert", "alert", alert=alert, until=until, group=group)
            await do("unsnoozeAlert", "alert", alert=alert, group=group)
            await sweep_silences(self.database)
        await do("markNoise", "alert", alert=alert, reason="It flaps.")
        await do("unmarkNoise", "alert", alert=alert)
        await do("acknowledgeAlert", "alert", alert=alert)
        await do("linkAlert", "alert", alert=alert, incident=ref)
        await do("resolveAlert", "alert", alert=alert)

    async def _draft(self, draft: dict) -> None:
        shown = selection(core.type_map["UpdatePreview"], LITTLE, 2)
        await self._preview("previewUpdate", "PublishUpdateInput", shown, draft)
        await self._do("saveUpdateTemplate", "template", name="Slow", audience="PUBLIC", body="{{ component_names }}.")

    async def _preview(self, query: str, kind: str, shown: str, draft: dict) -> None:
        """As our own page would have it, and as another one, which is archived again."""
        page = (await self._do("saveStatusPage", "page", slug=query.lower(), name=query))["id"]
        document = f"query ($input: {kind}!, $page: ID) {{ {query}(input: $input, page: $page) {{ {shown} }} }}"
        for chosen in (None, page):
            assert (await self._ask("admin", document, input=draft, page=chosen))[query]["mail"]
        await self._do("archiveStatusPage", "page", id=page)

    async def _replay(self, now: datetime) -> None:
        definition = {"trigger": {"events": ["incident.declared"]}, "steps": [{"wait": {"minutes": 1}}]}
        since, until = ((now + timedelta(hours=hours)).isoformat() for hours in (-1, 1))
        shown = selection(core.type_map["WorkflowReplay"], LITTLE, 2)
        document = f"query ($input: ReplayWorkflowInput!) {{ replayWorkflow(input: $input) {{ {shown} }} }}"
        given = {"definition": definition, "since": since, "until": until}
        assert (await self._ask("admin", document, input=given))["replayWorkflow"]["runs"]

    async def _follow_up(self, ref: str) -> None:
        do, key = self._do, int(ref[4:])
        await do("changeStage", incident=ref, stage="MITIGATION")
        await do("changeStage", incident=ref, stage="RESOLUTION")
        await assemble_postmortem(self.database, key)
        edit = {"section": "summary", "markdown": "It was slow.", "expectedVersion": 1}
        await do("editPostmortem", "postmortem", incident=ref, **edit)
        await assemble_postmortem(self.database, key)
        chosen = [{"kind": "capacity", "note": "The disk was full."}, {"kind": "detection"}]
        found = await do("chooseFactors", "postmortem", incident=ref, factors=chosen, expectedVersion=2)
        await do("reassemblePostmortem", "postmortem", incident=ref, expectedVersion=found["version"])
        await write_together(do, self._ask, self.database, ref, found["version"])
        await do("publishPostmortem", "postmortem", incident=ref)
        await do("publishUpdate", incident=ref, audience="PUBLIC", status="RESOLVED", body="It is over.", notify=False)
        await do("publishPostmortemPublicly", incident=ref, body="We learned much.", notify=False)
        await do("editPublicPostmortem", incident=ref, body="We learned *more*.", expectedVersion=1)
        await do("withdrawPublicPostmortem", incident=ref, reason="Not yet.")
        await do("publishPostmortemPublicly", incident=ref, body="We learned much.")
        item = (await do("addActionItem", "actionItem", incident=ref, title="Fix it", owner="team-1"))["id"]
        await do("changeActionItem", "actionItem", actionItem=item, state="IN_PROGRESS", assignee=PERSON)
        await self._do("changeActionItems", "actionItems", items=[item], kind="DETECT", dueOn=None)
        await do("reopenIncident", incident=ref, reason="It is back.")

    async def _maintain(self, now: datetime) -> None:
        do, noun = self._do, "maintenance"
        first, second = (ids.encode("Component", key) for key in (1, 2))
        given = {"title": "Disks", "body": "New ones.", "components": [second, first], "remindMinutes": 60}

        def when(days: float) -> dict:
            start = now.replace(microsecond=0, second=0) + timedelta(days=days)
            return {"startsAt": start.isoformat(), "endsAt": (start + timedelta(hours=1)).isoformat()}

        await do("scheduleMaintenance", noun, **given, **when(-9), alreadyDone=True)
        await self._preview(
            "previewMaintenance", "ScheduleMaintenanceInput", "page mail { html }", {**given, **when(1)}
        )
        ref = (await do("scheduleMaintenance", noun, **given, **when(1)))["reference"]
        await do("editMaintenance", noun, maintenance=ref, **when(2), components=[first])
        await do("startMaintenance", noun, maintenance=ref)
        said = {"maintenance": ref, "body": "We look whether it works."}
        update = (await do("publishMaintenanceUpdate", "update", status="VERIFYING", **said))["id"]
        await do("eraseText", "event", maintenanceUpdate=update, reason="It named a customer.")
        await do("editMaintenanceUpdate", "update", update=update, body="We look.")
        await do("withdrawMaintenanceUpdate", "update", update=update, reason="Wrong.")
        await do("completeMaintenance", noun, maintenance=ref)
        gone = (await do("scheduleMaintenance", noun, **given, **when(3)))["reference"]
        await do("cancelMaintenance", noun, maintenance=gone, body="Not now.")
        zone = {"timeZone": "UTC", "rule": "FREQ=WEEKLY"}
        made = await do("scheduleMaintenanceSeries", "series", **given, **when(4), **zone)
        async with self.database.reading() as reader:
            first_of = await reader.scalar(
                select(Maintenance.id)
                .where(Maintenance.series_id == ids.decode(made["id"])[1])
                .order_by(Maintenance.id)
            )
        following = {"scope": "THIS_AND_FOLLOWING", "title": "More disks", "components": [first]}
        edited = await do("editMaintenance", noun, maintenance=f"MNT-{first_of}", **following)
        async with self.database.reading() as reader:
            series = await reader.scalar(select(Maintenance.series_id).where(Maintenance.id == first_of))
        assert edited["title"] == "More disks"
        await do("endMaintenanceSeries", "series", series=ids.encode("MaintenanceSeries", series), reason="Over.")
        self.maintenance = int(ref[4:])

    async def _access(self) -> None:
        do = self._do
        account = (await do("createServiceAccount", "serviceAccount", name="CI", accessRole="VIEWER"))["id"]
        made = await do("createToken", "token", serviceAccount=account, name="CI", accessRole="VIEWER")
        made = await do("rotateToken", "token", token=made["id"])
        await do("revokeToken", "token", token=made["id"])
        client = await do("createOAuthClient", "client", serviceAccount=account, name="CI", accessRole="VIEWER")
        await do("revokeOAuthClient", "client", client=client["id"])
        await do("saveServiceAccount", "serviceAccount", id=account, archived=True)
        await do("createToken", "token", name="Mine", accessRole="VIEWER")
        await do("createSignInLink", "user", user=PERSON)
        await do("endSessions", "user", user=PERSON)
        async with self.database.unit_of_work() as session:
            for user in self._world.users.values():
                open_session(session, user, lives=timedelta(days=14))
            await session.flush()
            key = await session.scalar(select(BrowserSession.id).limit(1))
        await do("endSession", "session", session=ids.encode("Session", key))

    async def _directory(self) -> None:
        headers = {"authorization": f"Bearer {await self._client.token_of('admin')}"}
        transport = httpx.ASGITransport(Starlette(routes=integrations.scim.app.routes(self.runtime)))
        async with httpx.AsyncClient(transport=transport, base_url=f"{HOST}/scim/v2", headers=headers) as http:

            async def ask(method: str, path: str, body: object = None, **parameters: str) -> str | None:
                answer = await http.request(method, path, json=body, params=parameters)
                if answer.is_error:
                    self.refused.append(f"{method} {path}: {answer.text}")
                return answer.json().get("id") if answer.content else None

            user = await ask("POST", "/Users", {"userName": "gil@example.org", "displayName": "Gil", "externalId": "u"})
            group = await ask(
                "POST", "/Groups", {"displayName": "Gils", "members": [{"value": user}], "externalId": "g"}
            )
            await self._do("assignRole", incident=self.ref, role="scribe", user=user)
            for filter_ in ('userName eq "gil@example.org"', 'externalId eq "u"', 'groups.display sw "G"', "name pr"):
                await ask("GET", "/Users", filter=filter_, sortBy="displayName")
            await ask("POST", "/Users/.search", {"filter": 'meta.lastModified gt "2020-01-01T00:00:00Z"', "count": 2})
            await ask("GET", "/Groups", filter=f'members eq "{user}"')
            left = {"op": "remove", "path": f'members[value eq "{user}"]'}
            await ask("PATCH", f"/Groups/{group}", {"Operations": [left]})
            await ask(
                "PATCH",
                f"/Groups/{group}",
                {"Operations": [{**left, "op": "add", "path": "members", "value": [{"value": user}]}]},
            )
            for active in (False, True):
                await ask("PUT", f"/Users/{user}", {"userName": "gil@example.org", "active": active})
            for path in (f"/Users/{user}", f"/Groups/{group}"):
                await ask("GET", path)
                await ask("DELETE", path)
            await ask("POST", "/Users", {"userName": "gil@example.org", "externalId": "u"})
            await ask("POST", "/Groups", {"displayName": "Gils", "externalId": "g"})

    async def _subscribers(self) -> None:
        do = self._do
        added = await do("addSubscriber", "subscriber", channel="WEBHOOK", address="https://hooks.example.org/news")
        await do("removeSubscriber", "subscriber", id=added["id"])
        await do("liftSuppression", "id", id=ids.encode("Suppression", 7))

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

    async def _jobs(self) -> None:
        database = self.database
        await sweep_due(database)
        await sweep_stranded(database)
        await sweep_action_items(database)
        await sweep_maintenance(database)
        await sweep_silences(database)
        await sweep_flapping(database)
        await sweep_storms(database)
        await extend_series(database)
        await purge_claims(database)
        assert sum([await chain(database) for _ in range(2)])
        await touch_token(database, 1, NOBODY)
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
        await deliver_once(database, self.webhook, events[0].id)

    async def _pages(self) -> None:
        for read in {view.read for view in views("").values()} | {partial(read_sought, sought) for sought in SOUGHT}:
            async with self.database.reading() as reader:
                assert await read(reader) is not None
        async with self.database.reading() as reader:
            assert await read_incidents(reader, [self.size - 14])
            assert await read_maintenance(reader, [self.maintenance])
        admin, now = Actor(ActorKind.USER, 1, "Admin", AccessRole.ADMIN), datetime.now(UTC)
        for bounds in ({}, {"since": now - timedelta(hours=1), "until": now}, {"after": self.size}):
            async with aclosing(export(self.database, admin, **bounds)) as exported:
                assert [page async for page in exported]
