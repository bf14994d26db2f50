"""Timeline entries, tasks, updates, alerts, postmortems and action items through the API."""

from datetime import UTC, datetime

import pytest

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.intake import receive_group
from actions.alerts.sources import create_alert_source
from actions.postmortems.assembly import assemble_postmortem
from core import ids
from tests.schema.doorway import Doorway

STAGE = "incident { reference stage version } cursor"


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


@pytest.fixture
async def reference(api):
    """A declared incident."""
    payload = await api.do("ben", "declareIncident", STAGE, title="Down", severity="SEV1", services=["checkout-api"])
    return payload["incident"]["reference"]


async def test_an_entry_is_written_and_pinned(api, reference):
    entry = await api.do(
        "ben",
        "addEntry",
        "event { id kind number text entryKind pinned occurredAt actor { name } incident { reference } }",
        incident=reference,
        kind="OBSERVATION",
        text="**500** on every request",
        occurredAt="2026-11-24T02:59:00Z",
        pinned=True,
    )
    key = entry["event"].pop("id")
    assert entry["event"] == {
        "kind": "entry.added",
        "number": 2,
        "text": "**500** on every request",
        "entryKind": "OBSERVATION",
        "pinned": True,
        "occurredAt": "2026-11-24T02:59:00.000000Z",
        "actor": {"name": "Ben Silva"},
        "incident": {"reference": reference},
    }
    unpinned = await api.do("chi", "pinEvent", "event { id pinned }", event=key, pinned=False)
    assert unpinned["event"] == {"id": key, "pinned": False}
    again = await api.do("chi", "pinEvent", "event { id pinned }", event=key, pinned=False)
    assert again["event"] == {"id": key, "pinned": False}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"text": " "}, ("INVALID_INPUT", "text")),
        ({"text": "x" * 20_001}, ("INVALID_INPUT", "text")),
        ({"occurredAt": "2036-01-01T00:00:00Z"}, ("INVALID_INPUT", "occurredAt")),
    ],
)
async def test_an_entry_that_makes_no_sense_is_refused(api, reference, given, expected):
    about = {"incident": reference, "kind": "NOTE", "text": "Odd.", **given}
    assert await api.refused("ben", "addEntry", **about) == expected


async def test_what_is_no_event_is_not_pinned(api):
    assert await api.refused("ben", "pinEvent", event=ids.encode("Event", 99), pinned=True) == ("NOT_FOUND", "event")
    assert await api.refused("ben", "pinEvent", event="nonsense", pinned=True) == ("INVALID_INPUT", "event")


async def test_a_task_is_held_by_one_and_done(api, reference):
    fields = "task { id title state claimedBy { name } incident { reference } }"
    added = await api.do("ben", "addTask", fields, incident=reference, title="Look at the database")
    task = added["task"]["id"]
    assert added["task"]["state"] == "OPEN"
    claimed = await api.do("ben", "claimTask", fields, task=task)
    assert (claimed["task"]["state"], claimed["task"]["claimedBy"]) == ("CLAIMED", {"name": "Ben Silva"})
    assert await api.refused("chi", "claimTask", task=task) == ("CONFLICT", "task")
    released = await api.do("ben", "releaseTask", fields, task=task)
    assert (released["task"]["state"], released["task"]["claimedBy"]) == ("OPEN", None)
    done = await api.do("chi", "completeTask", fields, task=task)
    assert (done["task"]["state"], done["task"]["claimedBy"]) == ("DONE", {"name": "Chi Tran"})
    assert await api.refused("ben", "dropTask", task=task) == ("CONFLICT", "task")


async def test_only_those_who_assign_act_for_someone_else(api, world, reference):
    added = await api.do("ben", "addTask", "task { id }", incident=reference, title="Look")
    task, chi = added["task"]["id"], world.id_of("chi")
    assert await api.refused("ben", "claimTask", task=task, user=chi) == ("FORBIDDEN", None)
    claimed = await api.do("dov", "claimTask", "task { claimedBy { name } }", task=task, user=chi)
    assert claimed["task"]["claimedBy"] == {"name": "Chi Tran"}
    assert await api.refused("ben", "claimTask", task=ids.encode("Task", 99)) == ("NOT_FOUND", "task")


async def test_a_task_is_dropped(api, reference):
    added = await api.do("ben", "addTask", "task { id }", incident=reference, title="Look")
    dropped = await api.do("ben", "dropTask", "task { state }", task=added["task"]["id"])
    assert dropped["task"] == {"state": "DROPPED"}


async def test_an_update_is_published_edited_and_withdrawn(api, world, reference):
    component = ids.encode("Component", world.components["checkout"].id)
    fields = "update { id body status audience editedAt withdrawnAt components { component { name } to } }"
    published = await api.do(
        "ben",
        "publishUpdate",
        fields,
        incident=reference,
        audience="PUBLIC",
        status="INVESTIGATING",
        body="We are looking into it.",
        publicTitle="Checkout is unavailable",
        components=[{"component": component, "status": "MAJOR_OUTAGE"}],
        notify=False,
    )
    key = published["update"].pop("id")
    assert published["update"] == {
        "body": "We are looking into it.",
        "status": "INVESTIGATING",
        "audience": "PUBLIC",
        "editedAt": None,
        "withdrawnAt": None,
        "components": [{"component": {"name": "Checkout"}, "to": "MAJOR_OUTAGE"}],
    }
    stale = {"update": key, "body": "We look into it.", "expectedVersion": 2}
    assert await api.refused("ben", "editUpdate", **stale) == ("VERSION_CONFLICT", "expectedVersion")
    edited = await api.do("ben", "editUpdate", "update { body editedAt version }", **{**stale, "expectedVersion": 1})
    assert edited["update"]["version"] == 2
    assert edited["update"]["body"] == "We look into it."
    assert edited["update"]["editedAt"] is not None
    withdrawn = await api.do("ben", "withdrawUpdate", "update { withdrawnAt }", update=key, reason="Wrong incident.")
    assert withdrawn["update"]["withdrawnAt"] is not None
    assert await api.refused("ben", "editUpdate", update=key, body="Anew.") == ("CONFLICT", "update")


async def test_a_drill_is_never_public(api):
    drill = await api.do("ben", "declareIncident", STAGE, title="Drill", severity="SEV1", kind="DRILL")
    about = {"incident": drill["incident"]["reference"], "audience": "PUBLIC", "body": "Down."}
    code, _ = await api.refused("ben", "publishUpdate", **about, status="INVESTIGATING")
    assert code == "CONFLICT"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"status": None}, ("INVALID_INPUT", "status")),
        ({"body": ""}, ("INVALID_INPUT", "body")),
        ({"nextUpdateBy": "2020-01-01T00:00:00Z"}, ("INVALID_INPUT", "nextUpdateBy")),
        (
            {"components": [{"component": ids.encode("Component", 99), "status": "MAJOR_OUTAGE"}]},
            ("NOT_FOUND", "components.0.component"),
        ),
    ],
)
async def test_an_update_that_makes_no_sense_is_refused(api, reference, given, expected):
    about = {"incident": reference, "audience": "PUBLIC", "status": "INVESTIGATING", "body": "We look.", **given}
    assert await api.refused("ben", "publishUpdate", **about) == expected


@pytest.fixture
async def alert(world):
    """A firing alert that no rule routes."""
    source, _ = await world.do(create_alert_source, world.ada, kind="alertmanager", name="Prometheus")
    firing = NormalisedAlert(
        fingerprint="f1", title="HighErrorRate", firing=True, starts_at=datetime(2026, 11, 24, 2, 50, tzinfo=UTC)
    )
    await world.do(receive_group, source, NormalisedGroup(key="g1", name="HighErrorRate", alerts=(firing,)))
    return ids.encode("Alert", 1)


async def test_an_alert_is_acknowledged_linked_unlinked_and_resolved(api, reference, alert):
    fields = "alert { title state incident { reference } }"
    acknowledged = await api.do("ben", "acknowledgeAlert", fields, alert=alert)
    assert acknowledged["alert"] == {"title": "HighErrorRate", "state": "ACKNOWLEDGED", "incident": None}
    linked = await api.do("ben", "linkAlert", fields, alert=alert, incident=reference)
    assert linked["alert"]["incident"] == {"reference": reference}
    unlinked = await api.do("ben", "linkAlert", fields, alert=alert, incident=None)
    assert unlinked["alert"]["incident"] is None
    resolved = await api.do("ben", "resolveAlert", fields, alert=alert)
    assert resolved["alert"]["state"] == "RESOLVED"
    assert await api.refused("ben", "acknowledgeAlert", alert=alert) == ("CONFLICT", "alert")
    assert await api.refused("ben", "resolveAlert", alert=ids.encode("Alert", 99)) == ("NOT_FOUND", "alert")
    assert await api.refused("ben", "linkAlert", alert=alert, incident="INC-999999") == ("NOT_FOUND", "incident")


async def test_an_action_item_is_added_and_changed(api, world, reference):
    fields = "actionItem { id title state priority dueOn version owner { slug } assignee { name } doneAt }"
    added = await api.do(
        "ben",
        "addActionItem",
        fields,
        incident=reference,
        title="Alert on queue length",
        owner="payments",
        assignee=world.id_of("chi"),
        dueOn="2026-12-01",
    )
    key = added["actionItem"].pop("id")
    assert added["actionItem"] == {
        "title": "Alert on queue length",
        "state": "OPEN",
        "priority": 3,
        "dueOn": "2026-12-01",
        "version": 1,
        "owner": {"slug": "payments"},
        "assignee": {"name": "Chi Tran"},
        "doneAt": None,
    }
    changed = await api.do(
        "chi", "changeActionItem", fields, actionItem=key, state="DONE", assignee=None, expectedVersion=1
    )
    assert (changed["actionItem"]["state"], changed["actionItem"]["assignee"]) == ("DONE", None)
    assert changed["actionItem"]["title"] == "Alert on queue length"
    assert await api.refused("chi", "changeActionItem", actionItem=key, title="More", expectedVersion=1) == (
        "VERSION_CONFLICT",
        "expectedVersion",
    )
    assert await api.refused("chi", "changeActionItem", actionItem=key, state="WONT_DO") == ("INVALID_INPUT", "reason")
    assert await api.refused("ben", "addActionItem", title="Fix", owner="nobody") == ("NOT_FOUND", "owner")
    assert await api.refused("ben", "addActionItem", title="Fix", owner="payments", priority=6) == (
        "INVALID_INPUT",
        "priority",
    )


async def test_a_postmortem_is_edited_and_published(api, world, reference):
    about = {"incident": reference, "section": "summary", "markdown": "Checkout was down."}
    assert await api.refused("ben", "editPostmortem", **about, expectedVersion=1) == ("CONFLICT", "incident")
    await api.do("ben", "changeStage", STAGE, incident=reference, stage="RESOLUTION")
    await assemble_postmortem(world.database, int(reference.removeprefix("INC-")))
    edited = await api.do(
        "ben",
        "editPostmortem",
        "postmortem { status sections { key markdown version } }",
        **about,
        expectedVersion=1,
    )
    (summary,) = (each for each in edited["postmortem"]["sections"] if each["key"] == "summary")
    assert summary == {"key": "summary", "markdown": "Checkout was down.", "version": 2}
    assert await api.refused("ben", "editPostmortem", **about, expectedVersion=1) == (
        "VERSION_CONFLICT",
        "expectedVersion",
    )
    assert await api.refused("ben", "publishPostmortem", incident=reference) == ("FORBIDDEN", None)
    stale = {"incident": reference, "expectedVersion": 99}
    assert await api.refused("dov", "publishPostmortem", **stale) == ("VERSION_CONFLICT", "expectedVersion")
    published = await api.do("dov", "publishPostmortem", "postmortem { status publishedAt }", incident=reference)
    assert published["postmortem"]["status"] == "PUBLISHED"
    assert await api.refused("dov", "publishPostmortem", incident=reference) == ("CONFLICT", "incident")


async def test_a_postmortem_is_drafted_for_customers_published_and_withdrawn(api, world, reference):
    publish = {"incident": reference, "body": "Orders failed for an hour."}
    assert await api.refused("ben", "publishPostmortemPublicly", **publish) == ("CONFLICT", "incident")
    over = {"audience": "PUBLIC", "status": "RESOLVED", "body": "It is over."}
    await api.do("ben", "changeStage", STAGE, incident=reference, stage="RESOLUTION")
    await api.do("ben", "publishUpdate", "update { id }", incident=reference, **over)
    await assemble_postmortem(world.database, int(reference.removeprefix("INC-")))
    words = "Orders failed for an hour. Silva restarted it."
    section = {"section": "summary", "markdown": words, "expectedVersion": 1}
    draft = "postmortem { publicDraft }"
    proposed = (await api.do("ben", "editPostmortem", draft, incident=reference, **section))["postmortem"][
        "publicDraft"
    ]
    assert proposed.startswith("Orders failed for an hour.\n\n")
    assert "restarted" not in proposed
    assert "To fill in" not in proposed

    shown = "incident { publicPostmortem { body publishedAt editedAt version } }"
    told = (await api.do("ben", "publishPostmortemPublicly", shown, **publish))["incident"]["publicPostmortem"]
    assert (told["body"], told["editedAt"], told["version"]) == (publish["body"], None, 1)
    edit = {"incident": reference, "body": "Orders failed for 50 minutes."}
    assert await api.refused("ben", "editPublicPostmortem", **edit, expectedVersion=9) == (
        "VERSION_CONFLICT",
        "expectedVersion",
    )
    told = (await api.do("ben", "editPublicPostmortem", shown, **edit, expectedVersion=1))["incident"]
    assert told["publicPostmortem"]["editedAt"] is not None
    gone = await api.do("ben", "withdrawPublicPostmortem", shown, incident=reference, reason="Too early.")
    assert gone["incident"]["publicPostmortem"] is None
