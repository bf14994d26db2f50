"""Keeping severities: a save is a new version, and what was keeps what it was."""

import asyncio

import pytest
from sqlalchemy import select

from actions.catalogue.severities import Demands, save_severity
from actions.find import find_role, find_severity
from core import ids
from core.errors import DomainError
from models.alert import RoutingRule
from models.severity import Severity, SeverityVersion
from models.words import CreateIncident, PagingScope

NOTHING = Demands(pages=PagingScope.NOBODY, required_roles=[], postmortem_required=False)


async def refusal(work):
    with pytest.raises(DomainError) as caught:
        await work
    return caught.value.code, caught.value.field


async def versions(world, severity_id):
    async with world.database.reading() as reader:
        return await reader.rows(
            SeverityVersion,
            select(SeverityVersion).where(SeverityVersion.severity_id == severity_id).order_by(SeverityVersion.version),
        )


@pytest.fixture
async def sev1(world):
    return await world.do(find_severity, "SEV1")


async def test_a_new_severity_is_in_force_at_once(world):
    made = await world.do(
        save_severity,
        world.ada,
        name="SEV4",
        rank=4,
        definition="Cosmetic.",
        obligations=Demands(
            pages=PagingScope.ON_CALL,
            business_hours_only=True,
            required_roles=["commander", "commander"],
            fill_roles_within_minutes=120,
            internal_cadence_minutes=480,
            postmortem_required=False,
        ),
    )
    found = await world.do(find_severity, "sev4")
    commander = await world.do(find_role, "commander")
    assert (found.id, found.version, found.rank, found.examples) == (made.id, 1, 4, [])
    assert found.obligations.required_role_ids == (commander.id,)
    assert (found.obligations.internal_cadence_minutes, found.obligations.public_cadence_minutes) == (480, None)
    (event,) = await world.events(None, "setting.saved")
    assert (event.data["key"], event.data["created"]) == (made.severity_id, True)
    assert event.data["changed"]["rank"] == {"from": None, "to": 4}


async def test_a_save_is_a_new_version_and_the_old_one_stays(world, sev1):
    reference = ids.encode("Severity", sev1.severity_id)
    await world.do(save_severity, world.ada, id=reference, definition="All is lost.", examples=None, expected_version=1)
    old, new = await versions(world, sev1.severity_id)
    assert (old.version, old.definition, old.examples) == (1, sev1.definition, sev1.examples)
    assert (new.version, new.definition, new.examples, new.name) == (2, "All is lost.", [], "SEV1")
    assert new.obligations == old.obligations
    assert (await world.do(find_severity, "SEV1")).id == new.id
    (event,) = await world.events(None, "setting.saved")
    assert set(event.data["changed"]) == {"definition", "examples"}


async def test_obligations_are_replaced_as_a_whole(world, sev1):
    reference = ids.encode("Severity", sev1.severity_id)
    made = await world.do(save_severity, world.ada, id=reference, obligations=NOTHING)
    assert made.obligations.required_role_ids == ()
    assert made.obligations.public_cadence_minutes is None
    assert made.obligations.postmortem_due_days is None


async def test_a_save_that_changes_nothing_makes_no_version(world, sev1):
    reference = ids.encode("Severity", sev1.severity_id)
    same = await world.do(save_severity, world.ada, id=reference, name="SEV1", rank=1, archived=False)
    assert same.id == sev1.id
    assert len(await versions(world, sev1.severity_id)) == 1
    assert await world.events() == []


async def test_an_edit_of_an_older_version_is_refused(world, sev1):
    reference = ids.encode("Severity", sev1.severity_id)
    await world.do(save_severity, world.ada, id=reference, definition="First.", expected_version=1)
    assert await refusal(
        world.do(save_severity, world.ada, id=reference, definition="Second.", expected_version=1)
    ) == ("VERSION_CONFLICT", "expected_version")


async def test_an_archived_severity_frees_its_name_and_rank(world, sev1):
    reference = ids.encode("Severity", sev1.severity_id)
    archived = await world.do(save_severity, world.ada, id=reference, archived=True)
    old, new = await versions(world, sev1.severity_id)
    assert (archived.id, old.archived, new.archived) == (new.id, False, True)
    assert await refusal(world.do(find_severity, "SEV1")) == ("INVALID_INPUT", "severity")
    await world.do(save_severity, world.ada, name="SEV1", rank=1, definition="Anew.", obligations=NOTHING)
    assert await refusal(world.do(save_severity, world.ada, id=reference, archived=False)) == ("CONFLICT", "name")


async def test_the_last_severity_is_not_archived(world):
    async with world.database.reading() as reader:
        keys = [row[0] for row in await reader.execute(select(Severity.id).order_by(Severity.id))]
    references = [ids.encode("Severity", key) for key in keys]
    for reference in references[:-1]:
        await world.do(save_severity, world.ada, id=reference, archived=True)
    assert await refusal(world.do(save_severity, world.ada, id=references[-1], archived=True)) == (
        "CONFLICT",
        "archived",
    )


async def test_a_severity_that_a_routing_rule_names_is_not_archived(world, sev1):
    async with world.database.unit_of_work() as session:
        session.add(
            RoutingRule(
                position=1,
                name="Critical ones",
                matchers={},
                severity_id=sev1.severity_id,
                create_incident=CreateIncident.ALWAYS,
                created_at=world.clock.now(),
            )
        )
    reference = ids.encode("Severity", sev1.severity_id)
    assert await refusal(world.do(save_severity, world.ada, id=reference, archived=True)) == ("CONFLICT", "archived")


async def test_two_at_the_same_time_do_not_take_the_same_rank(world):
    outcomes = await asyncio.gather(
        *(
            world.do(save_severity, world.ada, name=name, rank=9, definition="New.", obligations=NOTHING)
            for name in ("SEV8", "SEV9")
        ),
        return_exceptions=True,
    )
    (refused,) = (outcome for outcome in outcomes if isinstance(outcome, BaseException))
    assert isinstance(refused, DomainError)
    assert (refused.code, refused.field) == ("CONFLICT", "rank")


WHOLE = {"name": "SEV4", "rank": 4, "definition": "Cosmetic.", "obligations": NOTHING}


def demanding(**given):
    return Demands(**{"pages": PagingScope.NOBODY, "required_roles": [], "postmortem_required": True, **given})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"rank": 4, "definition": "x", "obligations": NOTHING}, ("INVALID_INPUT", "name")),
        ({"name": "SEV4", "definition": "x", "obligations": NOTHING}, ("INVALID_INPUT", "rank")),
        ({"name": "SEV4", "rank": 4, "obligations": NOTHING}, ("INVALID_INPUT", "definition")),
        ({"name": "SEV4", "rank": 4, "definition": "x"}, ("INVALID_INPUT", "obligations")),
        ({**WHOLE, "rank": 0}, ("INVALID_INPUT", "rank")),
        ({**WHOLE, "rank": 101}, ("INVALID_INPUT", "rank")),
        ({**WHOLE, "rank": 1}, ("CONFLICT", "rank")),
        ({**WHOLE, "name": "sev1"}, ("CONFLICT", "name")),
        ({**WHOLE, "examples": ["fine", " "]}, ("INVALID_INPUT", "examples.1")),
        ({**WHOLE, "examples": ["x"] * 21}, ("INVALID_INPUT", "examples")),
        (
            {**WHOLE, "obligations": demanding(required_roles=["commander", "juggler"])},
            ("NOT_FOUND", "obligations.required_roles.1"),
        ),
        (
            {**WHOLE, "obligations": demanding(public_cadence_minutes=0)},
            ("INVALID_INPUT", "obligations.public_cadence_minutes"),
        ),
        (
            {**WHOLE, "obligations": demanding(postmortem_due_days=366)},
            ("INVALID_INPUT", "obligations.postmortem_due_days"),
        ),
        ({**WHOLE, "id": ids.encode("Severity", 999)}, ("NOT_FOUND", "id")),
        ({**WHOLE, "id": ids.encode("Role", 1)}, ("INVALID_INPUT", "id")),
    ],
)
async def test_a_severity_that_makes_no_sense_is_refused(world, fields, expected):
    assert await refusal(world.do(save_severity, world.ada, **fields)) == expected
    assert await world.events() == []


async def test_managers_keep_no_severities(world):
    assert await refusal(world.do(save_severity, world.dov, **WHOLE)) == ("FORBIDDEN", None)
