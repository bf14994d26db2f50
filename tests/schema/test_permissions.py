"""The walk: every mutation, root, subscription and route, as everybody, against the table of tests.schema.permissions.

The names are taken from the schema and from the web application themselves: a new one without a line fails.
"""

import json
from contextlib import aclosing

import httpx
import pytest
from starlette.routing import WebSocketRoute

from actions.reports import report_incident
from auth.permission import PERMISSIONS
from auth.scope import SCOPES, Scope
from auth.token import issue_token
from core.cursor import encode_cursor
from core.errors import DomainError, ErrorCode
from core.ids import encode
from models.words import AccessRole
from resolvers.context import Context
from schema.build import core
from schema.errors import Refused
from schema.execution import Request, prepare
from schema.stream import answers
from server.asgi import build_app
from tests.identity import actor_of
from tests.schema.client import HOST
from tests.schema.doorway import document_of
from tests.schema.permissions import API, MUTATIONS, QUERIES, REFUSED, ROUTES, SUBSCRIPTIONS, WITHOUT_SCOPES
from tests.schema.story import tell
from tests.schema.test_mutations import LEAST
from tests.unwrapped import unwrapped
from tests.workflows.asking import hang_question

NOBODY, LACKING = ErrorCode.UNAUTHENTICATED, ErrorCode.FORBIDDEN
DENIED = {NOBODY, LACKING}

ROLES = {"eve": AccessRole.VIEWER, "ben": AccessRole.RESPONDER, "dov": AccessRole.MANAGER, "ada": AccessRole.ADMIN}
WALKERS = (None, *ROLES, *Scope)
"""Nobody; people with each access role, without a role in the incident; and tokens of an admin with each scope."""


def rights_of(who):
    """What somebody may do, by the product's own tables."""
    if who is None:
        return frozenset()
    return SCOPES[who] if isinstance(who, Scope) else PERMISSIONS[ROLES[who]]


def expected(who, permission):
    """The code with which somebody is denied something; None: they are not."""
    if permission is None:
        return None
    if who is None:
        return NOBODY
    return None if permission in rights_of(who) else LACKING


async def secret_of(world, who):
    """The token of somebody."""
    if who is None:
        return None
    scopes = [who] if isinstance(who, Scope) else None
    user = world.users["ada" if scopes else who]
    async with world.database.unit_of_work() as session:
        role = AccessRole.ADMIN
        return (await issue_token(session, world.clock, name="walk", access_role=role, user=user, scopes=scopes))[0]


@pytest.fixture
async def names(world):
    """One of everything, as tests.schema.permissions names it; nobody who walks holds a role in it but Dov."""
    story = await tell(world)
    other = await world.do(report_incident, world.chi, title="Search is slow")
    rows = {"Event": story.notes[0], "Task": story.task, "Update": story.update, "Alert": story.alert}
    rows |= {"ActionItem": story.item, "Incident": story.incident}
    async with world.database.unit_of_work() as session:
        _, run, step = await hang_question(session, story.incident.id, world.clock.now())
        rows |= {"WorkflowRun": run, "WorkflowStepRun": step}
    return {
        **{noun.lower(): encode(noun, row.id) for noun, row in rows.items()},
        "ref": story.ref,
        "into": other.reference,
        "start": encode_cursor(0),
        "template": encode("UpdateTemplate", 1),
        "user": world.id_of("chi"),
    }


def input_of(mutation, names):
    """What the mutation is sent: the input of LEAST, with what is there instead of what may not be."""
    text = json.dumps(LEAST[mutation]).replace('"INC-1"', f'"{names["ref"]}"').replace('"INC-2"', f'"{names["into"]}"')
    for noun in (*("Event", "Task", "Update", "Alert", "ActionItem", "User"), "WorkflowRun", "WorkflowStepRun"):
        text = text.replace(f'"{encode(noun, 1)}"', f'"{names[noun.lower()]}"')
    return json.loads(text)


@pytest.fixture
async def ask(world, client):
    """Ask as somebody; the codes of what was denied, of each field."""
    secrets = {}

    async def ask(who, document, **variables):
        if who not in secrets:
            secrets[who] = await secret_of(world, who)
        headers = {"authorization": f"Bearer {secrets[who]}"} if who is not None else {}
        answer = await client.http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)
        codes = {error["extensions"]["code"] for error in answer.json().get("errors", ())}
        assert ErrorCode.GRAPHQL_INVALID not in codes, answer.text
        return next(iter(codes & DENIED), None)

    return ask


def test_everything_has_a_rule():
    assert set(core.mutation_type.fields) == set(MUTATIONS)
    assert set(core.query_type.fields) == set(QUERIES)
    assert set(core.subscription_type.fields) == set(SUBSCRIPTIONS)


@pytest.mark.parametrize("who", WALKERS)
async def test_every_mutation_denies_those_without_its_permission(ask, names, who):
    for mutation, permission in MUTATIONS.items():
        if who is not None and permission in rights_of(who) and mutation in ("changeVisibility", "mergeIncident"):
            continue  # it would take from the others what they are to be asked about; test_mutations does it
        denied = await ask(who, document_of(mutation, "cursor"), input=input_of(mutation, names))
        scoped = isinstance(who, Scope) and mutation in WITHOUT_SCOPES
        assert denied == (LACKING if scoped else expected(who, permission)), f"{mutation} by {who}"


@pytest.mark.parametrize("who", WALKERS)
async def test_every_root_denies_those_without_its_permission(ask, names, who):
    for root, (permission, document) in QUERIES.items():
        assert await ask(who, document % names) == expected(who, permission), f"{root} by {who}"


@pytest.mark.parametrize("who", WALKERS)
async def test_every_subscription_denies_those_without_its_permission(world, runtime, names, who):
    secret = await secret_of(world, who)
    actor = await actor_of(world.database, f"Bearer {secret}" if secret else None)
    async with runtime.live.running():
        for root, (permission, document) in SUBSCRIPTIONS.items():
            prepared = prepare(Request(document % names))
            denied = await first_refusal(Context(runtime, actor), prepared)
            assert denied == expected(who, permission), f"{root} by {who}"


async def first_refusal(ctx, prepared):
    """The code that a subscription begins with; None if it begins with an answer."""
    try:
        async with aclosing(answers(prepared, ctx)) as given:
            async for _ in given:
                return None
    except Refused as refused:
        (error,) = refused.errors
        assert isinstance(error.original_error, DomainError)
        return error.original_error.code
    finally:
        await ctx.close()


def all_routes(runtime):
    """Every route of the web application: with one host name all of them are in one list."""
    return unwrapped(build_app(runtime)).routes


def test_every_route_has_a_rule(runtime):
    outside = {route.path for route in all_routes(runtime) if not route.path.startswith("/console")}
    assert outside == set(ROUTES), "those of the console are walked through in tests/console/test_architecture.py"
    assert {route.path for route in all_routes(runtime) if isinstance(route, WebSocketRoute)} == {"/graphql"}
    assert set(REFUSED) <= set(ROUTES)
    assert ROUTES["/graphql"] == API


@pytest.mark.usefixtures("world")
async def test_every_route_turns_away_those_without_credentials(runtime):
    app = build_app(runtime)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        for path, (method, status) in REFUSED.items():
            url = path
            for name in ("{key}", "{secret}", "{reference}", "{provider}", "{id}", "{path:path}"):
                url = url.replace(name, "unknown")
            answer = await http.request(method, url)
            assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
            assert "set-cookie" not in answer.headers or "Max-Age=0" in answer.headers["set-cookie"], path
