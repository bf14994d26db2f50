"""The figures of how many: by severity and week, by service, and by weekday and hour."""

from collections.abc import Sequence

from actions.metrics.answer import Column, Grouped
from actions.metrics.figures import Figures
from actions.metrics.narrowing import Hours
from actions.metrics.singly import counts_by_hour
from console.board import words
from console.board.board import Board
from console.board.charts.bars import Bar, Layer, columns, rows
from console.board.charts.heat import DAYS, HOURS, heat
from console.board.figure import Entry, Figure, Key, Row, Table
from console.board.times import counted
from models.words import MetricDimension

INCIDENTS = "incidents"
FILLS = 4
"""How many severities have a fill of their own; those below share the last."""
SHOWN = 8
"""Services that have a bar; the table has them all."""
WORKING = range(9, 17)
"""The hours of a working day."""
BLOCK = 4
"""Hours that the table of weekdays takes together."""


async def by_severity(board: Board) -> Figure:
    """How many in each bucket, the worst severity at the bottom."""
    answer = board.answer(INCIDENTS, MetricDimension.SEVERITY)
    total, before, whole = await _whole(board)
    choices = board.asked.choices[MetricDimension.SEVERITY]
    order = {each.key: n for n, each in enumerate(choices)}
    groups = sorted(await answer.groups(), key=lambda group: order.get(group.parts[0].key or 0, len(order)))
    series = [(each, await answer.series(each.key)) for each in groups]
    fills = [_fill(each, order) for each in groups]
    bars = [
        Bar(
            board.name_of(column),
            [Layer(fill, own[n].placed.figures.count) for fill, (_, own) in zip(fills, series, strict=True)],
        )
        for n, column in enumerate(whole)
    ]
    named = [f"{group.total.figures.count:,} {_name(group)}" for group in groups]
    title = f"Incidents by {board.each} and severity"
    finding = f"{total.count:,} {_incidents(total.count)} {board.over(whole)}: {', '.join(named)}."
    return Figure(
        "severity",
        "By severity",
        "",
        f"{total.count:,}" if total.count else words.NONE,
        board.behind(INCIDENTS) if total.count else None,
        "Incidents by when they were detected; drills left out",
        words.against(answer.question.definition, total, before, board.earlier),
        columns("severity", title, finding, bars) if total.count else None,
        _by_bucket(board, title, whole, series) if total.count else None,
        [Key(_name(group), fill) for group, fill in zip(groups, fills, strict=True)],
    )


def _incidents(count: int) -> str:
    return "incident" if count == 1 else "incidents"


async def _whole(board: Board) -> tuple[Figures, Figures, list[Column]]:
    answer = board.answer(INCIDENTS)
    return (await answer.total()).figures, (await answer.before()).figures, await answer.series()


def _name(group: Grouped) -> str:
    return group.parts[0].name or f"no {group.parts[0].dimension.lower()}"


def _fill(group: Grouped, order: dict[int, int]) -> str:
    """A severity's fill, by its rank."""
    key = group.parts[0].key
    return "c-none" if key is None else f"c-sev{min(order.get(key, FILLS - 1), FILLS - 1) + 1}"


def _by_bucket(
    board: Board, caption: str, whole: Sequence[Column], series: Sequence[tuple[Grouped, list[Column]]]
) -> Table:
    head = (words.HEAD[board.period], *(_name(group) for group, _ in series))
    values = [board.asked.value_of(MetricDimension.SEVERITY, group.parts[0].key) for group, _ in series]
    lines = [
        Row(
            Entry(board.name_of(column), column.days.first_day),
            [counted(board, INCIDENTS, own[n], severity=value) for value, (_, own) in zip(values, series, strict=True)],
        )
        for n, column in enumerate(whole)
    ]
    return Table(caption, head, lines)


async def by_service(board: Board) -> Figure:
    """How many touched each service, the most first."""
    answer = board.answer(INCIDENTS, MetricDimension.SERVICE)
    groups = await answer.groups()
    bars = [
        Bar(_name(group), [Layer("c-useful", group.total.figures.count)], f"{group.total.figures.count:,}")
        for group in groups[:SHOWN]
    ]
    title = "Incidents by service"
    named = [f"{_name(group)} {group.total.figures.count:,}" for group in groups[:SHOWN]]
    more = len(groups) - SHOWN + await answer.more_groups()
    worst = groups[0] if groups else None
    return Figure(
        "service",
        "By service",
        "",
        words.NONE if worst is None else _name(worst),
        None if worst is None else _of_service(board, worst),
        "What touches two services counts in both" + (f"; {more:,} more services are in the table" if more > 0 else ""),
        "" if worst is None else _compared(board, worst),
        rows("service", title, f"{', '.join(named)}.", bars) if groups else None,
        _by_service(board, title, groups) if groups else None,
    )


def _compared(board: Board, group: Grouped) -> str:
    definition = board.question(INCIDENTS).definition
    return words.against(definition, group.total.figures, group.before.figures, board.earlier)


def _of_service(board: Board, group: Grouped) -> str:
    value = board.asked.value_of(MetricDimension.SERVICE, group.parts[0].key)
    return board.behind(INCIDENTS, service=value)


def _by_service(board: Board, caption: str, groups: Sequence[Grouped]) -> Table:
    lines = [
        Row(
            Entry(_name(group), _name(group)),
            [
                Entry(
                    f"{group.total.figures.count:,}",
                    group.total.figures.count,
                    _of_service(board, group),
                    f"incidents of {_name(group)}",
                ),
                Entry(f"{group.before.figures.count:,}", group.before.figures.count),
            ],
        )
        for group in groups
    ]
    return Table(caption, ("Service", "Incidents", "Before"), lines)


async def by_hour(board: Board) -> Figure:
    """When they begin, by weekday and hour in the dashboard's zone."""
    question = board.question(INCIDENTS)
    counts = await counts_by_hour(board.ctx.reader, question)
    zone = question.span.zone.key
    title = f"When incidents begin, by weekday and hour ({zone})"
    first = max(counts, key=lambda place: (counts[place], -place[0], -place[1]), default=None)
    return Figure(
        "hours",
        "When they begin",
        "fig-4",
        words.NONE if first is None else f"{DAYS[first[0]]} {first[1]:02}{words.TO}{first[1] + 1:02} h",
        None if first is None else board.in_hours(INCIDENTS, Hours(*first)),
        f"Weekday and hour in {zone}; a larger square is more incidents",
        "" if first is None else f"The hour with the most: {counts[first]:,} of {sum(counts.values()):,}.",
        None if first is None else heat("hours", title, _busiest(counts), counts),
        None if first is None else _by_block(board, counts),
    )


def _busiest(counts: dict[tuple[int, int], int]) -> str:
    days = [sum(counts.get((day, hour), 0) for hour in range(HOURS)) for day in range(len(DAYS))]
    total, most = sum(days), max(range(len(DAYS)), key=days.__getitem__)
    working = sum(count for (_, hour), count in counts.items() if hour in WORKING)
    return (
        f"Most begin on {DAYS[most]}: {days[most]:,} of {total:,}. "
        f"Between {WORKING.start:02}:00 and {WORKING.stop:02}:00 begin {working:,}."
        " The larger the square, the more incidents."
    )


def _by_block(board: Board, counts: dict[tuple[int, int], int]) -> Table:
    blocks = range(0, HOURS, BLOCK)
    lines = [
        Row(
            Entry(name, name),
            [
                _block(board, day, first, sum(counts.get((day, hour), 0) for hour in range(first, first + BLOCK)))
                for first in blocks
            ],
        )
        for day, name in enumerate(DAYS)
    ]
    zone = board.asked.question.span.zone.key
    caption = f"Incidents by weekday, in four-hour blocks ({zone})"
    return Table(caption, ("Day", *(f"{first:02}" for first in blocks)), lines)


def _block(board: Board, day: int, first: int, count: int) -> Entry:
    href = board.in_hours(INCIDENTS, Hours(day, first, BLOCK)) if count else None
    return Entry(f"{count:,}", count, href, f"{DAYS[day]} from {first:02} to {first + BLOCK:02} h")
