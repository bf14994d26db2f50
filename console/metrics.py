"""Metrics of incidents for other tools: `/metrics/incidents.csv` is a table, `/metrics/incidents` is for Prometheus."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.metrics.answer import Answer, Column, Part
from actions.metrics.question import Question, read_question
from auth.actor import Actor
from auth.permission import Permission, require
from console import openmetrics
from console.download import CSV_TYPE, answered, as_csv, headers_for
from core.errors import DomainError, invalid
from core.runtime import Runtime
from models.words import MetricDimension, MetricPeriod

GIVEN = {
    "metric": "metric",
    "firstDay": "first_day",
    "lastDay": "last_day",
    "version": "version",
    "period": "period",
    "timeZone": "time_zone",
    "groupBy": "group_by",
    "asOf": "as_of",
}
"""The parameters, as the API names them, and as we do."""
NEEDED = ("metric", "firstDay", "lastDay")
HEAD = ("metric", "version", "as_of", "time_zone", "unit", "first_day", "last_day", "whole")
FIGURES = ("count", "too_few", "sum", "mean", "median", "p90", "p95")

W = TypeVar("W", bound=StrEnum)


async def table(request: Request) -> Response:
    """The series of a metric, a row for each bucket and group; `answered` says how it is refused."""

    async def make(runtime: Runtime, actor: Actor) -> Response:
        require(actor, Permission.READ)
        given = _parameters(request.query_params.multi_items())
        async with runtime.database.reading() as reader:
            with _refusing():
                answer = Answer(reader, await read_question(reader, actor, **given))
            rows = [row async for row in _rows(answer)]
        by = [each.lower() for each in answer.question.by]
        name = f"muster-{answer.question.definition.key}.csv"
        return Response(as_csv([(*HEAD, *by, *FIGURES), *rows]), headers=headers_for(name, CSV_TYPE))

    return await answered(request, make)


@contextmanager
def _refusing() -> Iterator[None]:
    """Name the field at fault as the parameter is called."""
    try:
        yield
    except DomainError as error:
        error.field = next((name for name, own in GIVEN.items() if own == error.field), error.field)
        raise


async def _rows(answer: Answer) -> Any:
    question = answer.question
    if not question.by:
        for row in _series(question, (), await answer.series()):
            yield row
    for group in await answer.groups():
        for row in _series(question, group.parts, await answer.series(group.key)):
            yield row


def _series(question: Question, parts: Iterable[Part], series: Iterable[Column]) -> Iterator[tuple[object, ...]]:
    definition = question.definition
    asked = (definition.key, definition.version, question.cursor, question.span.zone.key, definition.unit.lower())
    names = [part.name for part in parts]
    for each in series:
        figures = (getattr(each.placed.figures, name) for name in FIGURES)
        yield (*asked, each.days.first_day, each.days.last_day, each.days.whole, *names, *figures)


def _parameters(items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What was asked. INVALID_INPUT for other parameters, for what is given twice or missing, and for what can't be."""
    given: dict[str, str] = {}
    for name, value in items:
        if name not in GIVEN or name in given:
            hint = f"Use {', '.join(GIVEN)}."
            raise invalid(name[:80], "There is no such parameter, or it is given twice.", hint)
        given[name] = value
    for name in NEEDED:
        if name not in given:
            raise invalid(name, f"{name} is missing.", f"Give {', '.join(NEEDED)}.")
    read = {"firstDay": _day, "lastDay": _day, "version": _number, "period": _period, "groupBy": _dimensions}
    return {GIVEN[name]: read[name](value, name) if name in read else value for name, value in given.items()}


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(name, f"{text[:80]!r} is not a day.", "Write it as 2026-11-24.") from None


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 (far more than there will be)
        raise invalid(name, f"{text[:80]!r} is not a number.", "Write it as 1.")
    return int(text)


def _word(words: type[W], text: str, name: str) -> W:
    try:
        return words(text.upper())
    except ValueError:
        raise invalid(name, f"{text[:80]!r} is none that there is.", f"Use {', '.join(words)}.") from None


def _period(text: str, name: str) -> MetricPeriod:
    return _word(MetricPeriod, text, name)


def _dimensions(text: str, name: str) -> list[MetricDimension]:
    return [_word(MetricDimension, part, name) for part in text.split(",")]


async def exposition(request: Request) -> Response:
    """Every metric over the past days, and the open incidents, for what the bearer of the token may see."""

    async def make(runtime: Runtime, actor: Actor) -> Response:
        require(actor, Permission.READ)
        days = _days(request.query_params.multi_items())
        async with runtime.database.reading() as reader:
            body = await openmetrics.exposed(reader, actor, days)
        return Response(body, headers={"Content-Type": openmetrics.CONTENT_TYPE, "Cache-Control": "no-store"})

    return await answered(request, make)


def _days(items: list[tuple[str, str]]) -> int:
    if [name for name, _ in items] not in ([], ["days"]):
        raise invalid(items[0][0][:80], "There is no such parameter, or it is given twice.", "Use days, or nothing.")
    days = _number(items[0][1], "days") if items else openmetrics.DAYS
    if not 1 <= days <= openmetrics.MOST_DAYS:
        raise invalid("days", f"{days} days can't be looked at.", f"Ask for 1 to {openmetrics.MOST_DAYS}.")
    return days


def routes(_: Runtime) -> list[BaseRoute]:
    """The two routes."""
    return [Route("/metrics/incidents", exposition), Route("/metrics/incidents.csv", table)]
