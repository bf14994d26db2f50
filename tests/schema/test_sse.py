"""GraphQL over server-sent events as a client meets it (graphql-sse, "distinct connections mode")."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from actions import tokens
from actions.catalogue.people import save_user
from actions.entries import add_entry
from actions.record import record
from actions.visibility_changes import change_visibility
from auth.actor import SYSTEM
from auth.cookies import SESSION as COOKIE
from auth.secret import SESSION, digest, new_secret
from core import ids
from core.cursor import encode_cursor
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.access import AccessToken, BrowserSession
from models.facts.access import PersonSignedOut
from models.incident import Incident
from models.words import EntryKind, Visibility
from schema import sse
from schema.endpoint import routes
from tests.schema.events import EVENTS, streaming
from tests.schema.sockets import SOON, serving, token_of
from tests.telling import make_incident

VIEWER = "{ viewer { name kind } }"
CHANGED = 'subscription { incidentChanged(ref: "INC-1") { title } }'
FEED = "subscription ($after: Cursor) { feed(after: $after) { cursor event { kind text } } }"
SAY = 'mutation { addEntry(input: {incident: "INC-1", kind: NOTE, text: "Restarted db-7"}) { event { number } } }'


@pytest.fixture
async def live(database):
    live = Live(database, poll=0.1, beat=0.05)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


@pytest.fixture
def runtime(database, live, tmp_path):
    return Runtime(Settings(data_dir=tmp_path), database, live)


@pytest.fixture
async def address(runtime):
    async with serving(routes(runtime, keep_alive=0.05)) as address:
        yield address


@pytest.fixture
async def token(world):
    await world.do(make_incident, 1)
    return (await token_of(world, "ben"))[0]


async def say(world, words="x"):
    await world.do(add_entry, world.ada, incident="INC-1", kind=EntryKind.NOTE, text=words)


async def following(stream):
    """The next message of FEED with an event; checkpoints come whenever they like."""
    while True:
        message = (await stream.next())["feed"]
        if message["event"] is not None:
            return message


async def last_of(stream):
    """The answer that says why the stream ends; what comes before it is passed over."""
    while True:
        answer = await stream.answer()
        if "data" not in answer:
            return answer


async def until(holds, what):
    """Wait for what the server does in its own time."""
    async with asyncio.timeout(SOON):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert holds(), what


# ---- one answer


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_query_is_a_stream_of_one_answer(address, token, method):
    async with streaming(address, VIEWER, token=token, method=method) as stream:
        assert stream.response.status_code == 200
        headers = stream.response.headers
        assert headers["content-type"] == f"{EVENTS}; charset=utf-8"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")
        assert await stream.next() == {"viewer": {"name": "Ben Silva", "kind": "USER"}}
        assert await stream.event() == ("complete", "")
        assert await stream.event() is None
        assert stream.comments == 1  # with which it begins


async def test_a_mutation_works_by_post(world, address, token):
    async with streaming(address, SAY, token=token) as stream:
        assert await stream.next() == {"addEntry": {"event": {"number": 1}}}
        assert await stream.event() == ("complete", "")
    assert len(await world.events(1)) == 1


async def test_nothing_is_changed_by_get(world, address, token):
    async with streaming(address, SAY, token=token, method="GET") as stream:
        assert (stream.response.status_code, stream.response.headers["allow"]) == (405, "POST")
    assert await world.events(1) == []


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "GRAPHQL_INVALID"),
        ("{ nonsense }", "GRAPHQL_INVALID"),
        ("query A { cursor } query B { cursor }", "GRAPHQL_INVALID"),
        ("subscription { feed { cursor } incidentEvents { id } }", "GRAPHQL_INVALID"),
        ("{ " + " ".join(f"a{i}: viewer {{ name }}" for i in range(500)) + " }", "TOO_EXPENSIVE"),
        ('subscription { incidentChanged(ref: "INC-99") { title } }', "NOT_FOUND"),
        ('subscription { feed(after: "nonsense") { cursor } }', "INVALID_INPUT"),
        (f'subscription {{ feed(after: "{encode_cursor(10**6)}") {{ cursor }} }}', "INVALID_INPUT"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_what_is_wrong_with_a_document_is_said_in_the_stream(address, token, method, document, code):
    async with streaming(address, document, token=token, method=method) as stream:
        assert stream.response.status_code == 200
        assert await stream.refusal() == code


async def test_a_refusal_inside_an_answer_is_part_of_it(address, token):
    async with streaming(address, '{ viewer { name } incident(ref: "?") { id } }', token=token) as stream:
        answer = await stream.answer()
    assert answer["data"] == {"viewer": {"name": "Ben Silva"}, "incident": None}
    assert answer["errors"][0]["path"] == ["incident"]


async def test_an_unexpected_error_is_masked(world, address, token, caplog):
    async with world.database.unit_of_work() as session:
        await session.execute(text("alter table incident rename to elsewhere"))
    async with streaming(address, CHANGED, token=token) as stream:
        (error,) = (await stream.answer())["errors"]
        assert (error["extensions"]["code"], error["path"]) == ("INTERNAL", ["incidentChanged"])
        assert "elsewhere" not in str(error)
        assert error["extensions"]["id"] in caplog.text
        assert await stream.event() == ("complete", "")


# ---- which media type


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (f"{EVENTS}, application/json;q=0.9", EVENTS),
        (f"application/json;q=0.1, {EVENTS};q=0.2", EVENTS),
        (f"application/json, {EVENTS}", "application/json"),
        (f"application/graphql-response+json, {EVENTS};q=0.9", "application/graphql-response+json"),
        (f"*/*, {EVENTS};q=0.5", "application/json"),
        (f"{EVENTS};q=0, */*", "application/json"),
        ("*/*", "application/json"),
    ],
)
async def test_a_query_is_answered_in_the_media_type_that_is_liked_best(address, token, accept, kind):
    async with streaming(address, VIEWER, token=token, accept=accept) as stream:
        assert stream.response.headers["content-type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize("accept", [f"application/json, {EVENTS}", f"multipart/mixed, {EVENTS};q=0.1"])
async def test_a_subscription_is_a_stream_for_whoever_takes_one_at_all(address, token, accept):
    async with streaming(address, CHANGED, token=token, accept=accept) as stream:
        assert stream.response.headers["content-type"] == f"{EVENTS}; charset=utf-8"
        await stream.next()


@pytest.mark.parametrize("accept", ["*/*", "application/json", f"application/json, {EVENTS};q=0"])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_subscription_is_refused_to_whoever_does_not(address, token, accept, method):
    async with streaming(address, CHANGED, token=token, accept=accept, method=method) as stream:
        assert stream.response.status_code == 400
        await stream.response.aread()
        assert EVENTS in stream.response.json()["errors"][0]["extensions"]["hint"]


# ---- many answers


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_subscription_goes_on_as_things_happen(world, address, token, method):
    async with streaming(address, FEED, token=token, method=method, after=encode_cursor(0)) as stream:
        for words in ("one", "two\nlines \N{SNOWMAN}"):
            await say(world, words)
            message = await following(stream)
            assert message["event"] == {"kind": "entry.added", "text": words}
    await say(world, "three")
    async with streaming(address, FEED, token=token, method=method, after=message["cursor"]) as stream:
        assert (await following(stream))["event"]["text"] == "three"


async def test_a_silent_stream_is_kept_alive_by_comments(address, token):
    async with streaming(address, CHANGED, token=token) as stream:
        await stream.next()
        async with asyncio.timeout(SOON):
            async for line in stream.lines:
                assert line in {":", ""}
                stream.comments += line == ":"
                if stream.comments == 4:
                    break


async def test_a_client_that_goes_away_leaves_nothing_behind(live, address, token):
    before, watchers = asyncio.all_tasks(), len(live._watchers)  # noqa: SLF001
    async with streaming(address, FEED, token=token) as stream:
        await stream.next()
        assert sum(map(len, live._readers.values())) == 1  # noqa: SLF001
        assert len(live._watchers) == watchers + 1  # noqa: SLF001
    await until(
        lambda: not any(live._readers.values()) and len(live._watchers) == watchers,  # noqa: SLF001
        "the feed is let go",
    )
    ours = [t for t in asyncio.all_tasks() - before if "EventStream" in t.get_coro().__qualname__]
    assert ours == []


async def test_a_process_that_ends_ends_its_streams_without_completing_them(runtime, address, token):
    async with streaming(address, CHANGED, token=token) as stream:
        await stream.next()
        runtime.closing.set()
        assert await stream.event() is None  # the response is whole; nothing says that the subscription is over


async def test_one_actor_has_only_so_many_streams(runtime, world, token, monkeypatch):
    monkeypatch.setattr(sse, "MAX_STREAMS_EACH", 1)
    other, _ = await token_of(world, "ada")
    async with serving(routes(runtime)) as address:
        async with streaming(address, CHANGED, token=token) as stream:
            await stream.next()
            async with streaming(address, CHANGED, token=token) as second:
                assert (second.response.status_code, second.response.headers["retry-after"]) == (429, "5")
                await second.response.aread()
                assert second.response.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
            async with streaming(address, CHANGED, token=other) as hers:
                await hers.next()
            async with streaming(address, VIEWER, token=token) as query:
                await query.next()

        async def again():
            async with streaming(address, CHANGED, token=token) as third:
                return third.response.status_code

        async with asyncio.timeout(SOON):
            while await again() != 200:
                pass


async def test_a_process_has_only_so_many_streams(runtime, world, token, monkeypatch):
    monkeypatch.setattr(sse, "MAX_STREAMS", 1)
    other, _ = await token_of(world, "ada")
    async with serving(routes(runtime)) as address, streaming(address, CHANGED, token=token) as stream:
        await stream.next()
        async with streaming(address, CHANGED, token=other) as second:
            assert second.response.status_code == 503


# ---- who


@pytest.mark.usefixtures("token")  # with it comes the incident
async def test_strangers_can_follow_nothing(address):
    async with streaming(address, CHANGED) as stream:
        assert await stream.refusal() == "UNAUTHENTICATED"


async def test_an_unknown_token_is_401(address):
    async with streaming(address, CHANGED, token="mst_unknown") as stream:
        assert stream.response.status_code == 401
        assert "Bearer" in stream.response.headers["www-authenticate"]


@pytest.fixture
async def cookie(world):
    """Ben's browser session, while INC-1 is under way."""
    await world.do(make_incident, 1)
    secret, now = new_secret(SESSION), world.clock.now()
    row = BrowserSession(
        digest=digest(secret),
        user_id=world.users["ben"].id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=1),
    )
    async with world.database.unit_of_work() as session:
        session.add(row)
    return f"{COOKIE}={secret}"


OURS = [{"origin": "{ours}"}, {"sec-fetch-site": "same-origin"}]
THEIRS = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://evil.example", "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {},
]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("headers", OURS)
async def test_a_page_of_ours_may_use_the_session(address, cookie, method, headers):
    ours = address.replace("ws://", "http://").removesuffix("/graphql")
    given = {"cookie": cookie, **{key: value.format(ours=ours) for key, value in headers.items()}}
    async with streaming(address, CHANGED, method=method, headers=given) as stream:
        await stream.next()


@pytest.mark.parametrize("document", [CHANGED, VIEWER])
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("headers", THEIRS)
async def test_a_page_of_somebody_else_may_not(address, cookie, method, headers, document):
    async with streaming(address, document, method=method, headers={"cookie": cookie, **headers}) as stream:
        assert stream.response.status_code == 403


async def revoke_token(world):
    async with world.database.reading() as reader:
        token = await reader.scalar(select(AccessToken.id))
    await world.do(tokens.revoke_token, SYSTEM, token=ids.encode("Token", token))


async def end_session(world):
    async with world.database.unit_of_work() as session:
        ended = await session.scalar(
            update(BrowserSession).values(revoked_at=world.clock.now()).returning(BrowserSession.id)
        )
        gone = PersonSignedOut(user_id=world.users["ben"].id, session_id=ended)
        record(session, SYSTEM, gone, visibility=Visibility.PRIVATE)


async def deactivate(world):
    await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)


@pytest.mark.parametrize("document", [CHANGED, FEED])
@pytest.mark.parametrize("withdraw", [revoke_token, deactivate])
async def test_withdrawn_credentials_end_the_stream(world, address, token, withdraw, document):
    async with streaming(address, document, token=token) as stream:
        await stream.next()
        await withdraw(world)
        (error,) = (await last_of(stream))["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert await stream.event() == ("complete", "")
        assert await stream.event() is None


async def test_a_session_that_ends_ends_the_stream(world, address, cookie):
    headers = {"cookie": cookie, "sec-fetch-site": "same-origin"}
    async with streaming(address, CHANGED, method="GET", headers=headers) as stream:
        await stream.next()
        await end_session(world)
        assert await stream.refusal() == "UNAUTHENTICATED"


async def test_an_incident_that_is_made_private_ends_the_stream(world, address, token):
    async with streaming(address, CHANGED, token=token) as stream:
        await stream.next()
        await world.do(change_visibility, world.ada, incident="INC-1", visibility=Visibility.PRIVATE, reason="Security")
        assert await stream.refusal() == "FORBIDDEN"
    async with world.database.reading() as reader:
        assert await reader.scalar(select(Incident.visibility)) is Visibility.PRIVATE


async def test_the_use_of_a_token_is_noted(world, address, token):
    async with streaming(address, CHANGED, token=token) as stream:
        await stream.next()
        async with world.database.reading() as reader:
            assert await reader.scalar(select(AccessToken.last_used_at)) is not None
