"""The figure of alerts that led to an incident, and of those that led to none."""

from datetime import datetime

from actions.archived import alerts_from
from actions.metrics.narrowing import Narrowing
from console.board import words
from console.board.board import PATH, Board
from console.board.charts.bars import Bar, Layer, rows
from console.board.figure import Entry, Figure, Key, Row, Table
from core import ids
from models.service import Service
from models.words import MetricDimension, MetricUnit
from resolvers.catalogue import services
from resolvers.noise import Rule, Span, noise

SHOWN = 6
FEW = 5
HEAD = ("Rule", "Source", "Led to an incident", "Led to none")


async def span_of(board: Board) -> Span:
    """The days and the services that the dashboard is of. Alerts have no severity."""
    edges, narrowing = board.asked.question.span.edges, board.asked.question.narrowing
    wanted = _services(narrowing, await services(board.ctx))
    return Span(edges[1], edges[-1], wanted)


def _services(narrowing: Narrowing, known: list[Service]) -> list[int] | None:
    chosen = dict(narrowing.groups)
    found = known
    if MetricDimension.SERVICE in chosen:
        found = [each for each in found if each.id == chosen[MetricDimension.SERVICE]]
    if MetricDimension.TEAM in chosen:
        found = [each for each in found if each.owner_id == chosen[MetricDimension.TEAM]]
    return None if found is known else [each.id for each in found]


async def archived_words(board: Board, first: datetime) -> str:
    """What is to be said where alerts since a moment were archived: those without an incident are missing."""
    until = await alerts_from(board.ctx.reader)
    if until is None or until < first:
        return ""
    return (
        f"; those without an incident were archived up to {until.astimezone(board.asked.question.span.zone):%-d %B %Y}"
    )


async def alert_noise(board: Board) -> Figure:
    """Which part of the alerts led to nothing, and of which rules they are."""
    span = await span_of(board)
    found = await noise(board.ctx, span)
    count, useful = sum(each.raised for each in found), sum(each.useful for each in found)
    bars = [
        Bar(
            each.rule,
            [Layer("c-useful", each.useful), Layer("c-noise", each.raised - each.useful)],
            f"{each.useful:,} of {each.raised:,}",
        )
        for each in found[:SHOWN]
    ]
    told = ", ".join(f"{each.rule} {each.useful:,} of {each.raised:,}" for each in found[:SHOWN])
    title = "Alerts that led to an incident, by rule"
    hint = "Alerts that led to no incident, or to one that was declined; suppressed ones left out"
    hint += await archived_words(board, span.first)
    if MetricDimension.SEVERITY in board.asked.groups:
        hint += "; of every severity, for alerts have none"
    return Figure(
        "noise",
        "Alert noise",
        "",
        _big(count, useful),
        f"{PATH}/noise?{board.asked.query()}" if count else None,
        hint,
        f"{count - useful:,} of {count:,} alerts." if count else "No alerts in these days.",
        rows("noise", title, f"Led to an incident: {told}.", bars) if found else None,
        _table(board, title, found) if found else None,
        [Key("led to an incident", "c-useful"), Key("led to none", "c-noise")],
    )


def _big(count: int, useful: int) -> str:
    if not count:
        return words.NONE
    if count < FEW:
        return f"{count} alert{'s' if count > 1 else ''}"
    return words.spoken(MetricUnit.SHARE, (count - useful) / count)


def _alerts_of(board: Board, found: Rule) -> str:
    source = ids.encode("AlertSource", found.source_id)
    return f"{PATH}/noise?{board.asked.query(source=source, rule=found.rule)}"


def _table(board: Board, caption: str, found: list[Rule]) -> Table:
    lines = [
        Row(
            Entry(each.rule, each.rule),
            [
                Entry(each.source, each.source),
                Entry(f"{each.useful:,}", each.useful),
                Entry(
                    f"{each.raised - each.useful:,}",
                    each.raised - each.useful,
                    _alerts_of(board, each),
                    f"show the alerts of {each.rule}",
                ),
            ],
        )
        for each in found
    ]
    return Table(caption, HEAD, lines)
