"""The step `page`: by our own on-call, and by a pager if one is connected."""

import pytest
from sqlalchemy import update

from actions.workflows.problems import ProblemsError
from models.severity import SeverityVersion
from models.words import PagingScope, Visibility
from models.workflow import Workflow
from tests.actions.paging.calls import pages, policy, runs, step
from tests.actions.schedules.calls import schedule


async def quiet(world):
    """Severities page nobody by themselves."""
    async with world.database.unit_of_work() as session:
        await session.execute(update(SeverityVersion).values(pages=PagingScope.NOBODY))


async def test_the_workflows_muster_starts_with_page_by_the_policy_of_the_service(works):
    async with works.world.database.unit_of_work() as session:
        await session.execute(update(Workflow).values(enabled=True))
    await quiet(works.world)
    await policy(works.world, step(works.world, "chi"))
    await works.declare(severity="SEV1", services=["checkout-api"])
    await works.run()
    assert await pages(works.world) == [("chi", 1, "ASKED")]
    (run,) = await works.runs("sev1")
    (paged,) = [each for each in await works.steps(run) if each.kind == "page"]
    assert (paged.state, paged.words) == ("DONE", "Paged by Payments.")


async def test_what_pages_already_is_not_begun_anew(works):
    await policy(works.world, step(works.world, "chi"))
    await works.save({"page": {}})
    await works.declare(services=["checkout-api"])
    await works.run()
    assert await works.became() == ("DONE", ["DONE"])
    assert await runs(works.world) == ["RUNNING"]


async def test_a_policy_people_and_schedules_can_be_named(works):
    world = works.world
    await quiet(world)
    await schedule(world, "chi")
    await policy(world, step(world, "dov"), service=None)
    people = {"users": [world.id_of("ben")], "schedules": ["Primary"], "reason": "It is worse"}
    await works.save({"page": {"policy": "payments"}}, {"page": people})
    await works.declare()
    await works.run()
    assert await works.became() == ("DONE", ["DONE", "DONE"])
    assert await pages(world) == [("dov", 1, "ASKED"), ("ben", 1, "ASKED"), ("chi", 1, "ASKED")]


async def test_of_a_private_incident_no_policy_learns(works):
    await policy(works.world, step(works.world, "dov"))
    await works.save({"page": {"policy": "Payments"}}, {"page": {}})
    await works.declare(visibility=Visibility.PRIVATE, services=["checkout-api"])
    await works.run()
    assert await works.became() == ("DONE", ["SKIPPED", "SKIPPED"])
    assert await pages(works.world) == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"policy": "Nights"}, "no escalation policy"),
        ({"schedules": ["Nights"]}, "no schedule"),
        ({"policy": "Payments", "users": ["x"]}, "one of the three"),
        ({"reason": "Why"}, "reason belongs to"),
    ],
)
async def test_what_names_nobody_is_refused_when_it_is_saved(works, told, words):
    with pytest.raises(ProblemsError) as refused:
        await works.save({"page": told})
    assert words in str([error.message for error in refused.value.problems])
