"""Planned work and subscribers in Settings."""

from datetime import timedelta

from sqlalchemy import select

from core.ids import encode
from models.maintenance import Maintenance, MaintenanceUpdate
from models.service import Component
from models.subscriber import Subscriber, Suppression
from models.words import ComponentStatus, MaintenanceState

WORK = "/console/settings/maintenance"
TOLD = "/console/settings/subscribers"


async def rows(world, model):
    async with world.database.reading() as reader:
        return await reader.rows(model, select(model).order_by(model.id))


async def plan(world, visitor, expects=303, **changes):
    await visitor.read(f"{WORK}/new")
    start = world.clock.now() + timedelta(hours=2)
    given = {
        "title": "New disks",
        "body": "Orders wait.",
        "starts_at": f"{start:%Y-%m-%dT%H:%M}",
        "ends_at": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "components": [encode("Component", world.components["checkout"].id)],
    }
    return await visitor.send(f"{WORK}/new", expects, **{**given, **changes})


async def test_work_is_planned_moved_begun_spoken_of_and_completed(world, visit):
    dov = await visit("dov")
    path = (await plan(world, dov)).headers["location"].partition("?")[0]
    assert "New disks" in await dov.read(WORK)
    assert "Planned" in await dov.read(path)
    await dov.send(path, title="New, faster disks")
    (work,) = await rows(world, Maintenance)
    assert (work.title, work.version, work.state) == ("New, faster disks", 2, MaintenanceState.SCHEDULED)
    await dov.read(path)
    await dov.send(f"{path}/start", body="We begin.")
    (checkout,) = [each for each in await rows(world, Component) if each.name == "Checkout"]
    assert checkout.status is ComponentStatus.UNDER_MAINTENANCE
    await dov.read(path)
    await dov.send(path, body="Orders wait a little.")
    assert (await rows(world, Maintenance))[0].body == "Orders wait a little.", "its start stays as it is"
    await dov.read(path)
    refused = await dov.send(f"{path}/update", 422, body=" ")
    assert 'id="fault-update"' in refused.text
    await dov.read(path)
    await dov.send(f"{path}/update", body="Half of it is done.")
    await dov.read(path)
    await dov.send(f"{path}/complete", body="")
    assert [each.body for each in await rows(world, MaintenanceUpdate)] == ["We begin.", "Half of it is done."]
    said = await dov.read(path)
    assert "completed" in said
    assert "Save planned work" not in said, "what is over is changed no more"
    assert "Half of it is done." in said


async def test_work_is_cancelled_with_its_title_typed(world, visit, ben):
    dov = await visit("dov")
    path = (await plan(world, dov)).headers["location"].partition("?")[0]
    await dov.read(path)
    refused = await dov.send(f"{path}/cancel", 422, body="Another day.", confirm="disks")
    assert "Another day." in refused.text
    said = await ben.read(path)
    assert "managers and admins may change it" in said
    assert "<form" not in ben.page.text
    for step in ("start", "cancel", "complete", "update"):
        await ben.send(f"{path}/{step}", 403, form={"body": "Mine", "confirm": "New disks"})
    assert (await rows(world, Maintenance))[0].state is MaintenanceState.SCHEDULED
    await dov.read(path)
    await dov.send(f"{path}/cancel", body="Another day.", confirm="New disks")
    assert (await rows(world, Maintenance))[0].state is MaintenanceState.CANCELLED
    await dov.send(f"{path}/start", 409, form={"body": ""})


async def test_times_that_cannot_be_and_overlaps_are_refused_at_the_field(world, visit):
    dov = await visit("dov")
    early = f"{world.clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    refused = await plan(world, dov, 422, starts_at=early, title="Kept")
    assert dov.form(f"{WORK}/new")["title"] == "Kept"
    assert 'aria-invalid="true"' in refused.text
    assert "nothing stands here" in (await plan(world, dov, 422, components=[])).text
    assert "is not a time" in (await plan(world, dov, 422, ends_at="tomorrow")).text
    await plan(world, dov)
    assert "takes the same component" in (await plan(world, dov, 409)).text
    await plan(world, dov, allow_overlap="yes")
    assert len(await rows(world, Maintenance)) == 2


async def test_subscribers_are_added_found_and_removed(world, visit, ben):
    dov = await visit("dov")
    assert "Nobody yet." in await dov.read(TOLD)
    form = dov.form(TOLD)
    for _ in range(2):
        await dov.send(TOLD, form=form, address="Kim@example.org", kinds=["INCIDENTS"])
    (kim,) = await rows(world, Subscriber)
    assert (kim.email, kim.kinds, kim.active) == ("Kim@example.org", ["INCIDENTS"], True)
    await dov.read(TOLD)
    refused = await dov.send(TOLD, 409, address="Kim@example.org")
    assert "told of news already" in refused.text
    refused = await dov.send(TOLD, 422, address="nobody")
    assert "is not an e-mail address" in refused.text
    assert dov.form(TOLD)["address"] == "nobody"
    assert "Kim@example.org" in await dov.read(f"{TOLD}?email=Kim@example.org")
    assert "Nobody with this address." in await dov.read(f"{TOLD}?email=no@example.org")
    await dov.read(f"{TOLD}?email=nonsense", 422)
    await dov.read(TOLD)
    await dov.send(f"{TOLD}/remove", form={"id": encode("Subscriber", kim.id)})
    assert not (await rows(world, Subscriber))[0].active
    await ben.read(TOLD, 403)
    for step in ("", "/remove", "/lift"):
        await ben.send(f"{TOLD}{step}", 403, form={"id": encode("Subscriber", kim.id), "address": "x@example.org"})


async def test_the_secret_of_a_webhook_is_shown_once(visit):
    dov = await visit("dov")
    await dov.read(TOLD)
    form = {**dov.form(TOLD), "channel": "WEBHOOK", "address": "https://hooks.example.org/in"}
    assert "whsec_" in (await dov.send(TOLD, 200, form=form)).text
    assert "whsec_" not in (await dov.send(TOLD, 200, form=form)).text
    assert "whsec_" not in await dov.read(TOLD)


async def test_a_suppression_is_lifted(world, visit):
    dov = await visit("dov")
    await dov.read(TOLD)
    await dov.send(TOLD, address="kim@example.org")
    (kim,) = await rows(world, Subscriber)
    async with world.database.unit_of_work() as session:
        session.add(Suppression(digest=kim.digest, reason="Refused (550).", since=world.clock.now()))
    assert "Refused (550)." in await dov.read(TOLD)
    (row,) = await rows(world, Suppression)
    await dov.send(f"{TOLD}/lift", form={"id": encode("Suppression", row.id)})
    assert await rows(world, Suppression) == []
    again = await dov.send(f"{TOLD}/lift", 422, form={"id": encode("Suppression", row.id)})
    assert "There is no suppression" in again.text


async def test_older_subscribers_are_a_page_away(visit):
    dov = await visit("dov")
    await dov.read(TOLD)
    form = dov.form(TOLD)
    for n in range(27):
        await dov.send(TOLD, form={**form, "_key": f"key {n}"}, address=f"kim{n}@example.org")
    assert "kim26@" in await dov.read(TOLD)
    assert "kim1@" not in dov.page.text
    older = dov.page.text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert "kim1@" in await dov.read(older.replace("&amp;", "&"))
