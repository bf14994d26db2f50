"""A postmortem as a file: in four forms, for whoever may see the incident, and harmless wherever it is opened."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import threading

import httpx
import pytest
from starlette.applications import Starlette

import console.pdf
import console.postmortem
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.refusals import Refusals
from actions.visibility_changes import change_visibility
from auth.token import issue_token
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.metric import MetricSnapshot
from models.words import AccessRole, Visibility
from tests.actions.postmortems.incident import assemble, note, resolved

HOSTILE = (
    "# Gone\n<script>alert(1)</script> ![x](http://169.254.169.254/) [y](javascript:alert(1)) 你好 مرحبا \u202egnorw"
)


@pytest.fixture
async def http(database):
    runtime = Runtime(Settings(public_url="http://muster.test"), database, Live(database), refusals=Refusals(database))
    application = Starlette(routes=console.postmortem.routes(runtime))
    application.state.runtime = runtime
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://muster.test", headers={"user-agent": "tests"}
    ) as client:
        yield client


@pytest.fixture
def headers_of(world):
    async def headers_of(name):
        async with world.database.unit_of_work() as session:
            given = {"name": "t", "access_role": AccessRole.VIEWER, "user": world.users[name]}
            secret, _ = await issue_token(session, world.clock, **given)
        return {"authorization": f"Bearer {secret}"}

    return headers_of


async def drafted(world):
    incident = await resolved(world)
    await note(world, world.ben, incident, HOSTILE)
    await assemble(world, incident.id)
    about = {"incident": incident.reference, "section": "response", "expected_version": 1}
    await world.do(edit_postmortem, world.chi, markdown=f"We were **quick**. {HOSTILE}", **about)
    moment = world.clock.now()
    async with world.database.unit_of_work() as session:
        session.add(
            MetricSnapshot(
                incident_id=incident.id,
                service_id=world.services["checkout-api"].id,
                name="Errors",
                query="errors",
                unit="%",
                starts_at=incident.detected_at,
                ends_at=moment,
                step_seconds=60,
                series=[{"labels": {}, "values": [1.0, 40.0, 2.0]}],
                measured_at=moment,
            )
        )
    return incident


async def test_it_is_there_in_every_form(world, http, headers_of):
    incident = await drafted(world)
    found = {}
    for ending in ("md", "html", "json"):
        found[ending] = await http.get(f"/postmortems/{incident.reference}.{ending}", headers=await headers_of("eve"))
        assert found[ending].status_code == 200
    markdown = found["md"].text
    assert markdown.startswith(f"# Postmortem of {incident.reference}: Checkout is down\n\n## Summary\n\n")
    page = found["html"].text
    assert "<strong>quick</strong>" in page
    assert "Errors of Checkout API (%)" in page
    for harm in ("<script", "<img", "src=", "url(", 'href="javascript', "\u202e"):
        assert harm not in page
    assert found["html"].headers["content-security-policy"].startswith("default-src 'none'")
    document = json.loads(found["json"].text)
    response = next(each for each in document["sections"] if each["key"] == "response")
    assert (response["edited"], [s["generated"] for s in response["statements"]]) == (True, [False])
    for section in document["sections"]:
        for statement in section["statements"]:
            assert statement["generated"] is bool(statement["sources"])
    assert document["metrics"][0]["series"][0]["values"] == [1.0, 40.0, 2.0]


async def test_statements_name_their_events_and_nothing_is_left_open_once_it_is_published(world, http, headers_of):
    incident = await drafted(world)
    path, eve = f"/postmortems/{incident.reference}", await headers_of("eve")
    markdown, page = (
        (await http.get(f"{path}.md", headers=eve)).text,
        (await http.get(f"{path}.html", headers=eve)).text,
    )
    notes = dict(re.findall(r"^\[\^(event-\d+)\]: Event \d+, .* UTC on .* 2026: `(.*)`$", markdown, re.MULTILINE))
    assert set(re.findall(r"\[\^(event-\d+)\](?!:)", markdown)) == set(notes)
    assert notes["event-1"] == "incident.reported"
    anchors = re.findall(r'<sup id="(t\d+)">', page)
    links = re.findall(r'<sup><a href="#(t\d+)">', page)
    assert links
    assert len(set(anchors)) == len(anchors)
    assert set(links) <= set(anchors)
    assert "Draft" not in page
    assert "In review, version 2. All times are UTC." in page
    assert "To fill in" in page
    await world.do(publish_postmortem, world.dov, incident=incident.reference)
    published = [(await http.get(f"{path}.{ending}", headers=eve)).text for ending in ("md", "html", "json")]
    assert all("To fill in" not in text for text in published)
    assert "Published on 24 Nov 2026, version 3. All times are UTC." in published[1]
    assert re.search(r"^## .*\n\nNothing was recorded\.$", published[0], re.MULTILINE)
    assert not re.search(r"^## .*\n\n## ", published[0], re.MULTILINE), "no section is empty"


async def test_it_is_there_as_pdf(world, http, headers_of, tmp_path):
    pytest.importorskip(
        "weasyprint", exc_type=(ImportError, OSError), reason="no WeasyPrint, or no Pango, is installed"
    )
    incident = await drafted(world)
    answer = await http.get(f"/postmortems/{incident.reference}.pdf", headers=await headers_of("eve"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == f'inline; filename="postmortem-{incident.reference}.pdf"'
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) > 10_000
    if shutil.which("pdftotext") is not None:
        (tmp_path / "a.pdf").write_bytes(answer.content)
        said = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)  # noqa: ASYNC221
        assert "Checkout is down" in said.stdout


async def test_pdfs_that_take_long_keep_nothing_else_waiting(world, http, headers_of, monkeypatch):
    incident = await drafted(world)
    eve = await headers_of("eve")
    began, go_on = threading.Event(), threading.Event()

    def set_slowly(_):
        began.set()
        go_on.wait(30)
        return b"%PDF-"

    monkeypatch.setattr(console.pdf, "_set", set_slowly)
    path = f"/postmortems/{incident.reference}"
    many = console.pdf.MOST_WAITING
    waiting = [asyncio.create_task(http.get(f"{path}.pdf", headers=eve)) for _ in range(many + 2)]
    await asyncio.to_thread(began.wait, 30)
    assert (await http.get(f"{path}.md", headers=eve)).status_code == 200
    first = asyncio.as_completed(waiting)
    refused = [await next(first), await next(first)]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in refused] == [(429, "10")] * 2
    go_on.set()
    assert sorted(answer.status_code for answer in await asyncio.gather(*waiting)) == [200] * many + [429] * 2


async def test_without_pango_it_says_what_to_install(world, http, headers_of, monkeypatch):
    incident = await drafted(world)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    answer = await http.get(f"/postmortems/{incident.reference}.pdf", headers=await headers_of("eve"))
    assert answer.status_code == 501
    assert "libpango-1.0-0" in answer.json()["error"]["hint"]


async def test_who_may_not_see_the_incident_does_not_learn_that_it_is_there(world, http, headers_of):
    incident = await drafted(world)
    hidden = {"incident": incident.reference, "visibility": Visibility.PRIVATE, "reason": "Security"}
    await world.do(change_visibility, world.ben, **hidden)
    eve = await headers_of("eve")
    for path, status in (
        (f"/postmortems/{incident.reference}.md", 404),
        ("/postmortems/INC-999999.md", 404),
        ("/postmortems/%00.json", 400),
        ("/postmortems/Ω.pdf", 400),
    ):
        assert (await http.get(path, headers=eve)).status_code == status
    assert (await http.get(f"/postmortems/{incident.reference}.md")).status_code == 401
    ben = await http.get(f"/postmortems/{incident.reference}.md", headers=await headers_of("ben"))
    assert ben.status_code == 200
