"""Updates: who may say what to whom, what is promised, and what customers see after each change."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions.update_parts import ClaimInput
from actions.updates import edit_update, publish_update, withdraw_update
from core import ids
from core.errors import DomainError, ErrorCode
from models.incident import Incident, IncidentMember
from models.update import UpdateComponent, UpdateRevision
from models.words import Audience, ComponentStatus, IncidentKind, PublicStatus, Stage, Visibility
from tests.telling import claims_on, component_id, make_incident, status_of, tell, update_id, updates_on

PUBLIC, INTERNAL = Audience.PUBLIC, Audience.INTERNAL
INVESTIGATING, MONITORING, RESOLVED = PublicStatus.INVESTIGATING, PublicStatus.MONITORING, PublicStatus.RESOLVED
MAJOR, PARTIAL, FINE = (
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.OPERATIONAL,
)


async def refusal(awaitable):
    with pytest.raises(DomainError) as caught:
        await awaitable
    assert caught.value.hint
    return caught.value


async def change(world, key, **columns):
    async with world.database.unit_of_work() as session:
        await session.execute(update(Incident).where(Incident.id == key).values(**columns))


async def test_a_public_update_makes_the_incident_public(world):
    await world.do(make_incident, 7)
    written = await tell(
        world, 7, body="**Orders** fail.", claims=[("checkout", MAJOR)], public_title="Orders can't be placed"
    )
    incident = await world.incident(7)
    assert incident.public_status is INVESTIGATING
    assert incident.public_since == written.published_at
    assert incident.public_title == "Orders can't be placed"
    assert incident.version == 2
    assert await status_of(world, "checkout") is MAJOR
    edited, published, changed = await world.events(7)
    assert edited.kind == "incident.edited"
    assert edited.data["after"] == {"public_title": "Orders can't be placed"}
    assert published.kind == "update.published"
    assert await world.text_of(published.id) == "**Orders** fail."
    checkout = world.components["checkout"].id
    assert published.data["components"] == [{"component_id": checkout, "from": "OPERATIONAL", "to": "MAJOR_OUTAGE"}]
    assert changed.kind == "component.status_changed"
    (job,) = await world.jobs("mail.notify")
    assert job.event_id == published.id


async def test_nobody_is_mailed_when_notify_is_off(world):
    await world.do(make_incident, 7)
    await tell(world, 7, notify=False)
    assert await world.jobs("mail.notify") == []
    assert (await world.events(7))[0].data["notify"] is False


async def test_an_internal_update_stays_internal(world):
    await world.do(make_incident, 7)
    await world.do(publish_update, world.ben, incident="7", audience=INTERNAL, body="Pool exhausted on db-7.")
    incident = await world.incident(7)
    assert incident.public_since is None
    assert incident.public_status is None


@pytest.mark.parametrize(
    ("columns", "why"),
    [({"visibility": Visibility.PRIVATE}, "private"), ({"kind": IncidentKind.DRILL}, "drill")],
)
async def test_nothing_of_a_private_incident_or_a_drill_is_published(world, columns, why):
    await world.do(make_incident, 7, **columns)
    async with world.database.unit_of_work() as session:
        session.add(IncidentMember(incident_id=7, user_id=world.users["ben"].id))
    error = await refusal(tell(world, 7))
    assert error.code is ErrorCode.CONFLICT
    assert why in error.message
    await world.do(publish_update, world.ben, incident="INC-7", audience=INTERNAL, body="For us only.")
    assert [row.audience for row in await updates_on(world, 7)] == [INTERNAL]


async def test_a_viewer_may_not_publish(world):
    await world.do(make_incident, 7)
    error = await refusal(world.do(publish_update, world.eve, incident="INC-7", audience=INTERNAL, body="Hello"))
    assert error.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"audience": PUBLIC}, "status"),
        ({"audience": PUBLIC, "status": RESOLVED, "next_update_by": timedelta(hours=1)}, "next_update_by"),
        ({"audience": PUBLIC, "status": INVESTIGATING, "next_update_by": timedelta(seconds=-1)}, "next_update_by"),
        ({"audience": INTERNAL, "public_title": "Orders fail"}, "public_title"),
        ({"audience": INTERNAL, "components": [("checkout", MAJOR)]}, "components"),
        ({"audience": PUBLIC, "status": RESOLVED, "components": [("checkout", MAJOR)]}, "components.0.status"),
        (
            {"audience": PUBLIC, "status": MONITORING, "components": [("checkout", MAJOR), ("checkout", FINE)]},
            "components.1.component",
        ),
        ({"audience": PUBLIC, "status": MONITORING, "components": [("checkout", FINE)] * 101}, "components"),
        ({"audience": INTERNAL, "body": "x" * 20_001}, "body"),
        ({"audience": INTERNAL, "body": " \n\u202e"}, "body"),
        ({"audience": PUBLIC, "status": MONITORING, "public_title": "x" * 201}, "public_title"),
    ],
)
async def test_parts_that_do_not_go_together_are_refused_and_nothing_is_written(world, clock, inputs, field):
    await world.do(make_incident, 7)
    given = {"body": "Something happened.", **inputs}
    if "next_update_by" in given:
        given["next_update_by"] = clock.now() + given["next_update_by"]
    given["components"] = [ClaimInput(component_id(world, name), to) for name, to in given.get("components", ())]
    error = await refusal(world.do(publish_update, world.ben, incident="INC-7", **given))
    assert (error.code, error.field) == (ErrorCode.INVALID_INPUT, field)
    assert await updates_on(world, 7) == []
    assert await world.events(7) == []


async def test_unknown_references_are_named(world):
    await world.do(make_incident, 7)
    stranger = ids.encode("Component", 999)
    error = await refusal(
        world.do(
            publish_update,
            world.ben,
            incident="INC-7",
            audience=PUBLIC,
            status=MONITORING,
            body="x",
            components=[ClaimInput(stranger, FINE)],
        )
    )
    assert (error.code, error.field) == (ErrorCode.NOT_FOUND, "components.0.component")
    assert (await refusal(tell(world, 99))).code is ErrorCode.NOT_FOUND


async def test_the_severity_promises_the_next_update_to_each_audience(world):
    await world.do(make_incident, 7, severity="SEV1")
    public = await tell(world, 7)
    internal = await world.do(publish_update, world.ben, incident="INC-7", audience=INTERNAL, body="Rolling back.")
    assert timedelta(minutes=29, seconds=59) < public.next_update_by - public.published_at < timedelta(minutes=30.1)
    assert timedelta(minutes=14, seconds=59) < internal.next_update_by - internal.published_at < timedelta(minutes=15.1)
    incident = await world.incident(7)
    assert incident.public_update_due_at == incident.public_remind_at == public.next_update_by
    assert incident.internal_update_due_at == incident.internal_remind_at == internal.next_update_by


async def test_an_own_promise_goes_before_the_cadence_and_the_next_update_remembers_it(world, clock):
    await world.do(make_incident, 7, severity="SEV1")
    wanted = clock.now() + timedelta(minutes=5)
    await tell(world, 7, next_update_by=wanted)
    clock.advance(minutes=11)
    late = await tell(world, 7, MONITORING)
    assert late.promised_by == wanted
    assert late.promised_by < late.published_at
    final = await tell(world, 7, RESOLVED)
    assert final.promised_by == late.next_update_by
    assert final.next_update_by is None
    incident = await world.incident(7)
    assert incident.public_update_due_at is None
    assert incident.public_remind_at is None
    assert not incident.public_thread_open


async def test_a_backfilled_incident_and_one_without_a_cadence_promise_nothing(world):
    await world.do(make_incident, 7, severity="SEV1", kind=IncidentKind.BACKFILLED)
    await world.do(make_incident, 8, severity="SEV3")
    await world.do(make_incident, 9)
    assert [(await tell(world, key)).next_update_by for key in (7, 8, 9)] == [None, None, None]


async def test_customers_are_owed_updates_after_the_response_until_they_read_that_it_is_over(world):
    await world.do(make_incident, 7, severity="SEV1", stage=Stage.RESOLUTION)
    update_ = await tell(world, 7, MONITORING)
    assert update_.next_update_by is not None
    internal = await world.do(publish_update, world.ben, incident="INC-7", audience=INTERNAL, body="Nearly done.")
    assert internal.next_update_by is None


async def test_the_final_word_is_reminded_of_even_where_no_cadence_promises_it(world):
    await world.do(make_incident, 7, stage=Stage.RESOLUTION)
    await tell(world, 7, MONITORING)
    incident = await world.incident(7)
    assert incident.final_update_owed
    assert incident.public_update_due_at is None
    assert incident.public_remind_at is not None


async def test_components_keep_what_was_said_of_them_until_the_incident_is_over(world):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", MAJOR), ("search", PARTIAL)])
    await tell(world, 7, PublicStatus.IDENTIFIED, claims=[("checkout", PARTIAL)])
    assert await claims_on(world, 7) == {"checkout": PARTIAL, "search": PARTIAL}
    await tell(world, 7, MONITORING)
    assert await status_of(world, "search") is PARTIAL
    await tell(world, 7, RESOLVED, claims=[("checkout", FINE)])
    assert await claims_on(world, 7) == {}
    assert await status_of(world, "checkout") is FINE
    assert await status_of(world, "search") is FINE


async def test_said_again_after_the_end_only_the_new_claims_count(world):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", MAJOR)])
    await tell(world, 7, RESOLVED)
    await tell(world, 7, claims=[("search", PARTIAL)])
    assert await claims_on(world, 7) == {"search": PARTIAL}
    assert (await world.incident(7)).public_thread_open


async def test_after_a_merge_the_other_incident_speaks(world):
    await world.do(make_incident, 8)
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", MAJOR)])
    await change(world, 7, stage=Stage.MERGED, merged_into_id=8)
    for inputs in ({"audience": INTERNAL}, {"audience": PUBLIC, "status": MONITORING}):
        error = await refusal(world.do(publish_update, world.ben, incident="INC-7", body="On we go.", **inputs))
        assert error.code is ErrorCode.CONFLICT
        assert "INC-8" in error.hint
    await tell(world, 7, RESOLVED, body="We go on under “Shop is down”.")
    assert not (await world.incident(7)).public_thread_open
    assert "only" not in (await refusal(tell(world, 7, RESOLVED))).hint


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.DECLINED, Stage.CANCELLED])
async def test_an_incident_that_has_ended_can_only_be_told_to_be_over(world, stage):
    await world.do(make_incident, 7, stage=stage)
    error = await refusal(tell(world, 7))
    assert (error.code, error.field) == (ErrorCode.CONFLICT, "status")
    await tell(world, 7, RESOLVED)
    await world.do(publish_update, world.ben, incident="INC-7", audience=INTERNAL, body="A false alarm.")


async def test_an_edit_keeps_what_was_said_before(world):
    await world.do(make_incident, 7)
    written = await tell(world, 7, body="Orders fial.")
    reference = update_id(written)
    edited = await world.do(edit_update, world.chi, update=reference, body="Orders fail.", notify=True)
    assert edited.body == "Orders fail."
    assert edited.edited_at > written.published_at
    async with world.database.reading() as reader:
        (revision,) = await reader.rows(UpdateRevision, select(UpdateRevision))
    assert (revision.update_id, revision.body) == (written.id, "Orders fial.")
    event = (await world.events(7, "update.edited"))[0]
    assert await world.text_of(event.id) == "Orders fail."
    assert [job.event_id for job in await world.jobs("mail.notify")][-1] == event.id
    await world.do(edit_update, world.chi, update=reference, body="Orders fail.")
    assert len(await world.events(7, "update.edited")) == 1


async def test_an_edit_mails_nobody_unless_asked_and_viewers_may_not(world):
    await world.do(make_incident, 7)
    reference = update_id(await tell(world, 7, notify=False))
    await world.do(edit_update, world.ben, update=reference, body="Better words.")
    assert await world.jobs() == []
    assert (await refusal(world.do(edit_update, world.eve, update=reference, body="x"))).code is ErrorCode.FORBIDDEN
    refused = await refusal(world.do(withdraw_update, world.eve, update=reference, reason="x"))
    assert refused.code is ErrorCode.FORBIDDEN


async def test_withdrawing_the_only_update_takes_the_incident_off_the_page(world):
    await world.do(make_incident, 7, severity="SEV1")
    reference = update_id(await tell(world, 7, claims=[("checkout", MAJOR)]))
    await world.do(withdraw_update, world.ben, update=reference, reason="Wrong incident")
    incident = await world.incident(7)
    assert incident.public_since is None
    assert incident.public_status is None
    assert incident.public_update_due_at is None
    assert await status_of(world, "checkout") is FINE
    event = (await world.events(7, "update.withdrawn"))[0]
    assert await world.text_of(event.id) == "Wrong incident"
    async with world.database.reading() as reader:
        assert len(await reader.execute(select(UpdateComponent))) == 1
    before = len(await world.events(7))
    await world.do(withdraw_update, world.ben, update=reference, reason="Again")
    assert len(await world.events(7)) == before
    error = await refusal(world.do(edit_update, world.ben, update=reference, body="x"))
    assert error.code is ErrorCode.CONFLICT


async def test_withdrawing_the_newest_brings_back_what_the_one_before_said(world, clock):
    await world.do(make_incident, 7, severity="SEV1")
    first = await tell(world, 7, claims=[("checkout", PARTIAL)])
    clock.advance(minutes=10)
    second = await tell(world, 7, RESOLVED)
    await world.do(withdraw_update, world.ben, update=update_id(second), reason="It is not over")
    incident = await world.incident(7)
    assert incident.public_status is INVESTIGATING
    assert incident.public_since == first.published_at
    assert incident.public_update_due_at == first.next_update_by
    assert await status_of(world, "checkout") is PARTIAL


async def test_withdrawing_an_older_one_leaves_the_newest_and_its_promise(world):
    await world.do(make_incident, 7, severity="SEV1")
    first = await tell(world, 7, claims=[("checkout", MAJOR)])
    second = await tell(world, 7, MONITORING, claims=[("search", PARTIAL)])
    await world.do(withdraw_update, world.ben, update=update_id(first), reason="Checkout was never down")
    incident = await world.incident(7)
    assert incident.public_status is MONITORING
    assert incident.public_since == second.published_at
    assert incident.public_update_due_at == second.next_update_by
    assert await claims_on(world, 7) == {"search": PARTIAL}
    assert await status_of(world, "checkout") is FINE


async def test_withdrawing_an_internal_update_opens_its_promise_again(world):
    await world.do(make_incident, 7, severity="SEV1")
    first = await world.do(publish_update, world.ben, incident="INC-7", audience=INTERNAL, body="One")
    second = await world.do(publish_update, world.ben, incident="INC-7", audience=INTERNAL, body="Two")
    await world.do(withdraw_update, world.ben, update=update_id(second), reason="Wrong")
    assert (await world.incident(7)).internal_update_due_at == first.next_update_by


async def test_the_final_update_of_an_incident_that_became_private_stays(world):
    await world.do(make_incident, 7)
    first = await tell(world, 7)
    final = await tell(world, 7, RESOLVED)
    await change(world, 7, visibility=Visibility.PRIVATE)
    async with world.database.unit_of_work() as session:
        session.add(IncidentMember(incident_id=7, user_id=world.users["ben"].id))
    error = await refusal(world.do(withdraw_update, world.ben, update=update_id(final), reason="x"))
    assert error.code is ErrorCode.CONFLICT
    assert (await world.incident(7)).public_status is RESOLVED
    await world.do(withdraw_update, world.ben, update=update_id(first), reason="x")
    await world.do(withdraw_update, world.ben, update=update_id(final), reason="x")
    assert (await world.incident(7)).public_since is None


async def test_an_update_of_a_private_incident_looks_like_none_to_others(world):
    await world.do(make_incident, 7, visibility=Visibility.PRIVATE)
    async with world.database.unit_of_work() as session:
        session.add(IncidentMember(incident_id=7, user_id=world.users["ben"].id))
    written = await world.do(publish_update, world.ben, incident="INC-7", audience=INTERNAL, body="Keys leaked.")
    hidden = await refusal(world.do(edit_update, world.ada, update=update_id(written), body="x"))
    unknown = await refusal(world.do(edit_update, world.ada, update=ids.encode("Update", 999), body="x"))
    assert hidden.code is unknown.code is ErrorCode.NOT_FOUND
    assert hidden.message.startswith("There is no update")


async def test_withdrawing_the_newest_two_brings_back_the_promise_that_customers_read_again(world, clock):
    await world.do(make_incident, 7, severity="SEV1")
    promises = [clock.now() + timedelta(minutes=minutes) for minutes in (10, 20, 30)]
    first, second, third = [await tell(world, 7, next_update_by=promise) for promise in promises]
    for update_ in (second, third):
        await world.do(withdraw_update, world.ben, update=update_id(update_), reason="Wrong")
    assert (await world.incident(7)).public_update_due_at == first.next_update_by
