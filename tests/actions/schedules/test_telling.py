"""Who is told of schedules: of a hole that somebody left, and of a shift that others gave one."""

from datetime import date, timedelta

from actions.catalogue.people import save_user
from actions.schedules.covering import add_override
from actions.schedules.telling import sweep_holes
from tests.actions.schedules.calls import layer, schedule
from tests.jobs.inline import deliveries, jobs_with, run_jobs
from tests.jobs.postbox import postbox

HOUR = timedelta(hours=1)


async def told(world):
    return [(row.to.partition("@")[0], row.template) for row in await deliveries(world.database)]


async def test_a_hole_that_somebody_left_is_told_once_a_week(world, clock, tmp_path):
    hours = [{"start": "08:00", "end": "20:00"}]
    below = layer(world, "ada", name="below", windows=hours, end=date(2026, 12, 31))
    covered = [layer(world, "ben", windows=hours), below]
    await schedule(world, name="Covered", layers=covered)
    await schedule(world, name="Team's", layers=[layer(world, "ben", "chi", windows=hours)], team="payments")
    await schedule(world, "ben", name="Nobody's")
    assert await sweep_holes(world.database) == 0, "hours that nobody was to cover are no hole"
    await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)
    async with postbox() as (box, port):
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            assert (await sweep_holes(world.database), await sweep_holes(world.database)) == (2, 0)
            assert await run_jobs(world.database) == []
            assert sorted(await told(world)) == [(who, "schedule_gap") for who in ("ada", "chi", "dov")]
            assert any(
                "Nobody is on call for Team's from" in mail.get_body(("plain",)).get_content() for mail in box.arrived
            )
            clock.advance(days=8)
            assert await sweep_holes(world.database) == 2


async def test_who_is_put_on_call_by_others_is_told(world, clock, tmp_path):
    await schedule(world, "ben")
    given = {"schedule": "Primary", "starts_at": clock.now() + HOUR, "ends_at": clock.now() + 2 * HOUR}
    async with postbox() as (box, port):
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            await world.do(add_override, world.chi, user=world.id_of("chi"), **given)
            await world.do(add_override, world.dov, **given)
            await world.do(add_override, world.dov, user=world.id_of("eve"), **given)
            assert await run_jobs(world.database) == []
            assert await told(world) == [("eve", "shift_given")]
            assert "Dov Levi put Eve Novak on call for Primary" in " ".join(
                box.arrived[0].get_body(("plain",)).get_content().split()
            )
