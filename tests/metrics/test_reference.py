"""Histories that nobody thought of, answered by the product and by plain Python, as they are and as they were."""

from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

import actions.metrics.figures
from actions.action_items import add_action_item, change_action_item
from actions.declarations import declare_incident
from actions.endings import cancel_incident, decline_incident, reopen_incident
from actions.merges import merge_incident
from actions.metrics.answer import Answer
from actions.metrics.question import read_question
from actions.reminders import sweep_due
from actions.reports import acknowledge_incident, report_incident
from actions.roles import assign_role, relinquish_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.timestamps import correct_timestamp
from actions.updates import publish_update
from actions.visibility_changes import change_visibility
from core import ids
from core.cursor import encode_cursor
from core.errors import DomainError
from models.lifecycle import TRANSITIONS, Verb
from models.metrics.calendar import period_of
from models.metrics.definitions import DEFINITIONS
from models.words import ActionItemState, Audience, IncidentKind, IncidentTimestamp, MetricPeriod, Visibility
from tests.actions.lifecycle import given as held
from tests.effort import effort
from tests.metrics.reference import Reference, percentile, picture

KEYS = [key for key in DEFINITIONS if not key.startswith("pages_")]
"""Pages rest on the ledger of messages: test_efforts."""
PICK, WAIT = some.integers(0, 5), some.sampled_from([0, 0, 1, 20, 90, 700, 3000])
STEP = some.tuples(some.integers(0, 99), PICK, PICK, WAIT)
"""What, to which incident, with what else, and after how many minutes."""
ROLES = ["commander", "scribe", "technical_lead", "communications_lead"]
ZONES = ["UTC", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu"]


ENDS = (Verb.DECLINE, Verb.CANCEL)
ACTIONS = {
    Verb.ACKNOWLEDGE: acknowledge_incident,
    Verb.DECLARE: declare_incident,
    Verb.DECLINE: decline_incident,
    Verb.CHANGE_STAGE: change_stage,
    Verb.CANCEL: cancel_incident,
    Verb.REOPEN: reopen_incident,
}


class Teller:
    """Carries out steps; what is refused changes nothing."""

    def __init__(self, world):
        self.world, self.made, self.items = world, [], []

    async def step(self, what, at, more, wait):
        clock = self.world.clock
        clock.advance(minutes=wait)
        now = clock.moment
        do = self.world.do
        ref = self.made[at % len(self.made)] if self.made else "INC-1"
        other = self.made[more % len(self.made)] if self.made else "INC-1"
        ben, role, person = self.world.ben, ROLES[more % 4], self.world.id_of(("ben", "chi")[at % 2])
        which, earlier = list(IncidentTimestamp)[(at + more) % 7], now - timedelta(minutes=more * 30)
        ways = (
            (5, lambda: self.make(report_incident, detected_at=earlier)),
            (6, lambda: self.make(declare_incident, severity="SEV2", impact_started_at=earlier, detected_at=now)),
            (3, lambda: self.make(declare_incident, severity="SEV1", roles=[held(role, person)], kind=self.kind(more))),
            (45, lambda: self.go_on(ref, at + more, earlier if wait == 1 else None)),
            (10, lambda: do(correct_timestamp, ben, incident=ref, timestamp=which, value=earlier, reason="so")),
            (4, lambda: do(merge_incident, ben, incident=ref, into=other)),
            (2, lambda: do(change_severity, ben, incident=ref, severity="SEV1", reason="worse")),
            (8, lambda: do(assign_role, ben, incident=ref, role=role, user=person)),
            (4, lambda: do(relinquish_role, ben, incident=ref, role=role)),
            (5, lambda: do(publish_update, ben, incident=ref, audience=Audience.INTERNAL, body="We look.")),
            (2, lambda: sweep_due(self.world.database)),
            (1, lambda: do(change_visibility, ben, incident=ref, visibility=list(Visibility)[more % 2], reason="so")),
            (3, lambda: self.owe(ref if more else None, now.date() + timedelta(days=more % 3))),
            (2, lambda: self.pay(more)),
        )
        place = what
        for weight, way in ways:
            place -= weight
            if place < 0:
                with suppress(DomainError):
                    await way()
                return

    async def go_on(self, ref, choice, earlier):
        """One of the ways on from where an incident stands; the ends are rare."""
        stage = (await self.world.incident(int(ref.removeprefix("INC-")))).stage
        ways = [(verb, target) for verb, targets in TRANSITIONS[stage].items() for target in sorted(targets)]
        ways = [way for way in ways if way[0] is not Verb.MERGE and (way[0] not in ENDS or choice == 0)]
        verb, target = ways[choice % len(ways)] if ways else (Verb.REOPEN, None)
        given_ = {"incident": ref, **{Verb.DECLARE: {"severity": "SEV1"}}.get(verb, {})}
        if verb is Verb.CHANGE_STAGE:
            given_ |= {"stage": target, "occurred_at": earlier}
        elif verb in (Verb.REOPEN, *ENDS):
            given_ |= {"reason": "so"}
        await self.world.do(ACTIONS[verb], self.world.ben, **given_)

    def kind(self, more):
        return IncidentKind.DRILL if more == 5 else IncidentKind.REAL

    async def make(self, action, **fields):
        made = await self.world.do(action, self.world.ben, title="Broken", **fields)
        self.made.append(made.reference)

    async def owe(self, incident, due_on):
        given_ = {"title": "Mend it", "owner": "payments", "incident": incident, "due_on": due_on}
        item = await self.world.do(add_action_item, self.world.ben, **given_)
        self.items.append(ids.encode("ActionItem", item.id))

    async def pay(self, more):
        if self.items:
            item = self.items[more % len(self.items)]
            await self.world.do(change_action_item, self.world.ben, action_item=item, state=ActionItemState.DONE)


async def compare(world, who, then, today, zone, period, keys):
    """Total and series of some metrics at a place, by both; none are too few to be compared."""
    reference = Reference(then, today, world.users[who].id, ZoneInfo(zone))
    last = world.clock.moment.date() + timedelta(days=3)
    async with world.database.reading() as reader:
        for key in keys:
            asked = {"metric": key, "first_day": last - timedelta(days=30), "last_day": last, "time_zone": zone}
            asked |= {"period": period, "as_of": encode_cursor(then.place)}
            question = await read_question(reader, getattr(world, who), **asked)
            answer = Answer(reader, question)
            columns = await answer.series()
            found = reference.values(key)
            for column in columns:
                inside = period_of(column.days.first_day, period)
                own = [
                    value for day, value in found if inside.first_day <= day <= inside.last_day and within(day, asked)
                ]
                same(column.placed.figures, own, (key, column.days, then.place, who))
            same((await answer.total()).figures, [v for d, v in found if within(d, asked)], (key, then.place, who))


def within(day, asked):
    return asked["first_day"] <= day <= asked["last_day"]


def same(figures, values, told):
    assert figures.count == len(values), told
    if figures.mean is not None:
        assert figures.mean == pytest.approx(sum(values) / len(values), abs=1e-3), told
    if figures.median is not None:
        for share, figure in ((0.5, figures.median), (0.9, figures.p90), (0.95, figures.p95)):
            assert figure == pytest.approx(percentile(values, share), abs=1e-3), (told, share)
    if not values and told[0] != "incidents":
        assert (figures.too_few, figures.mean, figures.median) == (True, None, None), told


@settings(
    max_examples=effort(3, 250),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # a history that fails is told as it is: making it smaller takes minutes
)
@given(
    some.lists(STEP, min_size=20, max_size=effort(30, 60)),
    some.integers(0, 100),
    some.sampled_from(ZONES),
    some.sampled_from(list(MetricPeriod)),
    some.sampled_from(["ben", "eve"]),
)
async def test_any_history_gives_what_plain_python_gives(world, steps, cut, zone, period, who):
    teller = Teller(world)
    for at in range(4):
        await teller.step(at % 2 * 6, at, at, 5)
    for step in steps[: len(steps) * cut // 100]:
        await teller.step(*step)
    then = await picture(world.database)
    for step in steps[len(steps) * cut // 100 :]:
        await teller.step(*step)
    now = await picture(world.database)
    with patch.object(actions.metrics.figures, "FEW", 1):
        await compare(world, who, now, now, zone, period, KEYS)
        await compare(world, who, then, now, zone, period, KEYS)
