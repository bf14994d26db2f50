"""Who is on call, as a pager at a vendor's double told it."""

import json
from datetime import timedelta

from actions.outward import on_call as rosters
from tests.actions.schedules.calls import schedule
from tests.jobs.inline import jobs_with, run_jobs
from tests.outward.pager_desk import pager_at


async def test_who_is_on_call_is_told(cli, world, tmp_path, monkeypatch):
    nobody = await cli("oncall")
    assert (nobody.returncode, nobody.stdout) == (0, "")
    assert "no pager is connected" in nobody.stderr
    assert json.loads((await cli("oncall", "--json")).stdout) == {"schedules": [], "pagers": []}
    await schedule(world, "chi")
    first = (await cli("oncall")).stdout.splitlines()[-1].split("\t")
    assert (first[0], first[1], first[3]) == ("Chi Tran <chi@quillhaven.example>", "Primary", "Muster")
    (shift,) = json.loads((await cli("oncall", "--json")).stdout)["schedules"]
    assert (shift["schedule"]["name"], shift["user"]["name"], shift["layer"]) == ("Primary", "Chi Tran", "first")
    async with pager_at(world, tmp_path, "pagerduty", monkeypatch) as desk:
        until = world.clock.now() + timedelta(hours=3)
        desk.vendor.on_calls = [("PUSER01", "PPOLICY1", 1, until.isoformat()), ("PUSER02", "PPOLICY2", 1, None)]
        world.clock.advance(minutes=6)
        await rosters.sweep_on_call(world.database)
        with jobs_with(world.database, tmp_path, webhook_allow_private=True):
            await run_jobs(world.database, "pager.on_call")
    told = await cli("oncall")
    (line,) = [line.split("\t") for line in told.stdout.splitlines() if line.startswith("Ben Silva")]
    assert line[0] == "Ben Silva <ben@quillhaven.example>"
    assert line[2] == f"{until:%Y-%m-%d %H:%M} UTC"
    (pager,) = json.loads((await cli("oncall", "--json")).stdout)["pagers"]
    assert set(pager) == {"key", "name", "onCall"}
    assert set(pager["onCall"]) == {"asOf", "age", "error", "people"}
    assert set(pager["onCall"]["people"][0]) == {"name", "email", "user", "rota", "service", "until"}
    narrowed = json.loads((await cli("oncall", "--service", "nothing like it", "--json")).stdout)["pagers"]
    assert all(person["service"] is None for person in narrowed[0]["onCall"]["people"])
