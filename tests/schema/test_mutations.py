"""What holds for every mutation: refusals beside results, cursors, permissions, repeated requests."""

import asyncio

import pytest
from sqlalchemy import func, select, text

from auth.acts import Act
from core import ids
from core.cursor import decode_cursor
from models.event import Event
from models.incident import Incident
from models.task import Task
from schema.build import core
from tests.schema.alerts_there import LEAST as SOURCES
from tests.schema.doorway import Doorway, document_of
from tests.schema.paged_there import LEAST as PAGING

INCIDENT = "incident { reference stage version }"
A_TASK = ids.encode("Task", 1)
AN_ALERT = ids.encode("Alert", 1)
AN_UPDATE = ids.encode("Update", 1)
A_USER = ids.encode("User", 1)
A_COMPONENT = ids.encode("Component", 1)
TIMES = {"startsAt": "2026-12-01T02:00:00Z", "endsAt": "2026-12-01T04:00:00Z"}
WORK = {"title": "Disks", "body": "New ones.", **TIMES}
WHY = {"incident": "INC-1", "reason": "Because."}
MEMBER = {"incident": "INC-1", "user": A_USER}

THERE = PAGING | SOURCES
LEAST = THERE | {
    "reportIncident": {"title": "Odd"},
    "acknowledgeIncident": {"incident": "INC-1"},
    "declareIncident": {"title": "Down", "severity": "SEV1"},
    "declineIncident": WHY,
    "cancelIncident": WHY,
    "editIncident": {"incident": "INC-1"},
    "changeSeverity": {"incident": "INC-1", "severity": "SEV2"},
    "changeStage": {"incident": "INC-1", "stage": "MITIGATION"},
    "reopenIncident": WHY,
    "mergeIncident": {"incident": "INC-1", "into": "INC-2"},
    "correctTimestamp": {**WHY, "timestamp": "DETECTED", "value": "2026-11-24T02:00:00Z"},
    "changeVisibility": {**WHY, "visibility": "PRIVATE"},
    "addMember": MEMBER,
    "removeMember": MEMBER,
    "assignRole": {**MEMBER, "role": "commander"},
    "relinquishRole": {"incident": "INC-1", "role": "commander"},
    "addEntry": {"incident": "INC-1", "kind": "NOTE", "text": "Odd."},
    "linkChange": {"incident": "INC-1", "url": "https://ci.example.org/412", "title": "Release 412"},
    "pinEvent": {"event": ids.encode("Event", 1), "pinned": True},
    "addTask": {"incident": "INC-1", "title": "Look"},
    "claimTask": {"task": A_TASK},
    "releaseTask": {"task": A_TASK},
    "completeTask": {"task": A_TASK},
    "dropTask": {"task": A_TASK},
    "publishUpdate": {"incident": "INC-1", "audience": "INTERNAL", "body": "We look."},
    "editUpdate": {"update": AN_UPDATE, "body": "We look."},
    "withdrawUpdate": {"update": AN_UPDATE, "reason": "Wrong."},
    "acknowledgeAlert": {"alert": AN_ALERT},
    "resolveAlert": {"alert": AN_ALERT},
    "linkAlert": {"alert": AN_ALERT, "incident": None},
    "addActionItem": {"title": "Fix it", "owner": "payments"},
    "changeActionItem": {"actionItem": ids.encode("ActionItem", 1), "title": "Fix it"},
    "changeActionItems": {"items": [ids.encode("ActionItem", 1)], "priority": 1},
    "editPostmortem": {"incident": "INC-1", "section": "summary", "markdown": "It was down.", "expectedVersion": 1},
    "reassemblePostmortem": {"incident": "INC-1", "expectedVersion": 1},
    "chooseFactors": {"incident": "INC-1", "factors": [], "expectedVersion": 1},
    "requestPostmortemReview": {"incident": "INC-1", "reviewers": [A_USER], "expectedVersion": 1},
    "reviewPostmortem": {"incident": "INC-1", "decision": "APPROVED"},
    "commentOnPostmortem": {"incident": "INC-1", "section": "summary", "body": "Why?"},
    "resolvePostmortemComment": {"incident": "INC-1", "comment": ids.encode("PostmortemComment", 1)},
    "suggestPostmortemEdit": {
        "incident": "INC-1",
        "section": "summary",
        "markdown": "It was slow.",
        "expectedVersion": 1,
    },
    "proposePostmortemWording": {"incident": "INC-1", "sections": ["summary"]},
    "decidePostmortemSuggestion": {
        "incident": "INC-1",
        "suggestion": ids.encode("SectionSuggestion", 1),
        "accept": True,
    },
    "publishPostmortem": {"incident": "INC-1"},
    "publishPostmortemPublicly": {"incident": "INC-1", "body": "We learned much."},
    "editPublicPostmortem": {"incident": "INC-1", "body": "We learned more."},
    "withdrawPublicPostmortem": {"incident": "INC-1", "reason": "Wrong."},
    "addSubscriber": {"channel": "EMAIL", "address": "fay@quillhaven.example"},
    "removeSubscriber": {"id": ids.encode("Subscriber", 1)},
    "liftSuppression": {"id": ids.encode("Suppression", 1)},
    "saveUser": {"name": "Fay", "email": "fay@quillhaven.example"},
    "erasePerson": {"user": ids.encode("User", 2), "reason": "They asked."},
    "saveTeam": {"slug": "data", "name": "Data"},
    "saveRole": {"key": "medic", "name": "Medic", "duties": "Helps."},
    "saveService": {"slug": "cart-api", "name": "Cart API"},
    "saveComponent": {"name": "Cart"},
    "savePostmortemTemplate": {
        "name": "Security",
        "sections": [{"key": "data", "title": "Data", "guidance": "Whose?"}],
    },
    "saveFactorKind": {"key": "weather", "name": "Weather", "description": "Storms."},
    "saveUpdateTemplate": {"name": "Slow", "audience": "PUBLIC", "body": "{{ component_names }} may be slow."},
    "tuneCheck": {"check": "blameless", "reason": "We say error.", "limit": 2},
    "saveRunbook": {"name": "Slow checkout", "body": "- [ ] Look at the queue"},
    "saveSchedule": {"name": "Primary"},
    "addOverride": {"schedule": "Primary", "user": A_USER, "endsAt": "2999-01-01T00:00:00Z"},
    "removeOverride": {"override": ids.encode("ScheduleOverride", 1)},
    "swapShifts": {
        "schedule": "Primary",
        "startsAt": "2999-01-01T00:00:00Z",
        "endsAt": "2999-01-02T00:00:00Z",
        "otherStartsAt": "2999-01-02T00:00:00Z",
        "otherEndsAt": "2999-01-03T00:00:00Z",
    },
    "createCalendarLink": {},
    "openRunbook": {"incident": "INC-1", "runbook": "Slow checkout"},
    "eraseText": {"update": AN_UPDATE, "reason": "A password."},
    "saveOrganisation": {"name": "Quillhaven"},
    "saveLogo": {"image": None},
    "saveStatusPage": {"slug": "emea", "name": "EMEA", "access": "LINK"},
    "archiveStatusPage": {"id": ids.encode("StatusPage", 99)},
    "createPageLink": {"page": ids.encode("StatusPage", 99)},
    "revokePageLinks": {"page": ids.encode("StatusPage", 99)},
    "saveSeverity": {"id": ids.encode("Severity", 1), "definition": "Bad."},
    "scheduleMaintenance": {**WORK, "components": [A_COMPONENT]},
    "editMaintenance": {"maintenance": "MNT-1"},
    "startMaintenance": {"maintenance": "MNT-1"},
    "completeMaintenance": {"maintenance": "MNT-1"},
    "cancelMaintenance": {"maintenance": "MNT-1"},
    "publishMaintenanceUpdate": {"maintenance": "MNT-1", "body": "We work."},
    "editMaintenanceUpdate": {"update": ids.encode("MaintenanceUpdate", 1), "body": "We work."},
    "withdrawMaintenanceUpdate": {"update": ids.encode("MaintenanceUpdate", 1), "reason": "Wrong."},
    "scheduleMaintenanceSeries": {**WORK, "rule": "FREQ=DAILY", "timeZone": "UTC", "components": [A_COMPONENT]},
    "endMaintenanceSeries": {"series": ids.encode("MaintenanceSeries", 1), "reason": "Over."},
    "saveFilter": {"name": "Mine"},
    "deleteFilter": {"id": ids.encode("SavedFilter", 1)},
    "createWebhook": {"url": "https://hooks.quillhaven.example/muster"},
    "deleteWebhook": {"id": ids.encode("Webhook", 1)},
    "enableWebhook": {"id": ids.encode("Webhook", 1)},
    "redeliver": {"delivery": ids.encode("Delivery", 1)},
    "retryJobs": {"jobs": [ids.encode("Job", 1)]},
    "discardJobs": {"jobs": [ids.encode("Job", 1)]},
    "skipSetup": {"step": "chat"},
    "tryMail": {},
    "saveIntegration": {"vendor": "jitsi"},
    "checkIntegration": {"integration": "jitsi"},
    "saveWorkflow": {
        "key": "w",
        "name": "W",
        "definition": {"trigger": {"manual": True}, "steps": [{"wait": {"minutes": 1}}]},
    },
    "runWorkflow": {"incident": "INC-1", "workflow": "sev1"},
    "cancelRun": {"run": ids.encode("WorkflowRun", 1), "reason": "Because."},
    "answerQuestion": {"question": ids.encode("WorkflowStepRun", 1), "answer": "Yes"},
    "openBridge": {"incident": "INC-1", "integration": "jitsi"},
    "openTicket": {"incident": "INC-1", "integration": "github"},
    "openActionItemTicket": {"actionItem": ids.encode("ActionItem", 1), "integration": "github"},
    "openChannel": {"incident": "INC-1", "integration": "slack"},
    "archiveChannel": {"incident": "INC-1"},
    "acknowledgePage": {"incident": "INC-1"},
    "pageOnCall": {"incident": "INC-1", "integration": "pagerduty"},
    "announce": {"incident": "INC-1", "integration": "slack"},
    "createServiceAccount": {"name": "Deploys", "accessRole": "VIEWER"},
    "saveServiceAccount": {"id": ids.encode("ServiceAccount", 99), "name": "Deploys"},
    "createToken": {"name": "CI", "accessRole": "VIEWER", "serviceAccount": ids.encode("ServiceAccount", 99)},
    "rotateToken": {"token": ids.encode("Token", 99)},
    "revokeToken": {"token": ids.encode("Token", 99)},
    "createOAuthClient": {
        "name": "CI",
        "accessRole": "VIEWER",
        "serviceAccount": ids.encode("ServiceAccount", 99),
    },
    "revokeOAuthClient": {"client": ids.encode("OAuthClient", 99)},
    "createSignInLink": {"user": ids.encode("User", 1)},
    "endSession": {"session": ids.encode("Session", 99)},
    "endSessions": {"user": ids.encode("User", 1)},
}
"""Every mutation with an input that is well formed, though what it names need not exist."""

NAMING = {"incident", "event", "task", "update", "alert", "actionItem", "items", "run", "question"}
"""The inputs that name an incident, or what hangs on one."""


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


async def count(world, model, *conditions):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(model).where(*conditions))


async def declare(api, person="ben", **given):
    payload = await api.do(person, "declareIncident", INCIDENT, title="Down", severity="SEV1", **given)
    return payload["incident"]["reference"]


def test_every_mutation_is_asked_for_here():
    assert set(core.mutation_type.fields) == set(LEAST)


async def test_no_mutation_is_for_nobody_or_for_those_who_may_only_read(api):
    for mutation in sorted(LEAST, key=lambda name: not name.startswith("delete")):  # what is made below would be found
        await _refused_to_readers(api, mutation)


async def _refused_to_readers(api, mutation):
    assert await api.refused(None, mutation, **LEAST[mutation]) == ("UNAUTHENTICATED", None)
    assert await api.refused(None, mutation, **LEAST[mutation], idempotencyKey="k") == ("UNAUTHENTICATED", None)
    named = set(LEAST[mutation]) & NAMING  # what is not there is not there, whatever one may do
    acts = {*set(Act), "answerAlert"}  # to answer is to acknowledge
    code = "NOT_FOUND" if named and mutation in acts else "FORBIDDEN"
    own = {"saveFilter": "savedFilter { name }", "createCalendarLink": "url"}  # for whoever reads
    if mutation in own:
        assert all((await api.do("eve", mutation, own[mutation], **LEAST[mutation])).values())
        return
    code = "NOT_FOUND" if mutation == "deleteFilter" else code
    assert (await api.refused("eve", mutation, **LEAST[mutation]))[0] == code


async def test_a_refusal_leaves_its_siblings(api):
    reference = await declare(api)
    data, refusals = await api.ask(
        "ben",
        """
        mutation ($incident: String!) {
          lost: addTask(input: {incident: "INC-999999", title: "Look"}) { task { title } }
          forbidden: saveTeam(input: {slug: "data", name: "Data"}) { team { slug } }
          kept: addTask(input: {incident: $incident, title: "Look"}) { task { title state } }
        }
        """,
        incident=reference,
    )
    assert data == {"lost": None, "forbidden": None, "kept": {"task": {"title": "Look", "state": "OPEN"}}}
    assert refusals == [("lost", "NOT_FOUND", "incident"), ("forbidden", "FORBIDDEN", None)]


async def test_each_field_is_answered_from_what_it_wrote(api):
    reference = await declare(api)
    data, refusals = await api.ask(
        "ben",
        """
        mutation ($incident: String!) {
          one: addTask(input: {incident: $incident, title: "One"}) { task { incident { tasks { nodes { title } } } } }
          two: addTask(input: {incident: $incident, title: "Two"}) { task { incident { tasks { nodes { title } } } } }
        }
        """,
        incident=reference,
    )
    assert refusals == []
    assert data["one"]["task"]["incident"]["tasks"]["nodes"] == [{"title": "One"}]
    assert data["two"]["task"]["incident"]["tasks"]["nodes"] == [{"title": "One"}, {"title": "Two"}]


async def test_the_cursor_is_that_of_the_changes_last_event(api, world):
    payload = await api.do(
        "ben",
        "declareIncident",
        "cursor incident { timeline { nodes { kind cursor } } }",
        title="Down",
        severity="SEV1",
        roles=[{"role": "commander", "user": world.id_of("ben")}],
    )
    nodes = payload["incident"]["timeline"]["nodes"]
    assert [node["kind"] for node in nodes] == ["incident.declared", "role.assigned"]
    assert payload["cursor"] == nodes[-1]["cursor"]


async def test_the_cursor_of_a_change_that_changes_nothing_is_that_of_the_newest_event(api, world):
    await declare(api)
    await api.do("dov", "saveTeam", "cursor", slug="data", name="Data")
    before = await count(world, Event)
    team = ids.encode("Team", world.teams["payments"].id)
    payload = await api.do("dov", "saveTeam", "cursor team { name }", id=team, name="Payments")
    data, _ = await api.ask("dov", "{ cursor }")
    assert payload["cursor"] == data["cursor"]
    assert await count(world, Event) == before


async def test_fields_of_refusals_are_spelt_as_in_the_input(api, world):
    user = {"role": "commander", "user": ids.encode("User", 999)}
    fine = {"role": "scribe", "user": world.id_of("ben")}
    assert await api.refused("ben", "declareIncident", title="Down", severity="SEV1", roles=[fine, user]) == (
        "NOT_FOUND",
        "roles.1.user",
    )
    reference = await declare(api)
    assert await api.refused("ben", "editIncident", incident=reference, title="Up", expectedVersion=9) == (
        "VERSION_CONFLICT",
        "expectedVersion",
    )
    assert await api.refused("ben", "addTask", incident=reference, title="Look", idempotencyKey="") == (
        "INVALID_INPUT",
        "idempotencyKey",
    )


async def test_a_repeated_request_does_nothing_and_answers_the_same(api, world):
    reference = await declare(api)
    given = {"incident": reference, "title": "Look", "idempotencyKey": "k1"}
    first = await api.do("ben", "addTask", "cursor task { id title state }", **given)
    task = first["task"]["id"]
    await api.do("ben", "claimTask", "cursor", task=task)
    again = await api.do("ben", "addTask", "cursor task { id title state }", **given)
    assert (again["cursor"], again["task"]["id"]) == (first["cursor"], task)
    assert again["task"]["state"] == "CLAIMED", "what it selects is read anew"
    assert await count(world, Task) == 1


async def test_another_request_with_the_same_key_is_refused(api, world):
    reference = await declare(api)
    await api.do("ben", "addTask", "cursor", incident=reference, title="Look", idempotencyKey="k1")
    assert await api.refused("ben", "addTask", incident=reference, title="Listen", idempotencyKey="k1") == (
        "IDEMPOTENCY_CONFLICT",
        "idempotencyKey",
    )
    await api.do("chi", "addTask", "cursor", incident=reference, title="Listen", idempotencyKey="k1")
    await api.do("ben", "claimTask", "cursor", task=A_TASK, idempotencyKey="k1")
    assert await count(world, Task) == 2


async def test_twenty_at_the_same_time_with_one_key_have_one_effect(api, world):
    reference = await declare(api)
    given = {"incident": reference, "kind": "NOTE", "text": "Odd.", "idempotencyKey": "k1"}
    payloads = await asyncio.gather(*(api.do("ben", "addEntry", "cursor event { id }", **given) for _ in range(20)))
    assert all(payload == payloads[0] for payload in payloads)
    assert await count(world, Event, Event.kind == "entry.added") == 1


async def test_a_refusal_is_not_remembered(api):
    added = await api.do("ben", "addTask", "task { id }", incident=await declare(api), title="Look")
    task = {"task": added["task"]["id"]}
    await api.do("ben", "claimTask", "cursor", **task)
    assert await api.refused("chi", "claimTask", **task, idempotencyKey="k1") == ("CONFLICT", "task")
    await api.do("ben", "releaseTask", "cursor", **task)
    claimed = await api.do("chi", "claimTask", "task { claimedBy { name } }", **task, idempotencyKey="k1")
    assert claimed["task"]["claimedBy"] == {"name": "Chi Tran"}


@pytest.mark.parametrize(
    ("person", "mutation", "selection", "given"),
    [
        ("ben", "addEntry", "event { id number text }", {"incident": ..., "kind": "NOTE", "text": "Odd."}),
        ("ben", "pinEvent", "event { id pinned }", {"event": ids.encode("Event", 1), "pinned": True}),
        ("ben", "declareIncident", "incident { id reference }", {"title": "Again", "severity": "SEV2"}),
        ("ada", "saveSeverity", "severity { id version }", LEAST["saveSeverity"]),
        ("ada", "saveUser", "user { id }", LEAST["saveUser"]),
    ],
)
async def test_whatever_was_made_is_found_again(api, person, mutation, selection, given):
    reference = await declare(api)
    given = {name: reference if value is ... else value for name, value in given.items()}
    first = await api.do(person, mutation, f"cursor {selection}", **given, idempotencyKey="k1")
    assert await api.do(person, mutation, f"cursor {selection}", **given, idempotencyKey="k1") == first


async def test_a_request_spelt_otherwise_is_the_same_request(api):
    reference = await declare(api)
    about = {"incident": reference, "kind": "NOTE", "text": "Odd.", "idempotencyKey": "k1"}
    first = await api.do("ben", "addEntry", "event { id }", **about, occurredAt="2026-11-24T02:00:00Z")
    again = await api.do(
        "ben", "addEntry", "event { id }", **about, occurredAt="2026-11-24T03:00:00.000+01:00", pinned=False
    )
    assert again == first


async def test_a_repeated_request_is_answered_under_todays_permissions(api, world):
    given = {"title": "Leak", "severity": "SEV1", "idempotencyKey": "k1", "visibility": "PRIVATE"}
    members = [world.id_of("chi")]
    payload = await api.do("ben", "declareIncident", INCIDENT, **given, members=members)
    reference = payload["incident"]["reference"]
    await api.do("chi", "removeMember", "cursor", incident=reference, user=world.id_of("ben"))
    data, refusals = await api.ask("ben", document_of("declareIncident", INCIDENT), input={**given, "members": members})
    assert data == {"declareIncident": None}
    assert refusals == [("declareIncident.incident", "NOT_FOUND", None)]
    assert await count(world, Incident) == 1


async def test_a_wait_that_is_cut_short_is_a_timeout_and_writes_nothing(api, world):
    reference = await declare(api)
    async with world.database.unit_of_work() as holder:
        await holder.execute(text("select 1 from incident for update"))
        waiting = asyncio.create_task(api.refused("ben", "addTask", incident=reference, title="Look"))
        async with world.database.reading() as reader, asyncio.timeout(3):
            cancel = (
                "select pg_cancel_backend(pid) from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            )
            while not await reader.execute(text(cancel)):
                await reader.close()
        assert await waiting == ("TIMEOUT", None)
    assert await count(world, Task) == 0
    assert decode_cursor((await api.do("ben", "addTask", "cursor", incident=reference, title="Look"))["cursor"]) > 0
