"""`muster token`: made, listed, rotated and ended beside a running server."""

import hashlib

import pytest

from core.client import Client
from core.errors import DomainError
from tests.identity import HERE, actor_of, identity_of
from tests.server.processes import muster
from tests.server.test_commands import last_line


@pytest.fixture
def run(database_url):
    return lambda *words: muster("token", *words, DATABASE_URL=database_url)


async def test_a_token_is_bounded_as_it_was_said(world, run, tmp_path):
    document = tmp_path / "who.graphql"
    document.write_bytes(b"{ viewer { name } }\n")
    made = run(
        *("create", "--name", "panel", "--role", "responder", "--scope", "incidents:read", "--scope", "alerts:write"),
        *("--expires-in", "12h", "--network", "203.0.113.0/24", "--network", "127.0.0.1", "--document", str(document)),
    )
    header = f"Bearer {last_line(made)}"
    found = await identity_of(world.database, header, client=Client("203.0.113.4"))
    assert found.documents == {hashlib.sha256(b"{ viewer { name } }\n").hexdigest()}
    assert found.actor.limit == {"read", "alert"}
    with pytest.raises(DomainError, match="may not be used from this address"):
        await identity_of(world.database, header, client=Client("198.51.100.1"))
    (line,) = last_line(run("list")).splitlines()
    columns = line.split("\t")
    assert columns[1] == f"…{header[-4:]}"
    assert columns[2:4] == ["panel", "panel"]
    assert columns[4] == "responder incidents:read alerts:write 203.0.113.0/24 127.0.0.1/32 1 documents"
    assert (columns[5][:8], columns[6]) == ("expires ", "used never")


async def test_a_token_is_rotated_and_ended(world, run):
    old = last_line(run("create", "--name", "cron", "--role", "responder", "--user", "ben@quillhaven.example"))
    key = last_line(run("list")).split("\t")[0]
    assert "expires never" not in last_line(run("list"))
    new = last_line(run("rotate", key, "--overlap", "5"))
    for secret in (old, new):
        assert await actor_of(world.database, f"Bearer {secret}") == (await actor_of(world.database, f"Bearer {old}"))
    newest = run("list").stdout.splitlines()[0].split("\t")[0]
    assert newest != key
    assert "has ended" in last_line(run("revoke", newest))
    with pytest.raises(DomainError, match="unknown, expired or revoked"):
        await identity_of(world.database, f"Bearer {new}", client=HERE)
    assert [line.split("\t")[0] for line in run("list").stdout.splitlines()] == [key]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "--name", "x", "--role", "viewer", "--scope", "all"), "is not a scope"),
        (("create", "--name", "x", "--role", "viewer", "--network", "home"), "is not a network"),
        (("create", "--name", "x", "--role", "viewer", "--expires-in", "soon"), "no length of time"),
        (("create", "--name", "x", "--role", "viewer", "--document", "missing.graphql"), "does not exist"),
        (("create", "--name", " ", "--role", "viewer"), "The text is empty"),
        (("revoke", "nonsense"), "is not an id of Muster"),
        (("rotate", "VG9rZW46OTk"), "There is no token"),
        (("rotate", "VG9rZW46OTk", "--overlap", "10081"), "10081"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, words, told):
    done = run(*words)
    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr
