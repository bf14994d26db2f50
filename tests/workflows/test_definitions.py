"""What can be saved, and that all that is wrong is told at once."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from actions.workflows.conditions import Condition, Subject, holds
from actions.workflows.definition import plain, stored, written
from actions.workflows.problems import ProblemsError
from actions.workflows.saving import save_workflow
from core import ids
from core.errors import DomainError
from models.words import IncidentKind, Stage, Visibility
from models.workflow import WorkflowTrigger, WorkflowVersion
from tests.workflows.conftest import DECLARED, note

WRONG = {
    "trigger": {"events": ["incident.exploded"]},
    "conditions": {"all": [{"severities": ["SEV9"]}, {"kinds": ["ODD"]}]},
    "steps": [{"wait": {"minutes": 0}}, {"open_pod_bay": {}}, {"ask": {"question": "x", "go_on_if": ["y"]}}, {}],
    "color": "red",
}


async def problems(works, definition):
    given = {"key": "ours", "name": "Ours", "definition": definition}
    with pytest.raises(ProblemsError) as error:
        await works.world.do(save_workflow, works.world.ada, **given)
    return {each.field.removeprefix("definition."): each for each in error.value.problems}


async def test_every_error_is_told_with_its_place(works):
    found = await problems(works, WRONG)
    assert set(found) == {
        "color",
        "trigger",
        "conditions.all.1.kinds.0",
        "steps.0.wait.minutes",
        "steps.1.open_pod_bay",
        "steps.2.ask",
        "steps.3",
    }
    assert all(each.code == "INVALID_INPUT" for each in found.values())
    assert "incident" in found["trigger"].message
    assert found["steps.2.ask"].message == "'y' is none of the choices."


async def test_a_name_that_means_nothing_is_told_with_what_was_meant(works):
    with pytest.raises(ProblemsError) as refused:
        await works.save({"open_brige": {}}, {"wait": {"minutes": 1, "minuts": 1}})
    problems = {each.field: (each.message, each.hint.partition("?")[0]) for each in refused.value.problems}
    assert problems["definition.steps.0.open_brige"] == ("There is no step 'open_brige'.", "Did you mean open_bridge")
    assert problems["definition.steps.1.wait.minuts"][0] == "There is no field 'minuts'."


async def test_so_is_what_is_not_there(works):
    steps = [
        {"open_channel": {"integration": "slack"}},
        {"assign_role": {"role": "captain", "user": works.world.id_of("ben")}},
        {"publish_update": {"template": "Nothing"}},
        {"call_webhook": {"webhook": ids.encode("Webhook", 9)}},
        {"page": {"integration": "pager"}},
        {"publish_update": {"template": "Planned work: it begins"}},
    ]
    found = await problems(works, {"trigger": DECLARED, "conditions": {"services": ["none"]}, "steps": steps})
    assert {field: str(each.code) for field, each in found.items()} == {
        "conditions.services.0": "NOT_FOUND",
        "steps.0.open_channel.integration": "NOT_FOUND",
        "steps.1.assign_role.role": "NOT_FOUND",
        "steps.2.publish_update.template": "NOT_FOUND",
        "steps.3.call_webhook.webhook": "NOT_FOUND",
        "steps.4.page.integration": "NOT_FOUND",
        "steps.5.publish_update.template": "INVALID_INPUT",
    }


async def test_a_person_is_named_by_address_in_files_and_by_id(works):
    for number, name in enumerate((works.world.id_of("ben"), "Ben@Quillhaven.example")):
        key = f"ours-{number}"
        workflow = await works.save({"assign_role": {"role": "commander", "user": name}}, key=key)
        async with works.world.database.reading() as reader:
            query = select(WorkflowVersion).where(WorkflowVersion.workflow_id == workflow.id)
            version = await reader.row(WorkflowVersion, query)
            (step,) = plain(await written(reader, stored(version.definition)))["steps"]
        assert step["assign_role"]["user"] == "ben@quillhaven.example"


async def test_names_and_times_that_are_wrong_are_told_in_words(works):
    steps = [
        {"assign_role": {"role": "commander", "user": name}}
        for name in ("nobody@quillhaven.example", "ben", "VXNlcjo5OQ")
    ]
    found = await problems(works, {"trigger": DECLARED, "steps": [*steps, {"publish_update": {"template": "Nothing"}}]})
    assert [each.message for each in found.values()] == [
        "There is no user 'nobody@quillhaven.example'.",
        "There is no user 'ben'.",
        "There is no user 'VXNlcjo5OQ'.",
        "There is no template 'Nothing'.",
    ]
    night = {"time_of_day": {"begins": "25:00", "ends": "06:00"}}
    found = await problems(works, {"trigger": DECLARED, "conditions": night, "steps": [note("x")]})
    said = "This is no time of day: write it as 09:00, from 00:00 to 23:59."
    assert found["conditions.time_of_day.begins"].message == said


async def test_an_integration_must_be_of_the_kind(works, stubborn, account):
    assert stubborn
    assert account
    found = await problems(works, {"trigger": DECLARED, "steps": [{"open_ticket": {"integration": "calls"}}]})
    assert found["steps.0.open_ticket.integration"].message == "Stubborn Calls is no ticket system."


@pytest.mark.parametrize("definition", [None, [], "x", {"trigger": [], "steps": {}}, {"steps": [note("x")] * 51}])
async def test_what_is_no_definition_is_refused(works, definition):
    with pytest.raises(DomainError) as error:
        await works.world.do(save_workflow, works.world.ada, key="ours", name="Ours", definition=definition)
    assert error.value.code == "INVALID_INPUT"


async def test_conditions_are_not_endless(works):
    deep = {"severities": ["SEV1"]}
    for _ in range(5):
        deep = {"all": [deep]}
    found = await problems(works, {"trigger": DECLARED, "conditions": deep, "steps": [note("x")]})
    assert any("deep" in each.message for each in found.values())


async def test_names_may_change_and_what_is_written_follows(works):
    workflow = await works.save(note("x"), conditions={"severities": ["sev2"]}, key="ours")
    async with works.world.database.reading() as reader:
        query = select(WorkflowVersion).where(WorkflowVersion.workflow_id == workflow.id)
        version = await reader.row(WorkflowVersion, query)
        found = plain(await written(reader, stored(version.definition)))
    assert found == {"trigger": DECLARED, "conditions": {"severities": ["SEV2"]}, "steps": [note("x")]}


async def test_the_same_again_is_no_new_version_and_another_one_is(works):
    workflow = await works.save(note("x"))
    reference = ids.encode("Workflow", workflow.id)
    world, same = works.world, {"trigger": DECLARED, "steps": [note("x")], "limit": 10}
    await world.do(save_workflow, world.ada, id=reference, definition=same)
    assert len(await _versions(world, workflow)) == 1
    given = {"id": reference, "definition": {**same, "limit": 3}}
    await world.do(save_workflow, world.ada, **given, expected_version=1)
    assert len(await _versions(world, workflow)) == 2
    with pytest.raises(DomainError) as error:
        await world.do(save_workflow, world.ada, **given, expected_version=1)
    assert error.value.code == "VERSION_CONFLICT"


async def _versions(world, workflow):
    async with world.database.reading() as reader:
        query = select(WorkflowVersion).where(WorkflowVersion.workflow_id == workflow.id)
        return await reader.rows(WorkflowVersion, query)


async def test_who_may_and_which_keys(works):
    await works.save(note("x"))
    with pytest.raises(DomainError) as error:
        await works.save(note("x"))
    assert (error.value.code, error.value.field) == ("CONFLICT", "key")
    given = {"key": "other", "name": "Other", "definition": {"trigger": DECLARED, "steps": [note("x")]}}
    with pytest.raises(DomainError) as error:
        await works.world.do(save_workflow, works.world.dov, **given)
    assert error.value.code == "FORBIDDEN"
    for key in ("Not A Key", None):
        with pytest.raises(DomainError) as error:
            await works.world.do(save_workflow, works.world.ada, **{**given, "key": key})
        assert error.value.field == "key"


async def test_what_is_archived_waits_for_nothing(works):
    workflow = await works.save(note("x"), trigger={"events": ["task.added"]})
    reference = ids.encode("Workflow", workflow.id)
    waiting = select(func.count()).where(WorkflowTrigger.workflow_id == workflow.id)
    for archived, expected in ((True, 0), (False, 1)):
        await works.world.do(save_workflow, works.world.ada, id=reference, archived=archived)
        async with works.world.database.reading() as reader:
            assert await reader.scalar(waiting) == expected


def subject(**changes):
    given = {
        "severity_id": 1,
        "service_ids": frozenset({5}),
        "labels": {"region": "eu", "tier": "1"},
        "kind": IncidentKind.REAL,
        "visibility": Visibility.ORGANISATION,
        "stage": Stage.RESPONSE,
        "moment": datetime(2026, 11, 27, 22, 30, tzinfo=UTC),  # a Friday
        "zone": ZoneInfo("Europe/Berlin"),
    }
    return Subject(**{**given, **changes})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"severities": [1, 2]}, True),
        ({"severities": [2]}, False),
        ({"services": [4, 5]}, True),
        ({"services": [4]}, False),
        ({"labels": {"region": "eu"}}, True),
        ({"labels": {"region": "eu", "tier": "2"}}, False),
        ({"kinds": ["REAL"]}, True),
        ({"visibility": "PRIVATE"}, False),
        ({"stages": ["RESPONSE"]}, True),
        ({"all": []}, True),
        ({"any": []}, False),
        ({"none": []}, True),
        ({"any": [{"severities": [2]}, {"none": [{"kinds": ["DRILL"]}]}]}, True),
        ({"time_of_day": {"begins": "23:00", "ends": "23:31"}}, True),
        ({"time_of_day": {"begins": "22:00", "ends": "23:30", "time_zone": "Europe/Berlin"}}, False),
        ({"time_of_day": {"begins": "22:00", "ends": "06:00", "days": ["FR"]}}, True),
        ({"time_of_day": {"begins": "22:00", "ends": "06:00", "days": ["SA"]}}, False),
    ],
    ids=str,
)
def test_what_conditions_say(condition, expected):
    assert holds(Condition.model_validate(condition), subject()) is expected


def test_after_midnight_it_is_still_the_day_before_s_night():
    night = Condition.model_validate({"time_of_day": {"begins": "22:00", "ends": "06:00", "days": ["FR"]}})
    assert holds(night, subject(moment=datetime(2026, 11, 28, 4, 59, tzinfo=UTC)))
    assert not holds(night, subject(moment=datetime(2026, 11, 28, 5, 0, tzinfo=UTC)))
