"""Incidents through the API: from the report to the end, with what is refused on the way."""

import pytest

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


async def stage_after(api, mutation, person="ben", **given):
    return (await api.do(person, mutation, STAGE, **given))["incident"]["stage"]


async def test_a_report_is_taken_and_declared(api, world):
    reported = await api.do(
        "chi",
        "reportIncident",
        "incident { reference stage title summary labels detectedAt visibility services { slug } reportedBy { name } }",
        title=" Checkout is slow ",
        summary="Ten seconds and more.",
        services=["checkout-api"],
        labels={"region": "eu-1"},
        detectedAt="2026-11-24T03:30:00+01:00",
    )
    reference = reported["incident"].pop("reference")
    assert reported["incident"] == {
        "stage": "DETECTION",
        "title": "Checkout is slow",
        "summary": "Ten seconds and more.",
        "labels": {"region": "eu-1"},
        "detectedAt": "2026-11-24T02:30:00.000000Z",
        "visibility": "ORGANISATION",
        "services": [{"slug": "checkout-api"}],
        "reportedBy": {"name": "Chi Tran"},
    }
    assert await stage_after(api, "acknowledgeIncident", incident=reference) == "TRIAGE"
    declared = await api.do(
        "ben",
        "declareIncident",
        "incident { reference stage title severity { name } commander { name } unfilledRoles { key } }",
        incident=reference,
        severity="sev2",
        roles=[{"role": "commander", "user": world.id_of("ben")}],
    )
    assert declared["incident"] == {
        "reference": reference,
        "stage": "RESPONSE",
        "title": "Checkout is slow",
        "severity": {"name": "SEV2"},
        "commander": {"name": "Ben Silva"},
        "unfilledRoles": [{"key": "technical_lead"}, {"key": "communications_lead"}],
    }


async def test_a_report_is_declined_and_reopened(api):
    reported = await api.do("ben", "reportIncident", STAGE, title="Odd")
    reference = reported["incident"]["reference"]
    why = {"incident": reference, "reason": "A test load."}
    assert await stage_after(api, "declineIncident", **why) == "DECLINED"
    assert await api.refused("ben", "declineIncident", **why) == ("ILLEGAL_TRANSITION", "incident")
    assert await stage_after(api, "reopenIncident", **why) == "RESPONSE"


async def test_an_incident_goes_through_its_stages(api, reference):
    for stage in ("MITIGATION", "RESOLUTION", "POSTMORTEM", "CLOSED"):
        assert await stage_after(api, "changeStage", incident=reference, stage=stage, note="Done.") == stage
    assert await api.refused("ben", "changeStage", incident=reference, stage="MITIGATION") == (
        "ILLEGAL_TRANSITION",
        "stage",
    )


async def test_an_open_incident_is_cancelled_once(api, reference):
    why = {"incident": reference, "reason": "Nothing was wrong."}
    assert await stage_after(api, "cancelIncident", **why) == "CANCELLED"
    assert await api.refused("ben", "cancelIncident", **why) == ("ILLEGAL_TRANSITION", "incident")
    assert await api.refused("ben", "reopenIncident", incident=reference, reason=" ") == ("INVALID_INPUT", "reason")


async def test_an_edit_leaves_out_clears_and_replaces(api, reference):
    fields = "incident { title publicTitle summary labels version services { slug } }"
    first = await api.do(
        "ben",
        "editIncident",
        fields,
        incident=reference,
        publicTitle="Checkout is unavailable",
        summary="Since 3:00.",
        labels={"region": "eu-1"},
        services=["search-api", "checkout-api"],
        expectedVersion=1,
    )
    assert first["incident"] == {
        "title": "Down",
        "publicTitle": "Checkout is unavailable",
        "summary": "Since 3:00.",
        "labels": {"region": "eu-1"},
        "version": 2,
        "services": [{"slug": "checkout-api"}, {"slug": "search-api"}],
    }
    second = await api.do(
        "ben", "editIncident", fields, incident=reference, publicTitle=None, labels=None, services=["search-api"]
    )
    assert second["incident"] == {
        "title": "Down",
        "publicTitle": None,
        "summary": "Since 3:00.",
        "labels": {},
        "version": 3,
        "services": [{"slug": "search-api"}],
    }
    assert await api.refused("ben", "editIncident", incident=reference, title=None) == ("INVALID_INPUT", "title")
    assert await api.refused("ben", "editIncident", incident=reference, labels={"a": 1}) == (
        "INVALID_INPUT",
        "labels.a",
    )


async def test_the_severity_is_changed(api, reference):
    changed = await api.do(
        "ben", "changeSeverity", "incident { severity { name } version }", incident=reference, severity="SEV3"
    )
    assert changed["incident"] == {"severity": {"name": "SEV3"}, "version": 2}
    assert await api.refused("ben", "changeSeverity", incident=reference, severity="SEV9") == ("NOT_FOUND", "severity")


async def test_two_incidents_become_one(api, reference):
    other = await api.do("chi", "declareIncident", STAGE, title="Also down", severity="SEV2")
    into = other["incident"]["reference"]
    merged = await api.do(
        "ben", "mergeIncident", "incident { stage mergedInto { reference } }", incident=reference, into=into
    )
    assert merged["incident"] == {"stage": "MERGED", "mergedInto": {"reference": into}}
    assert await api.refused("ben", "mergeIncident", incident=into, into=into) == ("INVALID_INPUT", "into")
    assert await api.refused("ben", "mergeIncident", incident=into, into=reference) == ("CONFLICT", "into")


async def test_a_moment_is_corrected(api, reference):
    corrected = await api.do(
        "ben",
        "correctTimestamp",
        "incident { impactStartedAt }",
        incident=reference,
        timestamp="IMPACT_STARTED",
        value="2026-11-24T02:00:00Z",
        reason="The graphs say so.",
    )
    assert corrected["incident"] == {"impactStartedAt": "2026-11-24T02:00:00.000000Z"}
    assert await api.refused(
        "ben",
        "correctTimestamp",
        incident=reference,
        timestamp="DETECTED",
        value="2036-11-24T02:00:00Z",
        reason="Because.",
    ) == ("INVALID_INPUT", "value")


async def test_a_private_incident_is_for_its_members(api, world, reference):
    about = {"incident": reference, "user": world.id_of("chi")}
    private = await api.do(
        "ben",
        "changeVisibility",
        "incident { visibility members { name } }",
        incident=reference,
        visibility="PRIVATE",
        reason="Customer data.",
    )
    assert private["incident"] == {"visibility": "PRIVATE", "members": [{"name": "Ben Silva"}]}
    assert await api.refused("chi", "addTask", incident=reference, title="Look") == ("NOT_FOUND", "incident")
    added = await api.do("ben", "addMember", "incident { members { name } }", **about)
    assert added["incident"]["members"] == [{"name": "Ben Silva"}, {"name": "Chi Tran"}]
    await api.do("chi", "addTask", "cursor", incident=reference, title="Look")
    removed = await api.do("ben", "removeMember", "incident { members { name } }", **about)
    assert removed["incident"]["members"] == [{"name": "Ben Silva"}]
    assert await api.refused("ben", "removeMember", incident=reference, user=world.id_of("ben")) == (
        "CONFLICT",
        "user",
    )


async def test_a_role_is_given_handed_over_and_given_up(api, world, reference):
    roles = "incident { roles { role { key } user { name } } commander { name } }"
    about = {"incident": reference, "role": "commander"}
    await api.do("ben", "assignRole", roles, **about, user=world.id_of("ben"))
    handed = await api.do("ben", "assignRole", roles, **about, user=world.id_of("chi"))
    assert handed["incident"] == {
        "roles": [{"role": {"key": "commander"}, "user": {"name": "Chi Tran"}}],
        "commander": {"name": "Chi Tran"},
    }
    given_up = await api.do("chi", "relinquishRole", roles, **about)
    assert given_up["incident"] == {"roles": [], "commander": None}
    assert await api.refused("ben", "assignRole", incident=reference, role="juggler", user=world.id_of("ben")) == (
        "NOT_FOUND",
        "role",
    )
    assert await api.refused("ben", "assignRole", **about, user=ids.encode("Team", 1)) == ("INVALID_INPUT", "user")


@pytest.mark.parametrize("given", ["INC-999999", "999999", ids.encode("Incident", 999999), "99999999999999999999999"])
async def test_an_unknown_incident_is_not_found_however_it_is_named(api, given):
    assert await api.refused("ben", "addTask", incident=given, title="Look") == ("NOT_FOUND", "incident")


@pytest.mark.parametrize("given", ["", "INC-", "INC-1.5", "-1", "nonsense", ids.encode("Task", 1), "１"])
async def test_what_names_no_incident_is_invalid(api, given):
    assert await api.refused("ben", "addTask", incident=given, title="Look") == ("INVALID_INPUT", "incident")
