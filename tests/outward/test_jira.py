"""What Muster sends to Jira, and what Jira's refusals mean."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from actions.outward.settings import save_integration
from core.errors import DomainError
from integrations.failures import Permanent
from models.words import OutwardState
from tests.outward.desk import MATTER, adaptor_at, desk_at, read

CONTRACT = Path(__file__).parents[3] / "shared" / "contracts" / "jira-cloud-v3.trimmed.openapi.json"


@pytest.fixture
async def desk(world, tmp_path):
    async with desk_at(world, tmp_path, "jira") as made:
        yield made


def contract_of(path):
    """What Jira's contract says of the body of a POST to a path."""
    if not CONTRACT.exists():
        pytest.skip("the contract of Jira is not on this machine")
    whole = json.loads(CONTRACT.read_text())
    body = whole["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return jsonschema_rs.validator_for({**body, "components": whole["components"]})


async def test_what_is_sent_keeps_to_the_contract(desk):
    await desk.configure(fields={"customfield_10010": {"value": "Payments"}})
    desk.vendor.required = {"customfield_10010": "Team"}
    incident = await desk.order()
    await desk.run()
    ((issue,), (link,)) = (list(map(json.loads, desk.vendor.posts(end))) for end in ("/issue", "/remotelink"))
    url = f"https://muster.quillhaven.example/console/incidents/{incident.reference}"
    assert issue["fields"]["labels"] == [f"muster-{incident.reference}", "incident", "shop"]
    assert issue["fields"]["customfield_10010"] == {"value": "Payments"}
    assert issue["properties"] == [{"key": "muster.incident", "value": {"url": url}}]
    assert (link["globalId"], link["object"]["url"]) == (url, url)
    contract_of("/rest/api/3/issue").validate(issue)
    contract_of("/rest/api/3/issue/{issueIdOrKey}/remotelink").validate(link)


async def test_the_text_is_a_document_with_the_link_and_the_severity(desk):
    incident = await desk.order()
    await desk.run()
    document = desk.vendor.issues["OPS-1"]["fields"]["description"]
    assert (document["type"], document["version"]) == ("doc", 1)
    first, second = (paragraph["content"] for paragraph in document["content"])
    assert all(node["text"] for node in (*first, *second)), "Jira refuses empty text"
    assert first[1]["text"] == incident.reference
    assert first[1]["marks"][0]["attrs"]["href"].endswith(f"/console/incidents/{incident.reference}")
    assert "SEV1" in second[0]["text"]


async def test_the_summary_is_one_line_of_a_length_that_jira_takes(desk):
    await desk.order("x" * 200)
    await desk.run()
    (issue,) = desk.vendor.issues.values()
    assert issue["fields"]["summary"].endswith("x" * 200)


async def test_a_required_field_is_named_and_how_to_give_it(desk):
    desk.vendor.required = {"customfield_10010": "Team"}
    incident = await desk.order()
    assert await desk.run() == []
    words = 'Jira refuses the issue: Team is required: add "customfield_10010" under `fields`.'
    assert await desk.said(incident) == [("outward.failed", words)]
    await desk.configure(fields={"customfield_10010": {"value": "Payments"}})
    await desk.ask(incident)
    await desk.run_on()
    assert (await desk.action()).state is OutwardState.DONE
    assert len(desk.vendor.issues) == 1


def _no_project(vendor):
    vendor.permissions.remove("BROWSE_PROJECTS")


def _no_right(vendor):
    vendor.permissions.remove("CREATE_ISSUES")


def _no_labels(vendor):
    del vendor.screen["labels"]


def _nothing(vendor):
    del vendor


REFUSALS = {
    "no project": (_no_project, {}, "no project OPS that muster@shop.example may see", "project", "WRONG"),
    "no right": (_no_right, {}, "the permissions Browse Projects and Create Issues", "CREATE_ISSUES", "MISSING"),
    "no labels": (_no_labels, {}, "labels is not on the create screen of Task", "labels", "WRONG"),
    "no type": (
        _nothing,
        {"issue_type": "Incident"},
        "no issue type Incident: correct `issue_type`.",
        "issue_type",
        "WRONG",
    ),
    "a field too many": (
        _nothing,
        {"fields": {"duedate": "2030-01-01"}},
        '"duedate" can\'t be set for Task: take it out of `fields`',
        "duedate",
        "WRONG",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_refusals_say_what_to_mend_and_examinations_say_it_before(name):
    change, told, words, subject, result = REFUSALS[name]
    async with adaptor_at("jira", **told) as (vendor, jira):
        change(vendor)
        with pytest.raises(Permanent) as refused:
            await jira.open_ticket(MATTER)
        results, found = read(await jira.check())
    assert words in refused.value.words
    assert vendor.issues == {}
    assert results[subject] == result
    assert found[subject]


async def test_an_examination_that_finds_all_well():
    async with adaptor_at("jira") as (_, jira):
        results, _ = read(await jira.check())
    subjects = ["token", "project", "BROWSE_PROJECTS", "CREATE_ISSUES", "TRANSITION_ISSUES", "LINK_ISSUES"]
    subjects += ["issue_type", "fields"]
    assert results == dict.fromkeys(subjects, "OK")


async def test_an_examination_names_the_required_fields_that_are_not_given():
    async with adaptor_at("jira", fields={"customfield_10011": "High"}) as (vendor, jira):
        vendor.required = {"customfield_10010": "Team", "customfield_10011": "Impact"}
        results, words = read(await jira.check())
    assert results["customfield_10010"] == "MISSING"
    assert "customfield_10011" not in results
    assert words["customfield_10010"] == 'Team is required: add "customfield_10010" under `fields`.'


async def test_an_examination_of_a_token_that_is_none_ends_there():
    async with adaptor_at("jira", token="old") as (_, jira):
        found = read(await jira.check())
    words = "Jira does not accept this token for muster@shop.example: enter a new one."
    assert found == ({"token": "WRONG"}, {"token": words})


async def test_without_the_right_to_link_there_is_a_ticket_all_the_same(desk):
    desk.vendor.permissions.remove("LINK_ISSUES")
    incident = await desk.order()
    await desk.run()
    assert [kind for kind, _ in await desk.said(incident)] == ["outward.done"]
    assert desk.vendor.links == {}
    async with adaptor_at("jira") as (vendor, jira):
        vendor.permissions.remove("LINK_ISSUES")
        results, words = read(await jira.check())
    assert results["LINK_ISSUES"] == "MISSING"
    assert "Give muster@shop.example the permission Link Issues in OPS" in words["LINK_ISSUES"]


async def test_the_ticket_of_another_muster_is_not_taken_for_ours(desk):
    """Both have an INC-1, and one label for it."""
    desk.vendor.does = ["failed afterwards"]
    key = desk.vendor.add(labels=["muster-INC-1"])
    desk.vendor.issues[key]["properties"] = {
        "muster.incident": {"url": "https://staging.example/console/incidents/INC-1"}
    }
    incident = await desk.order()
    await desk.run()
    await desk.run_on()
    assert await desk.said(incident) == [("outward.done", f"{desk.address}/browse/OPS-2")]
    assert len(desk.vendor.issues) == 2


async def test_with_a_token_of_scopes_people_are_led_to_the_site():
    async with adaptor_at("jira", site_url="https://shop.atlassian.net") as (_, jira):
        assert (await jira.open_ticket(MATTER)).url == "https://shop.atlassian.net/browse/OPS-1"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"project": "ops"}, "configuration.project"),
        ({"project": 'OPS" OR project = "HR'}, "configuration.project"),
        ({"fields": {"summary": "x"}}, "configuration.fields"),
        ({"fields": "x"}, "configuration.fields"),
        ({"labels": "on fire"}, "configuration.labels"),
    ],
)
async def test_a_configuration_that_can_not_be_is_refused(world, given, field):
    good = {"base_url": "https://x.atlassian.net", "email": "a@b.example", "token": "x", "project": "OPS"}
    with pytest.raises(DomainError) as refused:
        await world.do(save_integration, world.ada, vendor="jira", configuration={**good, **given})
    assert (refused.value.code, refused.value.field) == ("INVALID_INPUT", field)
