"""Paging as stories: who is woken, who next, and what ends it."""

from datetime import UTC, datetime, time

import pytest
from sqlalchemy import update

from actions.narrate import narrate
from actions.outward.paging import acknowledge_page
from actions.paging.attempts import claim
from actions.paging.links import acknowledge_by_link, link_of, look_at_page
from actions.paging.naming import page_somebody
from actions.roles import assign_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from core.errors import DomainError
from jobs.page import page as send_page
from jobs.registry import Later
from models.paging.contact import PagingPreference
from models.paging.run import Page, PageAttempt
from models.person import Team, User
from models.severity import SeverityVersion
from models.words import Stage, Visibility
from tests.actions.paging.calls import attempts, declared, later, pages, policy, rows, runs, step
from tests.actions.schedules.calls import called, layer, schedule
from tests.jobs.inline import box, deliveries, run_jobs
from tests.jobs.test_mail import words

__all__ = ["box"]


def got(box):
    """Who was mailed, and about what."""
    found = [(mail["To"].addresses[0].username, mail["Subject"].split("] ")[1].split(":")[0]) for mail in box.arrived]
    box.arrived.clear()
    return found


async def sentences(world, incident):
    async with world.database.reading() as reader:
        events = [event for event in await world.events(incident.id) if event.kind.startswith(("page.", "paging."))]
        return await narrate(reader, events)


async def test_nobody_answers_so_the_second_is_paged_after_five_minutes_then_the_manager_until_somebody_does(
    world, box
):
    async with world.database.unit_of_work() as session:
        lead = update(Team).where(Team.id == world.teams["payments"].id)
        await session.execute(lead.values(manager_id=world.users["dov"].id))
    await policy(world, step(world, "ben"), step(world, "chi"), step(world, team="payments"))
    incident = await declared(world)
    await run_jobs(world.database)
    page, text_ = words(box.arrived[0])
    assert page == text_
    assert any(word.startswith("https://muster.quillhaven.example/auth/paged/") for word in text_)
    assert got(box) == [("ben", "You are paged")]  # and no mail of the declaration besides
    assert await later(world, minutes=4) == []
    assert got(box) == []
    await later(world, minutes=1)
    assert got(box) == [("chi", "You are paged")]
    await later(world, minutes=5)
    assert got(box) == [("dov", "You are paged")]
    assert await pages(world) == [("ben", 1, "SENT"), ("chi", 2, "SENT"), ("dov", 3, "SENT")]
    world.clock.advance(seconds=61)
    token = link_of(world.database.keys, "", (await rows(world, Page))[1].id, world.clock.now()).rpartition("/")[2]
    assert (await world.do(look_at_page, token)).open
    assert await runs(world) == ["RUNNING"]  # to open the link does nothing
    shown = await world.do(acknowledge_by_link, token)
    assert (shown.open, shown.taken_by.id) == (False, world.users["chi"].id)
    assert await pages(world) == [("ben", 1, "STOPPED"), ("chi", 2, "ACKNOWLEDGED"), ("dov", 3, "STOPPED")]
    await later(world, hours=2)
    assert (got(box), await runs(world)) == ([], ["ACKNOWLEDGED"])
    assert await sentences(world, incident) == [
        "Paging by Payments began.",
        "Ben Silva was paged (step 1).",
        "Chi Tran was paged (step 2).",
        "Dov Levi was paged (step 3).",
        "Chi Tran acknowledged the page after 11 min 1 s, by the link in the message.",
    ]
    await world.do(acknowledge_by_link, token)  # pressed again it changes nothing
    assert len(await sentences(world, incident)) == 5
    world.clock.advance(hours=25)
    with pytest.raises(DomainError, match="good for a day"):
        await world.do(look_at_page, token)
    with pytest.raises(DomainError, match="no page"):
        await world.do(acknowledge_by_link, token[:-1] + ("0" if token[-1] != "0" else "1"))


async def test_when_nobody_can_be_reached_the_last_resort_is_paged_and_may_still_answer(world, box):
    await policy(world, step(world, "ben", minutes=3), repeat=1)
    incident = await declared(world, actor="chi")
    await later(world, minutes=3)
    await later(world, minutes=3)
    assert await runs(world) == ["UNANSWERED"]
    assert got(box) == [("ben", "You are paged"), ("ben", "You are paged"), ("ada", "You are paged")]
    assert await pages(world) == [("ben", 1, "SENT"), ("ben", 1, "SENT"), ("ada", 0, "SENT")]
    assert (await sentences(world, incident))[2:] == [
        "Ben Silva was paged (step 1, once more).",
        "Paging reached nobody: 2 pages, and no answer.",
        "Nobody answered: Ada Okafor was paged as the last resort.",
    ]
    await world.do(acknowledge_page, world.ada, incident=incident.reference)
    assert (await runs(world), (await pages(world))[2]) == (["ACKNOWLEDGED"], ("ada", 0, "ACKNOWLEDGED"))


async def test_a_hand_over_while_it_pages_changes_nothing_for_this_incident_but_for_the_next(world, box):
    await schedule(world, layers=[layer(world, "ben", "chi", hand_over="03:03")])
    on_call = await call_of(world)
    other = {"ben": "chi", "chi": "ben"}[on_call]
    await policy(world, step(world, "dov"), step(world, schedule="Primary"))
    await declared(world)
    await later(world, minutes=5)  # 03:05: the hand-over was at 03:03
    assert [who for who, _ in got(box)] == ["dov", on_call]
    await declared(world)
    await later(world, minutes=5)
    assert [who for who, _ in got(box)] == ["dov", "ada", other]  # the first one's last resort between them


async def call_of(world):
    return (await called(world))["Primary"]


async def test_who_is_archived_meanwhile_is_passed_over_and_a_message_that_waits_for_them_does_not_go_out(world, box):
    await policy(world, step(world, "ben"), step(world, "chi"), step(world, "dov"))
    await declared(world)
    async with world.database.unit_of_work() as session:
        gone = update(User).where(User.id.in_([world.users["ben"].id, world.users["chi"].id]))
        await session.execute(gone.values(archived_at=world.clock.now()))
    await run_jobs(world.database)
    assert await pages(world) == [("ben", 1, "FAILED"), ("dov", 3, "SENT")]  # at once: there is nobody to wait for
    assert got(box) == [("dov", "You are paged")]


async def test_low_severities_wait_for_business_hours_and_page_who_is_on_call_then(world, box):
    async with world.database.unit_of_work() as session:
        await session.execute(
            update(SeverityVersion)
            .where(SeverityVersion.name == "SEV3")
            .values(business_hours_only=True, pages="ON_CALL")
        )
    await schedule(world, layers=[layer(world, "ben", "chi", hand_over="08:00")])
    early = await call_of(world)
    await policy(world, step(world, schedule="Primary"))
    incident = await declared(world, severity="SEV3")  # at 03:00 on a Tuesday
    await later(world, hours=5, minutes=59)
    assert (await runs(world), got(box)) == (["WAITING"], [])
    await later(world, minutes=1)
    assert (await runs(world), [who for who, _ in got(box)]) == (["RUNNING"], [{"ben": "chi", "chi": "ben"}[early]])
    await world.do(change_stage, world.ada, incident=incident.reference, stage=Stage.RESOLUTION)
    assert (await runs(world), (await pages(world))[0][2]) == (["STOPPED"], "STOPPED")
    world.clock.moment = datetime(2026, 11, 24, 20, tzinfo=UTC)
    waiting = await declared(world, severity="SEV3")
    await world.do(change_severity, world.ada, incident=waiting.reference, severity="SEV1")  # which does not wait
    assert await runs(world) == ["STOPPED", "RUNNING"]


async def test_quiet_hours_hold_pages_back_unless_it_is_the_worst_severity(world, box):
    async with world.database.unit_of_work() as session:
        session.add(
            PagingPreference(
                user_id=world.users["ben"].id,
                rules={},
                quiet_from=time(22),
                quiet_until=time(7),
                zone="Europe/Berlin",
                changed_at=world.clock.now(),
            )
        )
    await policy(world, step(world, "ben", minutes=600))
    await declared(world)  # 04:00 in Berlin
    await later(world, hours=2, minutes=59)
    assert got(box) == []
    await later(world, minutes=1)
    assert got(box) == [("ben", "You are paged")]
    world.clock.moment = datetime(2026, 11, 25, 3, tzinfo=UTC)
    await declared(world, severity="SEV1")
    await run_jobs(world.database)
    assert ("ben", "You are paged") in got(box)


async def test_a_worker_killed_between_asked_and_sent_pages_nobody_twice_within_a_minute_and_nobody_never(world, box):
    await policy(world, step(world, "ben", minutes=30))
    await declared(world)
    (key,) = [row.id for row in await rows(world, PageAttempt)]
    await world.do(claim, key)  # and there the worker dies: nobody knows whether it was sent
    assert await attempts(world) == ["UNKNOWN"]
    (put_off,) = await run_jobs(world.database)
    assert 59 < put_off[1].seconds <= 60
    with pytest.raises(Later):
        await send_page(attempt_id=key)
    assert got(box) == []
    await later(world, seconds=60)
    assert (got(box), await attempts(world)) == ([("ben", "You are paged")], ["SENT"])
    await send_page(attempt_id=key)  # and a lease that passed on late sends no more
    assert got(box) == []


async def test_whoever_takes_command_has_it_and_two_policies_page_one_person_once(world, box):
    await policy(world, step(world, "ben"))
    await policy(world, step(world, "ben", "chi"), name="Search", service="search-api")
    incident = await declared(world, services=["checkout-api", "search-api"], severity="SEV1")
    await run_jobs(world.database)
    mails = got(box)
    assert [mail for mail in mails if mail[1] == "You are paged"] == [
        ("ben", "You are paged"),
        ("chi", "You are paged"),
    ]
    assert sorted(who for who, about in mails if about != "You are paged") == ["dov", "eve"]  # all hands, each once
    await world.do(assign_role, world.ada, incident=incident.reference, role="commander", user=world.id_of("ben"))
    assert await runs(world) == ["RUNNING", "RUNNING"]  # that somebody was given it is no answer
    await world.do(assign_role, world.ada, incident=incident.reference, role="commander", user=world.id_of("ada"))
    assert await runs(world) == ["ACKNOWLEDGED", "ACKNOWLEDGED"]


async def test_who_answers_for_themselves_is_told_that_others_are_paged_on(world):
    await policy(world, step(world, "ben"))
    incident = await declared(world)
    await world.do(page_somebody, world.ada, incident=incident.reference, users=[world.id_of("chi")])
    assert await pages(world) == [("ben", 1, "ASKED"), ("chi", 1, "ASKED")]
    own, his = [each.id for each in reversed(await rows(world, Page))]
    first = link_of(world.database.secrets, "", own, world.clock.now()).rsplit("/", 1)[1]
    second = link_of(world.database.secrets, "", his, world.clock.now()).rsplit("/", 1)[1]
    async with world.database.unit_of_work() as session:
        assert (await look_at_page(session, first)).beside
    async with world.database.unit_of_work() as session:
        assert (await acknowledge_by_link(session, first)).beside
    assert await runs(world) == ["RUNNING", "ACKNOWLEDGED"]
    async with world.database.unit_of_work() as session:
        assert not (await acknowledge_by_link(session, second)).beside


async def test_people_are_paged_by_name_and_private_incidents_page_members_alone(world):
    await policy(world, step(world, "ben"), service=None, fallback=True)
    private = await declared(world, visibility=Visibility.PRIVATE, services=[])
    assert await runs(world) == []
    ref = {"incident": private.reference}
    with pytest.raises(DomainError, match="may not see") as refused:
        await world.do(page_somebody, world.ada, users=[world.id_of("chi")], **ref)
    assert refused.value.field == "users.0"
    with pytest.raises(DomainError, match="Only its members"):
        await world.do(page_somebody, world.ada, policy="Payments", **ref)
    with pytest.raises(DomainError, match="Say whom to page"):
        await world.do(page_somebody, world.ada, **ref)
    await declared(world, services=[])  # the organisation's policy
    assert await pages(world) == [("ben", 1, "ASKED")]
    known = await declared(world, services=[], severity="SEV3")
    await world.do(page_somebody, world.ada, incident=known.reference, users=[world.id_of("chi")], reason="DNS")
    assert (await pages(world))[-1] == ("chi", 1, "ASKED")
    assert (await sentences(world, known))[-2:] == [
        "Ada Okafor had somebody paged: DNS",
        "Chi Tran was paged (step 1).",
    ]


@pytest.mark.usefixtures("box")
async def test_without_a_policy_the_mails_go_on_as_they_did(world):
    await declared(world)
    await run_jobs(world.database)
    assert [row.template for row in await deliveries(world.database)] == ["declared", "declared"]
    assert await runs(world) == []
