"""`muster login` when nobody comes, and when the line is cut while it waits."""

import asyncio
import json

import pytest

from actions.oauth.devices import decide_device


async def begun(cli, **more):
    child = await cli.start("login", "--json", who=None, **more)
    said = ""
    async with asyncio.timeout(20):
        while "Waiting" not in said:
            said += (await child.stderr.readline()).decode()
    words = said.split()
    return child, words[words.index("code") + 1]


@pytest.mark.slow
async def test_a_code_that_nobody_enters_in_time_is_over(cli, world):
    child, _ = await begun(cli)
    world.clock.advance(minutes=11)
    assert await child.wait() == 3
    error = json.loads((await child.stderr.read()).splitlines()[-1])["error"]
    assert (error["code"], error["exit"]) == ("expired_token", 3)
    assert await child.stdout.read() == b""
    assert not (cli.home / "muster/credentials.json").exists()


@pytest.mark.slow
async def test_who_is_let_in_is_signed_in_everywhere(cli, world):
    child, code = await begun(cli)
    await world.do(decide_device, world.ben, code=code, approve=True)
    assert await child.wait() == 0, await child.stderr.read()
    who = json.loads(await child.stdout.read())
    assert set(who) == {"server", "kind", "name", "user", "permissions", "token"}
    assert who["user"]["email"] == "ben@quillhaven.example"
    assert who["token"]["expiresAt"]
    again = json.loads((await cli("whoami", "--json", who=None)).stdout)
    assert again["name"] == "Ben Silva"
    declared = await cli("incident", "declare", "Down", "-s", "SEV1", who=None)
    assert declared.returncode == 0, declared.stderr
    forbidden = await cli("apply", "-", "--json", who=None)
    assert forbidden.returncode == 0, "there is nothing in standard input, so nothing to change"
    assert (await cli("logout", who=None)).returncode == 0
    assert (await cli("incident", "list", who=None)).returncode == 3
    assert (cli.home / "muster/credentials.json").stat().st_mode & 0o777 == 0o600
