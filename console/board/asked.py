"""What a dashboard is asked for: the parameters of its address, read and checked."""

from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from actions.check import time_zone
from actions.metrics.narrowing import Narrowing
from actions.metrics.question import Question, read_question
from console.board.period import days_asked
from console.desk import Desk
from console.fields import Fields
from core.errors import DomainError, not_found
from models.words import MetricDimension
from resolvers.catalogue import services, severities
from resolvers.people import teams

NOTHING = "none"
"""The value of a group without a key: incidents of no service, of no severity."""
NAMES = {"first_day": "from", "last_day": "to", "time_zone": "zone"}
"""Fields as the API names them, and as the form does."""
BASE = "incidents"
"""The metric that is asked for first; every figure is the same question for another one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that a dashboard can be narrowed to: how it is called in an address and by people, and its key."""

    value: str
    name: str
    key: int
    archived: bool


Choices = dict[MetricDimension, list[Choice]]


@dataclass(frozen=True)
class Asked:
    """A checked question for a whole dashboard. `groups`: what it is narrowed to; None being what has nothing there."""

    question: Question
    choices: Choices
    groups: dict[MetricDimension, Choice | None]

    def query(self, **more: object) -> str:
        """The query string of the same question, its days spelt out; `more`: further parameters, or other values."""
        parts = {**self._parts, **{name: urlencode({name: value}) for name, value in more.items()}}
        return "&".join(parts.values())

    @cached_property
    def _parts(self) -> dict[str, str]:
        """Each parameter, written once: a page has hundreds of links."""
        span = self.question.span
        given = {
            "from": span.whole.first_day,
            "to": span.whole.last_day,
            "by": self.question.period.lower(),
            "zone": span.zone.key,
            **{dimension.lower(): found.value if found else NOTHING for dimension, found in self.groups.items()},
        }
        return {name: urlencode({name: value}) for name, value in given.items()}

    def value_of(self, dimension: MetricDimension, key: int | None) -> str:
        """How a group is called in an address."""
        return next((each.value for each in self.choices[dimension] if each.key == key), NOTHING)

    @property
    def narrowed(self) -> list[str]:
        """What it is narrowed to, by name: `Payments`, `no service`."""
        return [found.name if found else f"no {each.lower()}" for each, found in self.groups.items()]


async def read_choices(desk: Desk) -> Choices:
    """The teams, services and severities that there are, archived ones last."""
    kinds = await severities(desk.ctx)
    return {
        MetricDimension.TEAM: [Choice(each.slug, each.name, each.id, each.archived) for each in await teams(desk.ctx)],
        MetricDimension.SERVICE: [
            Choice(each.slug, each.name, each.id, each.archived) for each in await services(desk.ctx)
        ],
        MetricDimension.SEVERITY: [Choice(each.name, each.name, each.severity_id, each.archived) for each in kinds],
    }


async def read_asked(desk: Desk, fields: Fields, choices: Choices) -> Asked:
    """The question in an address. INVALID_INPUT and NOT_FOUND name the field of the form that they are about."""
    try:
        zone = time_zone(fields.optional("zone") or (await desk.times()).zone_name, "zone")
        first, last, period = days_asked(fields, desk.now.astimezone(zone).date())
        groups = {
            each: _found(choices[each], each, value) for each in choices if (value := fields.optional(each.lower()))
        }
        keys = tuple((each, found.key if found else None) for each, found in groups.items())
        question = await read_question(
            desk.ctx.reader,
            desk.actor,
            metric=BASE,
            first_day=first,
            last_day=last,
            period=period,
            time_zone=zone.key,
        )
    except DomainError as error:
        error.field = NAMES.get(error.field or "", error.field)
        raise
    return Asked(replace(question, narrowing=Narrowing(keys)), choices, groups)


def _found(choices: list[Choice], dimension: MetricDimension, value: str) -> Choice | None:
    """What an address means (any case); None for what has nothing there. NOT_FOUND."""
    if value.lower() == NOTHING:
        return None
    wanted = value.casefold()
    found = next((each for each in choices if each.value.casefold() == wanted), None)
    if found is None:
        noun = dimension.lower()
        raise not_found(noun, noun, value)
    return found
