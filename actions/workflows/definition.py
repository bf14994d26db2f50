"""What a workflow does: trigger, conditions, steps. Read whole from what people wrote, with all that is wrong in it."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.workflows.conditions import Condition
from actions.workflows.part import Part, mentioned, resolved, spoken
from actions.workflows.problems import refuse
from actions.workflows.references import Resolver, names_of
from actions.workflows.steps.base import Step
from actions.workflows.steps.every import STEPS, AnyStep, OneStep
from actions.workflows.triggers import Trigger
from core.db import Reader
from core.errors import DomainError, invalid

Values = dict[str, Any]

MOST_STEPS = 50
MOST_RUNS = 1000
USUAL_RUNS = 10
REMEMBERED = 256
"""Versions of workflows that were read and are kept at hand."""

HINT = "docs/guides/workflows.md lists triggers, conditions and steps."


class Definition(Part):
    """A version of a workflow."""

    description: str | None = Field(default=None, max_length=2000, description="What it is for.")
    trigger: Trigger = Field(description="What begins it.")
    conditions: Condition | None = Field(default=None, description="On which incidents it works; null: on all.")
    steps: list[AnyStep] = Field(min_length=1, max_length=MOST_STEPS, description="What it does, one after the other.")
    limit: int = Field(
        default=USUAL_RUNS, ge=1, le=MOST_RUNS, description="How often it begins by itself on one incident, at most."
    )

    @property
    def taken(self) -> list[OneStep]:
        """The steps."""
        return list(self.steps)


@dataclass(frozen=True, slots=True)
class Kept:
    """A definition as it is kept, with what each run needs of it."""

    definition: Definition
    does: tuple[Step, ...]
    """What its steps do."""
    told: tuple[Values, ...]
    """What they are told."""


def kept(values: Values) -> Kept:
    """A definition as it is kept. Nobody changes it: all runs of a version share it."""
    return _read(orjson.dumps(values))


@lru_cache(REMEMBERED)
def _read(text: bytes) -> Kept:
    """Reading it costs as much as taking a step."""
    definition = Definition.model_validate_json(text)
    does = tuple(step.does for step in definition.taken)
    return Kept(definition, does, tuple(step.told for step in does))


def stored(values: Values) -> Definition:
    """A definition as it is kept."""
    return kept(values).definition


def readable(values: Values) -> Definition | None:
    """A definition as it is kept; None if this version can't read it: a newer one that ran before had other steps."""
    try:
        return stored(values)
    except ValidationError:
        return None


def problem_of(values: Values) -> str | None:
    """Why this version can't read a definition as it is kept, in words; None if it can."""
    try:
        stored(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"This version of Muster can't read what it does ({place}: {first['msg']}). A newer one saved it."
    return None


def nothing() -> Definition:
    """What stands for a definition that can't be read: nothing begins it, and it does nothing."""
    never = Trigger.model_construct(**dict.fromkeys(Trigger.model_fields))
    return Definition.model_construct(trigger=never, steps=[])


def plain(definition: Part) -> Values:
    """A part as JSON, without what is as it is by itself."""
    found: Values = definition.model_dump(mode="json", exclude_defaults=True)
    return found


async def read_definition(session: AsyncSession, values: Any, place: str = "definition") -> Definition:
    """The definition that people wrote at a place of an input, with keys for references.

    ProblemsError with every error: its field (`definition.steps.2.wait.minutes`), code and words.
    """
    try:
        read = Definition.model_validate_json(orjson.dumps(values))
    except ValidationError as error:
        refuse([_problem(each, place) for each in error.errors(include_url=False, include_input=False)])
        raise
    problems: list[DomainError] = []
    definition = await resolved(read, place, Resolver(session, problems))
    for index, step in enumerate(definition.taken):
        where = f"{place}.steps.{index}.{step.does.kind}"
        if not any(problem.field and problem.field.startswith(f"{where}.") for problem in problems):
            problems += await step.does.check(session, where)
    refuse(problems)
    return definition


def _problem(error: Any, place: str) -> DomainError:
    field = ".".join((place, *(str(part) for part in error["loc"])))
    if error["type"] == "extra_forbidden":
        return _unknown(field, error["loc"])
    said = error["msg"].removeprefix("Value error, ").rstrip(".")
    return invalid(field, f"{said[:1].upper()}{said[1:]}.", HINT)


def _unknown(field: str, where: Sequence[int | str]) -> DomainError:
    """The problem of a name that means nothing at its place: in the list of steps it was meant to be one."""
    name, is_step = str(where[-1]), where[-3:-2] == ("steps",)
    near = difflib.get_close_matches(name, STEPS, n=1) if is_step else []
    hint = f"Did you mean {near[0]}? {HINT}" if near else HINT
    return invalid(field, f"There is no {'step' if is_step else 'field'} {name[:80]!r}.", hint)


async def written(reader: Reader, definition: Definition) -> Definition:
    """A definition as people write it: with names for keys."""
    return spoken(definition, await names_of(reader, mentioned(definition)))
