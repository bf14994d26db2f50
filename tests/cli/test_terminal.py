"""At a terminal: what is missing is asked for, and everything fits its width."""

import json
import re

from actions.declarations import declare_incident

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def lines(text):
    return [line.rstrip() for line in ESCAPE.sub("", text).replace("\r", "").split("\n")]


async def test_what_is_missing_is_asked_for_with_what_helps_to_answer(cli, world):
    other = await world.do(
        declare_incident, world.chi, title="Checkout answers with 502", severity="SEV2", services=["checkout-api"]
    )
    async with cli.terminal("incident", "declare", "--service", "checkout-api", COLUMNS=80) as terminal:
        await terminal.until("What is wrong?")
        await terminal.types("Payments in the checkout fail")
        seen = await terminal.until("Is it another one?")
        assert f"{other.reference}" in seen
        assert "Checkout answers with 502" in seen
        await terminal.types("y")
        seen = await terminal.until("How bad is it?")
        assert "Critical: a core service is down" in seen, "the definition stands beside its name"
        assert max(map(len, lines(seen))) <= 80
        await terminal.types("sev9")
        await terminal.until("How bad is it?")
        await terminal.types("sev2")
        assert await terminal.end() == 0
        assert "is declared as SEV2" in terminal.seen
        assert "Nobody holds yet: Incident Commander" in terminal.seen
    found = json.loads((await cli("incident", "list", "--json")).stdout)["incidents"]
    assert [each["title"] for each in found] == ["Payments in the checkout fail", "Checkout answers with 502"]


async def test_who_sees_that_it_is_the_same_declares_nothing(cli, world):
    await world.do(declare_incident, world.chi, title="Checkout answers with 502", severity="SEV2")
    async with cli.terminal("incident", "declare", "Checkout is down", "-s", "SEV1") as terminal:
        await terminal.until("Is it another one?")
        await terminal.types("n")
        assert await terminal.end() == 1
    assert len(await world.events(None, "incident.declared")) == 1


async def test_customers_are_told_only_after_a_look(cli, world):
    made = await world.do(declare_incident, world.ben, title="X", severity="SEV1")
    told = ("incident", "update", made.reference, "We look into it.", "--public")
    async with cli.terminal(*told) as terminal:
        await terminal.until("Status")
        await terminal.types("investigating")
        assert "The status page will say" in await terminal.until("Publish this to customers?")
        await terminal.types("n")
        assert await terminal.end() == 1
    assert await world.events(made.id, "update.published") == []
    async with cli.terminal(*told, "--status", "investigating", "--yes") as terminal:
        assert await terminal.end() == 0, terminal.seen
    assert len(await world.events(made.id, "update.published")) == 1


async def test_a_narrow_terminal_and_a_wide_one_lose_nothing(cli, world):
    title = "payment-gateway refuses the start of every payment since the release of this morning"
    made = await world.do(declare_incident, world.ben, title=title, severity="SEV1", summary="502 " * 40)
    for width in (80, 120):
        for arguments in (("list",), ("show", made.reference)):
            async with cli.terminal("incident", *arguments, COLUMNS=width) as terminal:
                assert await terminal.end() == 0, terminal.seen
            shown = lines(terminal.seen)
            if arguments == ("list",):
                assert max(map(len, shown)) <= width
            words = re.sub(r"\s+", " ", " ".join(shown))
            assert made.reference in words
            assert all(word in words for word in title.split())


async def test_watching_says_how_the_connection_is(cli, world):
    made = await world.do(declare_incident, world.ben, title="X", severity="SEV1")
    command = ("incident", "watch", made.reference, "--until", "mitigation")
    async with cli.terminal(*command, MUSTER_URL=cli.through_the_gate()) as terminal:
        await terminal.until("Watching")
        cli.gate.shut()
        await terminal.until("Connection lost")
        cli.gate.up = True
        terminal.seen = ""
        await terminal.until("Watching")
        assert (await cli("incident", "stage", made.reference, "mitigation")).returncode == 0
        assert await terminal.end() == 0
        assert "from response to mitigation" in terminal.seen
