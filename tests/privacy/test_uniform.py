"""A private incident and one that is not there are refused alike: the same words, the same work, the same time."""

import json
import time

import pytest

from actions.alerts.changes import link_alert
from actions.entries import add_entry
from actions.members import remove_member
from actions.tasks import add_task
from actions.updates import publish_update
from actions.visibility_changes import change_visibility
from auth.permission import Permission
from bench.figures import note
from core import ids
from core.errors import ErrorCode
from models.words import Audience, EntryKind, Visibility
from resolvers.context import Context
from resolvers.subscriptions import feed, incident_changed
from tests.actions.alerting import Monitor, alerts, firing, id_of
from tests.actions.lifecycle import declared, refused
from tests.effort import effort
from tests.schema.client import Statements
from tests.schema.doorway import document_of
from tests.schema.permissions import MUTATIONS
from tests.schema.test_mutations import LEAST

NOWHERE = 10**9
SAYING = {"audience": Audience.INTERNAL, "body": "We look."}


@pytest.fixture
async def pairs(world):
    """By the text that stands for it in LEAST: what is private, and what is not there."""
    hidden = await declared(world, visibility=Visibility.PRIVATE)
    ref = {"incident": hidden.reference}
    task = await world.do(add_task, world.ben, title="Look", **ref)
    update = await world.do(publish_update, world.ben, **ref, **SAYING)
    event = await world.do(add_entry, world.ben, kind=EntryKind.NOTE, text="Odd.", **ref)
    await (await Monitor.create(world)).sends(firing("a"))
    (alert,) = await alerts(world)
    await world.do(link_alert, world.ben, alert=id_of(alert), **ref)
    rows = {"Task": task, "Update": update, "Event": event, "Alert": alert}
    return {
        "INC-1": (hidden.reference, f"INC-{NOWHERE}"),
        **{ids.encode(n, 1): (ids.encode(n, row.id), ids.encode(n, NOWHERE)) for n, row in rows.items()},
    }


def _twice(pairs):
    """The mutations that name one of these: (mutation, input for what is private, input for what is not there)."""
    for mutation, given in LEAST.items():
        texts = [json.dumps(given), json.dumps(given)]
        for name, both in pairs.items():
            texts = [text.replace(f'"{name}"', f'"{other}"') for text, other in zip(texts, both, strict=True)]
        if texts[0] != texts[1]:
            yield mutation, *map(json.loads, texts)


def _blank(text, pairs):
    for each in sorted((name for both in pairs.values() for name in both), key=len, reverse=True):
        text = text.replace(each, "…")
    return text


async def _asked(client, mutation, given, who):
    """What is answered, and how many statements that takes: of three times the least, for other work goes on beside."""
    counts = []
    for _ in range(3):
        await client.answer("{ cursor }", by=who)  # credentials are looked up before, and remembered
        with Statements(client.world.database) as statements:
            answer = await client.answer(document_of(mutation, "cursor"), {"input": given}, by=who)
        counts.append(len(statements.seen))
    return answer, min(counts)


@pytest.mark.parametrize("who", ["eve", "ada"])
async def test_refusals_take_as_many_statements_and_say_the_same(client, pairs, who):
    asked = 0
    for mutation, hidden, nowhere in _twice(pairs):
        if who == "eve" and MUTATIONS[mutation] is Permission.ADMINISTER:
            continue  # she is refused before anything is looked for
        answers, counts = [], []
        for given in (hidden, nowhere):
            answer, count = await _asked(client, mutation, given, who)
            counts.append(count)
            answers.append(_blank(json.dumps(answer), pairs))
        assert "NOT_FOUND" in answers[0], mutation
        assert answers[0] == answers[1], mutation
        assert counts[0] == counts[1], mutation
        asked += 1
    assert asked >= 25


@pytest.mark.parametrize("who", ["eve", "ada"])
async def test_so_do_queries(client, pairs, who):
    for names in pairs.values():
        roots = ['node(id: "{}") {{ id }}'] if not names[0].startswith("INC-") else ['incident(ref: "{}") {{ id }}']
        for root in roots:
            answers, counts = [], []
            for name in names:
                await client.answer("{ cursor }", by=who)
                with Statements(client.world.database) as statements:
                    answers.append(_blank(json.dumps(await client.answer(f"{{ {root.format(name)} }}", by=who)), pairs))
                counts.append(len(statements.seen))
            assert answers[0] == answers[1]
            assert counts[0] == counts[1]


async def test_it_takes_no_longer(client, pairs):
    """Told as a figure: shares of time are for the eye, statements are counted above."""
    spent = [0.0, 0.0]
    for turn in range(effort(8, 400)):
        for place in (turn % 2, 1 - turn % 2):
            document = f'{{ incident(ref: "{pairs["INC-1"][place]}") {{ id }} }}'
            began = time.perf_counter()
            await client.answer(document, by="eve")
            spent[place] += time.perf_counter() - began
    note("privacy.timing", f"a private incident takes {spent[0] / spent[1]:.2f} times as long as one that is not there")


async def following(runtime, actor, root, **given):
    """A subscription of an actor that has delivered what it begins with, and its context."""
    ctx = Context(runtime, actor)
    stream = root(ctx, **given)
    await anext(stream)
    return ctx, stream


async def until_refused(stream):
    """Read a subscription until it is refused."""
    with refused(ErrorCode.FORBIDDEN, "ref", "no longer"):
        async for _ in stream:
            pass


async def test_whoever_is_taken_off_is_cut_within_a_second(world, runtime):
    world.database.on_commit = runtime.live.on_commit
    incident = (await declared(world, visibility=Visibility.PRIVATE, members=[world.id_of("eve")])).reference
    async with runtime.live.running():
        _, stream = await following(runtime, world.eve, incident_changed, ref=incident)
        began = time.monotonic()
        await world.do(remove_member, world.ben, incident=incident, user=world.id_of("eve"))
        await until_refused(stream)
        assert time.monotonic() - began < 1.0


async def test_an_admin_who_loses_the_explicit_right_is_cut_at_once(world, runtime):
    incident = (await declared(world, visibility=Visibility.PRIVATE)).reference
    seeing = type(world.ada)(**{**_fields(world.ada), "sees_private": True})
    async with runtime.live.running():
        ctx, stream = await following(runtime, seeing, incident_changed, ref=incident)
        began = time.monotonic()
        ctx.becomes(world.ada)
        await until_refused(stream)
        assert time.monotonic() - began < 1.0


def _fields(actor):
    return {name: getattr(actor, name) for name in actor.__slots__}


async def test_who_never_could_is_told_that_it_is_not_there(world, runtime):
    incident = (await declared(world, visibility=Visibility.PRIVATE)).reference
    async with runtime.live.running():
        for reference in (incident, f"INC-{NOWHERE}"):
            with refused(ErrorCode.NOT_FOUND, "ref"):
                await anext(incident_changed(Context(runtime, world.eve), ref=reference))
            with refused(ErrorCode.NOT_FOUND, "incident"):
                await anext(feed(Context(runtime, world.eve), incident=reference))


async def test_a_feed_that_began_before_goes_on_without_it(world, runtime):
    incident, other = (await declared(world)).reference, (await declared(world)).reference
    async with runtime.live.running():
        _, stream = await following(runtime, world.eve, feed)
        await world.do(
            change_visibility, world.ben, incident=incident, visibility=Visibility.PRIVATE, reason="Zebrafish leaked"
        )
        await world.do(add_entry, world.ben, incident=incident, kind=EntryKind.NOTE, text="Zebrafish")
        await world.do(add_entry, world.ben, incident=other, kind=EntryKind.NOTE, text="Open")
        heard = []
        async for message in stream:
            if message.event is not None:
                heard.append(message.event)
                break
        assert [event.incident_id for event in heard] == [int(other[4:])]
        await stream.aclose()
