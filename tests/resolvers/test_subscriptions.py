"""What a subscription hands out, and to whom, while its actor and the incidents change."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from actions.catalogue.roles import save_role
from actions.entries import add_entry
from actions.members import add_member, remove_member
from actions.visibility_changes import change_visibility
from auth.actor import ANONYMOUS
from core.cursor import encode_cursor
from core.errors import DomainError, ErrorCode
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import AccessRole, EntryKind, Visibility
from resolvers import subscriptions
from resolvers.context import Context
from resolvers.subscriptions import feed, incident_changed, incident_events
from tests.core.feed import SOON, seen
from tests.telling import make_incident


@pytest.fixture
async def live(database):
    live = Live(database, poll=0.1, beat=0.05)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


@pytest.fixture
def ctx_of(world, live, tmp_path):
    """A context in which a person of the world asks."""
    runtime = Runtime(Settings(data_dir=tmp_path), world.database, live)
    return lambda person: Context(runtime, getattr(world, person))


@pytest.fixture
async def incidents(world):
    """INC-1 and INC-2 for everybody; INC-3 private, with ben as its member."""
    for key in (1, 2):
        await world.do(make_incident, key)
    await world.do(make_incident, 3)
    for person in ("ben", "ada"):
        await world.do(add_member, world.ada, incident="INC-3", user=world.id_of(person))
    await world.do(
        change_visibility, world.ada, incident="INC-3", visibility=Visibility.PRIVATE, members=None, reason="Security"
    )


async def say(world, incident, text="x", person="ada"):
    """An entry on an incident's timeline; its event's id."""
    actor = getattr(world, person)
    return (await world.do(add_entry, actor, incident=incident, kind=EntryKind.NOTE, text=text)).id


async def next_of(stream):
    async with asyncio.timeout(SOON):
        return await anext(stream)


async def ids_of(stream, count):
    return [(await next_of(stream)).id for _ in range(count)]


async def newest(world):
    return encode_cursor((await world.events())[-1].id)


async def refusal_of(stream):
    with pytest.raises(DomainError) as refusal:
        await next_of(stream)
    return refusal.value.code, refusal.value.field


@pytest.mark.usefixtures("incidents")
async def test_events_are_replayed_and_then_come_live(world, ctx_of):
    first = await say(world, "INC-1")
    async with aclosing(incident_events(ctx_of("eve"), after=encode_cursor(first - 1))) as stream:
        assert await ids_of(stream, 1) == [first]
        expected = [await say(world, "INC-1"), await say(world, "INC-2")]
        assert await ids_of(stream, 2) == expected


@pytest.mark.usefixtures("incidents")
async def test_a_private_incident_is_for_its_members_alone(world, ctx_of):
    place = await newest(world)
    secret, public = await say(world, "INC-3"), await say(world, "INC-1")
    async with aclosing(incident_events(ctx_of("ben"), after=place)) as member:
        assert await ids_of(member, 2) == [secret, public]
    for outsider in ("chi", "dov", "eve"):
        async with aclosing(incident_events(ctx_of(outsider), after=place)) as stream:
            assert await ids_of(stream, 1) == [public]


@pytest.mark.usefixtures("incidents")
async def test_the_past_is_shown_by_todays_visibility(world, ctx_of):
    place = await newest(world)
    await say(world, "INC-1", "said while everybody could read it")
    await world.do(
        change_visibility, world.ada, incident="INC-1", visibility=Visibility.PRIVATE, members=None, reason="Leak"
    )
    public = await say(world, "INC-2")
    async with aclosing(incident_events(ctx_of("chi"), after=place)) as stream:
        assert await ids_of(stream, 1) == [public]


@pytest.mark.usefixtures("incidents")
async def test_settings_events_are_for_auditors(world, ctx_of):
    place = await newest(world)
    await world.do(save_role, world.ada, key="cook", name="Cook", duties="Soup")
    (saved,) = await world.events(None, "setting.saved")
    public = await say(world, "INC-1")
    async with aclosing(incident_events(ctx_of("dov"), after=place)) as stream:
        assert await ids_of(stream, 2) == [saved.id, public]
    async with aclosing(incident_events(ctx_of("ben"), after=place)) as stream:
        assert await ids_of(stream, 1) == [public]


@pytest.mark.usefixtures("incidents")
async def test_a_subscription_can_be_narrowed_to_an_incident_and_to_kinds(world, ctx_of):
    place = await newest(world)
    await say(world, "INC-2")
    wanted = await say(world, "INC-1")
    await world.do(add_member, world.ada, incident="INC-1", user=world.id_of("chi"))
    ctx = ctx_of("eve")
    async with aclosing(incident_events(ctx, after=place, incident="1", kinds=["entry.added"])) as stream:
        assert await ids_of(stream, 1) == [wanted]
        later = await say(world, "INC-1")
        assert await ids_of(stream, 1) == [later]
    async with aclosing(incident_events(ctx, after=place, kinds=["member.added"])) as stream:
        assert (await next_of(stream)).kind == "member.added"


@pytest.mark.usefixtures("incidents")
async def test_the_feed_says_how_far_it_has_come_when_it_passes_events_over(world, ctx_of, live):
    place = await newest(world)
    hidden = await say(world, "INC-3")
    async with aclosing(feed(ctx_of("chi"), after=place)) as stream:
        assert await next_of(stream) == (hidden, None)
        shown = await say(world, "INC-1")
        message = await next_of(stream)
        while message.event is None:  # a heartbeat may come first
            message = await next_of(stream)
        assert (message.place, message.event.id) == (shown, shown)
        passed = await say(world, "INC-3")
        await seen(live, passed)
        while (message := await next_of(stream)).place < passed:
            assert message.event is None


@pytest.mark.usefixtures("incidents")
async def test_an_idle_feed_sends_checkpoints_so_that_its_cursor_never_grows_old(world, ctx_of, live):
    async with aclosing(feed(ctx_of("eve"), incident="INC-1")) as stream:
        first = await next_of(stream)
        assert first == (live.cursor, None)
        elsewhere = await say(world, "INC-2")
        while (message := await next_of(stream)).place < elsewhere:
            assert message.event is None
        assert message == (elsewhere, None)


@pytest.mark.usefixtures("incidents")
@pytest.mark.parametrize("how", ["made private", "member removed"])
async def test_a_subscription_to_an_incident_ends_when_it_is_hidden(world, ctx_of, how):
    incident = "INC-3" if how == "member removed" else "INC-1"
    ctx = ctx_of("ben")
    async with (
        aclosing(incident_events(ctx, incident=incident)) as events,
        aclosing(incident_changed(ctx, ref=incident)) as changes,
    ):
        waiting = asyncio.create_task(next_of(events))
        await next_of(changes)
        first = await say(world, incident)
        assert (await waiting).id == first
        await next_of(changes)
        if how == "made private":
            await world.do(
                change_visibility, world.ada, incident=incident, visibility=Visibility.PRIVATE, members=None, reason="x"
            )
        else:
            await world.do(remove_member, world.ada, incident=incident, user=world.id_of("ben"))
        assert await refusal_of(events) == (ErrorCode.FORBIDDEN, "incident")
        assert await refusal_of(changes) == (ErrorCode.FORBIDDEN, "ref")


@pytest.mark.usefixtures("incidents")
async def test_events_that_wait_for_a_slow_reader_are_checked_when_they_are_handed_out(world, ctx_of, monkeypatch):
    """The reader takes one event, the incident becomes private, and the rest stays where it is."""
    monkeypatch.setattr(subscriptions, "FRESH", 0.0)  # every event is looked up anew: the slowest reader there can be
    place = await newest(world)
    first, *_ = [await say(world, "INC-1") for _ in range(3)]
    async with aclosing(incident_events(ctx_of("chi"), after=place)) as stream:
        assert await ids_of(stream, 1) == [first]
        await world.do(
            change_visibility, world.ada, incident="INC-1", visibility=Visibility.PRIVATE, members=None, reason="Leak"
        )
        public = await say(world, "INC-2")
        assert await ids_of(stream, 1) == [public]


@pytest.mark.usefixtures("incidents")
async def test_the_change_of_an_incident_is_told_once_however_often_it_changed(world, ctx_of, live):
    async with aclosing(incident_changed(ctx_of("eve"), ref="INC-1")) as stream:
        await next_of(stream)
        for _ in range(5):
            last = await say(world, "INC-1")
        await seen(live, last)
        await next_of(stream)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(stream)


@pytest.mark.usefixtures("incidents")
async def test_an_incident_is_read_when_the_answer_is_made(world, ctx_of):
    ctx = ctx_of("eve")
    async with aclosing(incident_changed(ctx, ref="INC-1")) as stream:
        present = await next_of(stream)
        assert (await present.read(ctx)).id == 1
        await ctx.renew()
        await world.do(
            change_visibility, world.ada, incident="INC-1", visibility=Visibility.PRIVATE, members=None, reason="Leak"
        )
        with pytest.raises(DomainError, match="no longer see this incident"):
            await present.read(ctx)
    await ctx.close()


@pytest.mark.usefixtures("incidents")
async def test_an_actor_who_loses_the_right_to_read_is_cut_off(ctx_of):
    ctx = ctx_of("eve")
    async with aclosing(feed(ctx)) as everything:
        await next_of(everything)
        ctx.actor = replace(ctx.actor, access_role=None)  # what the doorway does when it finds out
        assert await refusal_of(everything) == (ErrorCode.FORBIDDEN, None)


@pytest.mark.usefixtures("incidents")
@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"incident": "INC-3"}, ErrorCode.NOT_FOUND, "incident"),
        ({"incident": "INC-99"}, ErrorCode.NOT_FOUND, "incident"),
        ({"incident": "?"}, ErrorCode.INVALID_INPUT, "incident"),
        ({"kinds": ["entry.added", "nonsense"]}, ErrorCode.INVALID_INPUT, "kinds.1"),
        ({"after": "x"}, ErrorCode.INVALID_INPUT, "after"),
        ({"after": encode_cursor(10**9)}, ErrorCode.INVALID_INPUT, "after"),
    ],
)
async def test_what_cannot_be_followed_is_refused(ctx_of, given, code, field):
    async with aclosing(incident_events(ctx_of("chi"), **given)) as stream:
        assert await refusal_of(stream) == (code, field)


@pytest.mark.usefixtures("incidents")
async def test_a_cursor_that_is_too_old_is_refused(world, ctx_of, clock):
    place = encode_cursor((await world.events())[0].id)
    clock.advance(days=31)
    await say(world, "INC-1")
    async with aclosing(feed(ctx_of("eve"), after=place)) as stream:
        assert await refusal_of(stream) == (ErrorCode.CURSOR_EXPIRED, "after")


@pytest.mark.parametrize("subscribe", [feed, lambda ctx: incident_changed(ctx, ref="INC-1")])
async def test_nobody_follows_anonymously(ctx_of, subscribe):
    ctx = ctx_of("eve")
    ctx.actor = ANONYMOUS
    async with aclosing(subscribe(ctx)) as stream:
        assert await refusal_of(stream) == (ErrorCode.UNAUTHENTICATED, None)


async def test_every_reader_role_may_follow(ctx_of):
    for person in ("ada", "ben", "dov", "eve"):
        ctx = ctx_of(person)
        assert ctx.actor.access_role in AccessRole
        async with aclosing(feed(ctx)) as stream:
            assert (await next_of(stream)).event is None
