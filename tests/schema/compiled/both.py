"""Executing a document both ways, and whether the answers are the same."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import ExecutionResult, execute, parse, validate
from graphql.execution.values import VariableValues, get_variable_values

from schema.compiled.execute import Compiled
from schema.cost import Costs
from schema.documents import Document
from schema.errors import cause_of
from schema.executor import BatchExecutor
from schema.limits import Size
from tests.schema.compiled.little import World, core

ErrorKey = tuple[str, tuple[Any, ...], str]


class Reference(BatchExecutor):
    """graphql-core's executor as it is."""

    foresees = False


class Unpropagated(Reference):
    """The same without the propagation of nulls, so that every error there is comes to light."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_propagation = False


@dataclass
class Case:
    """An operation, the variables that are sent with it, and what goes wrong in the world."""

    document: str
    variables: dict[str, Any] = field(default_factory=dict)
    faults: dict[tuple[str, int, str], Any] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()

    def world(self) -> World:
        return World(self.faults, whole=self.whole)


def document_of(text: str) -> Document:
    """The valid document of a text."""
    ast = parse(text)
    wrong = validate(core, ast)
    assert not wrong, (text, wrong)
    fragments = {d.name.value: d for d in ast.definitions if d.kind == "fragment_definition"}
    return Document(ast, Size(introspects=False), fragments, Compiled(ast, fragments), Costs(core, fragments))


async def by_core(document: Document, case: Case, world: World, executor: type = Reference) -> ExecutionResult:
    """The reference's result."""
    given = {"context_value": world, "variable_values": case.variables}
    result = execute(core, document.ast, executor_class=executor, **given)
    return result if isinstance(result, ExecutionResult) else await result


async def by_compiled(document: Document, case: Case, world: World) -> ExecutionResult | None:
    """The compiled result; None if it is for graphql-core."""
    operation = document.operation(None)
    variables = get_variable_values(core, operation.variable_definitions or (), case.variables)
    assert isinstance(variables, VariableValues), variables
    return await document.compiled.execute(core, operation, variables, case.variables, world, {})


def keys_of(result: ExecutionResult) -> list[ErrorKey]:
    """What of its errors must be the same: message, path and code."""
    found = (
        (error.message, tuple(error.path or ()), str(getattr(cause_of(error), "code", "")))
        for error in result.errors or ()
    )
    return sorted(found, key=repr)


def _nulled(data: Any, path: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Where on the way to a path the answer is null; None if it is not before its end."""
    for depth, step in enumerate(path):
        if data is None:
            return path[:depth]
        data = data[step]
    return None


@dataclass
class Found:
    """What a comparison came upon."""

    errors: bool
    chosen: bool
    """Whether the two told different errors of several below one place that is null. GraphQL leaves the choice open."""


def _printed(data: Any) -> bytes:
    """As it is sent. A row that a fault has put where JSON of any kind may stand is named: neither way refuses it."""
    return orjson.dumps(data, default=lambda row: f"{row.model} {row.key}")


async def compare(document: Document, case: Case) -> Found:
    """AssertionError if the two are not the same."""
    theirs_world, ours_world = case.world(), case.world()
    theirs, ours = await by_core(document, case, theirs_world), await by_compiled(document, case, ours_world)
    assert ours is not None, "it was not compiled"
    assert _printed(ours.data) == _printed(theirs.data), (case, ours, theirs)
    assert ours_world.done == theirs_world.done, case
    mine, other = keys_of(ours), keys_of(theirs)
    chosen = mine != other
    if chosen:
        every = set(keys_of(await by_core(document, case, case.world(), Unpropagated)))
        for these, those in ((mine, other), (other, mine)):
            for key in these:
                if key in those:
                    continue
                place = _nulled(theirs.data, key[1])
                assert place is not None, (case, mine, other)
                assert any(each[1][: len(place)] == place for each in those), (case, mine, other)
                assert key in every, (case, key, every)
    return Found(bool(mine), chosen)
