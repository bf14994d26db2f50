"""Questions that are narrowed: the figure of a group, of a person, of some hours; and all of an answer read at once."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from actions.metrics.answer import Answer
from actions.metrics.behind import Cell, Piece, incidents_behind
from actions.metrics.narrowing import Hours, Narrowing
from actions.metrics.question import read_question
from actions.metrics.singly import counts_by_hour, left_of, sums_of_people, tallies, values_of
from models.metrics.definitions import definition
from models.words import LeftOut, MetricDimension, MetricPeriod
from tests.actions.lifecycle import declared

DAYS = {"first_day": date(2026, 11, 2), "last_day": date(2026, 11, 22), "time_zone": "UTC"}
ALL = Cell(None, part=1)


class TestForty:
    """The forty incidents of tests.metrics.forty."""

    @pytest.fixture
    def database_url(self, made):
        return made.url

    @pytest.fixture
    async def ask(self, database, world):
        async with database.reading() as reader:

            async def ask(metric, by=(), narrowing=None, **days):
                asked = await read_question(reader, world.ben, metric=metric, **{**DAYS, **days}, group_by=by)
                return Answer(reader, asked if narrowing is None else replace(asked, narrowing=narrowing))

            yield ask

    @pytest.mark.parametrize("dimension", [each for each in MetricDimension if each is not MetricDimension.CAUSE])
    async def test_narrowed_to_a_group_is_that_group(self, ask, dimension):
        for key in ("mttr", "incidents", "responder_hours", "reopen_rate", "time_to_fill_roles"):
            groups = await (await ask(key, [dimension])).groups()
            assert groups, key
            for group in groups:
                alone = await ask(key, narrowing=Narrowing(((dimension, group.key[0]),)))
                assert (await alone.total()).figures == group.total.figures, (key, group.parts)
                assert (await alone.before()).figures == group.before.figures, (key, group.parts)
                one, other = await alone.series(), await group.total.answer.series(group.key)
                assert [each.placed.figures for each in one] == [each.placed.figures for each in other], (
                    key,
                    group.parts,
                )
                again = await ask(key, [dimension], Narrowing(((dimension, group.key[0]),)))
                assert [each.key for each in await again.groups()] == [group.key], "a narrowed one has no other group"

    async def test_two_dimensions_and_what_is_behind(self, ask):
        answer = await ask("incidents", [MetricDimension.SEVERITY, MetricDimension.SERVICE])
        for group in await answer.groups():
            narrowing = Narrowing(tuple(zip(answer.question.by, group.key, strict=True)))
            alone = await ask("incidents", narrowing=narrowing)
            assert (await alone.total()).figures.count == group.total.figures.count
            cells = await incidents_behind(alone.reader, alone.question, [ALL], Piece(100))
            theirs = await incidents_behind(answer.reader, answer.question, [Cell(group.key, part=1)], Piece(100))
            assert cells[ALL] == theirs[Cell(group.key, part=1)]

    async def test_values_and_reasons(self, ask, made):
        number = {name: int(reference.removeprefix("INC-")) for name, reference in made.references.items()}
        answer = await ask("mttr")
        week = Cell(None, bucket=3)
        found = await values_of(answer.reader, answer.question, week, [number[f"w3-{n}"] for n in range(4)])
        assert set(map(tuple, found.values())) == {(200 * 60.0,)}
        assert len(found) == 4
        left = await left_of(answer.reader, answer.question, Cell(None, bucket=1), 10)
        assert dict(left.found) == {number["open"]: LeftOut.NO_END, number["unknown"]: LeftOut.NO_START}
        one = await left_of(answer.reader, answer.question, Cell(None, bucket=1), 1)
        assert (len(one.found), one.count) == (1, 2)
        assert (await left_of(answer.reader, answer.question, week, 10)).found == []

    async def test_hours_of_a_weekday(self, ask):
        answer = await ask("incidents")
        counts = await counts_by_hour(answer.reader, answer.question)
        assert sum(counts.values()) == 26
        # Week 1 begins Monday 09:00 and goes on every 3 hours; week 2 the same; week 3 every 5.
        assert counts[0, 9] == 3
        assert counts[0, 12] == 2
        for place, count in counts.items():
            alone = await ask("incidents", narrowing=Narrowing(hours=Hours(*place)))
            assert (await alone.total()).figures.count == count, place
        days = Counter()
        for (day, _), count in counts.items():
            days[day] += count
        for day in range(7):
            alone = await ask("incidents", narrowing=Narrowing(hours=Hours(day, 0, 24)))
            assert (await alone.total()).figures.count == days[day]

    async def test_shares_are_told_in_full_where_figures_are_too_few(self, ask):
        answer = await ask("reopen_rate")
        assert await tallies(answer.reader, answer.question) == {1: (0, 11), 2: (0, 10), 3: (0, 4)}
        assert (
            await sums_of_people(answer.reader, replace(answer.question, definition=definition("pages_at_night"))) == {}
        )


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"])
async def test_hours_where_clocks_are_changed(world, database, clock, zone):
    """An hour that comes twice is one; one that is skipped has nothing in it; whatever the offset is."""
    moments = [datetime(2026, 10, 24, 22, 10, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(10)]
    moments += [datetime(2026, 3, 28, 23, 10, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(8)]
    moments += [datetime(2026, 10, 3, 15, 10, tzinfo=UTC) + timedelta(minutes=15 * n) for n in range(6)]
    for moment in sorted(moments):
        clock.moment = moment
        await declared(world)
    days = {"first_day": date(2026, 3, 1), "last_day": date(2026, 11, 30), "period": MetricPeriod.MONTH}
    async with database.reading() as reader:
        asked = await read_question(reader, world.ben, metric="incidents", time_zone=zone, **days)
        counts = await counts_by_hour(reader, asked)
        local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
        assert counts == Counter((each.weekday(), each.hour) for each in local)
        for day in range(7):
            for hour in range(24):
                narrowed = replace(asked, narrowing=Narrowing(hours=Hours(day, hour)))
                total = (await Answer(reader, narrowed).total()).figures.count
                assert total == counts[day, hour], (day, hour)
    if zone == "Europe/Berlin":
        # 25 October: 00:10 and 00:40 UTC are 02:10 and 02:40 summer time; an hour later it is 02:10 and 02:40 again.
        assert counts[6, 2] == 4
