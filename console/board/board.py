"""One look at the dashboard: the question that all its figures share, and the answers that were read for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions.metrics.answer import Answer, Column
from actions.metrics.narrowing import Hours
from actions.metrics.question import Question
from console.board import words
from console.board.asked import Asked
from core import ids
from models.metrics.definitions import definition
from models.words import MetricDimension, MetricPeriod
from resolvers import branding
from resolvers.context import Context

PATH = "/console/dashboard"


class Board:
    """Reads every metric at most once, in the snapshot of the page."""

    def __init__(self, ctx: Context, asked: Asked) -> None:
        self.ctx = ctx
        self.asked = asked
        self._aims: Mapping[str, float] | None = None
        self._answers: dict[tuple[str, tuple[MetricDimension, ...]], Answer] = {}

    def answer(self, metric: str, *by: MetricDimension) -> Answer:
        """The answer for a metric."""
        key = metric, by
        if key not in self._answers:
            self._answers[key] = Answer(self.ctx.reader, self.question(metric, *by))
        return self._answers[key]

    async def aim(self, metric: str) -> float | None:
        """What the organisation wants of a metric, in its unit (seconds, a share of 1); None without an aim."""
        if self._aims is None:
            organisation = await branding.organisation(self.ctx)
            self._aims = {} if organisation is None else organisation.aims
        return self._aims.get(metric)

    def question(self, metric: str, *by: MetricDimension) -> Question:
        """The dashboard's question for one metric."""
        return replace(self.asked.question, definition=definition(metric), by=by)

    @property
    def period(self) -> MetricPeriod:
        """How long buckets are."""
        return self.asked.question.period

    @property
    def each(self) -> str:
        """What a bucket is: `week`."""
        return words.EACH[self.period]

    @property
    def earlier(self) -> str:
        """What the time before is called."""
        return words.earlier(self.asked.question.span)

    def name_of(self, column: Column) -> str:
        """What a bucket is called."""
        return words.bucket(column.days, self.period)

    def behind(self, key: str, **more: object) -> str:
        """Where the incidents behind a number are: `bucket` counts from 1 on, `person` is a key; nothing is all."""
        if isinstance(person := more.get("person"), int):
            more["person"] = ids.encode("User", person)
        return f"{PATH}/{key}?{self.asked.query(**more)}"

    def in_hours(self, key: str, hours: Hours) -> str:
        """The same of some hours of a weekday."""
        return self.behind(key, weekday=hours.weekday, hour=hours.first, hours=hours.count)

    def over(self, columns: Sequence[object]) -> str:
        """`over 12 weeks`."""
        return f"over {len(columns)} {self.each}{'s' if len(columns) != 1 else ''}"
