"""People are paged from a shell."""

import json

from tests.actions.paging.calls import declared, pages, policy, step
from tests.actions.schedules.calls import schedule


async def test_people_services_schedules_and_policies_are_paged(cli, world):
    await schedule(world, "chi")
    await policy(world, step(world, "dov"), service="search-api")
    incident = (await declared(world)).reference
    done = await cli("page", incident, "me", "DNS", "is", "gone")
    assert (done.returncode, done.stdout.strip()) == (0, f"Ben Silva paged for {incident}.")
    done = await cli("page", incident, "search-api")
    assert done.stdout.strip() == f"Dov Levi paged for {incident} by Payments."
    found = json.loads((await cli("page", incident, "--schedule", "Primary", "--json")).stdout)["incident"]
    assert [page["user"]["name"] for page in found["paging"][-1]["pages"]] == ["Chi Tran"]
    assert [who for who, _, _ in await pages(world)] == ["ben", "dov", "chi"]
    again = await cli("page", incident, "--policy", "payments", "It", "is", "worse")
    assert again.returncode == 0, "it pages already, and goes on"
    for wrong, field in {
        ("page", incident): "whom",
        ("page", incident, "--policy", "a", "--schedule", "b"): "policy",
    }.items():
        refused = await cli(*wrong, "--json")
        assert (refused.returncode, json.loads(refused.stderr)["error"]["field"]) == (2, field)
