"""A dry run of what came says what became of it, whatever came and whatever the rules were."""

import asyncio
from collections import defaultdict
from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from actions.alerts.rehearsal import RoutingFate, rehearse
from actions.alerts.routing import read_routes
from actions.alerts.rule_sets import apply_routing_rules
from actions.branding.organisation import save_organisation
from core.db import Database
from core.secrets import Secrets
from models.words import AlertState
from resolvers.routing import past_of
from tests.actions.alerting import Monitor, alerts, firing, resolved
from tests.conftest import BEGINNING, MovedClock
from tests.effort import effort

WAITS = st.sampled_from([(kind, n) for kind in ("AFTER_ALERTS", "AFTER_SOURCES") for n in (2, 3)])
WHEN = st.one_of(
    st.sampled_from([{"create_incident": "ALWAYS"}, {"create_incident": "NEVER"}, {"drop_reason": "Noise."}]),
    WAITS.map(lambda each: {"create_incident": each[0], "threshold": each[1], "threshold_minutes": 10}),
)
TOGETHER = st.fixed_dictionaries(
    {
        "group_by": st.sampled_from([[], ["g"]]),
        "group_minutes": st.sampled_from([5, 60]),
        "service": st.sampled_from(["checkout-api", "search-api"]),
        "join_open": st.booleans(),
    }
)
RULES = st.tuples(st.tuples(WHEN, TOGETHER), st.tuples(WHEN, TOGETHER))
NEWS = st.tuples(st.sampled_from("abc"), st.booleans(), st.sampled_from("12"))
DELIVERY = st.tuples(
    st.integers(0, 1), st.sampled_from(["k", "l"]), st.lists(NEWS, min_size=1, max_size=3), st.integers(0, 7)
)
HISTORY = st.tuples(RULES, st.lists(DELIVERY, min_size=2, max_size=9))
FATES = settings(
    max_examples=effort(6, 400),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


def test_a_dry_run_says_what_became_of_alerts(peopled, fresh_database):
    numbers = count()
    with fresh_database(peopled[0]) as url, asyncio.Runner() as runner:
        clock = MovedClock(BEGINNING)
        database = Database(url, clock=clock, pool_size=2, secrets=Secrets(["tests"]))
        world = peopled[1].copy(database, clock)
        runner.run(world.do(save_organisation, world.ada, storm_incidents=0))
        try:

            @FATES
            @given(HISTORY)
            def holds(history):
                runner.run(_compare(world, history, next(numbers)))

            holds()
        finally:
            runner.run(database.close())


async def _compare(world, history, number):
    """Take a history under its rules, and hold what became of it against a dry run; then all of it ends."""
    rules, deliveries = history
    first, second = ({**when, **together} for when, together in rules)
    common = {"end_incident": "ALL", "flap_changes": 0}
    written = [
        {"name": f"{number} A", "matchers": {"kind": "x"}, **common, **first},
        {"name": f"{number} B", **common, **second},
    ]
    await world.do(apply_routing_rules, world.ada, rules=written)
    monitors = [await Monitor.create(world, f"{number} {n}") for n in range(2)]
    before = {row.id for row in await alerts(world)}
    fires = {}
    for source, key, news, minutes in deliveries:
        world.clock.advance(minutes=minutes)
        await _deliver(monitors[source], source, key, news, fires, world.clock.now())
    rows = [row for row in await alerts(world) if row.id not in before]
    async with world.database.unit_of_work() as session:
        routes = await read_routes(session)
    names = {monitor.source.id: monitor.source.name for monitor in monitors}
    told = rehearse([past_of(row, names[row.source_id]) for row in rows], routes).outcomes
    homes, thought = defaultdict(set), defaultdict(set)
    for row in rows:
        homes[row.incident_id].add(row.id)
        thought[told[row.id].first_id].add(row.id)
    assert {key: keys for key, keys in thought.items() if key is None} == {k: v for k, v in homes.items() if k is None}
    assert sorted(map(sorted, thought.values())) == sorted(map(sorted, homes.values())), (written, deliveries)
    dropped = {row.id for row in rows if row.state is AlertState.SUPPRESSED or row.suppressed_because}
    assert {key for key, each in told.items() if each.fate is RoutingFate.DROPPED} == dropped
    for (source, key, name), (start, g) in list(fires.items()):
        await monitors[source].sends(_ended(key, name, start, g, world.clock.now()), key=key)
    world.clock.advance(hours=2)


async def _deliver(monitor, source, key, news, fires, moment):
    said = []
    for name, fire, g in {name: (name, fire, g) for name, fire, g in news}.values():
        start, same = fires.get((source, key, name), (moment, g))
        if fire:
            fires[source, key, name] = start, same
            said.append(firing(f"{key}{name}", starts_at=start, **_labels(name, same)))
        else:
            fires.pop((source, key, name), None)
            said.append(_ended(key, name, start, same, moment))
    await monitor.sends(*said, key=key)


def _ended(key, name, start, g, moment):
    return resolved(f"{key}{name}", starts_at=start, ends_at=moment, **_labels(name, g))


def _labels(name, g):
    return {"kind": "x" if name == "a" else "y", "g": g}
