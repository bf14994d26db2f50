"""A token that is bound to documents sends nothing else; and what is revoked is cut wherever it is in use."""

import hashlib

import pytest

from actions.tokens import create_token, revoke_token
from core import ids
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import AccessRole
from schema import endpoint, websocket
from tests.schema.client import JSON
from tests.schema.credentials import Scripts
from tests.schema.events import streaming
from tests.schema.sockets import connected, serving
from tests.telling import make_incident

ALLOWED = "{ viewer { name } }"
FOLLOW = 'subscription { incidentChanged(ref: "INC-1") { title } }'
NAME = "query ($id: ID!) { node(id: $id) { id } }"
UNTRUSTED = (403, "DOCUMENT_NOT_TRUSTED")


def digest(document):
    return hashlib.sha256(document.encode()).hexdigest()


@pytest.fixture
async def bound(world):
    """The secret of a token of Ben's that may send two documents."""
    await world.do(make_incident, 1)
    documents = [digest(ALLOWED), digest(FOLLOW), digest(NAME)]
    given = {"name": "Panel", "access_role": AccessRole.RESPONDER, "documents": documents}
    return (await world.do(create_token, world.ben, **given))[1]


@pytest.fixture
async def address(database, tmp_path):
    """A server that looks at credentials again only when it is told that they changed."""
    live = Live(database, poll=0.1, beat=600)
    database.on_commit = live.on_commit
    runtime = Runtime(Settings(data_dir=tmp_path), database, live)
    async with live.running(), serving([*endpoint.routes(runtime), *websocket.routes(runtime)]) as address:
        yield address


@pytest.mark.parametrize("accept", [JSON, "application/graphql-response+json"])
async def test_over_http_nothing_but_the_documents_is_executed(runtime, bound, accept):
    scripts = Scripts(None, runtime)
    assert await scripts.code(bound, ALLOWED, accept=accept) == (200, None)
    assert await scripts.code(bound, NAME, id=ids.encode("User", 1), accept=accept) == (200, None)
    for other in (
        f"{ALLOWED}\n",
        "{ viewer { name kind } }",
        "{ __schema { queryType { name } } }",
        "{ __typename }",
        'mutation { addEntry(input: {incident: "INC-1", kind: NOTE, text: "x"}) { cursor } }',
    ):
        assert await scripts.code(bound, other, accept=accept) == UNTRUSTED
        assert "data" not in (await scripts.send(bound, other, accept=accept)).json()


async def test_over_event_streams_too(address, bound):
    async with streaming(address, FOLLOW, token=bound) as stream:
        assert await stream.next()
    for other in (FOLLOW + " ", "{ __typename }"):
        async with streaming(address, other, token=bound) as stream:
            assert await stream.refusal() == UNTRUSTED[1]


async def test_and_over_websockets(address, bound):
    async with connected(address, bound) as client:
        assert (await client.ask("a", ALLOWED))["data"] == {"viewer": {"name": "Ben Silva"}}
        await client.start("b", FOLLOW)
        await client.next("b")
        for number, other in enumerate((FOLLOW + " ", "{ __typename }", "{ __schema { queryType { name } } }")):
            await client.start(str(number), other)
            assert await client.refusal(str(number)) == (UNTRUSTED[1], None)


async def test_a_revoked_token_is_cut_from_an_open_socket_and_stream(world, address):
    await world.do(make_incident, 1)
    token, secret = await world.do(create_token, world.ben, name="Panel", access_role=AccessRole.RESPONDER)
    async with connected(address, secret) as client, streaming(address, FOLLOW, token=secret) as stream:
        await client.start("a", FOLLOW)
        await client.next("a")
        await stream.next()
        await world.do(revoke_token, world.ada, token=ids.encode("Token", token.id))
        assert await client.refusal("a") == ("UNAUTHENTICATED", None)
        assert await client.closing() == 4403
        assert await stream.refusal() == "UNAUTHENTICATED"


async def test_a_token_opens_no_socket_from_elsewhere(world, address):
    given = {"access_role": AccessRole.RESPONDER, "networks": ["203.0.113.0/24"]}
    _, secret = await world.do(create_token, world.ben, name="Panel", **given)
    async with streaming(address, FOLLOW, token=secret) as stream:
        assert stream.response.status_code == 403
    with pytest.raises(Exception, match=r"4403.*may not be used from this address"):
        async with connected(address, secret):
            pass
