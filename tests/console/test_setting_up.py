"""The first set-up: one story from an empty database to a drill, and what happens beside it."""

import asyncio
import html
import re
import shlex
from html import unescape
from pathlib import Path
from secrets import token_urlsafe

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from actions.sign_in import create_sign_in_link, ensure_admin
from auth.actor import SYSTEM
from console.setting_up.forms import slug_of
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.alert import Alert
from models.incident import Incident
from models.job import JobName
from models.organisation import Organisation
from models.person import Team, TeamMember
from models.service import Component, Service
from models.setup import SetupSkip
from models.words import IncidentKind
from server.asgi import build_app
from tests.console.desk import BASE, OURS, Person, browser, sign_in, words
from tests.jobs.inline import jobs_with, run_jobs
from tests.jobs.postbox import postbox

SETUP = "/console/setup"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def runtime(database, tmp_path):
    return Runtime(Settings(data_dir=tmp_path, public_url=BASE), database, Live(database))


async def first_admin(database, client):
    """Whoever opens the link that `muster up` prints."""
    async with database.unit_of_work() as session:
        secret = await create_sign_in_link(session, SYSTEM, await ensure_admin(session))
    assert (await client.post(f"/auth/link/{secret}", headers=OURS)).status_code == 303
    return Person(client)


async def rows(database, model):
    async with database.reading() as reader:
        return await reader.rows(model, select(model))


def said_in(page, name):
    """What stands in a part that is there to be copied."""
    return html.unescape(re.search(rf'id="{name}"[^>]*>([^<]+)<', page).group(1))


async def sent_line(client, line):
    """Do what the line does when it is pasted into a terminal."""
    program, _, method, url, _, header, _, body = shlex.split(line)
    assert (program, method) == ("curl", "POST")
    name, _, value = header.partition(": ")
    return await client.post(url.removeprefix(BASE), content=body, headers={name: value})


async def test_a_story_from_an_empty_database_to_the_drill(database, runtime, tmp_path):
    async with browser(build_app(runtime)) as client:
        admin = await first_admin(database, client)
        assert "8 of 8 steps are left." in await admin.reads(SETUP)
        await name_it(database, admin)
        await say_what_there_is(database, admin)
        assert "5 of 8 steps are left." in await admin.reads(SETUP)
        await make_it_ours(admin)
        await see_mail_arrive(database, admin, tmp_path)
        assert await admin.does(f"{SETUP}/chat/skip") == f"{SETUP}/alerts"
        assert "skipped" in await admin.reads(SETUP)
        await see_an_alert_arrive(database, admin)
        given = {"title": "Drill: no payments", "severity": "SEV3", "service": "checkout-api"}
        led = await admin.does(f"{SETUP}/drill", given)
        [incident] = await rows(database, Incident)
        assert incident.kind is IncidentKind.DRILL
        assert led == f"/console/incidents/{incident.reference}"
        assert "Drill: no payments" in await admin.reads(led)
        assert "Muster is set up" in await admin.reads(SETUP)


async def name_it(database, admin):
    page = await admin.is_refused(f"{SETUP}/organisation", {"name": "Quillhaven", "time_zone": "Mars"})
    assert 'value="Quillhaven"' in page
    assert 'aria-invalid="true"' in page.partition('id="organisation-time_zone"')[2].partition(">")[0]
    given = {"name": "Quillhaven", "time_zone": "Europe/Berlin"}
    assert await admin.does(f"{SETUP}/organisation", given) == f"{SETUP}/team"
    [organisation] = await rows(database, Organisation)
    assert (organisation.name, organisation.time_zone) == ("Quillhaven", "Europe/Berlin")


async def say_what_there_is(database, admin):
    for _ in range(2):  # pressed twice
        await admin.does(f"{SETUP}/team/team", {"name": "Zahlungen Süd", "me": "yes", "_key": "team"})
    [team] = await rows(database, Team)
    assert team.slug == "zahlungen-sud"
    assert len(await rows(database, TeamMember)) == 1
    assert "The team is there." in await admin.reads(f"{SETUP}/team?done=team")
    page = await admin.is_refused(f"{SETUP}/team/team", {"name": "支払い"})  # no letter that a slug could have
    assert 'name="slug"' in page
    led = await admin.does(f"{SETUP}/team/service", {"name": "Checkout API", "owner": team.slug})
    assert led == f"{SETUP}/components"
    [service] = await rows(database, Service)
    assert (service.slug, service.owner_id) == ("checkout-api", team.id)
    await admin.does(f"{SETUP}/components", {"name": "Checkout", "group": "Shop"})
    assert [(row.name, row.group) for row in await rows(database, Component)] == [("Checkout", "Shop")]


async def make_it_ours(admin):
    page = await admin.is_refused(f"{SETUP}/look", {"accent_light": "#fefefe", "accent_dark": ""})
    assert "contrast" in words(page)
    assert 'value="#fefefe"' in page
    await admin.does(f"{SETUP}/look", {"accent_light": "#7a1fa2", "accent_dark": "#d0a0ff"})
    page = (await admin.get(f"{SETUP}/look")).text
    assert 'data-theme="light"' in page
    assert 'data-theme="dark"' in page
    sheet = await admin.get(f"{SETUP}/look/colours.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert ".preview[data-theme=dark]{--accent:#d0a0ff}" in sheet.text


async def see_mail_arrive(database, admin, tmp_path):
    assert f"no server: mail is written to the folder {tmp_path}/mail" in await admin.reads(f"{SETUP}/mail")
    led = await admin.does(f"{SETUP}/mail")
    assert "The mail is on its way." in await admin.reads(led)
    with jobs_with(database, tmp_path):
        await run_jobs(database, JobName.MAIL_NOTIFY, JobName.MAIL_SEND)
    page = (await admin.get(led)).text
    assert "It was written to a file" in words(page)
    assert b"Mail from Muster arrives" in await asyncio.to_thread(Path(said_in(page, "mail-file")).read_bytes)


async def see_an_alert_arrive(database, admin):
    page = (await admin.post(f"{SETUP}/alerts", {"name": "Alertmanager"})).text
    line, poll = said_in(page, "curl"), re.search(r'hx-get="([^"]+)"', page).group(1).replace("&amp;", "&")
    assert "Waiting for the first alert." in words(page)
    waiting = await admin.get(poll, headers=HTMX)
    assert "<html" not in waiting.text
    assert "Waiting for the first alert." in words(waiting.text)
    assert (await sent_line(admin.client, line)).status_code == 202
    arrived = (await admin.get(poll, headers=HTMX)).text
    assert "It arrived at" in words(arrived)
    assert "A sample, sent by hand: it found its way" in words(arrived)
    assert "hx-trigger" not in arrived
    assert "It arrived at" in await admin.reads(poll)  # the same without JavaScript: a whole page
    assert len(await rows(database, Alert)) == 1


async def test_mail_goes_through_the_server_that_is_set_and_says_why_it_does_not(world, tmp_path, clock):
    async with postbox() as (box, port):
        smtp = f"smtp://127.0.0.1:{port}"
        settings = Settings(data_dir=tmp_path, smtp_url=SecretStr(smtp))
        runtime = Runtime(settings, world.database, Live(world.database))
        async with browser(build_app(runtime)) as client:
            ada = await sign_in(world, client, "ada")
            led = await ada.does(f"{SETUP}/mail")
            with jobs_with(world.database, tmp_path, SMTP_URL=smtp):
                await run_jobs(world.database, JobName.MAIL_NOTIFY, JobName.MAIL_SEND)
            assert "The mail server took it at 03:00" in await ada.reads(led)
            [mail] = box.arrived
            assert mail["To"] == "ada@quillhaven.example"
            assert "Ada Okafor asked for this mail" in mail.get_body(("plain",)).get_content()
            assert "mail" in (await ada.get(SETUP)).text
            clock.advance(minutes=1)
            box.answers["ada@quillhaven.example"] = "550 5.1.1 No such mailbox"
            led = await ada.does(f"{SETUP}/mail")
            assert "The mail is on its way." in await ada.reads(led)  # the one before does not count
            with jobs_with(world.database, tmp_path, SMTP_URL=smtp):
                await run_jobs(world.database, JobName.MAIL_NOTIFY, JobName.MAIL_SEND)
            page = await ada.reads(led)
            assert "It did not go out." in page
            assert "No such mailbox" in page
        clock.advance(minutes=6)
        async with browser(build_app(runtime)) as client:
            ada = await sign_in(world, client, "ada")
            led = await ada.does(f"{SETUP}/mail")
            clock.advance(minutes=6)
            page = (await ada.get(led)).text
            assert "Nothing came for five minutes." in words(page)
            assert "hx-trigger" not in page


async def test_it_is_left_resumed_and_dismissed_and_only_for_admins(world, runtime):
    async with browser(build_app(runtime)) as client, browser(build_app(runtime)) as other:
        ada, dov = await sign_in(world, client, "ada"), await sign_in(world, other, "dov")
        for path in ("", "/mail", "/mail/state", "/alerts/arrived"):
            assert (await dov.get(f"{SETUP}{path}")).status_code == 403, path
        for path in ("mail", "drill", "alerts", "dismiss", "chat/skip", "organisation"):
            fields = {"name": "X", "title": "X", "severity": "SEV3", "time_zone": "UTC"}
            assert (await dov.post(f"{SETUP}/{path}", fields)).status_code == 403, path
        assert await rows(world.database, SetupSkip) == []
        for _ in range(2):
            await ada.does(f"{SETUP}/chat/skip", {"_key": "skip"})
        assert [row.step for row in await rows(world.database, SetupSkip)] == ["chat"]
        assert "Do it after all" in await ada.reads(f"{SETUP}/chat")
        assert await ada.does(f"{SETUP}/chat/skip", {"back": "yes"}) == f"{SETUP}/chat"
        assert await rows(world.database, SetupSkip) == []
        assert (await ada.post(f"{SETUP}/nonsense/skip")).status_code == 404
        assert (await ada.get(f"{SETUP}/nonsense")).status_code == 404
        assert await ada.does(f"{SETUP}/dismiss") == "/console/incidents"
        assert "Remind admins of it again" in await ada.reads(SETUP)
        await ada.does(f"{SETUP}/dismiss", {"back": "yes"})
        assert "Don’t remind us any more" in await ada.reads(SETUP)
        foreign = await ada.post(f"{SETUP}/dismiss", headers={**OURS, "Origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert (await ada.get(f"{SETUP}/dismiss")).headers["location"] == SETUP


async def test_a_source_of_another_kind_is_shown_its_own_line_and_where_it_is_entered(world, runtime):
    async with browser(build_app(runtime)) as client:
        ada = await sign_in(world, client, "ada")
        answer = await ada.post(f"{SETUP}/alerts", {"name": "Datadog", "kind": "datadog"})
        page = unescape(answer.text)
        assert "/hooks/alerts/datadog/msh_" in page
        assert '"alert_transition":"Triggered"' in page
        assert "In Datadog, add a webhook with this URL" in page
        assert "receivers:" not in page


async def test_an_alert_source_made_twice_waits_without_its_line(world, runtime):
    async with browser(build_app(runtime)) as client:
        ada = await sign_in(world, client, "ada")
        key = token_urlsafe(6)
        await ada.post(f"{SETUP}/alerts", {"name": "Alertmanager", "_key": key})
        led = await ada.does(f"{SETUP}/alerts", {"name": "Alertmanager", "_key": key})
        page = await ada.reads(led)
        assert "Waiting for the first alert." in page
        assert "msh_" not in page
        page = await ada.is_refused(f"{SETUP}/alerts", {"name": ""})
        assert 'aria-invalid="true"' in page.partition('id="source-name"')[2].partition(">")[0]


@pytest.mark.parametrize(
    ("name", "slug"), [("Payments", "payments"), ("Zahlungen Süd!", "zahlungen-sud"), ("支払い", "")]
)
def test_names_become_slugs(name, slug):
    assert slug_of(name) == slug
