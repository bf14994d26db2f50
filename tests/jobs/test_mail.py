"""Mails as people get them: their texts, their threads, what becomes of them when the mail server fails."""

import html
import re

import pytest
from sqlalchemy import text

from actions.action_items import add_action_item
from actions.declarations import declare_incident
from actions.items.sweep import sweep_action_items
from actions.postmortems.assembly import assemble_postmortem
from actions.postmortems.due import sweep_postmortems
from actions.postmortems.reviewing import request_review, review_postmortem
from actions.reminders import sweep_due
from actions.roles import assign_role
from actions.setting_up import try_mail
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.updates import edit_update, publish_update
from core import ids
from jobs.letter import TEMPLATES
from jobs.mail import deliver, notify
from models.words import Audience, DeliveryState, IncidentKind, PublicStatus, ReviewDecision, Stage, Visibility
from tests.jobs.inline import deliveries, jobs_with, run_jobs
from tests.jobs.postbox import postbox

HOSTILE = "<script>alert(1)</script> & \u202egnp.exe\x07\r\nBcc: eve@evil.example"


async def sent(world, tmp_path, *steps):
    """Carry out steps, run the jobs, and return the mails: [(recipient, mail)], in order."""
    async with postbox() as (box, port):
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            for step in steps:
                await step()
            assert await run_jobs(world.database) == []
    return [(mail["To"].addresses[0].username, mail) for mail in box.arrived]


def declaring(world, actor="ada", **given):
    given = {"title": "Checkout is down", "severity": "SEV2", "services": ["checkout-api"], **given}
    return lambda: world.do(declare_incident, getattr(world, actor), **given)


async def reference(world):
    async with world.database.reading() as reader:
        return f"INC-{await reader.scalar(text('select max(id) from incident'))}"


def plain(mail):
    return mail.get_body(("plain",)).get_content()


def shown(mail):
    return mail.get_body(("html",)).get_content()


def words(mail):
    """The words of both versions; a link is its words and its address."""
    page = re.sub(r"<(style|title)\b.*?</\1>|<!--.*?-->", " ", shown(mail), flags=re.DOTALL)
    page = re.sub(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', r"\2: \1", page)
    page = html.unescape(re.sub(r"<[^>]*>", " ", page))
    return page.split(), [word for word in plain(mail).split() if word != "--"]


async def test_a_declaration_reaches_the_team_in_text_and_html(world, tmp_path):
    mails = await sent(world, tmp_path, declaring(world))
    incident = await reference(world)
    assert [to for to, _ in mails] == ["ben", "chi"]
    _, mail = mails[0]
    assert mail["Subject"] == f"[Our organisation] {incident} SEV2: Checkout is down"
    assert plain(mail) == (
        "Checkout is down\n"
        f"{incident}, SEV2, response, detected 03:00 UTC, Tue 24 Nov 2026\n"
        "\n"
        "Ada Okafor declared “Checkout is down” as SEV2.\n"
        "\n"
        "Join the response: take a role that is vacant, or say what you see.\n"
        "\n"
        "Services: Checkout API\n"
        "Incident Commander: nobody yet\n"
        "\n"
        f"Open {incident}: https://muster.quillhaven.example/console/incidents/{incident}\n"
        "\n"
        "--\n"
        "You get this because SEV2 calls you: everybody, or the teams that own\n"
        "the services, as your organisation has set it.\n"
    )
    page, text_ = words(mail)
    assert page == text_


async def test_mails_of_one_incident_form_a_thread_and_each_has_its_own_id(world, tmp_path):
    async def resolve():
        await world.do(change_stage, world.ada, incident=await reference(world), stage=Stage.RESOLUTION)

    mails = [mail for _, mail in await sent(world, tmp_path, declaring(world), resolve)]
    incident = (await reference(world)).lower()
    assert {mail["References"] for mail in mails} == {f"<{incident}@muster.quillhaven.example>"}
    assert {mail["In-Reply-To"] for mail in mails} == {f"<{incident}@muster.quillhaven.example>"}
    assert len({mail["Message-ID"] for mail in mails}) == 4
    assert {mail["List-Id"] for mail in mails} == {"Our organisation <incidents.muster.quillhaven.example>"}


async def test_only_the_worst_severity_is_red_and_what_is_over_is_green(world, tmp_path):
    async def raised():
        await world.do(change_severity, world.ada, incident=await reference(world), severity="SEV1")

    async def resolved():
        await world.do(change_stage, world.ada, incident=await reference(world), stage=Stage.RESOLUTION)

    for step, colour in ((declaring(world), "#a34208"), (raised, "#ae1a2a"), (resolved, "#18704a")):
        pages = [shown(mail) for _, mail in await sent(world, tmp_path, step)]
        assert pages
        used = [{hue for hue in ("#a34208", "#ae1a2a", "#18704a") if hue in page} for page in pages]
        assert used == [{colour}] * len(pages)


OUTWARDS = {"status", "news", "confirm", "manage"}
"""Mails for subscribers of the status page, and their frame: tests/subscribers and tests/pages have those."""
SCHEDULES = {"shift_given", "schedule_gap"}
"""Tried in tests/actions/schedules/test_telling.py."""
PAGING = {"page", "page_alert", "contact"}
"""Pages, and codes for them: tests/actions/paging has those."""


async def every_mail(world, tmp_path):
    """Mails of every kind, from a declaration to a postmortem that is to be reviewed."""

    async def story():
        incident = await reference(world)
        await world.do(change_severity, world.ada, incident=incident, severity="SEV1")
        await world.do(assign_role, world.ada, incident=incident, role="communications_lead", user=world.id_of("chi"))
        said = {"incident": incident, "audience": Audience.PUBLIC, "status": PublicStatus.IDENTIFIED}
        update = await world.do(publish_update, world.ada, body="We found it.\n\nWe roll back.", **said)
        reworded = ids.encode("Update", update.id)
        await world.do(edit_update, world.ada, update=reworded, body="We found the cause.", notify=True)
        world.clock.advance(days=1)
        await sweep_due(world.database)
        await world.do(change_stage, world.ada, incident=incident, stage=Stage.RESOLUTION, note="Rolled back")
        world.clock.advance(days=1)
        await sweep_due(world.database)
        await assemble_postmortem(world.database, int(incident.removeprefix("INC-")))
        await world.do(add_action_item, world.ada, incident=incident, title="Limit the pool", owner="payments")
        world.clock.advance(days=60)
        await sweep_postmortems(world.database)
        await sweep_action_items(world.database)
        review = {"reviewers": [world.id_of("chi")], "expected_version": 1}
        await world.do(request_review, world.ada, incident=incident, **review)
        decided = {"decision": ReviewDecision.CHANGES_REQUESTED, "note": "Whose alert was it?"}
        await world.do(review_postmortem, world.chi, incident=incident, **decided)
        await world.do(try_mail, world.ada)

    return await sent(world, tmp_path, declaring(world), story)


async def test_every_mail_says_the_same_in_text_and_html(world, tmp_path):
    mails = await every_mail(world, tmp_path)
    templates = {row.template for row in await deliveries(world.database)}
    assert templates == {folder.name for folder in TEMPLATES.iterdir()} - {"layout", *OUTWARDS, *PAGING, *SCHEDULES}
    for _, mail in mails:
        page, text_ = words(mail)
        assert page == text_
        assert "{" not in plain(mail)
        assert max(map(len, plain(mail).splitlines())) <= 100


async def test_a_role_comes_with_its_duties(world, tmp_path):
    async def give():
        incident = await reference(world)
        await world.do(assign_role, world.ada, incident=incident, role="commander", user=world.id_of("dov"))

    mails = await sent(world, tmp_path, declaring(world), give)
    ((_, mail),) = [found for found in mails if found[0] == "dov"]
    incident = await reference(world)
    assert mail["Subject"] == f"[Our organisation] {incident}: you are Incident Commander – Checkout is down"
    assert f"You are Incident Commander of {incident}." in plain(mail)
    assert "Ada Okafor made Dov Levi Incident Commander." in plain(mail)
    async with world.database.reading() as reader:
        duties = await reader.scalar(text("select duties from role where key = 'commander'"))
    assert " ".join(duties.split()) in " ".join(plain(mail).split())
    assert "Incident Commander: Dov Levi" in plain(mail)


async def test_a_drill_says_so_first(world, tmp_path):
    ((_, mail), _) = await sent(world, tmp_path, declaring(world, kind=IncidentKind.DRILL))
    assert mail["Subject"].startswith("[Our organisation] DRILL INC-")
    assert plain(mail).startswith("THIS IS A DRILL: nothing is broken.\n")


async def test_a_private_incident_says_so(world, tmp_path):
    private = {"visibility": Visibility.PRIVATE, "members": [world.id_of("dov")]}
    ((to, mail),) = await sent(world, tmp_path, declaring(world, **private))
    assert to == "dov"
    assert "This incident is private: only its members may see it." in plain(mail)


async def test_an_update_is_told_as_it_stands_when_the_mail_goes_out(world, tmp_path):
    async def say():
        update = await world.do(
            publish_update,
            world.ada,
            incident=await reference(world),
            audience=Audience.INTERNAL,
            body="**One in for** servers is back.\n\n- see [runbook](https://wiki.example/r)",
            next_update_by=world.clock.moment.replace(hour=4, minute=0),
        )
        await world.do(
            edit_update,
            world.ada,
            update=ids.encode("Update", update.id),
            body="**One in four** servers is back.\n\n- see [runbook](https://wiki.example/r)",
        )

    mails = [mail for _, mail in await sent(world, tmp_path, declaring(world), say) if "update" in mail["Subject"]]
    assert len(mails) == 2
    assert "**One in four** servers is back.\n\n- see [runbook](https://wiki.example/r)\n" in plain(mails[0])
    assert "Next update by 04:00 UTC, Tue 24 Nov 2026." in plain(mails[0])
    assert "<strong>One in four</strong> servers is back." in shown(mails[0])
    assert 'href="https://wiki.example/r"' in shown(mails[0])


async def test_hostile_texts_are_shown_harmlessly_and_stay_where_they_are(world, tmp_path):
    async def say():
        incident = await reference(world)
        await world.do(publish_update, world.ada, incident=incident, audience=Audience.INTERNAL, body=HOSTILE)

    mails = await sent(world, tmp_path, declaring(world, title=HOSTILE), say)
    assert len(mails) == 4
    for _, mail in mails:
        assert mail["Bcc"] is None
        assert "<script" not in shown(mail)
        assert "&lt;script&gt;" in shown(mail)
        for body in (plain(mail), shown(mail), mail["Subject"]):
            assert not set(body) & {"\u202e", "\x07"}


async def test_a_recipient_that_is_refused_fails_alone(world, tmp_path):
    async with postbox() as (box, port):
        box.answers["chi@quillhaven.example"] = "550 no chi here"
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            incident = await declaring(world)()
            assert await run_jobs(world.database) == []
    ben, chi = await deliveries(world.database)
    assert (ben.state, chi.state) == (DeliveryState.SENT, DeliveryState.FAILED)
    assert chi.error == "550 no chi here"
    (event,) = await world.events(incident.id, "delivery.failed")
    assert event.data["error"] == "the mail server refused it (550)"
    assert event.number is None


async def test_a_mail_server_that_is_busy_gets_it_again_under_the_same_id(world, tmp_path):
    async with postbox() as (box, port):
        box.answers["chi@quillhaven.example"] = "451 later"
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            await declaring(world)()
            ((job, later),) = await run_jobs(world.database)
            assert 0 < later.seconds < 5
            row = (await deliveries(world.database))[1]
            assert (row.state, row.error, row.attempts) == (DeliveryState.PENDING, "451 later", 1)
            box.answers.clear()
            assert await run_jobs(world.database, job.name) == []
    row = (await deliveries(world.database))[1]
    assert (row.state, row.attempts) == (DeliveryState.SENT, 2)
    assert row.external_id == box.arrived[-1]["Message-ID"]


async def test_a_crash_between_sending_and_noting_it_sends_the_same_mail_again(world, tmp_path):
    async with postbox() as (box, port):
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            await declaring(world)()
            await run_jobs(world.database)
            first = (await deliveries(world.database))[0]
            lost = text("update delivery set state = 'UNKNOWN', sent_at = null where id = :key")
            await world.do(lambda session: session.execute(lost, {"key": first.id}))
            await deliver(delivery_id=first.id)
    assert len(box.arrived) == 3
    assert box.arrived[2]["Message-ID"] == box.arrived[0]["Message-ID"]


async def test_running_a_finished_job_again_sends_nothing(world, tmp_path):
    async with postbox() as (box, port):
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            await declaring(world)()
            await run_jobs(world.database)
            (event,) = await world.events(None, "incident.declared")
            await notify(event_id=event.id)
            for row in await deliveries(world.database):
                await deliver(delivery_id=row.id)
    assert len(box.arrived) == 2


async def test_without_a_mail_server_mails_are_files(world, tmp_path):
    with jobs_with(world.database, tmp_path):
        await declaring(world)()
        assert await run_jobs(world.database) == []
    assert len(list((tmp_path / "mail").glob("inc-*.eml"))) == 2
    assert {row.state for row in await deliveries(world.database)} == {DeliveryState.SENT}


@pytest.mark.parametrize("folder", sorted(f.name for f in TEMPLATES.iterdir() if f.name not in ("layout", "status")))
def test_every_mail_has_a_subject_a_text_and_a_page(folder):
    assert {file.name for file in (TEMPLATES / folder).iterdir()} == {"subject.txt", "body.txt", "body.html"}
