"""Bad input at the doorway: a clear error with code, field and what to do; nothing is half-written."""

import json

import pytest
from sqlalchemy import func, literal, select, union_all

from core.ids import encode
from models.tables import Base

TABLES = Base.metadata.tables
FUTURE = "2027-01-01T00:00:00Z"
HOSTILE = "<script>alert(1)</script> \u202egnp.exe \u0007 & \U0001f525"

UNFIT = [
    # (mutation, input, code, field); INC stands for an open incident of Ben's
    ("declareIncident", {"severity": "SEV1"}, "INVALID_INPUT", "title"),
    ("declareIncident", {"title": "", "severity": "SEV1"}, "INVALID_INPUT", "title"),
    ("declareIncident", {"title": " \n\t", "severity": "SEV1"}, "INVALID_INPUT", "title"),
    ("declareIncident", {"title": "\u202e\u200b", "severity": "SEV1"}, "INVALID_INPUT", "title"),
    ("declareIncident", {"title": "x" * 201, "severity": "SEV1"}, "INVALID_INPUT", "title"),
    ("declareIncident", {"title": "a\x00b", "severity": "SEV1"}, "INVALID_INPUT", "title"),
    ("declareIncident", {"title": "x", "severity": "SEV9"}, "NOT_FOUND", "severity"),
    ("declareIncident", {"title": "x", "severity": "SEV1", "services": ["nope"]}, "NOT_FOUND", "services.0"),
    ("declareIncident", {"title": "x", "severity": "SEV1", "detectedAt": FUTURE}, "INVALID_INPUT", "detectedAt"),
    ("declareIncident", {"title": "x", "severity": "SEV1", "declaredAt": FUTURE}, "INVALID_INPUT", "declaredAt"),
    (
        "declareIncident",
        {"title": "x", "severity": "SEV1", "impactStartedAt": FUTURE},
        "INVALID_INPUT",
        "impactStartedAt",
    ),
    ("declareIncident", {"title": "x", "severity": "SEV1", "labels": {"a": 1}}, "INVALID_INPUT", "labels.a"),
    ("declareIncident", {"title": "x", "severity": "SEV1", "labels": ["a"]}, "INVALID_INPUT", "labels"),
    (
        "declareIncident",
        {"title": "x", "severity": "SEV1", "roles": [{"role": "commander", "user": encode("User", 999_999)}]},
        "NOT_FOUND",
        "roles.0.user",
    ),
    (
        "declareIncident",
        {"title": "x", "severity": "SEV1", "roles": [{"role": "king", "user": encode("User", 1)}]},
        "NOT_FOUND",
        "roles.0.role",
    ),
    ("addEntry", {"incident": "INC-999999", "kind": "NOTE", "text": "x"}, "NOT_FOUND", "incident"),
    ("addEntry", {"incident": "banana", "kind": "NOTE", "text": "x"}, "INVALID_INPUT", "incident"),
    ("addEntry", {"incident": "INC-" + "9" * 5000, "kind": "NOTE", "text": "x"}, "NOT_FOUND", "incident"),
    ("addEntry", {"incident": "INC", "kind": "NOTE", "text": "x" * 20_001}, "INVALID_INPUT", "text"),
    ("addEntry", {"incident": "INC", "kind": "NOTE", "text": "x", "occurredAt": FUTURE}, "INVALID_INPUT", "occurredAt"),
    ("assignRole", {"incident": "INC", "role": "commander", "user": encode("User", 999_999)}, "NOT_FOUND", "user"),
    ("assignRole", {"incident": "INC", "role": "commander", "user": encode("Team", 1)}, "INVALID_INPUT", "user"),
    ("assignRole", {"incident": "INC", "role": "commander", "user": "ben"}, "INVALID_INPUT", "user"),
    ("changeStage", {"incident": "INC", "stage": "CLOSED"}, "ILLEGAL_TRANSITION", "stage"),
    ("changeStage", {"incident": "INC", "stage": "DETECTION"}, "ILLEGAL_TRANSITION", "stage"),
    (
        "changeStage",
        {"incident": "INC", "stage": "MITIGATION", "occurredAt": "2026-11-23T00:00:00Z"},
        "INVALID_INPUT",
        "occurredAt",
    ),
    ("acknowledgeIncident", {"incident": "INC"}, "ILLEGAL_TRANSITION", "incident"),
    ("declineIncident", {"incident": "INC", "reason": ""}, "INVALID_INPUT", "reason"),
    ("mergeIncident", {"incident": "INC", "into": "INC"}, "INVALID_INPUT", "into"),
    (
        "correctTimestamp",
        {"incident": "INC", "timestamp": "DECLARED", "value": FUTURE, "reason": "x"},
        "INVALID_INPUT",
        "value",
    ),
    (
        "correctTimestamp",
        {"incident": "INC", "timestamp": "DECLARED", "value": "2026-11-20T00:00:00Z", "reason": "x"},
        "INVALID_INPUT",
        "value",
    ),
    ("editIncident", {"incident": "INC", "title": "x", "expectedVersion": 99}, "VERSION_CONFLICT", "expectedVersion"),
    ("claimTask", {"task": encode("Task", 999_999)}, "NOT_FOUND", "task"),
    ("claimTask", {"task": "x" * 10_000}, "INVALID_INPUT", "task"),
    ("publishUpdate", {"incident": "INC", "audience": "PUBLIC", "body": "x"}, "INVALID_INPUT", "status"),
    ("publishUpdate", {"incident": "INC", "audience": "INTERNAL", "body": " "}, "INVALID_INPUT", "body"),
    (
        "publishUpdate",
        {"incident": "INC", "audience": "INTERNAL", "body": "x", "nextUpdateBy": "2026-11-20T00:00:00Z"},
        "INVALID_INPUT",
        "nextUpdateBy",
    ),
    (
        "editPostmortem",
        {"incident": "INC", "section": "summary", "markdown": "x", "expectedVersion": 1},
        "CONFLICT",
        "incident",
    ),
    ("addActionItem", {"title": "x", "owner": "nobody"}, "NOT_FOUND", "owner"),
    ("addActionItem", {"title": "x", "owner": "payments", "priority": 9}, "INVALID_INPUT", "priority"),
    ("linkAlert", {"alert": encode("Alert", 999_999), "incident": "INC"}, "NOT_FOUND", "alert"),
    ("pinEvent", {"event": encode("Event", 999_999_999), "pinned": True}, "NOT_FOUND", "event"),
]

WRONG_TYPES = [
    {"title": 7, "severity": "SEV1"},
    {"title": ["x"], "severity": "SEV1"},
    {"title": "x", "severity": None},
    {"title": "x", "severity": "SEV1", "kind": "PARTY"},
    {"title": "x", "severity": "SEV1", "detectedAt": "yesterday"},
    {"title": "x", "severity": "SEV1", "detectedAt": "2026-11-24"},
    {"title": "x", "severity": "SEV1", "detectedAt": "2026-11-24T03:00:00"},
    {"title": "x", "severity": "SEV1", "surprise": True},
    "not an object",
    None,
]

BODIES = [
    (b"null", {400}),
    (b"1", {400}),
    (b"[]", {400}),
    (b"", {400}),
    (b'{"query": 1}', {400}),
    (b'{"query": "{ cursor }", "variables": []}', {400}),
    (b"\xff\xfe", {400}),
    (b'{"query": "{ cursor }", "variables": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}", {400}),
    (b'{"query": "{ cursor }", "variables": {"a": ' + b"9" * 5000 + b"}}", {200, 400}),
    (b'{"query": "' + b" " * 1_200_000 + b'"}', {413}),
]


async def everything_written(world):
    """How many rows each table has; when tokens were last used is no matter."""
    statement = union_all(*(select(literal(name), func.count()).select_from(table) for name, table in TABLES.items()))
    async with world.database.reading() as reader:
        return {name: count for name, count in await reader.execute(statement)}  # noqa: C416 (rows are no pairs)


@pytest.fixture
async def incident(muster):
    declared = await muster.ben.does("declareIncident", title="Search is slow", severity="SEV2")
    await muster.quiet()
    return declared["incident"]["reference"]


async def test_every_unfit_input_is_refused_with_its_field_and_a_hint(muster, incident):
    wrong = []
    for name, fields, code, field in UNFIT:
        given = {key: incident if value == "INC" else value for key, value in fields.items()}
        before = await everything_written(muster.world)
        refusal = await muster.ben.is_refused(name, **given)
        if (refusal["code"], refusal.get("field")) != (code, field) or not refusal.get("hint"):
            wrong.append((name, str(fields)[:80], refusal))
        assert await everything_written(muster.world) == before, (name, fields)
    assert not wrong, "\n".join(map(str, wrong))


async def test_wrong_types_are_refused_before_anything_runs(muster):
    document = "mutation($input: DeclareIncidentInput!) { declareIncident(input: $input) { cursor } }"
    for given in WRONG_TYPES:
        answer = await muster.ben.answer(document, input=given)
        assert answer.get("errors"), given
        codes = {error["extensions"]["code"] for error in answer["errors"]}
        assert codes <= {"GRAPHQL_INVALID", "INVALID_INPUT"}, given
    assert await muster.world.events(None, "incident.declared") == []


async def test_broken_bodies_are_refused_and_the_process_stays_up(muster):
    headers = {"Authorization": f"Bearer {muster.ben.token}", "Content-Type": "application/json"}
    for body, statuses in BODIES:
        answer = await muster.client.post("/graphql", content=body, headers=headers)
        assert answer.status_code in statuses, (body[:60], answer.text[:200])
        if answer.is_error:
            (error, *_) = answer.json()["errors"]
            assert error["message"]
            assert error["extensions"]["code"] in ("GRAPHQL_INVALID", "INVALID_INPUT", "TOO_EXPENSIVE"), body[:60]
    assert (await muster.ben.asks("{ viewer { name } }"))["viewer"] == {"name": "Ben Silva"}


async def test_one_refusal_leaves_its_siblings(muster, incident):
    answer = await muster.ben.answer(
        """mutation($one: AddTaskInput!, $two: AddTaskInput!) {
          one: addTask(input: $one) { task { title } }
          two: addTask(input: $two) { task { title } }
        }""",
        one={"incident": "INC-999999", "title": "Never"},
        two={"incident": incident, "title": "Done"},
    )
    assert answer["data"] == {"one": None, "two": {"task": {"title": "Done"}}}
    assert [error["path"] for error in answer["errors"]] == [["one"]]


async def test_an_archived_person_gets_no_role(muster, incident):
    await muster.ada.does("saveUser", id=muster.chi.id, archived=True)
    refusal = await muster.ben.is_refused("assignRole", incident=incident, role="commander", user=muster.chi.id)
    assert (refusal["code"], refusal["field"]) == ("INVALID_INPUT", "user")
    answer = await muster.chi.answer("{ incidents { nodes { title } } }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_merge_cycle_is_refused(muster, incident):
    other = (await muster.ben.does("declareIncident", title="Same", severity="SEV3"))["incident"]["reference"]
    await muster.ben.does("mergeIncident", incident=other, into=incident)
    for source, target in ((incident, other), (other, incident)):
        refusal = await muster.ben.is_refused("mergeIncident", incident=source, into=target)
        assert refusal["code"] in ("CONFLICT", "ILLEGAL_TRANSITION")
        assert incident in refusal["message"] + (refusal["hint"] or "")


async def test_hostile_text_is_stored_as_written_and_shown_harmlessly(muster, incident):
    await muster.ben.does("editIncident", incident=incident, title=HOSTILE, summary=HOSTILE)
    await muster.ben.does("addEntry", incident=incident, kind="NOTE", text=HOSTILE)
    await muster.ben.does(
        "publishUpdate",
        incident=incident,
        audience="PUBLIC",
        status="IDENTIFIED",
        publicTitle=HOSTILE,
        body=HOSTILE,
    )
    document = """query($ref: String!) { incident(ref: $ref) {
      title summary timeline(last: 100, kinds: ["entry.added"]) { nodes { text } } updates { nodes { body } }
    } }"""
    found = (await muster.ben.asks(document, ref=incident))["incident"]
    assert found == {
        "title": HOSTILE,
        "summary": HOSTILE,
        "timeline": {"nodes": [{"text": HOSTILE}]},
        "updates": {"nodes": [{"body": HOSTILE}]},
    }
    for path in ("/", f"/incidents/{incident}", "/history.atom"):
        shown = (await muster.sees(path)).text
        assert "gnp.exe" in shown
        assert "<script>alert" not in shown
        assert "\u202e" not in shown
        assert "\u0007" not in shown
    await muster.ben.does("changeStage", incident=incident, stage="RESOLUTION")
    await muster.quiet()
    for mail in muster.mails():
        html = mail.get_body(("html",))
        assert html is None or "<script>alert" not in html.get_content()
    assert json.dumps(found)
