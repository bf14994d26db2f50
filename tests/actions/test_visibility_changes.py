"""Making an incident private, and visible again."""

import asyncio
from datetime import timedelta

import pytest

from actions.merges import merge_incident
from actions.roles import assign_role
from actions.updates import publish_update
from actions.visibility_changes import change_visibility
from actions.webhooks import create_webhook
from core.errors import ErrorCode
from models.words import Audience, PublicStatus, Stage, Visibility
from tests.actions.lifecycle import (
    can_see,
    declared,
    incident_in,
    kinds,
    last_event,
    members,
    refused,
    reported,
)

HIDE, SHOW = Visibility.PRIVATE, Visibility.ORGANISATION


async def change(world, incident, visibility, actor=None, reason="a breach", **fields):
    return await world.do(
        change_visibility,
        actor or world.ben,
        incident=incident.reference,
        visibility=visibility,
        reason=reason,
        **fields,
    )


async def test_private_is_for_those_who_work_on_it(world):
    incident = await declared(world)
    await world.do(assign_role, world.ben, incident=incident.reference, role="scribe", user=world.id_of("chi"))
    await change(world, incident, HIDE, world.dov)
    assert await members(world, incident) == ["ben", "chi", "dov"]
    assert not await can_see(world, world.ada, incident)
    event = await last_event(world, incident)
    assert event.data == {"before": "ORGANISATION", "after": "PRIVATE"}
    assert await world.text_of(event.id) == "a breach"
    assert event.visibility is HIDE


async def test_why_it_became_private_leaves_the_house_no_more_than_what_follows(world):
    await world.do(create_webhook, world.ada, url="https://hooks.example/all", kinds=None)
    incident = await declared(world)
    told = len(await world.jobs("webhook.send"))
    assert told > 0
    await change(world, incident, HIDE)
    assert len(await world.jobs("webhook.send")) == told


async def test_members_replace_those_who_do_nothing_there(world):
    incident = await declared(world, members=[world.id_of("eve")])
    await world.do(assign_role, world.ben, incident=incident.reference, role="scribe", user=world.id_of("chi"))
    await change(world, incident, HIDE, world.dov, members=[world.id_of("ada")])
    assert await members(world, incident) == ["chi", "dov", "ada"]
    assert (await kinds(world, incident))[-4:] == [
        "incident.visibility_changed",
        "member.added",
        "member.removed",
        "member.removed",
    ]


async def test_only_the_members_may_change_too(world):
    incident = await declared(world, visibility=HIDE)
    await change(world, incident, HIDE, members=[world.id_of("chi")])
    assert await kinds(world, incident) == ["incident.declared", "member.added"]
    await change(world, incident, HIDE)
    assert len(await kinds(world, incident)) == 2


async def test_customers_are_owed_nothing_of_it_until_it_is_visible_again(world, clock):
    incident = await declared(world)
    await change(world, incident, HIDE)
    row = await world.incident(incident.id)
    assert (row.public_update_due_at, row.public_remind_at) == (None, None)
    assert row.internal_update_due_at is not None
    clock.advance(hours=1)
    await change(world, incident, SHOW)
    row = await world.incident(incident.id)
    assert row.public_update_due_at - clock.now() > timedelta(minutes=29)
    assert await can_see(world, world.eve, incident)


async def test_what_customers_read_about_does_not_disappear(world):
    incident = await declared(world)
    for status, outcome in ((PublicStatus.INVESTIGATING, ErrorCode.CONFLICT), (PublicStatus.RESOLVED, None)):
        await world.do(
            publish_update,
            world.ben,
            incident=incident.reference,
            audience=Audience.PUBLIC,
            status=status,
            body="We are on it.",
        )
        if outcome:
            with refused(outcome, "visibility", "final public update"):
                await change(world, incident, HIDE)
    await change(world, incident, HIDE)
    assert (await world.incident(incident.id)).private


async def test_what_was_merged_into_it_follows(world):
    head, part = await declared(world), await reported(world, world.chi)
    await world.do(merge_incident, world.ben, incident=part.reference, into=head.reference)
    await change(world, head, HIDE, members=[])
    assert await members(world, head) == ["ben"]
    assert await members(world, part) == ["chi"]
    assert not await can_see(world, world.chi, part)  # who sees a merged incident is decided by the one it went into
    assert await can_see(world, world.ben, part)
    with refused(ErrorCode.CONFLICT, "incident", head.reference):
        await change(world, part, SHOW)
    await change(world, head, SHOW)
    assert await can_see(world, world.chi, part)
    assert [e.data["after"] for e in await world.events(part.id, "incident.visibility_changed")] == [HIDE, SHOW]


async def test_a_public_thread_of_what_was_merged_into_it_counts(world):
    head, part = await declared(world), await declared(world)
    await world.do(
        publish_update,
        world.ben,
        incident=part.reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        body="We are on it.",
    )
    await world.do(merge_incident, world.ben, incident=part.reference, into=head.reference)
    with refused(ErrorCode.CONFLICT, "visibility", part.reference):
        await change(world, head, HIDE)


async def test_whatever_merges_into_it_while_it_becomes_private_is_private_too(world):
    for _ in range(3):
        head, *parts = [await reported(world) for _ in range(5)]
        merges = [world.do(merge_incident, world.ben, incident=part.reference, into=head.reference) for part in parts]
        await asyncio.gather(*merges[:2], change(world, head, HIDE), *merges[2:])
        for incident in (head, *parts):
            row = await world.incident(incident.id)
            assert (row.private, row.merged_into_id) == (True, None if row.id == head.id else head.id)


@pytest.mark.parametrize("stage", [Stage.DETECTION, Stage.CLOSED, Stage.DECLINED])
async def test_it_can_become_private_in_any_stage(world, stage):
    incident = await incident_in(world, stage)
    await change(world, incident, HIDE)
    await change(world, incident, SHOW)
    assert (await world.incident(incident.id)).public_update_due_at is None


async def test_refusals(world):
    incident = await declared(world, visibility=HIDE)
    with refused(ErrorCode.NOT_FOUND, "incident"):
        await change(world, incident, SHOW, world.ada)
    with refused(ErrorCode.NOT_FOUND, "incident"):
        await change(world, incident, SHOW, world.eve)
    with refused(ErrorCode.FORBIDDEN):
        await change(world, await declared(world), HIDE, world.eve)
    with refused(ErrorCode.INVALID_INPUT, "reason"):
        await change(world, incident, SHOW, reason="")
    with refused(ErrorCode.INVALID_INPUT, "members.0"):
        await change(world, incident, HIDE, members=["chi"])
