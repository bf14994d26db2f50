"""Each exit code, and what is said with it; changes that are made once though their answers are lost."""

import json

import httpx
import pytest
from sqlalchemy import func, select

from models.incident import Incident
from server.remote.failures import DIFFERS, REFUSED, SIGNED_OUT, UNREACHABLE, USAGE
from tests.server.processes import free_port

DECLARE = ("incident", "declare", "Down", "--severity", "SEV2", "--json")


def error_of(done):
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return json.loads(done.stderr)["error"]


async def test_what_the_server_refuses(cli):
    done = await cli("incident", "stage", "INC-7", "MITIGATION", "--json")
    assert done.returncode == REFUSED == 1
    error = error_of(done)
    assert set(error) == {"code", "message", "field", "hint", "exit"}
    assert (error["code"], error["field"], error["exit"]) == ("NOT_FOUND", "incident", 1)
    assert error["hint"]
    words = await cli("incident", "stage", "INC-7", "MITIGATION")
    assert words.stderr.splitlines() == [
        f"Error: {error['message']}",
        "  field: incident",
        f"  hint: {error['hint']}",
    ]
    forbidden = await cli(*DECLARE, who="eve")
    assert (forbidden.returncode, error_of(forbidden)["code"]) == (1, "FORBIDDEN")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("incident", "declare", "--severity", "SEV1"), "title"),
        (("incident", "declare", "Down"), "severity"),
        (("incident", "note", "INC-1", ""), "text"),
        (("incident", "stage", "INC-1", "DECLINED"), "reason"),
        (("incident", "role", "INC-1", "scribe"), "person"),
        (("incident", "update", "INC-1", "x", "--component", "Checkout=broken"), "component"),
        (("incident", "update", "INC-1", "x", "--next", "soon"), "next"),
        (("incident", "list", "--all", "--limit", "3"), "limit"),
        (("apply",), "file"),
        (("apply", "/nowhere/at/all.yaml"), "file"),
        (("whoami", "--server", "nonsense"), "server"),
    ],
)
async def test_what_cannot_be_meant(cli, arguments, field):
    """And nothing is asked, since nobody is at a terminal."""
    done = await cli(*arguments, "--json")
    assert done.returncode == USAGE == 2
    assert error_of(done)["field"] == field


async def test_a_severity_that_is_missing_is_explained_where_nobody_can_be_asked(cli):
    done = await cli("incident", "declare", "Down")
    assert done.returncode == 2
    assert "SEV1: " in done.stderr


async def test_who_is_not_signed_in(cli):
    none = await cli("incident", "list", "--json", who=None)
    assert none.returncode == SIGNED_OUT == 3
    assert error_of(none)["hint"].startswith(f"Run `muster login --server http://127.0.0.1:{cli.port}`")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{cli.port}") as http:
        headers = {"Authorization": f"Bearer {cli.tokens['ben']}"}
        document = "mutation ($t: ID!) { revokeToken(input: {token: $t}) { token { id } } }"
        own = await http.post("/graphql", json={"query": "{ viewer { tokens { id current } } }"}, headers=headers)
        (token,) = [each["id"] for each in own.json()["data"]["viewer"]["tokens"] if each["current"]]
        await http.post("/graphql", json={"query": document, "variables": {"t": token}}, headers=headers)
    for arguments in (("incident", "list"), ("whoami",), ("incident", "watch", "INC-1"), DECLARE[:-1]):
        revoked = await cli(*arguments, "--json")
        assert (revoked.returncode, error_of(revoked)["code"]) == (3, "UNAUTHENTICATED"), arguments


async def test_who_cannot_reach_it(cli):
    gone = f"http://127.0.0.1:{free_port()}"
    for arguments in (("incident", "list"), DECLARE[:-1], ("oncall",), ("incident", "watch", "INC-1")):
        done = await cli(*arguments, "--json", MUSTER_URL=gone)
        assert done.returncode == UNREACHABLE == 4
        assert error_of(done)["code"] == "UNREACHABLE"
    other = await cli("incident", "list", "--json", MUSTER_URL=f"http://127.0.0.1:{cli.port}/status.json?")
    assert (other.returncode, error_of(other)["code"]) == (4, "UNREACHABLE"), "it is something, but not the API"


async def test_what_would_change(cli, tmp_path):
    file = tmp_path / "team.yaml"
    file.write_text("kind: Team\nslug: data\nname: Data\n")
    done = await cli("apply", str(file), "--dry-run", "--exit-code", who="ada")
    assert done.returncode == DIFFERS == 5


async def count(world):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(Incident))


async def test_a_change_whose_answer_is_lost_is_made_once(cli, world):
    cli.gate.swallow = 2
    done = await cli(*DECLARE, MUSTER_URL=cli.through_the_gate())
    assert done.returncode == 0, done.stderr
    assert (cli.gate.swallow, await count(world)) == (0, 1)
    assert cli.gate.opened == 3, "it was sent three times"


async def test_a_command_that_is_given_again_with_its_key_is_carried_out_once(cli, world):
    given = (*DECLARE, "--idempotency-key", "deploy-17")
    first, again = await cli(*given), await cli(*given)
    assert json.loads(first.stdout)["incident"]["reference"] == json.loads(again.stdout)["incident"]["reference"]
    assert await count(world) == 1
    other = await cli("incident", "declare", "Up", *given[3:])
    assert (other.returncode, error_of(other)["code"]) == (1, "IDEMPOTENCY_CONFLICT")
