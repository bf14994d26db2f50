"""Nothing that leaves Muster tells an outsider that a private incident is there.

What outsiders get, at every exit, is compared with what they get in a twin world in which it never was, and searched
for every word that was written on it.
"""

import asyncio
import json

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from actions.notices import notify_of
from actions.webhook_deliveries import Claimed, claim_webhook
from bench.figures import note
from core.cursor import encode_cursor
from core.db import Database
from core.secrets import Secrets
from models.alert import Alert
from models.delivery import Delivery, Webhook
from models.event import Event
from models.postmortem import ActionItem, Postmortem
from models.task import Task
from models.update import Update
from resolvers.context import Context
from resolvers.subscriptions import feed
from tests.effort import effort
from tests.privacy.exits import Exits, heard, nodes_of
from tests.privacy.organisation import INSIDERS, OUTSIDERS, STEPS, Organisation, StillClock
from tests.privacy.twin import forget
from tests.schema.client import runtime_of

STORIES = settings(
    max_examples=effort(1, 60),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
    print_blob=False,
)
"""Always the same stories: what fails in CI fails here."""

PLACE = st.integers(0, 5)
HANGING = (Task, Update, Alert, ActionItem, Postmortem, Event)
FEED_ROW = ("id", "kind", "incident_id", "number", "data")


def test_an_outsider_cannot_tell_a_world_with_private_incidents_from_one_without(fresh_database, template):
    counts = {"stories": 0, "exits": 0, "private": 0}

    @STORIES
    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(STEPS), PLACE, PLACE, st.sampled_from(INSIDERS)), max_size=effort(7, 14)
        )
    )
    def story(steps):
        with fresh_database(template) as url:
            asyncio.run(_compare(url, steps, counts))

    story()
    told = (
        f"{counts['exits']} answers to outsiders in {counts['stories']} stories, {counts['private']} private incidents"
    )
    note("privacy.twins", f"{told}: all equal to those of a world without")


async def _compare(url, steps, counts):
    database = Database(url, clock=StillClock(), pool_size=5, secrets=Secrets(["tests"]))
    try:
        organisation = await Organisation.founded(database)
        await organisation.lived(steps)
        hidden = await organisation.hidden()
        await _nothing_is_sent(organisation, hidden)
        refs = organisation.incidents
        nodes = await _hanging(database, hidden)
        words = [organisation.word(place) for place, ref in enumerate(refs) if ref in hidden]
        exits = Exits(organisation.world, words)
        there = {who: await _everything(exits, who, refs, hidden, nodes) for who in OUTSIDERS}
        for who, answers in there.items():
            _mute(answers, words, who, steps)
        await forget(database, hidden)
        for who in OUTSIDERS:
            never = await _everything(exits, who, refs, hidden, nodes)
            for name, answer in never.items():
                assert there[who][name] == answer, f"{who} can tell by {name}, after {steps}"
            counts["exits"] += len(never)
        counts["stories"] += 1
        counts["private"] += len(hidden)
    finally:
        await database.close()


async def _everything(exits, who, refs, hidden, nodes):
    """What somebody gets at every exit, and what the feed replays to them."""
    found = await exits.of(who, refs, hidden, nodes)
    runtime = runtime_of(exits.world.database)
    runtime.live.beat = 0.05
    async with runtime.live.running():
        ctx = Context(runtime, getattr(exits.world, who))
        events = await heard(feed(ctx, after=encode_cursor(0)))
        await ctx.close()
    found["feed"] = json.dumps([{name: getattr(event, name) for name in FEED_ROW} for event in events], default=str)
    return found


def _mute(answers, words, who, steps):
    """No answer holds a word of what is private, apart from the words that the question itself held."""
    for name, answer in answers.items():
        for word in words:
            assert word not in answer or word in name, f"{who} reads {word!r} in {name}, after {steps}"


async def _hanging(database, hidden):
    """The ids of the private incidents, and of everything that hangs on them."""
    keys = [int(reference[4:]) for reference in hidden]
    found = [("Incident", key) for key in keys]
    async with database.reading() as reader:
        for model in HANGING:
            rows = await reader.execute(select(model.id).where(model.incident_id.in_(keys)).order_by(model.id))
            found += [(model.__name__, row.id) for row in rows]
    return nodes_of(found)


async def _nothing_is_sent(organisation, hidden):
    """Mail about what is private goes to its members alone; webhooks are told nothing of it."""
    database, keys = organisation.world.database, [int(reference[4:]) for reference in hidden]
    async with database.reading() as reader:
        events = [row.id for row in await reader.execute(select(Event.id).where(Event.incident_id.in_(keys)))]
        webhook = await reader.scalar(select(Webhook.id))
    for event in events:
        async with database.unit_of_work() as session:
            await notify_of(session, event)
        async with database.unit_of_work() as session:
            assert not isinstance(await claim_webhook(session, event, webhook), Claimed)
    inside = {organisation.world.users[person].email for person in INSIDERS}
    async with database.reading() as reader:
        rows = await reader.execute(
            select(Delivery.to).where(Delivery.incident_id.in_(keys), Delivery.channel == "mail")
        )
        assert {row.to for row in rows} <= inside
