"""The audit trail as a file: who may have it, what is in it, and that no cell of it is a formula."""

import csv
import io
import json

import httpx
import pytest
from starlette.applications import Starlette

import actions.audit_trail
import console.audit
import console.download
from actions.audit_chain import chain
from actions.catalogue.teams import save_team
from actions.refusals import Refusals
from actions.reports import report_incident
from actions.sign_in import create_sign_in_link, use_sign_in_link
from actions.visibility_changes import change_visibility
from auth.actor import SYSTEM
from auth.cookies import SESSION
from auth.token import issue_token
from core.client import Client
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import AccessRole, Visibility
from tests.actions.test_refusals import refused

ELSEWHERE = Client("192.0.2.9", '=cmd|" /C calc"!A0')
PATHS = ("/audit.jsonl", "/audit.csv")


@pytest.fixture
def runtime(database):
    return Runtime(Settings(public_url="http://muster.test"), database, Live(database), refusals=Refusals(database))


@pytest.fixture
async def http(runtime):
    application = Starlette(routes=console.audit.routes(runtime))
    application.state.runtime = runtime
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://muster.test", headers={"user-agent": "tests"}
    ) as client:
        yield client


@pytest.fixture
def headers_of(world):
    async def headers_of(name):
        async with world.database.unit_of_work() as session:
            given = {"name": "t", "access_role": AccessRole.ADMIN, "user": world.users[name]}
            secret, _ = await issue_token(session, world.clock, **given)
        return {"authorization": f"Bearer {secret}"}

    return headers_of


@pytest.fixture
async def cookie(world):
    """The cookie of a session of Ada's."""
    async with world.database.unit_of_work(ELSEWHERE) as session:
        secret = await use_sign_in_link(session, await create_sign_in_link(session, SYSTEM, world.users["ada"]))
    return {"cookie": f"{SESSION}={secret}"}


async def sign_in(world, times=1, client=ELSEWHERE):
    for _ in range(times):
        async with world.database.unit_of_work(client) as session:
            await use_sign_in_link(session, await create_sign_in_link(session, SYSTEM, world.users["ben"]))


def lines_of(answer):
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_json_lines_hold_everything_in_the_order_of_the_feed(world, http, headers_of):
    await sign_in(world)
    await chain(world.database)
    answer = await http.get("/audit.jsonl", headers=await headers_of("ada"))
    granted, signed_in = lines_of(answer)
    assert answer.headers["content-disposition"] == 'attachment; filename="muster-audit.jsonl"'
    assert answer.headers["cache-control"] == "no-store"
    assert granted["kind"] == "access.granted"
    assert granted["data"]["for_user_id"] == world.ben.id
    assert (signed_in["kind"], signed_in["text"]) == ("person.signed_in", "Ben Silva signed in.")
    assert (signed_in["address"], signed_in["user_agent"]) == (ELSEWHERE.address, ELSEWHERE.user_agent)
    assert signed_in["recorded_at"].endswith("Z")
    assert len(signed_in["link"]) == 64


async def test_no_cell_of_the_csv_is_a_formula(world, http, headers_of):
    await world.do(save_team, world.ada, slug="x", name="=HYPERLINK(“https://evil.example”)")
    await sign_in(world)
    answer = await http.get("/audit.csv", headers=await headers_of("ada"))
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["kind"] for row in rows] == ["setting.saved", "access.granted", "person.signed_in"]
    assert rows[-1]["user_agent"] == f"'{ELSEWHERE.user_agent}"
    assert answer.text.count("\r\n") == 4
    for row in csv.reader(io.StringIO(answer.text, newline="")):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_what_a_spreadsheet_takes_for_a_formula_is_made_a_text(start):
    assert console.download.cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("path", PATHS)
async def test_only_auditors_get_it_and_others_are_noted(world, http, headers_of, runtime, path):
    for name, status in ((None, 401), ("eve", 403), ("ben", 403), ("dov", 200), ("ada", 200)):
        answer = await http.get(path, headers=await headers_of(name) if name else {})
        assert answer.status_code == status, name
        assert ("www-authenticate" in answer.headers) == (status == 401)
        if status != 200:
            assert answer.json()["error"]["hint"]
    assert (await http.get(path, headers={"authorization": "Bearer nonsense"})).status_code == 401
    await runtime.refusals.write()
    assert [(doorway, times) for doorway, times, _ in await refused(world.database)] == [
        (f"GET {path}", 2),
        (f"GET {path}", 1),
        (f"GET {path}", 1),
    ]


async def test_a_cookie_counts_only_where_we_or_the_person_asked(http, cookie):
    for more, status in (
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://muster.test"}, 200),
        ({"origin": "https://evil.example"}, 403),
    ):
        answer = await http.get("/audit.csv", headers={**cookie, **more})
        assert answer.status_code == status, more


async def test_it_can_be_fetched_in_parts(world, http, headers_of, clock, monkeypatch):
    monkeypatch.setattr(actions.audit_trail, "PAGE", 3)
    headers = await headers_of("ada")
    await sign_in(world, 4)
    clock.advance(hours=1)
    middle = clock.now()
    await sign_in(world, 4)
    everything = lines_of(await http.get("/audit.jsonl", headers=headers))
    assert len(everything) == 16

    async def part(**given):
        return lines_of(await http.get("/audit.jsonl", params=given, headers=headers))

    assert await part(since=middle.isoformat()) == everything[8:]
    assert await part(until=middle.isoformat()) == everything[:8]
    assert await part(after=everything[4]["cursor"]) == everything[5:]
    assert await part(after=everything[4]["cursor"], until=middle.isoformat()) == everything[5:8]
    assert await part(after=everything[-1]["cursor"]) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("until=2026-11-24T03:00:00", "until"),
        ("since=0001-01-01T00:00:00Z", "since"),
        ("after=zzz", "after"),
        ("from=1", "from"),
        ("after=ZmVlZDox&after=ZmVlZDox", "after"),
    ],
)
async def test_what_cannot_be_is_refused(http, headers_of, query, field):
    answer = await http.get(f"/audit.csv?{query}", headers=await headers_of("ada"))
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field
    assert answer.json()["error"]["hint"]


async def test_what_is_private_stays_so(world, http, headers_of):
    incident = await world.do(report_incident, world.ben, title="Odd")
    hide = {"visibility": Visibility.PRIVATE, "members": [], "reason": "Secret sauce"}
    await world.do(change_visibility, world.ben, incident=f"INC-{incident.id}", **hide)
    answer = await http.get("/audit.jsonl", headers=await headers_of("ada"))
    assert "Secret sauce" not in answer.text
    assert "incident.visibility_changed" not in answer.text
    assert [event.kind for event in await world.events(incident.id, "incident.visibility_changed")]


async def test_a_token_that_is_bound_to_documents_gets_no_file(http, world):
    async with world.database.unit_of_work() as session:
        given = {"name": "t", "access_role": AccessRole.ADMIN, "user": world.users["ada"], "documents": ["0" * 64]}
        secret, _ = await issue_token(session, world.clock, **given)
    answer = await http.get("/audit.jsonl", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 403
    assert "DOCUMENT_NOT_TRUSTED" in answer.text
