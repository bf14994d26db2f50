"""Forty incidents whose numbers are worked out by hand in tests.metrics.test_forty. All times are UTC.

| when | incidents | impact to resolution in minutes |
| --- | --- | --- |
| in the week before (Mon 26 Oct 2026) | 6, SEV2 | 20 each |
| week 1 (Mon 2 Nov) | 10, SEV1 for the first five, then SEV2; Checkout, every second one Search too | 10, 20, … 100 |
| week 2 (Mon 9 Nov) | 10, SEV3, reported and acknowledged after 1, 2, … 10 min; Search | 15, 30, … 150 |
| week 3 (Mon 16 Nov) | 4, SEV2, of no service | 200 each |
| in week 1 | 10 that do not count, or not everywhere | see `UNCOUNTED` |

The impact begins 5 minutes before each is detected. In week 1, Ben commands from the declaration on.
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from actions.declarations import declare_incident
from actions.endings import cancel_incident, decline_incident
from actions.merges import merge_incident
from actions.reports import acknowledge_incident, report_incident
from actions.stages import change_stage
from models.words import IncidentKind, Stage, Visibility

UNCOUNTED = (
    *("drill", "drill", "backfilled", "backfilled", "declined", "cancelled", "merged"),
    *("private: Ada's alone, 1,000 min", "open: not resolved yet", "without a known start of its impact"),
)

MONDAY = datetime(2026, 10, 26, 9, 0, tzinfo=UTC)
WEEK, DAY, HOUR, MINUTE = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
EARLY = 5 * MINUTE
"""By how much the impact began before it was noticed."""


class Forty:
    """Makes them; `references` has them by `w1-0`, `open` and the like."""

    def __init__(self, world):
        self.world = world
        self.references = {}

    async def make(self):
        for n in range(6):
            await self.direct(f"w0-{n}", MONDAY + n * HOUR, 20, "SEV2")
        for n in range(10):
            services = ["checkout-api", "search-api"] if n % 2 else ["checkout-api"]
            severity = "SEV1" if n < 5 else "SEV2"
            roles = [SimpleNamespace(role="commander", user=self.world.id_of("ben"))]
            at = MONDAY + WEEK + n * 3 * HOUR
            await self.direct(f"w1-{n}", at, 10 * (n + 1), severity, services=services, roles=roles)
        await self.uncounted(MONDAY + WEEK + 3 * DAY)
        for n in range(10):
            await self.reported(f"w2-{n}", MONDAY + 2 * WEEK + n * 3 * HOUR, 15 * (n + 1), n + 1)
        for n in range(4):
            await self.direct(f"w3-{n}", MONDAY + 3 * WEEK + n * 5 * HOUR, 200, "SEV2")

    def at(self, moment):
        self.world.clock.moment = moment - timedelta(microseconds=1)  # it moves on by one when it is asked

    async def declare(self, name, at, severity, by="ben", **more):
        self.at(at)
        made = await self.world.do(
            declare_incident, getattr(self.world, by), title=name, severity=severity, detected_at=at, **more
        )
        self.references[name] = made.reference
        return made.reference

    async def direct(self, name, at, minutes, severity, by="ben", **more):
        ref = await self.declare(name, at, severity, by, impact_started_at=at - EARLY, **more)
        await self.resolve(ref, at - EARLY + minutes * MINUTE, by)

    async def resolve(self, ref, at, by="ben"):
        self.at(at)
        actor = getattr(self.world, by)
        await self.world.do(change_stage, actor, incident=ref, stage=Stage.RESOLUTION, occurred_at=at)

    async def reported(self, name, at, minutes, acknowledged):
        self.at(at)
        made = await self.world.do(report_incident, self.world.chi, title=name, detected_at=at, services=["search-api"])
        self.references[name] = made.reference
        self.at(at + acknowledged * MINUTE)
        await self.world.do(acknowledge_incident, self.world.chi, incident=made.reference)
        given = {"incident": made.reference, "severity": "SEV3", "impact_started_at": at - EARLY}
        await self.world.do(declare_incident, self.world.chi, **given)
        await self.resolve(made.reference, max(at - EARLY + minutes * MINUTE, at + (acknowledged + 1) * MINUTE))

    async def uncounted(self, at):
        do, world = self.world.do, self.world
        for n in range(2):
            await self.direct(f"drill-{n}", at, 500, "SEV1", kind=IncidentKind.DRILL)
        for n in range(2):
            self.at(at + DAY)
            ref = await self.declare(f"backfilled-{n}", at, "SEV1", kind=IncidentKind.BACKFILLED, declared_at=at)
            self.at(at + DAY)
            await do(change_stage, world.ben, incident=ref, stage=Stage.RESOLUTION)
        self.at(at + DAY)
        for name, end in (("declined", decline_incident), ("cancelled", cancel_incident)):
            made = await do(report_incident, world.ben, title=name, detected_at=at)
            await do(end, world.ben, incident=made.reference, reason="nothing")
            self.references[name] = made.reference
        await self.declare("open", at + 6 * HOUR, "SEV1", impact_started_at=at + 5 * HOUR)
        merged = await self.declare("merged", at + 7 * HOUR, "SEV1", impact_started_at=at)
        await do(merge_incident, world.ben, incident=merged, into=self.references["open"])
        private = {"visibility": Visibility.PRIVATE, "by": "ada"}
        await self.direct("private", at, 1000, "SEV1", **private)
        unknown = await self.declare("unknown", at, "SEV1")
        await self.resolve(unknown, at + HOUR)
